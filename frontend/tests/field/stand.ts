import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDatabase, type Database } from '../../src/field/database.ts';
import { Vault } from '../../src/field/vault.ts';
import type { FieldChild, FieldForm, Payload } from '../../src/field/payload.ts';

export const FAST = { memory: 64, rounds: 1, lanes: 1 };
export const PASSPHRASE = 'four quiet words here';
export const CODE = '482193067';

export function database(): Promise<Database> {
  return openDatabase(new IDBFactory());
}

export async function vaultOf(place?: Database): Promise<Vault> {
  const vault = new Vault(place ?? (await database()));
  await vault.setUp(PASSPHRASE, FAST);
  return vault;
}

export const START: FieldForm = {
  id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff', instrument: 'start', version: '1', titles: { en: 'How are you?', ar: 'كيف حالك؟' }, subject: 'child', respondent_question: '',
  child_question: 'child_code', languages: ['en'], default_language: 'en', sealed_questions: [], prefill: {}, url: '/app/forms/6f9619ff-8b86-4d01-b42d-00cf4fc964ff/form.xml?v=1',
  sha256: '1', media: [], uses_list: true, bands: ['12-14'], respondents: ['child'],
};

export const CHILD: FieldChild = {
  code: CODE, label: '482 193 067 · AB · 12-14', initials: 'AB', age_band: '12-14', language: 'en', may_begin: true, why_not: '', apart: null, card: { ways: ['home'], safe_days: ['mon', 'thu'], safe_parts: [], quiet: [] },
  due: [{ point: 'month 3', from: '2026-11-20', on: '2026-11-27', to: '2026-12-04', state: 'due', forms: [START.id], respondents: ['child'], permission: [] }], actions: [], bands: {},
};

const READ_OUT = Object.fromEntries(['child', 'caregiver', 'limits', 'promise', 'teach_back', 'service', 'monitoring', 'sharing', 'reporting', 'research', 'photo']
  .flatMap((key) => [key, `adult_${key}`]).map((key) => [key, { en: `Read: ${key}` }]));

export const REGISTERING = { places: [{ id: '0b1c7a52-5a3f-4a1e-9a44-0f1f6f1f0a01', name: 'Riverside' }], read_out: READ_OUT };

export function payload(intakeKey = '', change: Partial<Payload> = {}): Payload {
  return {
    made_at: '2026-11-30T08:00:00Z', server_time: '2026-11-30T08:00:00Z', person: 'Ada', organisation: 'Baraka', language: 'en', idle_minutes: 5,
    intake_key: intakeKey, most_bytes: 67_108_864, recipients: [], forms: [START], children: [CHILD], words: {}, newcomers: [], ...change,
  };
}

/** Everything that a stranger finds in the database, as text of every kind that it could hide in. */
export async function onDisk(place: Database, stores: readonly string[] = ['meta', 'kept', 'queue']): Promise<string> {
  const found: string[] = [];
  const show = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) {
      const data = value as Uint8Array<ArrayBuffer>;
      for (const encoding of ['utf-8', 'utf-16le', 'utf-16be']) found.push(new TextDecoder(encoding).decode(data));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) {
        found.push(key);
        show(each);
      }
    } else found.push(String(value));
  };
  for (const name of stores) {
    const store = place.transaction(name).objectStore(name);
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()].map((asked) => new Promise<unknown[]>((resolve) => {
      asked.onsuccess = () => resolve(asked.result as unknown[]);
    })));
    keys!.forEach(show);
    values!.forEach(show);
  }
  return found.join('\n');
}
