import { h } from './dom.ts';
import { silence } from './voice.ts';
import type { Speech } from './words/index.ts';

/** One tap and the page is empty; one tap anywhere on it, or any of the keys that press a button, and all is back. */
export class Cover {
  readonly #sheet: HTMLButtonElement;

  constructor(
    private readonly host: HTMLElement,
    private readonly page: HTMLElement,
    speech: Speech,
    private readonly then: () => void,
  ) {
    this.#sheet = h('button', { type: 'button', class: 'iv-cover', ...speech.marks, on: { click: () => this.lift() } }, h('span', {}, speech.say('uncover')));
  }

  get lies(): boolean {
    return this.#sheet.isConnected;
  }

  lay(): void {
    silence();
    this.page.hidden = true;
    this.host.append(this.#sheet);
    this.#sheet.focus();
  }

  lift(): void {
    this.#sheet.remove();
    this.page.hidden = false;
    this.then();
  }
}
