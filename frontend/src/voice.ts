/** Something to be heard: the sound that the form has for it, or its words. */
export interface Said {
  readonly text: string;
  readonly language: string;
  readonly sound: string | null;
  /** What is shown while it sounds. */
  readonly element: Element | null;
}

let running: { stop: () => void } | null = null;

/** One voice at a time. */
export function hush(): void {
  const before = running;
  running = null;
  before?.stop();
}

/** Nothing on the page is heard any more, films and recordings among it. */
export function silence(): void {
  hush();
  for (const element of document.querySelectorAll<HTMLMediaElement>('audio, video')) element.pause();
}

/** Whoever turns the page away, or presses Esc, which twice leaves it, wants nobody to hear it. */
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') silence();
});
window.addEventListener('pagehide', silence);
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') silence();
});

/** `ended` is called once, whether the sound came to its end, was stopped or could not be played. */
export function play(address: string, ended: () => void): void {
  hush();
  const stop = sound(address, () => {
    if (running === turn) running = null;
    ended();
  });
  const turn = {
    stop: (): void => {
      stop();
      ended();
    },
  };
  running = turn;
}

function sound(address: string, ended: () => void): () => void {
  const audio = new Audio(address);
  audio.addEventListener('ended', ended);
  audio.play().catch(ended);
  return () => audio.pause();
}

/** What the device has; some browsers have the means and no voice. */
function ofDevice(): SpeechSynthesis | null {
  return (globalThis as { speechSynthesis?: SpeechSynthesis }).speechSynthesis ?? null;
}

const base = (language: string): string => language.toLowerCase().split(/[-_]/)[0] ?? '';

/** Reads aloud what is asked. */
export class Voice {
  /** The voices of a device come some time after the page. */
  onVoices: () => void = () => undefined;

  constructor(
    public on: boolean,
    private readonly device: SpeechSynthesis | null = ofDevice(),
  ) {
    device?.addEventListener?.('voiceschanged', this.#came);
  }

  readonly #came = (): void => this.onVoices();

  close(): void {
    hush();
    this.device?.removeEventListener?.('voiceschanged', this.#came);
  }

  /**
   * A voice of this device for the language. Others send the text to their maker to be spoken, and with the words of a
   * tapped face the answer of a child.
   */
  voiceFor(language: string): SpeechSynthesisVoice | null {
    if (language === '') return null;
    return this.device?.getVoices().find((voice) => voice.localService && base(voice.lang) === base(language)) ?? null;
  }

  can(said: Said): boolean {
    return said.sound !== null || (said.text !== '' && this.voiceFor(said.language) !== null);
  }

  /** One after the other; what nothing here can say is left out. */
  say(all: readonly Said[]): void {
    hush();
    const queue = all.filter((said) => this.can(said));
    const turn = { stop: (): void => undefined };
    running = turn;
    const next = (): void => {
      const said = queue.shift();
      if (running !== turn) return;
      if (said === undefined) running = null;
      else turn.stop = this.#sayOne(said, next);
    };
    next();
  }

  #sayOne(said: Said, then: () => void): () => void {
    said.element?.classList.add('iv-spoken');
    let over = false;
    const end = (): boolean => {
      const first = !over;
      over = true;
      said.element?.classList.remove('iv-spoken');
      return first;
    };
    const ended = (): void => {
      if (end()) then();
    };
    const stop = said.sound === null ? this.#speak(said, ended) : sound(said.sound, ended);
    return () => {
      end();
      stop();
    };
  }

  #speak(said: Said, ended: () => void): () => void {
    const { device } = this;
    const voice = this.voiceFor(said.language);
    const words = new SpeechSynthesisUtterance(said.text);
    words.voice = voice;
    words.lang = voice?.lang ?? said.language;
    words.rate = 0.9;
    words.onend = ended;
    words.onerror = ended;
    device?.speak(words);
    return () => device?.cancel();
  }
}
