import { h } from '../dom.ts';
import type { Speech } from '../words/index.ts';
import { HEIGHT, WIDTH, type Sheet, type Spot } from './sheet.ts';

const STEP = 20;
const ARROWS: Readonly<Record<string, Spot>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export interface Strokes {
  begin(at: Spot): void;
  lineTo(at: Spot): void;
  end(): void;
}

/** A pen that the arrow keys move; the space bar puts it down and lifts it. A ring shows where it is. */
export class PenKeys {
  readonly element: HTMLElement;
  readonly help: HTMLElement;
  readonly #ring = h('span', { class: 'iv-pen', hidden: true, 'aria-hidden': 'true' });
  readonly #state: HTMLElement;
  #at: Spot = [WIDTH / 2, HEIGHT / 2];
  #down = false;

  constructor(
    readonly sheet: Sheet,
    readonly speech: Speech,
    readonly strokes: Strokes,
    helpId: string,
  ) {
    this.#state = h('span', { class: 'iv-hidden', role: 'status', ...speech.marks });
    this.help = h('p', { class: 'iv-aside iv-keys-help', id: helpId, ...speech.marks }, speech.say('drawKeys'));
    this.element = h('div', { class: 'iv-board' }, sheet.canvas, this.#ring, this.#state);
    sheet.canvas.addEventListener('keydown', (event) => this.#press(event));
    sheet.canvas.addEventListener('blur', () => this.#rest());
  }

  #press(event: KeyboardEvent): void {
    const step = ARROWS[event.key];
    if (step === undefined && event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    this.#ring.hidden = false;
    if (step !== undefined) this.#move(step);
    else if (this.#down) this.#lift();
    else this.#put();
    this.#show();
  }

  #move([x, y]: Spot): void {
    const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
    this.#at = [within(this.#at[0] + x * STEP, WIDTH), within(this.#at[1] + y * STEP, HEIGHT)];
    if (this.#down) this.strokes.lineTo(this.#at);
  }

  #put(): void {
    this.#down = true;
    this.strokes.begin(this.#at);
    this.#state.textContent = this.speech.say('penDown');
  }

  #lift(): void {
    this.#down = false;
    this.strokes.end();
    this.#state.textContent = this.speech.say('penUp');
  }

  /** The keyboard is elsewhere: what was drawn so far is kept. */
  #rest(): void {
    if (this.#down) this.#lift();
    this.#ring.hidden = true;
  }

  /** Physical sides: paper has no direction of reading. */
  #show(): void {
    this.#ring.style.left = `${(this.#at[0] / WIDTH) * 100}%`;
    this.#ring.style.top = `${(this.#at[1] / HEIGHT) * 100}%`;
    this.#ring.classList.toggle('iv-pen-down', this.#down);
  }
}
