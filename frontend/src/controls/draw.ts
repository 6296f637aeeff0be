import type { UploadNode } from '@getodk/xforms-engine';
import { freshId, h } from '../dom.ts';
import type { Word } from '../words/index.ts';
import { ownButton, type Context, type Control } from './control.ts';
import { PenKeys } from './pen-keys.ts';
import { HEIGHT, Sheet, WIDTH, type Spot } from './sheet.ts';

const COLOURS: readonly (readonly [Word, string])[] = [
  ['black', '#1d1d1f'], ['red', '#c1272d'], ['blue', '#1f5fbf'], ['green', '#1b7f3b'], ['brown', '#7a4a1e'],
];

/** A sheet to draw on; each finished stroke is the answer, so leaving the screen loses nothing. */
export function openSketch(node: UploadNode, context: Context, upon: boolean): Control {
  return new Sketch(node, context, upon);
}

class Sketch implements Control {
  readonly element: HTMLElement;
  readonly #sheet: Sheet;
  readonly #past: { readonly image: ImageData | null; readonly white: boolean }[] = [];
  #colour = COLOURS[0]?.[1] ?? '#000';
  #own: File | null = null;
  #drawing = false;
  #white = true;
  /** What takes a stroke away, or brings another answer, outruns a picture that is still being made. */
  #turn = 0;

  constructor(
    readonly node: UploadNode,
    readonly context: Context,
    readonly upon: boolean,
  ) {
    const { speech } = context;
    const help = freshId('help');
    this.#sheet = new Sheet(speech.say('draw'), { role: 'application', tabindex: '0', 'aria-describedby': help });
    this.#listen();
    const keys = new PenKeys(this.#sheet, speech, { begin: (at) => this.#begin(at), lineTo: (at) => this.#lineTo(at), end: () => void this.#keep() }, help);
    const tools = h('div', { class: 'iv-row' },
      ownButton(speech, 'undo', 'quiet', () => this.#undo()),
      ownButton(speech, 'wipe', 'quiet', () => this.#wipe()));
    this.element = h('div', { class: 'iv-stack' }, keys.element, keys.help, this.#palette(), tools);
  }

  update(): void {
    const file = this.node.currentState.value;
    if (file === this.#own) return;
    this.#turn += 1;
    this.#own = file;
    this.#white = file === null;
    if (file === null) this.#sheet.blank();
    else void this.#sheet.show(file);
  }

  focus(): void {
    this.#sheet.canvas.focus();
  }

  #palette(): HTMLElement {
    const { speech } = this.context;
    const name = freshId('colour');
    const swatches = COLOURS.map(([word, colour], index) => {
      const input = h('input', { type: 'radio', name, class: 'iv-hidden', checked: index === 0, autocomplete: 'off', 'aria-label': speech.say(word) });
      input.addEventListener('change', () => {
        this.#colour = colour;
      });
      return h('label', { class: `iv-swatch iv-swatch-${word}`, title: speech.say(word) }, input);
    });
    return h('div', { class: 'iv-row', role: 'radiogroup', 'aria-label': speech.say('drawColour') }, ...swatches);
  }

  #listen(): void {
    const { canvas } = this.#sheet;
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.#drawing = true;
      this.#begin(this.#sheet.at(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.#drawing) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.#lineTo(this.#sheet.at(part));
    });
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => {
        if (this.#drawing) void this.#keep();
        this.#drawing = false;
      });
    }
  }

  #begin([x, y]: Spot): void {
    const { pen } = this.#sheet;
    this.#remember();
    this.#white = false;
    if (pen === null) return;
    Object.assign(pen, { strokeStyle: this.#colour, lineWidth: 6, lineCap: 'round', lineJoin: 'round' });
    pen.beginPath();
    pen.moveTo(x, y);
    this.#lineTo([x + 0.01, y]);
  }

  #lineTo([x, y]: Spot): void {
    this.#sheet.pen?.lineTo(x, y);
    this.#sheet.pen?.stroke();
  }

  #remember(): void {
    this.#past.push({ image: this.#sheet.pen?.getImageData(0, 0, WIDTH, HEIGHT) ?? null, white: this.#white });
    if (this.#past.length > 20) this.#past.shift();
  }

  #undo(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    if (before.image !== null) this.#sheet.pen?.putImageData(before.image, 0, 0);
    this.#white = before.white;
    if (before.white) this.#nothing();
    else void this.#keep();
  }

  #wipe(): void {
    this.#remember();
    this.#sheet.blank();
    this.#white = true;
    this.#nothing();
  }

  #nothing(): void {
    this.#turn += 1;
    this.#own = null;
    this.node.setValue(null);
  }

  async #keep(): Promise<void> {
    const turn = ++this.#turn;
    const file = await this.#sheet.file(this.upon ? 'picture' : 'drawing');
    if (file === null || turn !== this.#turn) return;
    this.node.setValue(file);
    this.#own = this.node.currentState.value;
  }
}
