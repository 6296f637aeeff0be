import type { Interview } from '../interview.ts';
import { isForAdult } from '../manner.ts';
import type { Screen } from '../screen/plan.ts';

/** What may stand in the place of a question. Nothing of it is part of the answers. */
export type Pause = 'practice' | 'offer' | 'rest' | 'stop' | 'stopped';

/** With fewer questions nobody needs a break half way. */
const LONG = 6;

/** Where a child stands: what comes before its first question, and half way. */
export class Course {
  #practised = false;
  #offered = false;

  constructor(private readonly interview: Interview) {
    const { index, count } = this.#place();
    // A draft that goes on in the middle: the faces are known.
    this.#practised = index > 0;
    this.#offered = index > count / 2;
  }

  /** The questions that the child itself is asked, as things stand now. */
  isAsked(screen: Screen | null): boolean {
    return this.interview.manner === 'child' && screen !== null && !isForAdult(screen);
  }

  due(): Pause | null {
    const { index, count } = this.#place();
    if (index < 0) return null;
    if (!this.#practised) return 'practice';
    if (this.#offered || count < LONG || index < count / 2) return null;
    this.#offered = true;
    return 'offer';
  }

  practised(): void {
    this.#practised = true;
  }

  #place(): { index: number; count: number } {
    const { screen } = this.interview;
    if (!this.isAsked(screen)) return { index: -1, count: 0 };
    const asked = this.interview.screens().filter((each) => this.isAsked(each));
    return { index: asked.findIndex(({ id }) => id === screen?.id), count: asked.length };
  }
}
