import { fromBase64, toBase64, toHex, type Bytes } from './bytes.ts';
import { Damaged, NotForYou, TooFew, TooLong, fits, flag, open, seal, type Kind } from './envelope.ts';
import { SHORTEST, WrongPassphrase, makeKey, unwrap } from './keys.ts';
import { paragraph, shownForm, type HandedWithWords } from './opened.ts';
import { makeProgrammeKey } from './programme.ts';

/**
 * The pages that seal or open. What is typed to be sealed, and every passphrase, stands in fields without a name: no
 * form can send them. All words come from the page, which is in the reader's language.
 */
export function start(place: ParentNode): void {
  for (const form of place.querySelectorAll<HTMLFormElement>('form[data-seal]')) sealingForm(form);
  for (const form of place.querySelectorAll<HTMLFormElement>('form[data-make-key]')) keyForm(form);
  for (const form of place.querySelectorAll<HTMLFormElement>('form[data-make-pair]')) pairForm(form);
  for (const form of place.querySelectorAll<HTMLFormElement>('form[data-reseal]')) resealingForm(form);
  for (const form of place.querySelectorAll<HTMLFormElement>('form[data-open]')) openingForm(form);
  for (const each of place.querySelectorAll<HTMLElement>('[data-needs-sealing]')) each.hidden = false;
}

type Work = (form: HTMLFormElement) => Promise<void>;

/** One press at a time; whatever goes wrong is said in the page and loses nothing. */
function guarded(form: HTMLFormElement, work: Work): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.dataset['busy'] === 'yes') return;
    form.dataset['busy'] = 'yes';
    say(form, words(form)['working'] ?? '');
    work(form)
      .catch((error: unknown) => say(form, wordFor(form, error)))
      .finally(() => delete form.dataset['busy']);
  });
}

function say(form: HTMLFormElement, text: string): void {
  const place = form.querySelector<HTMLElement>('[data-say]');
  if (place) place.textContent = text;
}

function words(form: HTMLFormElement): DOMStringMap {
  return form.querySelector<HTMLElement>('[data-words]')!.dataset;
}

function wordFor(form: HTMLFormElement, error: unknown): string {
  const said = words(form);
  if (error instanceof TooLong) return said['tooLong'] ?? '';
  if (error instanceof TooFew) return said['tooFew'] ?? '';
  if (error instanceof WrongPassphrase) return said['wrongPassphrase'] ?? '';
  if (error instanceof NotForYou) return said['notForYou'] ?? '';
  if (error instanceof Damaged) return said['damaged'] ?? '';
  return said['failed'] ?? '';
}

function field(form: HTMLFormElement, selector: string): string {
  return form.querySelector<HTMLInputElement | HTMLTextAreaElement>(selector)?.value ?? '';
}

function put(form: HTMLFormElement, name: string, value: string): void {
  form.querySelector<HTMLInputElement>(`input[name="${name}"]`)!.value = value;
}

function sealingForm(form: HTMLFormElement): void {
  guarded(form, async () => {
    const text = field(form, '[data-secret]');
    if (form.dataset['required'] === 'yes' && text.trim() === '') return say(form, words(form)['empty'] ?? '');
    const said = JSON.stringify({ about: form.dataset['about'] ?? '', text });
    if (!fits(said)) throw new TooLong();
    put(form, 'sealed', toBase64(await seal(said, form.dataset['seal'] as Kind, recipients(form))));
    if (form.querySelector('input[name="sealed_flag"]')) put(form, 'sealed_flag', toBase64(flag(urgency(form))));
    form.querySelector<HTMLTextAreaElement>('[data-secret]')!.value = '';
    form.submit();
  });
}

function recipients(form: HTMLFormElement): Bytes[] {
  return (form.dataset['keys'] ?? '').split(' ').filter(Boolean).map(fromBase64);
}

function urgency(form: HTMLFormElement): 2 | 3 {
  return form.querySelector<HTMLInputElement>('[data-urgent]')?.checked ? 3 : 2;
}

function keyForm(form: HTMLFormElement): void {
  guarded(form, async () => {
    const passphrase = field(form, '[data-passphrase]');
    if ([...passphrase].length < SHORTEST) return say(form, words(form)['short'] ?? '');
    if (passphrase !== field(form, '[data-again]')) return say(form, words(form)['differs'] ?? '');
    const made = await makeKey(passphrase);
    put(form, 'public_key', toBase64(made.publicKey));
    put(form, 'wrapped', toBase64(made.wrapped));
    for (const each of form.querySelectorAll<HTMLInputElement>('[data-passphrase], [data-again]')) each.value = '';
    say(form, toHex(made.fingerprint));
    form.submit();
  });
}

