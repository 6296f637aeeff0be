/** Child and caregiver of one round, and the keys between them. */
import { expect } from 'vitest';
import { host, PHRASE, pressed, seen, text, toTheEnd, until } from './running.ts';
import { CHILD, START } from './stand.ts';

export const CARE = { ...START, id: 'a3bb189e-8bf9-4888-9912-ace4e6543002', instrument: 'care', titles: { en: 'How is the child?' }, url: START.url.replace(START.id, 'care'), respondents: ['caregiver'] };
export const BOTH = { ...CHILD, due: [{ ...CHILD.due[0]!, forms: [START.id, CARE.id], respondents: ['child', 'caregiver'] }] };
export const GIVE = 'Please give the phone to the caregiver';
export const BACK = 'Please give the phone back';

export const key = (words: string): HTMLElement | undefined => [...host.querySelectorAll<HTMLElement>('button')].find((each) => each.textContent === words);

/** Taps of the first moment are meant for the screen before. */
export async function meant(words: string): Promise<void> {
  await until(() => expect(key(words)).toBeDefined());
  await new Promise((resolve) => setTimeout(resolve, 750));
  pressed(words);
}

/** What leads to the list, where no PIN is set: by the passphrase. */
export async function home(words: string, phrase = PHRASE): Promise<void> {
  await until(() => expect(text()).toContain(words));
  await new Promise((resolve) => setTimeout(resolve, 750));
  const form = [...host.querySelectorAll('form')].find((each) => each.querySelector('input[type=password]') !== null)!;
  form.querySelector('input')!.value = phrase;
  form.requestSubmit();
}

export async function seal(): Promise<void> {
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
}
