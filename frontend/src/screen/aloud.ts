import { picture } from '../child/pictures.ts';
import type { Context } from '../controls/control.ts';
import { h } from '../dom.ts';
import { hush, type Said, type Voice } from '../voice.ts';

type Heard = Pick<Context, 'speech' | 'adult' | 'manner' | 'voice'>;

/** Reads a question with its answers. What nothing here can say, somebody has to read. */
export class Aloud {
  readonly element: HTMLElement;
  readonly #key: HTMLButtonElement;
  readonly #line: HTMLElement;

  private constructor(
    { speech, adult = speech, manner }: Heard,
    private readonly voice: Voice,
    private readonly said: () => readonly Said[],
  ) {
    const child = manner === 'child';
    this.#key = h('button', { type: 'button', class: 'iv-button iv-plain iv-listen', ...speech.marks, on: { click: () => this.#toggle() } }, picture('listen'), h('span', {}, speech.say('listen')));
    this.#line = h('p', { class: 'iv-aside iv-read', ...adult.marks }, child ? adult.say('readAloud') : '');
    this.element = h('div', { class: 'iv-aloud' }, this.#key, child && this.#line);
  }

  /** Null where nothing is read aloud. */
  static for(around: Heard, said: () => readonly Said[]): Aloud | null {
    const { manner, voice } = around;
    return voice === undefined || manner === undefined || manner === 'plain' ? null : new Aloud(around, voice, said);
  }

  /** Quietly: the form's own sound has its own key, and a voice of the device is asked for first. */
  update(): void {
    const all = this.said().filter(({ text, sound }) => text !== '' || sound !== null);
    const able = all.filter((said) => this.voice.can(said)).length;
    this.#key.hidden = able === 0 || (this.#line.textContent === '' && !this.voice.on);
    this.#line.hidden = all.length === 0 || (able === all.length && this.voice.on);
  }

  read(): void {
    this.voice.say(this.said());
  }

  #toggle(): void {
    const speaking = this.element.parentElement?.querySelector('.iv-spoken') ?? null;
    if (speaking === null) this.read();
    else hush();
  }
}