/** No passphrase: the private half is sealed to those who receive, of whom the maker need not be one. */
function pairForm(form: HTMLFormElement): void {
  guarded(form, async () => {
    const made = await makeProgrammeKey(recipients(form));
    put(form, 'public_key', toBase64(made.publicKey));
    put(form, 'sealed', toBase64(made.sealed));
    form.submit();
  });
}

interface Handed {
  readonly id: string;
  readonly kind: Kind;
  readonly heading: string;
  readonly sealed: string;
  readonly form?: HandedWithWords; // of a phone, instead of an envelope
}

/** The passphrase is tried before anything is asked for: a slip is not an opening. */
function openingForm(form: HTMLFormElement): void {
  guarded(form, async () => {
    const key = await unwrap(fromBase64(form.dataset['wrapped'] ?? ''), fromBase64(form.dataset['publicKey'] ?? ''), field(form, '[data-passphrase]'));
    const response = await fetch(form.action, { method: 'POST', body: new FormData(form), credentials: 'same-origin', headers: { Accept: 'application/json' } });
    if (!response.ok) return say(form, words(form)['failed'] ?? '');
    const { notes } = (await response.json()) as { notes: Handed[] };
    const place = document.querySelector<HTMLElement>('[data-opened]')!;
    place.replaceChildren();
    for (const note of notes) place.append(await shown(form, note, key));
    place.append(closing(form));
    form.querySelector<HTMLInputElement>('[data-passphrase]')!.value = '';
    say(form, '');
    place.hidden = false;
    place.focus();
  });
}

/** Opened and sealed to all who receive now, without being shown. What the reader cannot open stays as it is. */
function resealingForm(form: HTMLFormElement): void {
  guarded(form, async () => {
    const key = await unwrap(fromBase64(form.dataset['wrapped'] ?? ''), fromBase64(form.dataset['publicKey'] ?? ''), field(form, '[data-passphrase]'));
    const response = await fetch(form.dataset['openAddress'] ?? '', { method: 'POST', body: new FormData(form), credentials: 'same-origin', headers: { Accept: 'application/json' } });
    if (!response.ok) return say(form, words(form)['failed'] ?? '');
    const { notes } = (await response.json()) as { notes: Handed[] };
    for (const note of notes.filter((each) => !each.form)) {
      const text = await open(fromBase64(note.sealed), note.kind, key);
      add(form, 'note', note.id);
      add(form, 'anew', toBase64(await seal(text, note.kind, recipients(form))));
    }
    form.querySelector<HTMLInputElement>('[data-passphrase]')!.value = '';
    form.submit();
  });
}

function add(form: HTMLFormElement, name: string, value: string): void {
  const made = document.createElement('input');
  made.type = 'hidden';
  made.name = name;
  made.value = value;
  form.append(made);
}

/** Gone from the page at a press; loaded again, the page names who opened it. */
function closing(form: HTMLFormElement): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-plain';
  button.textContent = words(form)['close'] ?? '';
  button.addEventListener('click', () => {
    document.querySelector('[data-opened]')?.replaceChildren();
    location.reload();
  });
  return button;
}

async function shown(form: HTMLFormElement, note: Handed, key: Parameters<typeof open>[2]): Promise<HTMLElement> {
  const article = document.createElement('article');
  const heading = document.createElement('h3');
  heading.textContent = note.heading;
  article.append(heading);
  try {
    if (note.form) article.append(...(await shownForm(note.form, key, words(form))));
    else article.append(...content(await open(fromBase64(note.sealed), note.kind, key), form));
  } catch (error: unknown) {
    article.append(paragraph(wordFor(form, error)));
  }
  return article;
}

interface Said {
  readonly about?: string;
  readonly text?: string;
  readonly answers?: Readonly<Record<string, string>>;
}

/** What a page sealed says whom it is about; a server that moved it to another child is found out. */
function content(opened: string, form: HTMLFormElement): HTMLElement[] {
  const said = (opened === '' ? {} : JSON.parse(opened)) as Said;
  const lines = (said.text ?? '').split('\n').filter((line) => line.trim() !== '').map(paragraph);
  for (const [question, answer] of Object.entries(said.answers ?? {})) lines.push(paragraph(`${question}: ${answer}`));
  if (lines.length === 0) lines.push(paragraph(words(form)['nothing'] ?? ''));
  const expected = form.dataset['about'] ?? '';
  if (said.about && expected && said.about !== expected) lines.push(paragraph(words(form)['otherChild'] ?? ''));
  return lines;
}
