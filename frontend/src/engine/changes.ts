/**
 * The engine writes every change of state into objects made by this factory. One listener is told once, after the
 * engine has finished, however many properties one answer changed.
 */
export class Changes {
  #listener: (() => void) | null = null;
  #waiting = false;

  readonly stateFactory = <T extends object>(object: T): T =>
    new Proxy(object, {
      set: (target, key, value) => {
        if (Reflect.get(target, key) !== value) {
          Reflect.set(target, key, value);
          this.#touch();
        }
        return true;
      },
    });

  listen(listener: () => void): void {
    this.#listener = listener;
  }

  #touch(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      this.#listener?.();
    });
  }
}
