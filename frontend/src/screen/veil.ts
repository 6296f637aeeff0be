import { ownButton } from '../controls/control.ts';
import { h } from '../dom.ts';
import type { Speech } from '../words/index.ts';

/** Over an answer that was given before: whoever goes back, or takes the device up, does not read it in passing. */
export class Veil {
  readonly element: HTMLElement;

  constructor(
    speech: Speech,
    private readonly answer: HTMLElement,
    focus: () => void,
  ) {
    const show = ownButton(speech, 'veilShow', 'plain', () => {
      this.lift();
      focus();
    });
    this.element = h('div', { class: 'iv-stack iv-veil' }, h('p', { class: 'iv-said', ...speech.marks }, speech.say('veil')), show);
    answer.hidden = true;
  }

  lift(): void {
    this.answer.hidden = false;
    this.element.hidden = true;
  }
}
