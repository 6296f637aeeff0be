import { join, type Bytes } from '../seal/bytes.ts';
import { readAll, write, type Change, type Database } from './database.ts';

/** What was sealed and is still here. Nobody opens it on this device; beside it stands only what sending needs. */
export interface Sealed {
  readonly id: string; // of the delivery
  readonly flag: Bytes;
  readonly envelope: Bytes;
  readonly made_at: number;
  readonly tries: number;
  readonly next_at: number;
  /** refused: the server will not take it as it is. Kept, and not tried again by itself. */
  readonly state: 'waiting' | 'refused';
  readonly code: string; // why not
  readonly size: number;
}

export function queued(id: string, flag: Bytes, envelope: Bytes, now: number): Change {
  const row: Sealed = { id, flag, envelope, made_at: now, tries: 0, next_at: now, state: 'waiting', code: '', size: envelope.length };
  return { store: 'queue', key: id, value: row };
}

/** Oldest first. */
export async function waiting(database: Database): Promise<Sealed[]> {
  const rows = (await readAll<Sealed>(database, 'queue')).map(({ value }) => value);
  return rows.sort((one, other) => one.made_at - other.made_at || one.id.localeCompare(other.id));
}

export function change(database: Database, row: Sealed, by: Partial<Sealed>): Promise<void> {
  return write(database, [{ store: 'queue', key: row.id, value: { ...row, ...by } }]);
}

export function taken(database: Database, row: Sealed): Promise<void> {
  return write(database, [{ store: 'queue', key: row.id }]);
}

export function letterOf(row: Sealed): Bytes {
  return join(row.flag, row.envelope);
}

const SECOND = 1000;
const WAITS = [5, 30, 120, 600, 3600].map((seconds) => seconds * SECOND);

/** Longer each time, and never for all phones of an office at the same moment. `chance`: from 0 to 1. */
export function pause(tries: number, chance: number): number {
  const wait = WAITS[Math.min(tries, WAITS.length) - 1] ?? WAITS[0]!;
  return Math.round(wait * (0.8 + 0.4 * chance));
}
