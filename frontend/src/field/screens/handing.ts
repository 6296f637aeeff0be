import { h } from '../../dom.ts';
import { Leaving } from '../../leaving.ts';
import type { Notebook } from '../notebook.ts';
import type { Pair, Voice } from '../pairs.ts';
import { FieldSpeech, type FieldWord } from '../words/index.ts';
import { doing, line, page, plain, reasonOf, type Line } from './kit.ts';
import { NoForm } from '../opening.ts';

const GIVE: Record<Voice, FieldWord> = { child: 'handChild', caregiver: 'handCaregiver' };
const HAVE: Record<Voice, FieldWord> = { child: 'hasItChild', caregiver: 'hasItCaregiver' };
const SLOW = 700; // milliseconds in which a tap was meant for the screen before

/**
 * Between two interviews: whoever holds the phone now is to see nothing of the one before, and nothing of anybody's list. It
 * goes on by a tap that is meant, and where there is one by the PIN.
 */
export function handing(notebook: Notebook, pair: Pair, to: 0 | 1, next: () => Promise<void>, otherwise: () => Promise<void>): HTMLElement {
  const { respondent } = pair.halves[to];
  const speech = new FieldSpeech(pair.buttons || notebook.speech.code);
  const sealed = pair.halves[to === 0 ? 1 : 0].state === 'sealed';
  return gate(notebook, speech, GIVE[respondent], sealed, { word: HAVE[respondent], press: next }, { word: 'somethingElse', press: otherwise });
}

/** After the second one, and wherever else the phone goes back to whose it is. `language`: of whoever holds it. */
export function back(notebook: Notebook, next: () => Promise<void> = () => notebook.today(), language = ''): HTMLElement {
  return gate(notebook, language === '' ? notebook.speech : new FieldSpeech(language), 'handBack', true, { word: 'haveItBack', press: next }, null);
}

interface Key {
  readonly word: FieldWord;
  readonly press: () => Promise<void>;
}

function gate(notebook: Notebook, speech: FieldSpeech, title: FieldWord, sealed: boolean, first: Key, second: Key | null): HTMLElement {
  const since = performance.now();
  const digits = notebook.lock.hasPin ? line(speech.tell('pin'), { type: 'password', inputmode: 'numeric', maxlength: 8 }, speech.tell('handPin')) : null;
  const pass = async (press: () => Promise<void>): Promise<string | null> => {
    if (performance.now() - since < SLOW) return null;
    const wrong = digits === null ? null : tried(notebook, speech, digits);
    if (wrong !== null) return wrong;
    if (digits !== null && !notebook.lock.hasPin) return null; // locked
    await press();
    return null;
  };
  const form = doing(speech, speech.tell(first.word), () => pass(first.press).catch((error: unknown) => said(error, speech)), digits?.element ?? false);
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  const other = second && plain(speech.tell(second.word), () => void pass(second.press).catch((error: unknown) => said(error, speech)).then((text) => (wrong.textContent = text ?? '')));
  const screen = page(speech, speech.tell(title), null, sealed && h('p', {}, speech.tell('handText')), form, other, wrong);
  screen.setAttribute('lang', speech.code);
  screen.setAttribute('dir', speech.direction);
  stay(notebook);
  return screen;
}

function tried({ lock }: Notebook, speech: FieldSpeech, { input }: Line): string | null {
  const right = lock.tryPin(input.value);
  input.value = '';
  return right || !lock.hasPin ? null : speech.tell('pinWrong', { n: lock.left });
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
