import type { AnyControlNode, TextRange } from '@getodk/xforms-engine';
import { ownButton, type Context, type Control } from '../controls/control.ts';
import { controlFor } from '../controls/index.ts';
import { freshId, h, replace } from '../dom.ts';
import { Aloud } from './aloud.ts';
import { clearAnswer, isAnswered } from '../engine/answers.ts';
import { questionName } from './plan.ts';
import { formatted, mediaOf, pictureOf, saidOf, spokenAttributes } from './text.ts';
import { Veil } from './veil.ts';

export interface Surroundings extends Omit<Context, 'aria'> {
  /** Heading level of the question: below the title of its screen. */
  readonly level: 2 | 3;
  /** Among several on one screen an optional question has its own way to be emptied. */
  readonly clearable: boolean;
  /** Answered before: the answer is shown again only to whoever asks for it. */
  readonly veiled?: boolean;
}

/** Text, hint, control and error of one question. */
export class Question {
  readonly element: HTMLElement;
  readonly heading: HTMLHeadingElement;
  readonly #control: Control | null;
  readonly #hint: HTMLElement;
  readonly #error: HTMLElement;
  readonly #clear: HTMLButtonElement;
  readonly #aloud: Aloud | null;
  readonly #veil: Veil | null;
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
    this.#veil = around.veiled === true && this.#control !== null ? new Veil(around.speech, this.#control.element, () => this.#control?.focus()) : null;
    const writes = around.manner === 'child' && node.nodeType === 'input' && !node.currentState.readonly;
    const adult = around.adult ?? around.speech;
    this.#aloud = Aloud.for(around, () => [saidOf(label, context, this.heading), ...(this.#control?.said?.() ?? [])]);
    this.element = h('section', { class: `iv-question iv-is-${node.nodeType}`, ...(around.language === '' ? {} : spokenAttributes(around)) }, this.heading, this.#hint, pictureOf(label, context), mediaOf(label, context), this.#aloud?.element, writes && h('p', { class: 'iv-aside iv-read', ...adult.marks }, adult.say('writeFor')), this.#error, this.#veil?.element, this.#control?.element, this.#clear);
    this.update();
  }

  update(): void {
    const { relevant, required, label, hint } = this.node.currentState;
    this.element.hidden = !relevant;
    this.#write(label, hint);
    this.#control?.update();
    this.#aloud?.update();
    this.#clear.hidden = !(this.around.clearable && !required && !this.node.currentState.readonly && isAnswered(this.node));
    if (this.#strict) this.#judge();
  }

  /** From now on what is wrong is said. True when the question holds the interview up. */
  check(): boolean {
    this.#strict = true;
    if (this.#judge() === '') return false;
    this.#veil?.lift();
    return true;
  }

  /** The whole of it, from the beginning. */
  read(): void {
    this.#aloud?.read();
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
    this.#veil?.lift();
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
    const missing = violation.condition === 'required' && this.around.manner === 'child';
    return violation.message?.asString || speech.say(missing ? 'tapOne' : violation.condition);
  }
}
