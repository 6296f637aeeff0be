import { packed, unpacked } from './parts.ts';
import { write } from './database.ts';
import { isOld } from './meta.ts';
import type { FieldChild, Frame, History, Payload } from './payload.ts';
import type { Vault } from './vault.ts';

interface KeptHistory {
  readonly history: History;
  readonly fetched_at: number;
}

/** The new list in the place of the old one, all at once; what was before with a child that is not on it goes too. */
export async function keepPayload(vault: Vault, payload: Payload): Promise<void> {
  const { children, ...frame } = payload;
  const changes = [await vault.change('frame', '', packed(frame))];
  for (const child of children) changes.push(await vault.change('child', child.code, packed(child)));
  const here = new Set(children.map(({ code }) => code));
  for (const { id } of await vault.all('history')) if (!here.has(id)) changes.push(await vault.removal('history', id));
  await write(vault.database, changes, [{ store: 'kept', prefix: 'child/' }, { store: 'kept', prefix: 'frame/' }]);
}

export async function keptFrame(vault: Vault): Promise<Frame | null> {
  const found = await vault.get('frame', '');
  return found === null ? null : unpacked<Frame>(found).said;
}

/** Whose point ends first stands first. */
export async function keptChildren(vault: Vault): Promise<FieldChild[]> {
  const children = (await vault.all('child')).map(({ value }) => unpacked<FieldChild>(value).said);
  const first = ({ due }: FieldChild): string => due.map(({ to }) => to).sort()[0] ?? '9999';
  return children.sort((one, other) => first(one).localeCompare(first(other)) || one.label.localeCompare(other.label));
}

export function keepHistory(vault: Vault, code: string, history: History, now: number): Promise<void> {
  return vault.put('history', code, packed({ history, fetched_at: now } satisfies KeptHistory));
}

export async function keptHistory(vault: Vault, code: string, now: number): Promise<KeptHistory | null> {
  const found = await vault.get('history', code);
  const kept = found === null ? null : unpacked<KeptHistory>(found).said;
  return kept === null || isOld(kept.fetched_at, now) ? null : kept;
}

/** One child at a time, and not for longer than it is needed. */
export async function dropOldHistory(vault: Vault, now: number): Promise<void> {
  for (const { id, value } of await vault.all('history')) {
    if (isOld(unpacked<KeptHistory>(value).said.fetched_at, now)) await vault.remove('history', id);
  }
}

/** Who is cared for here goes; drafts stay until they are sealed, and of whom was registered here nothing but the day is kept. */
export function dropCaseload(vault: Vault): Promise<void> {
  return write(vault.database, [], ['child/', 'history/', 'frame/', 'pair/'].map((prefix) => ({ store: 'kept', prefix })));
}
