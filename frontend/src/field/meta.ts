import { read, write, type Database } from './database.ts';

/** In clear on the device: what must be known before anybody has said a passphrase. None of it is about a child. */
export interface Device {
  readonly id: string;
  /** May send, and nothing else; that of a community monitor fetches its list with it, too. */
  readonly token: string;
  readonly kind?: 'monitor';
}

/** When the server was last heard of, by its clock and by ours. */
export interface Contact {
  readonly server: number;
  readonly device: number;
}

export interface Meta {
  readonly device: Device;
  readonly contact: Contact;
  /** When the list was fetched, by our clock. */
  readonly listed: number;
  readonly language: string;
  /** By the server's clock it had not been heard of for too long. */
  readonly expired: boolean;
  /** The server knows this device no more: what is kept goes, what is sealed stays. */
  readonly revoked: boolean;
  /** Somebody signed out here while something was still to be sent. */
  readonly leaving: boolean;
  /** While a code is being used up: the token that takes its place. */
  readonly code: { readonly code: string; readonly token: string };
}

export function readMeta<K extends keyof Meta>(database: Database, name: K): Promise<Meta[K] | null> {
  return read<Meta[K]>(database, 'meta', name);
}

export function writeMeta<K extends keyof Meta>(database: Database, name: K, value: Meta[K] | undefined): Promise<void> {
  return write(database, [{ store: 'meta', key: name, value }]);
}

const HOUR = 3_600_000;
export const MOST_HOURS = 72;
const MOST = MOST_HOURS * HOUR;

/** The server answered. Where by its own clock it had been too long, that stays true until it is acted on. */
export async function heard(database: Database, server: number, device: number): Promise<void> {
  const before = await readMeta(database, 'contact');
  if (before !== null && server - before.server > MOST) await writeMeta(database, 'expired', true);
  await writeMeta(database, 'contact', { server, device });
}

/** A clock of the device that went back says nothing; then only the server can. */
export async function isExpired(database: Database, now: number): Promise<boolean> {
  const contact = await readMeta(database, 'contact');
  if ((await readMeta(database, 'expired')) === true) return true;
  return contact !== null && now - contact.device > MOST;
}

const A_MOMENT = 300_000; // milliseconds by which a clock may be set right without being called wrong

/** The moment by the server's clock, as far as this one was off when it was last heard of. Null: it was put back since. */
export async function byServer(database: Database, now: number): Promise<number | null> {
  const contact = await readMeta(database, 'contact');
  if (contact === null) return now;
  return now < contact.device - A_MOMENT ? null : now + contact.server - contact.device;
}

export function isOld(fetchedAt: number, now: number): boolean {
  return now - fetchedAt > MOST;
}

/** The list was fetched: whatever there was before, the time begins anew. */
export async function renewed(database: Database, server: number, device: number): Promise<void> {
  await writeMeta(database, 'contact', { server, device });
  await writeMeta(database, 'listed', device);
  await writeMeta(database, 'expired', undefined);
}
