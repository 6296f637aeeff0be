/**
 * Where the draft lives in memory only, leaving loses it: the browser asks first. The back key of a phone goes back one
 * question instead of leaving. The entry this puts into the history has the address of the page and nothing else.
 */
export class Leaving {
  #guarded = false;
  #planted = false;

  constructor(
    private readonly back: () => void,
    private readonly loses = true,
  ) {}

  guard(): void {
    this.#guarded = true;
    if (this.loses) window.addEventListener('beforeunload', this.#warn);
    window.addEventListener('popstate', this.#popped);
  }

  /** Browsers count only entries made after a tap; so this is called when somebody moves on. */
  moved(): void {
    if (!this.#guarded || this.#planted) return;
    this.#planted = true;
    history.pushState(null, '');
  }

  release(): void {
    this.#guarded = false;
    window.removeEventListener('beforeunload', this.#warn);
    window.removeEventListener('popstate', this.#popped);
  }

  readonly #warn = (event: BeforeUnloadEvent): void => {
    // The quick exit hides the page before it leaves: nothing may hold it up.
    if (!document.body.hidden) event.preventDefault();
  };

  readonly #popped = (): void => {
    this.#planted = false;
    this.moved();
    this.back();
  };
}
