import type { Media } from '../engine/media.ts';
import type { Speech, Word } from '../words/index.ts';
import { h } from '../dom.ts';
import type { Manner } from '../manner.ts';
import type { Said, Voice } from '../voice.ts';

/** What a control may ask of its surroundings. */
export interface Context {
  readonly speech: Speech;
  readonly media: Media;
  /** Language of the form's own texts. */
  readonly language: string;
  /** Go on to the next screen: for questions that need no second tap. */
  readonly advance: () => void;
  /** Plain where nothing is said. */
  readonly manner?: Manner;
  readonly voice?: Voice;
  /** Words to whoever sits beside a child. */
  readonly adult?: Speech;
  /** Ids of the question's text, and of its hint and error. */
  readonly aria: { readonly labelledBy: string; readonly describedBy: string };
}

/** One answer on the page. */
export interface Control {
  readonly element: HTMLElement;
  /** Bring the page in line with the engine; must not disturb what is being typed. */
  update(): void;
  /** What is wrong with the answer that the engine cannot see, such as letters where a number belongs. */
  trouble?(): Word | null;
  /** The answers as they are read aloud, after the question. */
  said?(): readonly Said[];
  /** Where the keyboard goes when the answer has to be corrected. */
  focus(): void;
  /** The screen is left: let go of sounds, cameras and object addresses. */
  dispose?(): void;
}

export function button(
  text: string,
  kind: 'main' | 'plain' | 'quiet',
  press: () => void,
  attributes: Record<string, unknown> = {},
): HTMLButtonElement {
  return h('button', { type: 'button', class: `iv-button iv-${kind}`, on: { click: press }, ...attributes }, text);
}

/** A button inside a question, with words of ours. */
export function ownButton(speech: Speech, word: Word, kind: 'plain' | 'quiet', press: () => void): HTMLButtonElement {
  return button(speech.say(word), kind, press, speech.marks);
}

export function ariaOf(context: Context): Record<string, string> {
  return { 'aria-labelledby': context.aria.labelledBy, 'aria-describedby': context.aria.describedBy };
}

/** Digits of the scripts our people type, as the digits that a form reckons with; decimal and minus signs too. */
export function plainDigits(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[\u0966-\u096f]/g, (digit) => String(digit.charCodeAt(0) - 0x966))
    .replace(/\u066b/g, '.')
    .replace(/[\u2212\u2010-\u2013]/g, '-')
    .replace(/[\u200e\u200f\u061c\u066c\u00a0\u202f]/g, '');
}
