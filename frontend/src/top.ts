import { smallKey } from './child/keys.ts';
import { confidenceKey } from './confidence.ts';
import { button } from './controls/control.ts';
import { h } from './dom.ts';
import { quickExit } from './exit.ts';
import type { Speech } from './words/index.ts';

/** What can be done from the bar on top; what cannot be done now is null. */
export interface TopActs {
  readonly stop: (() => void) | null;
  readonly tell: (() => void) | null;
  readonly languages: () => void;
  readonly back: (() => void) | null;
  readonly rest: (() => void) | null;
  readonly cover: (() => void) | null;
  readonly sound: { readonly on: boolean; readonly turn: () => void } | null;
}

const TURNED = { true: ['listen', 'soundOff'], false: ['silent', 'soundOn'] } as const;

function soundKey(speech: Speech, { on, turn }: NonNullable<TopActs['sound']>): HTMLButtonElement {
  const [drawing, word] = TURNED[`${on}`];
  return smallKey(speech, drawing, word, 'iv-voice', turn);
}

export function topRow(speech: Speech, name: string, acts: TopActs): HTMLElement {
  return h('div', { class: 'iv-top-row' },
    acts.stop && button(speech.say('stop'), 'plain', acts.stop, { class: 'iv-button iv-plain iv-stop' }),
    h('h1', { class: 'iv-name', dir: 'auto' }, name),
    acts.sound && soundKey(speech, acts.sound),
    acts.cover && smallKey(speech, 'cover', 'cover', 'iv-cover-key', acts.cover),
    acts.tell && confidenceKey(speech, acts.tell),
    acts.cover === null ? button(speech.say('languages'), 'plain', acts.languages, { class: 'iv-button iv-plain iv-globe' }) : smallKey(speech, 'globe', 'languages', 'iv-globe', acts.languages),
    quickExit(speech));
}

/** While a child answers: what it needs is large; what whoever sits beside it needs is there, and small. */
export function topRowOfChild(speech: Speech, name: string, acts: TopActs): HTMLElement {
  const rest = acts.rest && smallKey(speech, 'rest', 'rest', 'iv-rest', acts.rest);
  rest?.append(h('span', { 'aria-hidden': 'true' }, speech.say('rest')));
  return h('div', { class: 'iv-top-row' },
    h('h1', { class: 'iv-hidden', dir: 'auto' }, name),
    acts.back && smallKey(speech, 'back', 'back', 'iv-back', acts.back),
    rest,
    h('span', { class: 'iv-gap' }),
    acts.sound && soundKey(speech, acts.sound),
    acts.tell && confidenceKey(speech, acts.tell),
    smallKey(speech, 'globe', 'languages', 'iv-globe', acts.languages),
    quickExit(speech));
}
