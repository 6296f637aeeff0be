import { SignedOut } from '../config.ts';
import { readMeta } from './meta.ts';
import { OtherPerson } from './means.ts';
import type { Notebook } from './notebook.ts';
import { Refused } from './office.ts';

const FEW = 300_000; // milliseconds for which a list is new

/**
 * Whoever was handed over, or took the agreement back, goes from this phone without anybody asking: opened, back in sight or
 * back on the network the app sends, says hello, and looks for the newest list. Where that cannot be had it holds nobody up.
 */
export class Renewal {
  /** The server is there, and nobody is signed in who could fetch the list. */
  behind = false;
  #waking: Promise<void> | null = null;

  constructor(readonly notebook: Notebook) {}

  wake(): Promise<void> {
    this.#waking ??= this.#wake().finally(() => (this.#waking = null));
    return this.#waking;
  }

  async #wake(): Promise<void> {
    const { notebook } = this;
    if (!navigator.onLine) return notebook.sync();
    await notebook.sync('waiting');
    if (notebook.stand.reached === true) await this.#renew().catch(() => undefined); // locked or full meanwhile: the next time
  }

  async #renew(): Promise<void> {
    const { notebook } = this;
    if (document.visibilityState === 'hidden' || !notebook.vault.isOpen || notebook.frame === null || !(await this.#isOld())) return;
    try {
      await notebook.fetchList();
    } catch (error) {
      const nobody = error instanceof SignedOut || error instanceof OtherPerson || error instanceof Refused;
      if (!nobody || !notebook.vault.isOpen) throw error;
      this.behind = true;
    }
    await notebook.listed();
  }

  /** By a clock that may have been put back, too. */
  async #isOld(): Promise<boolean> {
    const listed = await readMeta(this.notebook.database, 'listed');
    return listed === null || Math.abs(Date.now() - listed) >= FEW;
  }
}
