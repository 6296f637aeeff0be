import { h, replace } from '../dom.ts';
import type { Screen } from './means.ts';
import type { FieldSpeech } from './words/index.ts';

/** Which screen stands, and of whom it is. */
export class Stage {
  screen: Screen | null = null;
  /** The child whose page this is. */
  code = '';

  constructor(readonly host: HTMLElement) {}

  show({ code: language, direction }: FieldSpeech, make: () => HTMLElement, screen: Screen, code: string): void {
    [this.screen, this.code] = [screen, code];
    for (const place of [this.host, document.documentElement]) {
      place.setAttribute('lang', language);
      place.setAttribute('dir', direction);
    }
    this.#draw(make);
    window.scrollTo(0, 0);
    this.host.querySelector<HTMLElement>('h1')?.focus();
  }

  /** Drawn anew, without taking the place from whoever reads or types. */
  again(make: () => HTMLElement): void {
    const held = this.host.contains(document.activeElement) ? (document.activeElement?.textContent ?? '') : null;
    this.#draw(make);
    const places = [...this.host.querySelectorAll<HTMLElement>('h1, button, a')];
    if (held !== null) (places.find(({ textContent }) => textContent === held) ?? places[0])?.focus({ preventScroll: true });
  }

  #draw(make: () => HTMLElement): void {
    replace(this.host, h('main', { class: 'iv fd' }, make()));
  }
}
