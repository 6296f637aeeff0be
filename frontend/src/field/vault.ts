import { join, random, toHex, utf8, type Bytes } from '../seal/bytes.ts';
import { read, readAll, write, type Change, type Database } from './database.ts';
import { COST, stretched, type Cost } from './hashing.ts';

const SALT = 16;
const NONCE = 12;
const LOCKED = 'vault';

/** In clear: how the passphrase is stretched, and the key of the vault under it. */
interface Wrapped {
  readonly salt: Bytes;
  readonly cost: Cost;
  readonly wrapped: Bytes;
}

interface Keys {
  readonly records: CryptoKey;
  readonly names: CryptoKey;
}

export type Kind = 'frame' | 'child' | 'history' | 'draft' | 'pair' | 'newcomer' | 'refusal';

export class WrongPassphrase extends Error {}
export class Locked extends Error {}
/** A record does not open: damaged, or not the one that belongs here. */
export class Broken extends Error {}

/**
 * Records under a key that is in memory alone while the vault is open. On the disk that key lies under the passphrase.
 * The name of a record is hidden too: only its kind shows, so that nobody reads from the disk whose it is.
 */
export class Vault {
  #keys: Keys | null = null;

  constructor(readonly database: Database) {}

  get isOpen(): boolean {
    return this.#keys !== null;
  }

  async exists(): Promise<boolean> {
    return (await read(this.database, 'meta', LOCKED)) !== null;
  }

  /** A new key. Whatever was under an old one goes with it. */
  async setUp(passphrase: string, cost: Cost = COST): Promise<void> {
    const raw = random(32);
    const salt = random(SALT);
    const wrapped: Wrapped = { salt, cost, wrapped: await enclosed(await outer(passphrase, salt, cost), raw, utf8(LOCKED)) };
    this.#keys = await keysFrom(raw);
    raw.fill(0);
    await write(this.database, [{ store: 'meta', key: LOCKED, value: wrapped }], [{ store: 'kept', prefix: '' }]);
  }

  async unlock(passphrase: string): Promise<void> {
    const found = await read<Wrapped>(this.database, 'meta', LOCKED);
    if (found === null) throw new WrongPassphrase();
    const raw = await disclosed(await outer(passphrase, found.salt, found.cost), found.wrapped, utf8(LOCKED)).catch(() => {
      throw new WrongPassphrase();
    });
    this.#keys = await keysFrom(raw);
    raw.fill(0);
  }

  lock(): void {
    this.#keys = null;
  }

  /** Nothing that is kept can be read any more, by anybody. */
  async destroy(): Promise<void> {
    this.lock();
    await write(this.database, [{ store: 'meta', key: LOCKED }], [{ store: 'kept', prefix: '' }]);
  }

  /** A change to be written with others: what it holds is closed before. */
  async change(kind: Kind, id: string, value: Bytes): Promise<Change> {
    const key = await this.#name(kind, id);
    return { store: 'kept', key, value: await enclosed(this.#open().records, join(utf8(`${id}\n`), value), placeOf(key)) };
  }

  async removal(kind: Kind, id: string): Promise<Change> {
    return { store: 'kept', key: await this.#name(kind, id) };
  }

  async put(kind: Kind, id: string, value: Bytes): Promise<void> {
    await write(this.database, [await this.change(kind, id, value)]);
  }

  async remove(kind: Kind, id: string): Promise<void> {
    await write(this.database, [await this.removal(kind, id)]);
  }

  async get(kind: Kind, id: string): Promise<Bytes | null> {
    const key = await this.#name(kind, id);
    const found = await read<Bytes>(this.database, 'kept', key);
    return found === null ? null : (await this.#read(key, found)).value;
  }

  async all(kind: Kind): Promise<{ id: string; value: Bytes }[]> {
    const found = await readAll<Bytes>(this.database, 'kept', `${kind}/`);
    return Promise.all(found.map(({ key, value }) => this.#read(key, value)));
  }

  async #read(key: string, closed: Bytes): Promise<{ id: string; value: Bytes }> {
    const whole = await disclosed(this.#open().records, closed, placeOf(key)).catch(() => {
      throw new Broken(key);
    });
    const end = whole.indexOf(10);
    return { id: new TextDecoder().decode(whole.slice(0, end)), value: whole.slice(end + 1) };
  }

  async #name(kind: Kind, id: string): Promise<string> {
    const mark = await crypto.subtle.sign('HMAC', this.#open().names, utf8(`${kind}/${id}`));
    return `${kind}/${toHex(new Uint8Array(mark, 0, 16))}`;
  }

  #open(): Keys {
    if (this.#keys === null) throw new Locked();
    return this.#keys;
  }
}

/** Bound to what is closed: a record put in the place of another does not open. */
function placeOf(key: string): Bytes {
  return utf8(`kept/${key}`);
}

async function outer(passphrase: string, salt: Bytes, cost: Cost): Promise<CryptoKey> {
  const raw = await stretched(passphrase, salt, cost);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  raw.fill(0);
  return key;
}

/** Two keys out of one, neither of which can be taken out of the browser again. */
async function keysFrom(raw: Bytes): Promise<Keys> {
  const material = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveKey']);
  const params = (info: string) => ({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: utf8(info) });
  return {
    records: await crypto.subtle.deriveKey(params('records'), material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    names: await crypto.subtle.deriveKey(params('names'), material, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign']),
  };
}

async function enclosed(key: CryptoKey, value: Bytes, place: Bytes): Promise<Bytes> {
  const nonce = random(NONCE);
  return join(nonce, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: place }, key, value)));
}

async function disclosed(key: CryptoKey, closed: Bytes, place: Bytes): Promise<Bytes> {
  const params = { name: 'AES-GCM', iv: closed.slice(0, NONCE), additionalData: place };
  return new Uint8Array(await crypto.subtle.decrypt(params, key, closed.slice(NONCE)));
}
