import type { AnyControlNode, TextRange } from '@getodk/xforms-engine';
import { ownButton, type Context, type Control } from '../controls/control.ts';
import { controlFor } from '../controls/index.ts';
import { freshId, h, replace } from '../dom.ts';
import { clearAnswer, isAnswered } from '../engine/answers.ts';
import { questionName } from './plan.ts';
import { formatted, mediaOf, pictureOf, spokenAttributes } from './text.ts';

export interface Surroundings extends Omit<Context, 'aria'> {
  /** Heading level of the question: below the title of its screen. */
  readonly level: 2 | 3;
  /** Among several on one screen an optional question has its own way to be emptied. */
  readonly clearable: boolean;
}

/** Text, hint, control and error of one question. */
export class Question {
  readonly element: HTMLElement;
  readonly heading: HTMLHeadingElement;
  readonly #control: Control | null;
  readonly #hint: HTMLElement;
  readonly #error: HTMLElement;
  readonly #clear: HTMLButtonElement;
  #wrote = '';
  #strict = false;

  constructor(
    readonly node: AnyControlNode,
    readonly around: Surroundings,
  ) {
    const [labelledBy, hintId, errorId] = [freshId('q'), freshId('hint'), freshId('error')];
    const context: Context = { ...around, aria: { labelledBy, describedBy: `${hintId} ${errorId}` } };
    this.heading = h(around.level === 2 ? 'h2' : 'h3', { class: 'iv-label', id: labelledBy, tabindex: '-1', ...spokenAttributes(around) });
    this.#hint = h('div', { class: 'iv-hint', id: hintId, ...spokenAttributes(around) });
    this.#error = h('p', { class: 'iv-error', id: errorId, dir: 'auto' });
    this.#control = controlFor(node, context);
    this.#clear = ownButton(around.speech, 'clear', 'quiet', () => this.#empty());
    const { label } = node.currentState;
    this.element = h('section', { class: `iv-question iv-is-${node.nodeType}`, ...(around.language === '' ? {} : spokenAttributes(around)) }, this.heading, this.#hint, pictureOf(label, context), mediaOf(label, context), this.#error, this.#control?.element, this.#clear);
    this.update();
  }

  update(): void {
    const { relevant, required, label, hint } = this.node.currentState;
    this.element.hidden = !relevant;
    this.#write(label, hint);
    this.#control?.update();
    this.#clear.hidden = !(this.around.clearable && !required && !this.node.currentState.readonly && isAnswered(this.node));
    if (this.#strict) this.#judge();
  }

  /** From now on what is wrong is said. True when the question holds the interview up. */
  check(): boolean {
    this.#strict = true;
    return this.#judge() !== '';
  }

  focus(): void {
    if (this.#control) this.#control.focus();
    else this.heading.focus();
  }

  /** Keyboard to the answer, eyes to what is wrong: long lists would leave the message below the edge of a phone. */
  point(): void {
    this.focus();
    this.#error.scrollIntoView?.({ block: 'center' });
  }

  get said(): string {
    return this.#error.textContent ?? '';
  }

  dispose(): void {
    this.#control?.dispose?.();
  }

  #empty(): void {
    clearAnswer(this.node);
    this.heading.focus();
  }

  /** Labels may quote other answers, so they can change while the screen is open. */
  #write(label: TextRange<'label'> | null, hint: TextRange<'hint'> | null): void {
    const wrote = JSON.stringify([label?.asString, hint?.asString]);
    if (wrote === this.#wrote) return;
    this.#wrote = wrote;
    const main = [label, hint].find((text) => (text?.asString ?? '') !== '') ?? null;
    // A question without any text still needs a name, for those who listen.
    replace(this.heading, ...(main === null ? [questionName(this.node)] : formatted(main)));
    replace(this.#hint, ...(main === hint ? [] : formatted(hint)));
    this.#hint.hidden = this.#hint.textContent === '';
  }

  #judge(): string {
    const text = this.node.currentState.relevant ? this.#problem() : '';
    if (this.#error.textContent !== text) this.#error.textContent = text;
    this.element.classList.toggle('iv-wrong', text !== '');
    for (const field of this.element.querySelectorAll('input:not([type=file]), textarea, select, [role=radiogroup]')) {
      if (text !== '' && !field.matches('[type=radio], [type=checkbox]')) field.setAttribute('aria-invalid', 'true');
      else field.removeAttribute('aria-invalid');
    }
    return text;
  }

  #problem(): string {
    const { speech } = this.around;
    const trouble = this.#control?.trouble?.() ?? null;
    if (trouble !== null) return speech.say(trouble);
    if (this.node.nodeType === 'note') return '';
    const violation = this.node.validationState.violation;
    if (violation === null) return '';
    return violation.message?.asString || speech.say(violation.condition);
  }
}
