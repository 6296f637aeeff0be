import type { RootNode } from '@getodk/xforms-engine';
import type { Mark } from '../interview.ts';
import type { Remembered } from '../told.ts';
import { packed, partsOf, unpacked, type Part } from './parts.ts';
import type { FieldForm } from './payload.ts';
import type { Vault } from './vault.ts';

/** What an interview needs to be sealed, kept with it: the list may be gone by the time it is finished. */
export interface Beginning {
  readonly delivery: string;
  readonly form: FieldForm;
  readonly child: { readonly code: string; readonly label: string; readonly initials: string; readonly age_band: string } | null;
  readonly intake_key: string;
  readonly most_bytes: number;
  readonly recipients: readonly string[];
  /** Who answers, where that is known before: the form need not ask. */
  readonly respondent?: string;
}

export interface Draft extends Beginning {
  readonly mark: Mark | null;
  readonly told: Remembered;
  readonly labels: string;
  readonly buttons: string;
  readonly saved_at: number;
}

export interface KeptDraft {
  readonly draft: Draft;
  readonly parts: readonly Part[];
}

/** One of each form for each child. */
export function idOf({ child, form }: Beginning): string {
  return `${child?.code ?? ''}/${form.id}`;
}

export async function keptDraft(vault: Vault, id: string): Promise<KeptDraft | null> {
  const found = await vault.get('draft', id);
  return found === null ? null : opened(found);
}

export async function keptDrafts(vault: Vault): Promise<KeptDraft[]> {
  return (await vault.all('draft')).map(({ value }) => opened(value));
}

function opened(value: Uint8Array<ArrayBuffer>): KeptDraft {
  const { said, parts } = unpacked<Draft>(value);
  return { draft: said, parts };
}

const SOON = 400; // milliseconds after the last answer

/** Writes a draft while its interview goes on, so that the app can be killed at any moment. */
export class Keeper {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    readonly vault: Vault,
    readonly root: RootNode,
    readonly now: () => Draft,
    readonly trouble: (error: unknown) => void,
  ) {}

  touch(): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), SOON);
  }

  /** On the disk when it is done. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#closed) this.#writing = this.#writing.then(() => this.#write()).catch(this.trouble);
    return this.#writing;
  }

  /** Nothing is written after this, not even what had begun to be. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    return this.#writing;
  }

  /** Finishing did not succeed: it is a draft still. */
  reopen(): void {
    this.#closed = false;
    this.touch();
  }

  async #write(): Promise<void> {
    if (this.#closed) return;
    const draft = this.now();
    const payload = await this.root.prepareInstancePayload({ payloadType: 'monolithic' });
    const parts = await partsOf(payload.data[0]);
    await this.vault.put('draft', idOf(draft), packed(draft, parts));
  }
}
