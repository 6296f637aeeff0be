import type { UploadNode } from '@getodk/xforms-engine';
import { freshId, h, replace } from '../dom.ts';
import { button, ownButton, type Context, type Control } from './control.ts';
import { HEIGHT, Sheet, WIDTH, type Spot } from './sheet.ts';
import { below, paint, pictureOf, write, type Kind, type Plan, type Token } from './tokens.ts';

/** What stands on which picture, while the page is open: a picture says it to nobody but eyes. */
const REMEMBERED = new WeakMap<File, { readonly tokens: readonly Token[]; readonly base: ImageData | null }>();
const REACH = 46;
const LONGEST_WORDS = 24;

/** A prepared sheet: what is chosen is put where it is tapped, or, without seeing or touching the sheet, by words. */
export class Placing implements Control {
  readonly element: HTMLElement;
  readonly #sheet: Sheet;
  readonly #list = h('ul', { class: 'iv-tokens-put' });
  readonly #said: HTMLElement;
  readonly #picks: HTMLElement;
  #chosen: Kind;
  #tokens: Token[] = [];
  #held: number | null = null;
  #own: File | null = null;
  /** What was there before this page: a picture that was chosen, or a draft. It already holds the lines. */
  #base: ImageData | null = null;
  #turn = 0;

  constructor(
    readonly node: UploadNode,
    readonly context: Context,
    readonly plan: Plan,
  ) {
    const { speech } = context;
    this.#chosen = plan.kinds[0]!;
    this.#said = h('p', { class: 'iv-said', role: 'status', ...speech.marks });
    this.#sheet = new Sheet(speech.say(plan.label));
    this.#picks = this.#palette();
    this.#listen();
    this.element = h('div', { class: 'iv-stack' },
      h('p', { class: 'iv-aside', ...speech.marks }, speech.say(plan.help)), this.#picks,
      h('div', { class: 'iv-board' }, this.#sheet.canvas), this.#byWords(), this.#said, this.#list,
      h('div', { class: 'iv-row' }, ownButton(speech, 'wipe', 'quiet', () => this.#wipe())));
    this.#paint();
    this.#tell();
  }

  update(): void {
    const file = this.node.currentState.value;
    if (file === this.#own) return;
    this.#turn += 1;
    this.#own = file;
    const known = file === null ? { tokens: [], base: null } : REMEMBERED.get(file);
    this.#tokens = [...(known?.tokens ?? [])];
    this.#base = known?.base ?? null;
    if (file !== null && known === undefined) void this.#lay(file);
    else this.#paint();
    this.#tell();
  }

  focus(): void {
    this.#picks.querySelector<HTMLElement>('input:checked')?.focus();
  }

  get #mirrored(): boolean {
    return this.context.speech.direction === 'rtl';
  }

  #palette(): HTMLElement {
    const { speech, voice } = this.context;
    const name = freshId('token');
    const picks = this.plan.kinds.map((kind, index) => {
      const input = h('input', { type: 'radio', name, class: 'iv-hidden', checked: index === 0, autocomplete: 'off' });
      input.addEventListener('change', () => {
        this.#chosen = kind;
        if (voice?.on === true) voice.say([{ text: speech.say(kind.word), language: speech.code, sound: null, element: null }]);
      });
      return h('label', { class: 'iv-token', ...speech.marks }, input, pictureOf(kind), h('span', {}, speech.say(kind.word)));
    });
    return h('div', { class: 'iv-tokens', role: 'radiogroup', 'aria-label': speech.say('tokenChoose'), ...speech.marks }, ...picks);
  }

  /** The same without the sheet: for the keyboard, for a screen reader, and for an adult who is told. */
  #byWords(): HTMLElement {
    const { speech } = this.context;
    const [placeId, wordsId] = [freshId('place'), freshId('words')];
    const places = this.plan.places.map((word, index) => h('option', { value: String(index) }, speech.say(word)));
    const place = h('select', { class: 'iv-input', id: placeId, autocomplete: 'off' }, ...places);
    const words = h('input', { class: 'iv-input', id: wordsId, type: 'text', maxlength: LONGEST_WORDS, autocomplete: 'off', dir: 'auto' });
    const putIt = (): void => {
      this.#put(this.#freeSpot(Number(place.value)), this.plan.writes ? words.value.trim() : '');
      words.value = '';
    };
    const put = ownButton(speech, 'tokenPut', 'plain', putIt);
    words.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault(); // it would leave the screen, and the words with it
      putIt();
    });
    return h('details', { class: 'iv-details', ...speech.marks },
      h('summary', {}, speech.say('tokenByWords')),
      h('div', { class: 'iv-stack' },
        h('label', { for: placeId }, speech.say('tokenWhere')), place,
        this.plan.writes && h('label', { for: wordsId }, speech.say('tokenWords')), this.plan.writes && words, put));
  }

