/**
 * What the app keeps on the device, in three stores. Only `meta` is in clear: what is needed to ask for the passphrase,
 * the token that may send and nothing else, and when the server was last heard of. `kept` holds records under the key of
 * the vault, `queue` what was sealed to the server and opens here no more.
 */
export const NAME = 'notebook';
const VERSION = 1;

export type StoreName = 'meta' | 'kept' | 'queue';
export type Database = IDBDatabase;

/** The device says that it has no room left. */
export class Full extends Error {}

export function openDatabase(factory: IDBFactory = indexedDB): Promise<Database> {
  const asked = factory.open(NAME, VERSION);
  asked.onupgradeneeded = () => {
    for (const name of ['meta', 'kept', 'queue'] as const) asked.result.createObjectStore(name);
  };
  return answer(asked);
}

function answer<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(told(asked.error));
  });
}

function told(error: Error | null): Error {
  return error?.name === 'QuotaExceededError' ? new Full(error.message) : (error ?? new Error('database'));
}

export interface Change {
  readonly store: StoreName;
  readonly key: string;
  /** Nothing: the record goes. */
  readonly value?: unknown;
}

/** All of these changes or none; done when they are on the disk. What a prefix names goes first. */
export function write(database: Database, changes: readonly Change[], clear: readonly { store: StoreName; prefix: string }[] = []): Promise<void> {
  const stores = [...new Set([...changes, ...clear].map(({ store }) => store))];
  if (stores.length === 0) return Promise.resolve();
  return new Promise<void>((resolve, reject) => {
    const transaction = database.transaction(stores, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(told(transaction.error));
    for (const { store, prefix } of clear) transaction.objectStore(store).delete(under(prefix));
    for (const { store, key, value } of changes) {
      if (value === undefined) transaction.objectStore(store).delete(key);
      else transaction.objectStore(store).put(value, key);
    }
  }).catch((error: unknown) => {
    throw told(error as Error);
  });
}

export async function read<T>(database: Database, store: StoreName, key: string): Promise<T | null> {
  return ((await answer(database.transaction(store).objectStore(store).get(key))) as T | undefined) ?? null;
}

/** Every record whose key begins so, in the order of the keys. */
export async function readAll<T>(database: Database, store: StoreName, prefix = ''): Promise<{ key: string; value: T }[]> {
  const place = database.transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([answer(place.getAllKeys(under(prefix))), answer(place.getAll(under(prefix)))]);
  return keys.map((key, at) => ({ key: String(key), value: values[at] as T }));
}

function under(prefix: string): IDBKeyRange {
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`);
}
