const MINUTE = 60_000;
export const TRIES = 5;

export interface Locking {
  readonly minutes: () => number;
  /** `soft`: the key stays in memory, a PIN is asked. */
  readonly lock: (soft: boolean) => void;
  readonly now: () => number;
}

/**
 * Closes the vault when nobody touches the app for a while, or it was out of sight for as long. A PIN is for this running
 * app alone: it is nowhere but in memory, and after a few wrong ones the passphrase is asked.
 */
export class Lock {
  #pin: string | null = null;
  #left = TRIES;
  #touched = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(readonly world: Locking) {}

  start(): void {
    this.stop();
    this.#left = TRIES;
    for (const type of ['pointerdown', 'keydown']) window.addEventListener(type, this.#touch, { passive: true });
    document.addEventListener('visibilitychange', this.#look);
    this.#touch();
  }

  stop(): void {
    for (const type of ['pointerdown', 'keydown']) window.removeEventListener(type, this.#touch);
    document.removeEventListener('visibilitychange', this.#look);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  setPin(pin: string | null): void {
    this.#pin = pin;
    this.#left = TRIES;
  }

  get hasPin(): boolean {
    return this.#pin !== null;
  }

  get left(): number {
    return this.#left;
  }

  /** True when it is the one. After the last wrong one nothing is kept. */
  tryPin(pin: string): boolean {
    if (this.#pin === null) return false;
    if (pin === this.#pin) {
      this.#left = TRIES;
      return true;
    }
    this.#left -= 1;
    if (this.#left <= 0) {
      this.setPin(null);
      this.world.lock(false);
    }
    return false;
  }

  readonly #touch = (): void => {
    if (this.#late()) return this.#close();
    this.#touched = this.world.now();
    this.#wait();
  };

  /** Timers sleep while a phone does: what counts is the time when it is looked at again. */
  readonly #look = (): void => {
    if (document.visibilityState === 'visible' && this.#late()) this.#close();
  };

  #late(): boolean {
    return this.#touched > 0 && this.#timer !== null && this.world.now() - this.#touched >= this.world.minutes() * MINUTE;
  }

  #wait(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#close(), this.world.minutes() * MINUTE);
  }

  #close(): void {
    this.stop();
    this.#touched = 0;
    this.world.lock(this.hasPin);
  }
}
