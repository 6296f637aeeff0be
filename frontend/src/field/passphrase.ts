import { WORDS } from './list.ts';

export const SHORTEST = 8; // letters
export const WORDS_OF_ONE = 6;
export const SHORTEST_PIN = 4; // digits

export type Weakness = 'short' | 'same';

/** What keeps a passphrase from being taken: too short, or one sign again and again. Six words are always long enough. */
export function weaknessOf(passphrase: string): Weakness | null {
  const said = spelled(passphrase);
  if ([...said].length < SHORTEST) return 'short';
  return new Set(said.replaceAll(' ', '')).size < 4 ? 'same' : null;
}

/** As it is reckoned with: no difference between ways to type one letter, nor between one space and two. */
export function spelled(passphrase: string): string {
  return passphrase.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Six words of the list, each as likely as the others. */
export function suggested(language: string): string {
  const words = WORDS[language] ?? WORDS['en']!;
  const numbers = crypto.getRandomValues(new Uint8Array(WORDS_OF_ONE));
  return [...numbers].map((number) => words[number % words.length]!).join(' ');
}

export function isPin(text: string): boolean {
  return new RegExp(`^\\d{${SHORTEST_PIN},8}$`).test(text);
}
