import type { AnyControlNode, RootNode } from '@getodk/xforms-engine';
import { answeredCount, clearAnswer, keepOnlyWhatWasSaid, prefill } from './engine/answers.ts';
import { refusalOf } from './engine/refusal.ts';
import { mannerOf, type Manner } from './manner.ts';
import { controlsOf, isShown, leavesUnder, placeOf, questionName, screensOf, screenWith, type Screen } from './screen/plan.ts';

/** The note that a form shows where somebody who was asked to agree says no. */
const STOPS = 'stop_here';
/** The question of whether others listen. */
const IN_PRIVATE = 'in_private';

/** Where an interview stood, in words that mean the same when the form is opened again. */
export interface Mark {
  readonly at: string | null;
  readonly seen: readonly string[];
  readonly settled: readonly string[];
}

/** Where the interview stands. Knows the form, not the page. */
export class Interview {
  /** Questions answered by the page itself: never asked. */
  readonly #settled: Set<string>;
  /** Questions that were on the screen, or settled: what may be sent when the interview stops half way. */
  readonly #seen: Set<string>;
  /** Those of them that came with the last step. */
  #fresh = new Set<string>();
  #current: string | null = null;

  constructor(
    readonly root: RootNode,
    answers: Readonly<Record<string, string>> = {},
    mark: Mark | null = null,
    readonly manner: Manner = mannerOf(root),
  ) {
    this.#settled = mark === null ? prefill(root, answers) : this.#ids(mark.settled);
    this.#seen = mark === null ? new Set(this.#settled) : this.#ids(mark.seen);
    if (mark === null) this.#goto(this.screens()[0]);
    else if (mark.at !== null) this.#stand(this.screens().find((screen) => placeOf(screen) === mark.at) ?? this.screens()[0]);
  }

  mark(): Mark {
    const names = (ids: ReadonlySet<string>): string[] =>
      leavesUnder(this.root).filter(({ nodeId }) => ids.has(nodeId)).map((node) => node.currentState.reference);
    return { at: this.screen === null ? null : placeOf(this.screen), seen: names(this.#seen), settled: names(this.#settled) };
  }

  #ids(references: readonly string[]): Set<string> {
    const named = new Set(references);
    return new Set(leavesUnder(this.root).filter((node) => named.has(node.currentState.reference)).map(({ nodeId }) => nodeId));
  }

  #all(): Screen[] {
    return screensOf(this.root, this.manner !== 'plain');
  }

  /** The screens to be passed, given the answers so far. */
  screens(): Screen[] {
    return this.#all().filter((screen) => isShown(screen, this.#settled));
  }

  /** The screen now; null at the end. */
  get screen(): Screen | null {
    return this.#all().find(({ id }) => id === this.#current) ?? null;
  }

