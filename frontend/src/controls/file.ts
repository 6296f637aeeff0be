import type { UploadNode } from '@getodk/xforms-engine';
import { h, replace } from '../dom.ts';
import { appearancesOf } from '../screen/plan.ts';
import type { Word } from '../words/index.ts';
import { ownButton, type Context, type Control } from './control.ts';
import { openSketch } from './draw.ts';
import { shrunk } from './photo.ts';
import { Placing } from './placing.ts';
import { canRecord, recorder } from './record.ts';
import { LIFELINE, PEOPLE } from './tokens.ts';

/** The server takes 10 MB in one piece, answers included. */
const MOST_MB = 9;

export type Kind = 'image' | 'audio' | 'video' | 'file';

/** A file as an answer, with what its kind needs: camera, microphone, drawing. */
export function uploadControl(node: UploadNode, context: Context): Control {
  return new Upload(node, context);
}

class Upload implements Control {
  readonly element: HTMLElement;
  readonly #shown = h('div', { class: 'iv-stack' });
  readonly #trouble = h('p', { class: 'iv-error', role: 'alert' });
  readonly #ways: HTMLElement;
  readonly #kind: Kind;
  readonly #sketch: Control | null;
  #file: File | null = null;
  #address: string | null = null;
  #release: (() => void) | null = null;

  constructor(
    readonly node: UploadNode,
    readonly context: Context,
  ) {
    this.#kind = kindOf(node);
    const appearances = appearancesOf(node);
    this.#sketch = this.#kind === 'image' ? sheetFor(node, context, appearances) : null;
    this.#ways = h('div', { class: 'iv-row' }, ...this.#offers(appearances));
    this.element = h('div', { class: 'iv-stack', role: 'group', 'aria-labelledby': context.aria.labelledBy, 'aria-describedby': context.aria.describedBy },
      this.#sketch?.element, this.#shown, this.#trouble, this.#ways);
  }

  update(): void {
    this.#sketch?.update();
    const file = this.node.currentState.value;
    if (file === this.#file) return;
    this.#file = file;
    this.#forget();
    replace(this.#shown, file !== null && this.#sketch === null && this.#view(file));
  }

  focus(): void {
    (this.#ways.querySelector<HTMLElement>('button, input') ?? this.element).focus();
  }

  dispose(): void {
    this.#forget();
    this.#release?.();
    this.#sketch?.dispose?.();
  }

  #forget(): void {
    if (this.#address !== null) URL.revokeObjectURL(this.#address);
    this.#address = null;
  }

  #view(file: File): HTMLElement {
    const { speech } = this.context;
    this.#address = URL.createObjectURL(file);
    const remove = ownButton(speech, 'remove', 'quiet', () => {
      this.node.setValue(null);
      this.focus();
    });
    return h('div', { class: 'iv-file' }, this.#preview(this.#address, file), remove);
  }

  #preview(src: string, file: File): HTMLElement {
    const { speech } = this.context;
    if (this.#kind === 'image') return h('img', { class: 'iv-picture', src, alt: speech.say('photoAlt') });
    if (this.#kind === 'audio') return h('audio', { src, controls: true, 'aria-label': speech.say('audioYours') });
    if (this.#kind === 'video') return h('video', { class: 'iv-film', src, controls: true, 'aria-label': speech.say('video') });
    return h('p', { class: 'iv-said', ...speech.marks }, speech.say('fileIs', { kb: Math.max(1, Math.round(file.size / 1000)) }));
  }

  #offers(appearances: ReadonlySet<string>): HTMLElement[] {
    const onlyNew = appearances.has('new') || appearances.has('new-front');
    const side = appearances.has('front') || appearances.has('new-front') ? 'user' : 'environment';
    if (this.#kind === 'image') {
      const take = this.#picker('photoTake', side);
      return this.#sketch !== null ? [this.#picker('photoChoose')] : onlyNew ? [take] : [take, this.#picker('photoChoose')];
    }
    if (this.#kind === 'video') return [this.#picker('videoTake', side), ...(onlyNew ? [] : [this.#picker('fileChoose')])];
    if (this.#kind === 'audio') return [...this.#recording(), this.#picker('audioChoose')];
    return [this.#picker('fileChoose')];
  }

  #recording(): HTMLElement[] {
    if (!canRecord()) return [];
    const record = recorder(this.context.speech, (file) => this.#take(file), () => this.#complain('audioDenied'));
    this.#release = record.release;
    return [record.element];
  }

  /** A button that opens the device's own chooser; the field itself is there for the keyboard and for readers. */
  #picker(word: Word, capture?: string): HTMLElement {
    const accept = this.node.nodeOptions.media.accept;
    const input = h('input', { type: 'file', class: 'iv-hidden', accept: accept === '*' ? false : accept, capture, autocomplete: 'off' });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      input.value = '';
      if (file) void this.#take(file);
    });
    return h('label', { class: 'iv-button iv-plain iv-picker' }, input, h('span', this.context.speech.marks, this.context.speech.say(word)));
  }

  async #take(file: File): Promise<void> {
    this.#complain(null);
    if (this.#kind !== 'file' && !file.type.startsWith(`${this.#kind}/`)) return this.#complain('fileWrong');
    const kept = this.#kind === 'image' ? await shrunk(file, this.node.maxPixels) : file;
    if (kept === null) return this.#complain('photoBroken');
    if (kept.size > MOST_MB * 1_000_000) return this.#complain('fileLarge');
    this.node.setValue(kept);
  }

  #complain(word: Word | null): void {
    this.#trouble.textContent = word === null ? '' : this.context.speech.say(word, { mb: MOST_MB });
  }
}

/** Our own words stand beside `draw`, so that other apps show an empty sheet. */
function sheetFor(node: UploadNode, context: Context, appearances: ReadonlySet<string>): Control | null {
  if (appearances.has('hw-lifeline')) return new Placing(node, context, LIFELINE);
  if (appearances.has('hw-people')) return new Placing(node, context, PEOPLE);
  const drawn = ['draw', 'annotate', 'signature'].some((name) => appearances.has(name));
  return drawn ? openSketch(node, context, appearances.has('annotate')) : null;
}

function kindOf(node: UploadNode): Kind {
  const type = node.nodeOptions.media.type;
  return type === 'image' || type === 'audio' || type === 'video' ? type : 'file';
}
