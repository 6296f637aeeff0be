import type { SelectNode } from '@getodk/xforms-engine';
import { freshId, h, replace } from '../dom.ts';
import { appearancesOf } from '../screen/plan.ts';
import { formatted, mediaOf, pictureOf, saidOf, spokenAttributes, textAttributes } from '../screen/text.ts';
import type { Said } from '../voice.ts';
import { Tiles } from '../child/tiles.ts';
import { plainDigits, type Context, type Control } from './control.ts';
import { face, moodsOf } from './faces.ts';

type Item = SelectNode['currentState']['valueOptions'][number];

/** From this many options on, a box to find one stands above the list. */
const LONG = 20;

export function choiceControl(node: SelectNode, context: Context): Control {
  const appearances = appearancesOf(node);
  if (context.manner === 'child' && Tiles.fits(node)) return new Tiles(node, context);
  if (node.selectType === 'select1' && appearances.has('minimal')) return dropDown(node, context);
  return new ChoiceList(node, context, appearances);
}

function dropDown(node: SelectNode, context: Context): Control {
  const select = h('select', {
    class: 'iv-input', autocomplete: 'off', ...spokenAttributes(context),
    'aria-labelledby': context.aria.labelledBy, 'aria-describedby': context.aria.describedBy,
  });
  select.addEventListener('change', () => node.selectValue(select.value === '' ? null : select.value));
  let shape = '';
  return {
    element: select,
    update: () => {
      const items = node.currentState.valueOptions;
      const now = shapeOf(items);
      if (now !== shape) {
        shape = now;
        replace(select, h('option', { value: '', ...context.speech.marks }, context.speech.say('choose')), ...items.map((item) => h('option', { value: item.value, ...textAttributes(item.label.asString, context) }, item.label.asString)));
      }
      select.value = node.currentState.value[0] ?? '';
    },
    focus: () => select.focus(),
  };
}

function shapeOf(items: readonly Item[]): string {
  return JSON.stringify(items.map((item) => [item.value, item.label.asString]));
}

/** For finding: without marks, spaces and the difference of digits, so that `482193` finds `482 193 067`. */
export function searchable(text: string): string {
  return plainDigits(text).normalize('NFKD').replace(/\p{M}|[\s·.\-]/gu, '').toLowerCase();
}

/** Radio buttons or check boxes: a list, a grid, a scale, or faces. */
class ChoiceList implements Control {
  readonly element: HTMLElement;
  readonly #list: HTMLElement;
  readonly #filter: HTMLInputElement;
  readonly #count: HTMLElement;
  readonly #filterBox: HTMLElement;
  readonly #name = freshId('choice');
  readonly #one: boolean;
  #shape = '';

  constructor(
    readonly node: SelectNode,
    readonly context: Context,
    readonly appearances: ReadonlySet<string>,
  ) {
    this.#one = node.selectType === 'select1';
    const { speech, aria } = context;
    this.#list = h('div', { class: 'iv-choices', role: this.#one ? 'radiogroup' : 'group', 'aria-labelledby': aria.labelledBy, 'aria-describedby': aria.describedBy });
    this.#filter = h('input', { class: 'iv-input', type: 'search', autocomplete: 'off', 'aria-label': speech.say('filter'), placeholder: speech.say('filter'), ...speech.marks });
    this.#count = h('p', { class: 'iv-aside', role: 'status', ...speech.marks });
    this.#filterBox = h('div', { class: 'iv-stack iv-filter' }, this.#filter, this.#count);
    this.#filter.addEventListener('input', () => this.#narrow());
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault();
    });
    this.element = h('div', { class: 'iv-stack' }, this.#filterBox, this.#list);
  }

  update(): void {
    const items = this.node.currentState.valueOptions;
    const shape = shapeOf(items);
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#build(items);
    }
    for (const input of this.#inputs()) input.checked = this.node.isSelected(input.value);
  }

  said(): readonly Said[] {
    return this.node.currentState.valueOptions.map(({ label }) => saidOf(label, this.context));
  }

  focus(): void {
    const inputs = this.#inputs();
    (inputs.find((input) => input.checked) ?? inputs[0] ?? this.#filter).focus();
  }

  #inputs(): HTMLInputElement[] {
    return [...this.#list.querySelectorAll<HTMLInputElement>('input')];
  }

  #build(items: readonly Item[]): void {
    const moods = this.#moods(items);
    const options = items.map((item, index) => this.#option(item, moods?.[index] ?? null));
    const empty = items.length === 0 && h('p', { class: 'iv-aside', ...this.context.speech.marks }, this.context.speech.say('emptyList'));
    replace(this.#list, ...options, empty);
    this.#list.className = `iv-choices ${this.#layout(moods !== null)}`;
    this.#filterBox.hidden = items.length < LONG && !this.appearances.has('autocomplete');
    this.#narrow();
  }

  #moods(items: readonly Item[]): readonly (number | null)[] | null {
    if (!this.#one || !this.appearances.has('faces') || this.context.manner === 'private') return null;
    return moodsOf(items.map(({ value }) => value), this.appearances.has('faces-sad-first'));
  }

  #layout(faces: boolean): string {
    if (faces) return 'iv-faces';
    if (this.appearances.has('likert')) return 'iv-likert';
    const columns = [...this.appearances].find((name) => /^(columns(-\d+|-pack)?|horizontal(-compact)?|compact(-\d+)?)$/.test(name));
    if (columns !== undefined || this.node.currentState.isSelectWithImages) return 'iv-grid';
    return '';
  }

  #option(item: Item, mood: number | null): HTMLElement {
    const { context } = this;
    const input = h('input', { type: this.#one ? 'radio' : 'checkbox', name: this.#name, value: item.value, class: 'iv-mark', autocomplete: 'off' });
    input.addEventListener('change', () => this.#choose(input));
    if (this.appearances.has('quick') && this.#one) {
      // Only a tap moves on: the arrow keys choose while they travel.
      input.addEventListener('click', (event) => event.detail > 0 && window.setTimeout(context.advance, 150));
    }
    const text = h('span', { class: 'iv-choice-text', ...textAttributes(item.label.asString, context) }, ...formatted(item.label));
    const media = mediaOf(item.label, context, item.label.asString);
    const picture = pictureOf(item.label, context) ?? (mood === null ? null : face(mood));
    const kind = mood === null ? (picture === null ? '' : ' iv-choice-picture') : ' iv-choice-face';
    const label = h('label', { class: `iv-choice${kind}` }, input, picture, text);
    return h('div', { class: `iv-option${mood === null ? '' : ' iv-option-face'}`, 'data-find': searchable(item.label.asString) }, label, media);
  }

  #choose(input: HTMLInputElement): void {
    if (this.#one) this.node.selectValue(input.value);
    else this.node.selectValues(this.#inputs().filter(({ checked }) => checked).map(({ value }) => value));
  }

  #narrow(): void {
    const wanted = searchable(this.#filter.value);
    const options = [...this.#list.querySelectorAll<HTMLElement>('.iv-option')];
    for (const option of options) option.hidden = !(option.dataset['find'] ?? '').includes(wanted);
    const left = options.filter((option) => !option.hidden).length;
    const { speech } = this.context;
    this.#count.textContent = wanted === '' ? '' : left === 0 ? speech.say('noMatch') : speech.say('shown', { n: left });
  }
}
