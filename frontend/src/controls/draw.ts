import type { UploadNode } from '@getodk/xforms-engine';
import { freshId, h } from '../dom.ts';
import type { Word } from '../words/index.ts';
import { ownButton, type Context, type Control } from './control.ts';
import { readPicture, toFile } from './photo.ts';

const WIDTH = 800;
const HEIGHT = 600;
const PAPER = '#ffffff';
const COLOURS: readonly (readonly [Word, string])[] = [
  ['black', '#1d1d1f'], ['red', '#c1272d'], ['blue', '#1f5fbf'], ['green', '#1b7f3b'], ['brown', '#7a4a1e'],
];

/** A sheet to draw on; each finished stroke is the answer, so leaving the screen loses nothing. */
export function openSketch(node: UploadNode, context: Context, upon: boolean): Control {
  return new Sketch(node, context, upon);
}

class Sketch implements Control {
  readonly element: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #surface: CanvasRenderingContext2D | null;
  readonly #past: ImageData[] = [];
  #colour = COLOURS[0]?.[1] ?? '#000';
  #own: File | null = null;
  #drawing = false;

  constructor(
    readonly node: UploadNode,
    readonly context: Context,
    readonly upon: boolean,
  ) {
    const { speech } = context;
    this.#canvas = h('canvas', { class: 'iv-sheet', width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': speech.say('draw') });
    this.#surface = this.#canvas.getContext('2d');
    this.#blank();
    this.#listen();
    const tools = h('div', { class: 'iv-row' },
      ownButton(speech, 'undo', 'quiet', () => this.#undo()),
      ownButton(speech, 'wipe', 'quiet', () => this.#wipe()));
    this.element = h('div', { class: 'iv-stack' }, this.#canvas, this.#palette(), tools);
  }

  update(): void {
    const file = this.node.currentState.value;
    if (file === this.#own) return;
    this.#own = file;
    if (file === null) this.#blank();
    else void this.#show(file);
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('input')?.focus();
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
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.#remember();
      this.#drawing = true;
      this.#begin(this.#at(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.#drawing) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) this.#lineTo(this.#at(part));
    });
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => {
        if (this.#drawing) void this.#keep();
        this.#drawing = false;
      });
    }
  }

  #at(event: PointerEvent): [number, number] {
    const box = this.#canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * WIDTH) / box.width, ((event.clientY - box.top) * HEIGHT) / box.height];
  }

  #begin([x, y]: [number, number]): void {
    const pen = this.#surface;
    if (pen === null) return;
    Object.assign(pen, { strokeStyle: this.#colour, lineWidth: 6, lineCap: 'round', lineJoin: 'round' });
    pen.beginPath();
    pen.moveTo(x, y);
    this.#lineTo([x + 0.01, y]);
  }

  #lineTo([x, y]: [number, number]): void {
    this.#surface?.lineTo(x, y);
    this.#surface?.stroke();
  }

  #remember(): void {
    const now = this.#surface?.getImageData(0, 0, WIDTH, HEIGHT);
    if (now) this.#past.push(now);
    if (this.#past.length > 20) this.#past.shift();
  }

  #undo(): void {
    const before = this.#past.pop();
    if (before === undefined) return;
    this.#surface?.putImageData(before, 0, 0);
    void this.#keep();
  }

  #wipe(): void {
    this.#remember();
    this.#blank();
    this.#own = null;
    this.node.setValue(null);
  }

  #blank(): void {
    const pen = this.#surface;
    if (pen === null) return;
    pen.fillStyle = PAPER;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
  }

  async #show(file: File): Promise<void> {
    const picture = await readPicture(file);
    if (picture === null || this.#surface === null) return;
    const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    this.#blank();
    this.#surface.drawImage(picture, (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height);
    picture.close();
  }

  async #keep(): Promise<void> {
    const file = await toFile(this.#canvas, 'image/png', this.upon ? 'picture.png' : 'drawing.png');
    if (file === null) return;
    this.node.setValue(file);
    this.#own = this.node.currentState.value;
  }
}
