import { h, replace } from '../dom.ts';
import type { Speech, Word } from '../words/index.ts';
import { picture } from './pictures.ts';

/** A key of a child: a picture, and its word below. */
export function bigKey(speech: Speech, drawing: string, word: Word, name: string, press: (() => void) | null): HTMLButtonElement {
  const type = press === null ? 'submit' : 'button';
  return h('button', { type, class: `iv-key ${name}`, ...speech.marks, on: press === null ? {} : { click: press } }, picture(drawing), h('span', {}, speech.say(word)));
}

/** A small key of whoever sits beside the child; its word is read to those who do not see it. */
export function smallKey(speech: Speech, drawing: string, word: Word, name: string, press: () => void, more: Record<string, unknown> = {}): HTMLButtonElement {
  const text = speech.say(word);
  return h('button', { type: 'button', class: `iv-button iv-plain iv-small ${name}`, 'aria-label': text, title: text, on: { click: press }, ...more }, picture(drawing));
}

export interface Acts {
  readonly stop: () => void;
  /** Null where there is nothing to skip. */
  readonly skip: (() => void) | null;
  readonly skipped: boolean;
  /** Null where the form of the page is submitted. */
  readonly next: (() => void) | null;
}

/** Stop and skip are as large as the answers, and where they always are. */
export function keysBelow(footer: HTMLElement, speech: Speech, acts: Acts): void {
  const skip = bigKey(speech, 'skip', 'skipThis', `iv-skip${acts.skipped ? ' iv-on' : ''}`, acts.skip ?? (() => undefined));
  skip.disabled = acts.skip === null;
  if (acts.skipped) skip.setAttribute('aria-pressed', 'true');
  replace(footer, bigKey(speech, 'stop', 'stop', 'iv-stop', acts.stop), skip, bigKey(speech, 'next', 'next', 'iv-next', acts.next));
}