  #freeSpot(place: number): Spot {
    const there = this.#tokens.filter(({ kind, at }) => this.plan.placeAt(at, this.#mirrored) === place && (!this.plan.writes || kind === this.#chosen));
    return this.plan.spotOf(this.#chosen, place, there.length, this.#mirrored);
  }

  #listen(): void {
    const { canvas } = this.#sheet;
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.setPointerCapture?.(event.pointerId);
      const at = this.#sheet.at(event);
      const found = this.#tokens.findIndex((token) => Math.hypot(token.at[0] - at[0], token.at[1] - at[1]) < REACH);
      if (found === -1) this.#put(at, '');
      else this.#held = found;
    });
    canvas.addEventListener('pointermove', (event) => {
      const held = this.#held === null ? undefined : this.#tokens[this.#held];
      if (held === undefined || this.#held === null) return;
      this.#tokens[this.#held] = { ...held, at: this.#sheet.at(event) };
      this.#paint();
    });
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => {
        if (this.#held !== null) void this.#keep();
        this.#held = null;
      });
    }
  }

  #put(at: Spot, words: string): void {
    this.#tokens.push({ kind: this.#chosen, at, words });
    void this.#keep();
    this.#said.textContent = this.context.speech.say('tokenIs', { label: this.#nameOf(this.#tokens.at(-1)!) });
  }

  #nameOf({ kind, at, words }: Token): string {
    const { speech } = this.context;
    const place = speech.say(this.plan.places[this.plan.placeAt(at, this.#mirrored)]!);
    return [place, speech.say(kind.word), words].filter((part) => part !== '').join(' · ');
  }

  async #lay(file: File): Promise<void> {
    if (await this.#sheet.show(file)) this.#base = this.#sheet.pen?.getImageData(0, 0, WIDTH, HEIGHT) ?? null;
  }

  #paint(): void {
    const { pen } = this.#sheet;
    const { speech } = this.context;
    if (pen === null) return;
    this.#sheet.blank();
    if (this.#base !== null) pen.putImageData(this.#base, 0, 0);
    else this.plan.prepare(pen, speech);
    for (const token of this.#tokens) {
      paint(pen, token);
      write(pen, speech, this.plan.writes ? token.words : speech.say(token.kind.word), below(token));
    }
  }

  #tell(): void {
    const { speech } = this.context;
    const rows = this.#tokens.map((token, index) => {
      const name = this.#nameOf(token);
      const remove = button(speech.say('remove'), 'quiet', () => this.#remove(index), { 'aria-label': `${speech.say('remove')}: ${name}`, ...speech.marks });
      return h('li', {}, h('bdi', speech.marks, name), remove);
    });
    replace(this.#list, ...rows);
    this.#list.hidden = rows.length === 0;
  }

  #remove(index: number): void {
    this.#tokens.splice(index, 1);
    void this.#keep();
    this.#said.textContent = this.context.speech.say('tokenGone');
    (this.#list.querySelectorAll('button')[Math.min(index, this.#tokens.length - 1)] ?? this.#picks.querySelector<HTMLElement>('input:checked'))?.focus();
  }

  #wipe(): void {
    this.#tokens = [];
    this.#base = null;
    this.#said.textContent = this.context.speech.say('tokenGone');
    void this.#keep();
  }

  async #keep(): Promise<void> {
    this.#paint();
    this.#tell();
    const turn = ++this.#turn;
    if (this.#tokens.length === 0 && this.#base === null) return this.#answer(null);
    const file = await this.#sheet.file(this.plan.label);
    if (file !== null && turn === this.#turn) this.#answer(file);
  }

  #answer(file: File | null): void {
    this.node.setValue(file);
    this.#own = this.node.currentState.value;
    if (this.#own !== null) REMEMBERED.set(this.#own, { tokens: [...this.#tokens], base: this.#base });
  }
}
