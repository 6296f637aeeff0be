import { vi } from 'vitest';

/** A device that speaks, and remembers what. */
export class Device extends EventTarget {
  readonly spoken: string[] = [];
  #voices: { lang: string; localService: boolean }[] = [];
  #waiting: { onend: (() => void) | null } | null = null;

  constructor(...languages: string[]) {
    super();
    this.learn(...languages);
    vi.stubGlobal('SpeechSynthesisUtterance', class { onend = null; constructor(readonly text: string) {} });
    vi.stubGlobal('speechSynthesis', this);
  }

  learn(...languages: string[]): void {
    this.#voices.push(...languages.map((lang) => ({ lang, localService: !lang.endsWith('far') })));
    this.dispatchEvent(new Event('voiceschanged'));
  }

  getVoices(): unknown[] {
    return this.#voices;
  }

  speak(words: { text: string; onend: (() => void) | null }): void {
    this.spoken.push(words.text);
    this.#waiting = words;
  }

  cancel(): void {
    this.#waiting = null;
  }

  /** To the end of all that is to be said. */
  finish(): void {
    for (let words = this.#waiting; words !== null; words = this.#waiting) {
      this.#waiting = null;
      words.onend?.();
    }
  }
}

/** Recorded sounds: played at once, or not at all. */
export function sounds(): string[] {
  const played: string[] = [];
  vi.stubGlobal('Audio', class extends EventTarget {
    constructor(readonly address: string) {
      super();
    }
    play(): Promise<void> {
      played.push(this.address);
      queueMicrotask(() => this.dispatchEvent(new Event('ended')));
      return Promise.resolve();
    }
    pause(): void {}
  });
  return played;
}
