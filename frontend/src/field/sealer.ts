import { Changes } from '../engine/changes.ts';
import { write, type Change } from './database.ts';
import { keptDrafts, type Beginning } from './drafts.ts';
import { Hands } from './hands.ts';
import type { Means } from './means.ts';
import { sealDraft, sealDrafts, type Sealing } from './opening.ts';
import type { Vault } from './vault.ts';

/** Ends what was begun and nobody goes on with here. */
export class Sealer {
  readonly hands = new Hands();

  constructor(
    readonly vault: Vault,
    readonly means: Means,
  ) {}

  /** Whether there were any. */
  async drafts(now: number, meant: (draft: Beginning) => boolean = () => true): Promise<boolean> {
    if (!(await keptDrafts(this.vault)).some(({ draft }) => meant(draft))) return false;
    return (await sealDrafts(await this.#means(), now, meant)) > 0;
  }

  /** One of them, and in the same moment what is written with it; where there is none, that alone. */
  async with(id: string | null, changes: readonly Change[]): Promise<void> {
    if (id === null || !(await sealDraft(await this.#means(), id, Date.now(), changes))) await write(this.vault.database, changes);
  }

  async #means(): Promise<Sealing> {
    const { vault, hands, means } = this;
    return { engine: await means.engine(), vault, hands, kept: means.kept, changes: () => new Changes() };
  }
}