  /** The questions now on the screen. */
  get questions(): AnyControlNode[] {
    const screen = this.screen;
    if (screen === null) return [];
    return controlsOf(screen).filter((node) => node.currentState.relevant && !this.#settled.has(node.nodeId));
  }

  isSettled(nodeId: string): boolean {
    return this.#settled.has(nodeId);
  }

  get isFirst(): boolean {
    return this.#current !== null && this.screens()[0]?.id === this.#current;
  }

  get answered(): number {
    const asked = new Set([...this.#seen].filter((id) => !this.#settled.has(id)));
    return answeredCount(this.root, asked);
  }

  /**
   * Share of the form that lies behind, counted over all its screens, hidden ones too: a question that opens or closes
   * a group then never makes the bar jump back.
   */
  get progress(): number {
    const all = this.#all();
    const index = all.findIndex(({ id }) => id === this.#current);
    return index < 0 ? 1 : index / Math.max(all.length, 1);
  }

  /** Somebody said no, and the form has told the interviewer to stop. */
  get refused(): boolean {
    const notes = this.#all().flatMap((screen) => controlsOf(screen)).filter((node) => questionName(node) === STOPS);
    return notes.some((node) => node.currentState.relevant);
  }

  /** Others listen, says whoever asks. */
  get overheard(): boolean {
    return leavesUnder(this.root).some((node) => questionName(node) === IN_PRIVATE && node.currentState.instanceValue === 'no');
  }

  violations(): AnyControlNode[] {
    return this.questions.filter((node) => node.nodeType !== 'note' && node.validationState.violation !== null);
  }

  /** One question may be skipped when the form can do without its answer. */
  get canSkip(): boolean {
    const node = this.screen?.kind === 'question' ? this.screen.node : null;
    return node !== null && node.nodeType !== 'note' && !node.currentState.required && !node.currentState.readonly;
  }

  skip(): void {
    if (this.screen?.kind === 'question') clearAnswer(this.screen.node);
    this.next();
  }

  /** The form's own answer for whoever would rather not say; none where the question has none. */
  get refusal(): string | null {
    return this.screen?.kind === 'question' ? refusalOf(this.screen.node) : null;
  }

  /** A child passes any question by: with the form's own answer for that, or with none. */
  pass(): void {
    const { refusal, screen } = this;
    if (screen?.kind === 'question' && screen.node.nodeType === 'select' && refusal !== null) screen.node.selectValues([refusal]);
    else if (screen?.kind === 'question' && !screen.node.currentState.readonly) clearAnswer(screen.node);
    this.next();
  }

  next(): void {
    this.#goto(this.#beside(1));
  }

  back(): void {
    if (this.#current === null) this.#goto(this.screens().at(-1));
    else if (!this.isFirst) this.#goto(this.#beside(-1) ?? this.screens()[0]);
  }

  goto(id: string): void {
    this.#goto(this.screens().find((screen) => screen.id === id));
  }

  /** After an answer or a removal the present screen may be gone: go on from where it stood. */
  settle(): boolean {
    const screen = this.screen;
    if (this.#current === null || (screen !== null && isShown(screen, this.#settled))) return false;
    this.#goto(screen === null ? this.screens()[0] : this.#beside(1));
    return true;
  }

  #goto(screen: Screen | undefined): void {
    this.#stand(screen);
    this.#see();
  }

  /** A draft may be opened only to be sealed: what its screen would ask counts as seen once it is on the page. */
  #stand(screen: Screen | undefined): void {
    this.#current = screen?.id ?? null;
    this.#fresh = new Set(this.questions.map(({ nodeId }) => nodeId).filter((id) => !this.#seen.has(id)));
  }

  #see(): void {
    for (const node of this.questions) this.#seen.add(node.nodeId);
  }

  /** Something else stands in the place of a screen that was not on the page yet. */
  unsee(): void {
    for (const id of this.#fresh) this.#seen.delete(id);
  }

  /** It was never on the page. */
  isFresh(nodeId: string): boolean {
    return this.#fresh.has(nodeId);
  }

  /** The screen is on the page. Questions that appear while it is open were seen too. */
  noteSeen(): void {
    this.#see();
    this.#fresh.clear();
  }

  #beside(step: 1 | -1): Screen | undefined {
    const all = this.#all();
    let index = all.findIndex(({ id }) => id === this.#current) + step;
    for (; index >= 0 && index < all.length; index += step) {
      const screen = all[index];
      if (screen && isShown(screen, this.#settled)) return screen;
    }
    return undefined;
  }

  /** What stands against sending, each with its screen. A question settled by the page is asked again if it is wrong. */
  open(): { node: AnyControlNode; screen: Screen }[] {
    const found: { node: AnyControlNode; screen: Screen }[] = [];
    for (const { nodeId } of this.root.validationState.violations) {
      const screen = screenWith(this.#all(), nodeId);
      const node = screen && controlsOf(screen).find((control) => control.nodeId === nodeId);
      if (screen && node) {
        this.#settled.delete(nodeId);
        found.push({ node, screen });
      }
    }
    return found;
  }

  stop(): void {
    keepOnlyWhatWasSaid(this.root, this.#seen);
  }
}
