import { activeLanguage } from '../engine/language.ts';
import type { Media } from '../engine/media.ts';
import type { Interview } from '../interview.ts';
import type { Manner } from '../manner.ts';
import { hush, Voice } from '../voice.ts';
import { CATALOGUES, Speech } from '../words/index.ts';
import { Course, type Pause } from './course.ts';
import { keysBelow } from './keys.ts';
import { pauseOf, type Ways } from './pauses.ts';

export interface Steps {
  readonly stop: () => void;
  readonly pass: () => void;
}

/** How the questions are put here: what is said aloud, and what stands between them. */
export class Guide {
  readonly voice = new Voice(false);
  /** What stands in the place of a question now. */
  pause: Pause | null = null;
  readonly #course: Course;
  /** As somebody here wants it; until then as the manner of asking is. */
  #sound: boolean | null = null;

  constructor(
    private readonly interview: Interview,
    private readonly media: Media,
  ) {
    this.#course = new Course(interview);
    this.arrive();
  }

  /** At another question. */
  arrive(): void {
    this.pause = this.#course.due();
  }

  goOn(): void {
    if (this.pause === 'practice') this.#course.practised();
    if (this.pause === 'giveBack') this.#course.givenBack();
    this.arrive();
  }

  /** The child answers, or is about to. */
  get withChild(): boolean {
    return this.pause !== null || this.#course.isAsked(this.interview.screen);
  }

  get manner(): Manner {
    return this.withChild ? 'child' : this.interview.manner === 'private' ? 'private' : 'plain';
  }

  /** What is said to a child is said in the language of its questions, where we have it. */
  spoken(adult: Speech): Speech {
    const labels = activeLanguage(this.interview.root);
    return labels in CATALOGUES ? new Speech(labels) : adult;
  }

  /** How a child that has the device at the end is thanked there; null where somebody took it back before. */
  atTheEnd(adult: Speech): Speech | null {
    return this.#course.endsWithChild ? this.spoken(adult) : null;
  }

  /** A child hears its questions, unless others would hear them too. */
  tune(): void {
    this.voice.on = this.#sound ?? (this.interview.manner === 'child' && !this.interview.overheard);
  }

  /** What can be turned on or off; null where nothing here can be heard, or nobody is asked. */
  sound(then: () => void): { on: boolean; turn: () => void } | null {
    const { interview, voice } = this;
    const able = voice.voiceFor(activeLanguage(interview.root)) !== null || (interview.manner === 'child' && this.media.sounds);
    if (!able || !(this.withChild || (interview.manner === 'private' && interview.screen !== null))) return null;
    const turn = (): void => {
      hush();
      this.#sound = voice.on = !voice.on;
      then();
    };
    return { on: voice.on, turn };
  }

  /** Nothing of a question stands beside it, and what it put off was not asked yet. */
  show(kind: Pause, main: HTMLElement, footer: HTMLElement, adult: Speech, ways: Ways): void {
    this.interview.unsee();
    const speech = this.spoken(adult);
    const shown = pauseOf(kind, { speech, adult, voice: this.voice }, ways);
    main.replaceChildren(shown.element);
    footer.replaceChildren();
    if (kind === 'practice') keysBelow(footer, speech, { stop: ways.stop, skip: ways.goOn, skipped: false, next: ways.goOn });
    shown.heading.focus();
    if (this.voice.on) shown.read();
  }

  keys(footer: HTMLElement, adult: Speech, steps: Steps): void {
    const { screen, refusal } = this.interview;
    const node = screen?.kind === 'question' && screen.node.nodeType !== 'note' ? screen.node : null;
    const skipped = refusal !== null && node?.currentState.instanceValue === refusal;
    keysBelow(footer, this.spoken(adult), { stop: steps.stop, skip: node && steps.pass, skipped, next: null });
  }

  /** What was wrong with an answer. */
  complain(text: string, adult: Speech): void {
    if (this.withChild && this.voice.on) this.voice.say([{ text, language: this.spoken(adult).code, sound: null, element: null }]);
  }
}
