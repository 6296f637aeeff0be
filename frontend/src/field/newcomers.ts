import { write } from './database.ts';
import { isOld } from './meta.ts';
import { dayOf, noteChange, type Recipient } from './notes.ts';
import { packed, unpacked } from './parts.ts';
import { waiting } from './queue.ts';
import type { Frame } from './payload.ts';
import type { Vault } from './vault.ts';

/** As it is written down on the phone; empty is not said. */
export interface Written {
  readonly name: string;
  readonly sex: string;
  readonly birth_date: string;
  readonly age: string;
  readonly return_date: string;
  readonly return_date_basis: string;
  readonly place: string;
  readonly language: string;
  readonly caregiver: string;
  readonly caregiver_name: string;
}

/** What one person was told and answered: purpose -> agrees or refuses. */
export interface Said {
  readonly answers: Readonly<Record<string, string>>;
  readonly explained: string;
  readonly teach_back: string;
  readonly limits_told: boolean;
  readonly capacity: string;
  readonly recipient: string;
  /** Of what was read out. */
  readonly language: string;
}

/** Nothing of the child is in it: by its day somebody knows it again. */
export interface Newcomer {
  readonly delivery: string;
  readonly made_at: number;
  /** When a list first gave it a code, or said that the office has dealt with it. */
  readonly seen_at?: number;
}

export const SEXES = ['female', 'male', 'other', 'unknown'] as const;
export const BASES = ['known', 'estimated', 'unknown'] as const;
export const RELATIONS = ['mother', 'father', 'step_parent', 'grandparent', 'sibling', 'relative', 'foster', 'other_caregiver'] as const;
export const PURPOSES = ['service', 'monitoring', 'sharing', 'reporting', 'research', 'photo'] as const;
export const OLDEST = 25;
/** Somebody at the office has recorded it by hand, or it is not needed. */
export const SETTLED = 'settled';

export type Wrong =
  | 'newSexMissing' | 'newBirthMissing' | 'newBirthTwice' | 'newFuture' | 'newAge' | 'newReturnMissing' | 'newReturnTwice' | 'newReturnBefore'
  | 'newClock' | 'newLimits' | 'newNotUnderstood' | 'newRecipient';

/** By the rules of the server: what it would not take is said before it is sealed. */
export function wrongIn(written: Written, said: readonly Said[], now: number): Wrong[] {
  return [...new Set([...wrongFacts(written, dayOf(now)), ...said.flatMap((each) => [...wrongAnswers(each)])])];
}

function* wrongFacts({ sex, birth_date: born, age, return_date: back, return_date_basis: basis }: Written, today: string): Generator<Wrong> {
  if (sex === '') yield 'newSexMissing';
  if (born === '' && age === '') yield 'newBirthMissing';
  if (born !== '' && age !== '') yield 'newBirthTwice';
  if (born > today || back > today) yield 'newFuture';
  if (age !== '' && !(/^\d{1,2}$/.test(age) && Number(age) <= OLDEST)) yield 'newAge';
  if (born !== '' && Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - Number(today.slice(5) < born.slice(5)) > OLDEST) yield 'newAge';
  if (back === '' && basis !== 'unknown') yield 'newReturnMissing';
  if (back !== '' && basis === 'unknown') yield 'newReturnTwice';
  if (back !== '' && born !== '' && back < born) yield 'newReturnBefore';
}

function* wrongAnswers({ answers, limits_told, teach_back, recipient }: Said): Generator<Wrong> {
  if (!Object.values(answers).includes('agrees')) return;
  if (!limits_told) yield 'newLimits';
  if (teach_back === 'not') yield 'newNotUnderstood';
  if (answers['sharing'] === 'agrees' && recipient.trim() === '') yield 'newRecipient';
}

/**
 * Sealed at once; from then on nobody reads it on this phone, and what stays is that there was one, and when. Sealed again
 * under its delivery it is the same child. `at`: by the clock of the server.
 */
export async function sealNewcomer(vault: Vault, to: Recipient, written: Written, asked: Readonly<Record<string, Said>>, delivery: string, at: number): Promise<void> {
  const told = Object.entries(asked).filter(([, { answers }]) => Object.keys(answers).length > 0);
  const content = { ...written, day: dayOf(at), asked: Object.fromEntries(told) };
  const now = Date.now();
  const kept: Newcomer = { delivery, made_at: now };
  await write(vault.database, [await noteChange(to, 'new_child', content, now, delivery), await vault.change('newcomer', delivery, packed(kept))]);
}

export async function keptNewcomers(vault: Vault): Promise<Newcomer[]> {
  const found = (await vault.all('newcomer')).map(({ value }) => unpacked<Newcomer>(value).said);
  return found.sort((one, other) => one.made_at - other.made_at);
}

const A_MONTH = 31 * 24 * 3_600_000; // milliseconds for which a list names what was taken

/**
 * What the list says of each. Who has a code, or was dealt with at the office, is shown so for three days from when that was
 * first seen; what is sent and is named by no list any more was taken long ago.
 */
export async function dropNewcomers(vault: Vault, frame: Frame, now: number): Promise<void> {
  const unsent = new Set((await waiting(vault.database)).map(({ id }) => id));
  for (const each of await keptNewcomers(vault)) {
    const became = (frame.newcomers ?? []).find(({ delivery }) => delivery === each.delivery);
    const forgotten = became === undefined && !unsent.has(each.delivery) && now - each.made_at > A_MONTH;
    const over = became !== undefined && (became.code !== '' || became.state === SETTLED);
    const read = over && each.seen_at !== undefined && isOld(each.seen_at, now);
    if (forgotten || read) await vault.remove('newcomer', each.delivery);
    else if (over && each.seen_at === undefined) {
      await vault.put('newcomer', each.delivery, packed({ ...each, seen_at: now } satisfies Newcomer));
    }
  }
}
