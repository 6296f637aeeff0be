/** From the first moment on in which an interview is opened, until it is put away. */
export interface Asking {
  /** Nobody seals this draft any more. */
  readonly sealed: Promise<unknown>;
  /** It was not called off while it opened. */
  stands(): boolean;
  /** It is on the screen: now only its own end lets go. */
  shows(): void;
  free(): void;
}

/** A draft is asked on or sealed, and never both: two of one delivery would differ. */
export class Hands {
  #asked: { readonly id: string; shown: boolean } | null = null;
  readonly #sealing = new Map<string, Promise<unknown>>();

  /** Null where one is opened already: a second tap opens nothing. */
  ask(id: string): Asking | null {
    if (this.#asked !== null) return null;
    const own = { id, shown: false };
    this.#asked = own;
    return {
      sealed: this.#sealing.get(id) ?? Promise.resolve(),
      stands: () => this.#asked === own,
      shows: () => void (own.shown = true),
      free: () => void (this.#asked = this.#asked === own ? null : this.#asked),
    };
  }

  /** Another screen was chosen before it was open. */
  callOff(): void {
    if (this.#asked?.shown === false) this.#asked = null;
  }

  /** One after the other; false where it is asked on. */
  async seal(id: string, act: () => Promise<boolean>): Promise<boolean> {
    while (this.#sealing.has(id)) await this.#sealing.get(id);
    if (this.#asked?.id === id) return false;
    const doing = act();
    this.#sealing.set(id, doing.catch(() => undefined));
    try {
      return await doing;
    } finally {
      this.#sealing.delete(id);
    }
  }
}
