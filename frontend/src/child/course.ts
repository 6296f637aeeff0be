import { isAboutDrawing } from '../engine/drawings.ts';
import type { Interview } from '../interview.ts';
import { isForAdult } from '../manner.ts';
import type { Screen } from '../screen/plan.ts';

/** What may stand in the place of a question. Nothing of it is part of the answers. */
export type Pause = 'practice' | 'offer' | 'rest' | 'stop' | 'stopped' | 'giveBack';

/** With fewer questions nobody needs a break half way. */
const LONG = 6;

/** Where a child stands: what comes before its first question, half way, and after its last. */
export class Course {
  #practised = false;
  #offered = false;
  #givenBack = false;

  constructor(private readonly interview: Interview) {
    const { before, count } = this.#place();
    // A draft that goes on in the middle: the faces are known.
    this.#practised = before > 0;
    this.#offered = before > count / 2;
    // One that goes on with whoever sits beside the child: it has the device.
    this.#givenBack = this.#isOver() && !interview.questions.some(({ nodeId }) => interview.isFresh(nodeId));
  }

  /** The questions that the child itself is asked, as things stand now. */
  isAsked(screen: Screen | null): boolean {
    return this.interview.manner === 'child' && screen !== null && !isForAdult(screen);
  }

  due(): Pause | null {
    const { before, count } = this.#place();
    if (!this.isAsked(this.interview.screen)) return this.#isOver() && !this.#givenBack ? 'giveBack' : null;
    if (!this.#practised) return 'practice';
    if (this.#offered || count < LONG || before < count / 2 || this.#isAboutDrawing()) return null;
    this.#offered = true;
    return 'offer';
  }

  #isAboutDrawing(): boolean {
    const { screen } = this.interview;
    return screen !== null && isAboutDrawing(screen, this.interview.screens());
  }

  practised(): void {
    this.#practised = true;
  }

  givenBack(): void {
    this.#givenBack = true;
  }

  /** The last question is one of the child's. */
  get endsWithChild(): boolean {
    return this.isAsked(this.interview.screens().at(-1) ?? null);
  }

  /** What is asked now and after it is for the adult; the child was asked before. */
  #isOver(): boolean {
    const { screen } = this.interview;
    const { before, count } = this.#place();
    return screen !== null && !this.isAsked(screen) && count > 0 && before === count;
  }

  /** How many questions the child has behind it, of how many. */
  #place(): { before: number; count: number } {
    const { interview } = this;
    const screens = interview.screens();
    const at = interview.screen === null ? screens.length : screens.findIndex(({ id }) => id === interview.screen?.id);
    const asked = screens.map((each) => this.isAsked(each));
    return { before: asked.slice(0, Math.max(at, 0)).filter(Boolean).length, count: asked.filter(Boolean).length };
  }
}
