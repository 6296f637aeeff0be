import { h } from '../../dom.ts';
import { Leaving } from '../../leaving.ts';
import type { Notebook } from '../notebook.ts';
import type { Pair, Voice } from '../pairs.ts';
import { FieldSpeech, type FieldWord } from '../words/index.ts';
import { doing, line, page, plain, reasonOf, type Line } from './kit.ts';
import { NoForm } from '../opening.ts';
import { WrongPassphrase } from '../vault.ts';

const GIVE: Record<Voice, FieldWord> = { child: 'handChild', caregiver: 'handCaregiver' };
const HAVE: Record<Voice, FieldWord> = { child: 'hasItChild', caregiver: 'hasItCaregiver' };
const SLOW = 700; // milliseconds in which a tap was meant for the screen before

/**
 * Between two interviews: whoever holds the phone now is to see nothing of the one before, and nothing of anybody's list. It
 * goes on by a tap that is meant, and where there is one by the PIN. Without a PIN the way to the list takes the passphrase.
 */
export function handing(notebook: Notebook, pair: Pair, to: 0 | 1, next: () => Promise<void>, otherwise: () => Promise<void>): HTMLElement {
  const { respondent } = pair.halves[to];
  const speech = new FieldSpeech(pair.buttons || notebook.speech.code);
  const sealed = pair.halves[to === 0 ? 1 : 0].state === 'sealed';
  return gate(notebook, speech, GIVE[respondent], sealed, { word: HAVE[respondent], press: next, home: false }, { word: 'somethingElse', press: otherwise, home: true });
}

/** After the second one, and wherever else the phone goes back to whose it is. `sealed`: what was said before. */
export function back(notebook: Notebook, { next = () => notebook.today(), language = '', sealed = false }: Back = {}): HTMLElement {
  return gate(notebook, language === '' ? notebook.speech : new FieldSpeech(language), 'handBack', sealed, { word: 'haveItBack', press: next, home: true }, null);
}

export interface Back {
  readonly next?: () => Promise<void>;
  /** Of whoever holds it. */
  readonly language?: string;
  readonly sealed?: boolean;
}

interface Key {
  readonly word: FieldWord;
  readonly press: () => Promise<void>;
  /** It leads to what is for whoever leads the interviews alone. */
  readonly home: boolean;
}

function gate(notebook: Notebook, speech: FieldSpeech, title: FieldWord, sealed: boolean, first: Key, second: Key | null): HTMLElement {
  const since = performance.now();
  const { hasPin } = notebook.lock;
  const secret = line(speech.tell(hasPin ? 'pin' : 'passphrase'), { type: 'password', ...(hasPin ? { inputmode: 'numeric', maxlength: 8 } : {}) }, speech.tell('handPin'));
  const pass = async ({ press, home }: Key): Promise<string | null> => {
    if (performance.now() - since < SLOW) return null;
    const wrong = hasPin ? tried(notebook, speech, secret) : home ? await spoken(notebook, speech, secret) : null;
    if (wrong !== null) return wrong;
    if (hasPin && !notebook.lock.hasPin) return null; // locked
    await press();
    return null;
  };
  const tapped = (key: Key): Promise<string | null> => pass(key).catch((error: unknown) => said(error, speech));
  const form = doing(speech, speech.tell(first.word), () => tapped(first), (hasPin || first.home) && secret.element);
  const screen = page(speech, speech.tell(title), null, sealed && h('p', {}, speech.tell('handText')), form, second && otherKey(speech, second, tapped, hasPin ? null : secret));
  screen.setAttribute('lang', speech.code);
  screen.setAttribute('dir', speech.direction);
  stay(notebook);
  return screen;
}

/** With a secret of its own where the first key asks for none. */
function otherKey(speech: FieldSpeech, key: Key, tapped: (key: Key) => Promise<string | null>, secret: Line | null): HTMLElement {
  if (secret !== null) return h('details', { class: 'iv-details' }, h('summary', {}, speech.tell(key.word)), doing(speech, speech.tell('open'), () => tapped(key), secret.element));
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  return h('div', { class: 'fd-stack' }, plain(speech.tell(key.word), () => void tapped(key).then((text) => (wrong.textContent = text ?? ''))), wrong);
}

function tried({ lock }: Notebook, speech: FieldSpeech, { input }: Line): string | null {
  const right = lock.tryPin(input.value);
  input.value = '';
  return right || !lock.hasPin ? null : speech.tell('pinWrong', { n: lock.left });
}

async function spoken({ vault }: Notebook, speech: FieldSpeech, { input }: Line): Promise<string | null> {
  const phrase = input.value;
  input.value = '';
  if (phrase === '') return speech.tell('wrong');
  try {
    await vault.unlock(phrase);
    return null;
  } catch (error) {
    if (!(error instanceof WrongPassphrase)) throw error;
    return speech.tell('wrong');
  }
}

function said(error: unknown, speech: FieldSpeech): string {
  return error instanceof NoForm ? speech.tell('formNotHere') : reasonOf(error, speech);
}

/** The back key of the phone leads nowhere from here. */
function stay(notebook: Notebook): void {
  const leaving = new Leaving(() => undefined, false);
  leaving.guard();
  leaving.moved();
  notebook.hold({ save: () => Promise.resolve(), close: () => Promise.resolve(leaving.release()) });
}
