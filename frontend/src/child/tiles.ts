import type { SelectNode } from '@getodk/xforms-engine';
import type { Context, Control } from '../controls/control.ts';
import { face, moodsOf } from '../controls/faces.ts';
import { freshId, h, replace } from '../dom.ts';
import { refusalOf } from '../engine/refusal.ts';
import { appearancesOf } from '../screen/plan.ts';
import { formatted, pictureOf, saidOf, textAttributes } from '../screen/text.ts';
import type { Said } from '../voice.ts';
import { pictureOfCode } from './pictures.ts';

type Item = SelectNode['currentState']['valueOptions'][number];

/** More than these cannot be taken in at a glance: then it is a list, as for everybody. */
export const MOST_TILES = 12;

export function tile(input: HTMLInputElement, drawing: Element, words: Node[], attributes: Record<string, unknown>, kind = ''): HTMLLabelElement {
  return h('label', { class: `iv-tile${kind}` }, input, drawing, h('span', { class: 'iv-tile-words', ...attributes }, ...words));
}

/** Answers as large faces or pictures. Tapping one says its word. The key below stands for rather not saying. */
export class Tiles implements Control {
  readonly element: HTMLElement;
  readonly #name = freshId('tile');
  readonly #one: boolean;
  #said: Said[] = [];
  #shape = '';

  constructor(
    readonly node: SelectNode,
    readonly context: Context,
  ) {
    this.#one = node.selectType === 'select1';
    const { labelledBy, describedBy } = context.aria;
    this.element = h('div', { class: 'iv-tiles', role: this.#one ? 'radiogroup' : 'group', 'aria-labelledby': labelledBy, 'aria-describedby': describedBy });
  }

  static fits(node: SelectNode): boolean {
    return node.currentState.valueOptions.length <= MOST_TILES;
  }

  update(): void {
    const refusal = refusalOf(this.node);
    const items = this.node.currentState.valueOptions.filter(({ value }) => value !== refusal);
    const shape = JSON.stringify(items.map((item) => [item.value, item.label.asString]));
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build(items);
    }
    for (const input of this.#inputs()) input.checked = this.node.isSelected(input.value);
  }

  said(): readonly Said[] {
    return this.#said;
  }

  focus(): void {
    const inputs = this.#inputs();
    (inputs.find(({ checked }) => checked) ?? inputs[0])?.focus();
  }

  #inputs(): HTMLInputElement[] {
    return [...this.element.querySelectorAll('input')];
  }

  #build(items: readonly Item[]): void {
    const appearances = appearancesOf(this.node);
    const faces = this.#one && appearances.has('faces');
    const moods = faces ? moodsOf(items.map(({ value }) => value), appearances.has('faces-sad-first')) : null;
    this.#said = [];
    this.element.classList.toggle('iv-many', items.length > 3 && moods === null);
    replace(this.element, ...items.map((item, index) => this.#tile(item, index, moods?.[index] ?? null, moods !== null)));
  }

  #tile(item: Item, index: number, mood: number | null, faces: boolean): HTMLElement {
    const { context } = this;
    const input = h('input', { type: this.#one ? 'radio' : 'checkbox', name: this.#name, value: item.value, class: 'iv-tile-mark', autocomplete: 'off' });
    const drawing = pictureOf(item.label, context) ?? (mood === null ? pictureOfCode(item.value, index) : face(mood));
    const kind = mood !== null ? ' iv-tile-face' : faces ? ' iv-tile-beside' : '';
    const element = tile(input, drawing, formatted(item.label), textAttributes(item.label.asString, context), kind);
    const said = saidOf(item.label, context, element);
    this.#said.push(said);
    input.addEventListener('change', () => this.#choose(input));
    // The arrow keys, too, click what they come to.
    input.addEventListener('click', () => input.checked && context.voice?.on === true && context.voice.say([said]));
    return element;
  }

  #choose(input: HTMLInputElement): void {
    if (this.#one) this.node.selectValue(input.value);
    else this.node.selectValues(this.#inputs().filter(({ checked }) => checked).map(({ value }) => value));
  }
}
