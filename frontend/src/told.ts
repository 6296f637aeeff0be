import { fromBase64, toBase64, type Bytes } from './seal/bytes.ts';
import { CONTENT, FEWEST, fits, flag, seal, sealNothing } from './seal/envelope.ts';

export interface Remembered {
  readonly texts: readonly string[];
  readonly urgent: boolean;
}

/**
 * What is told in confidence during an interview. It goes to named people alone, in one value of one size that travels
 * with every interview, with something in it or not. Once noted it is not shown again on this device.
 */
export class Told {
  readonly #keys: readonly Bytes[];
  readonly #about: string;
  readonly #sealedQuestions: ReadonlySet<string>;
  #texts: string[] = [];
  #urgent = false;

  constructor(keys: readonly string[], about: string, sealedQuestions: readonly string[] = []) {
    this.#keys = keys.map(fromBase64);
    this.#about = about;
    this.#sealedQuestions = new Set(sealedQuestions);
  }

  /** Somebody can receive it. */
  get possible(): boolean {
    return this.#keys.length >= FEWEST && canSeal();
  }

  get count(): number {
    return this.#texts.length;
  }

  /** False where it does not fit beside what is there: answers to sealed questions need room too. */
  note(text: string, urgent: boolean): boolean {
    const texts = [...this.#texts, text.trim()];
    if (!fits(this.#written(texts, {}) + ' '.repeat(this.#sealedQuestions.size > 0 ? CONTENT / 4 : 0))) return false;
    this.#texts = texts;
    this.#urgent ||= urgent;
    return true;
  }

  /** For a draft that lies sealed under the vault of this device until the interview is finished. */
  remember(): Remembered {
    return { texts: this.#texts, urgent: this.#urgent };
  }

  recall({ texts, urgent }: Remembered): void {
    this.#texts = [...texts];
    this.#urgent = urgent;
  }

  drop(): void {
    this.#texts = [];
    this.#urgent = false;
  }

  /** Adds the sealed value and its flag to what is sent, and takes the answers to sealed questions out of the rest. */
  async goWith(form: FormData): Promise<void> {
    if (!canSeal()) return; // the server then puts a value of the same size in its place
    const answers = this.#sealedQuestions.size > 0 ? await this.#takeOut(form) : {};
    const answered = Object.keys(answers).length > 0;
    const nothing = this.#texts.length === 0 && !answered;
    const envelope = this.possible
      ? await seal(nothing ? '' : this.#written(this.#texts, answers), 'disclosure', this.#keys)
      : await sealNothing('disclosure');
    form.set('sealed', toBase64(envelope));
    form.set('sealed_flag', toBase64(flag(this.#severity(answered))));
  }

  /** An answer to a sealed question is a mark by itself: the server cannot tell what it says. */
  #severity(answered: boolean): 0 | 1 | 2 | 3 {
    if (!this.possible) return 0;
    if (this.#texts.length > 0) return this.#urgent ? 3 : 2;
    return answered ? 1 : 0;
  }

  #written(texts: readonly string[], answers: Readonly<Record<string, string>>): string {
    return JSON.stringify({ about: this.#about, text: texts.join('\n\n'), answers });
  }

  async #takeOut(form: FormData): Promise<Record<string, string>> {
    const part = form.get(XML_PART) as File;
    const document = new DOMParser().parseFromString(await part.text(), 'text/xml');
    const found: Record<string, string> = {};
    for (const element of document.querySelectorAll('*')) {
      if (!this.#sealedQuestions.has(element.localName) || element.children.length > 0) continue;
      const text = element.textContent.trim();
      if (text === '') continue;
      const before = found[element.localName];
      found[element.localName] = before === undefined ? text : `${before}, ${text}`;
      element.textContent = '';
    }
    const written = new XMLSerializer().serializeToString(document);
    form.set(XML_PART, new File([written], part.name, { type: part.type }));
    return found;
  }
}

/** Browsers have the means on secure addresses and on this machine alone. */
function canSeal(): boolean {
  return (globalThis.crypto as Crypto | undefined)?.subtle !== undefined;
}

const XML_PART = 'xml_submission_file';
