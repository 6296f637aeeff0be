import { bytes } from '../seal/bytes.ts';
import { write, type Change } from './database.ts';
import type { KeptDraft } from './drafts.ts';
import { isOld } from './meta.ts';
import { packed, unpacked } from './parts.ts';
import type { Due, FieldChild, FieldForm } from './payload.ts';
import type { Vault } from './vault.ts';

/** Child and caregiver of one round, asked one after the other on one phone, and neither hears of the other. */
export const VOICES = ['child', 'caregiver'] as const;
export type Voice = (typeof VOICES)[number];

/** Why somebody was not asked. */
export const REASONS = ['not_here', 'refused', 'not_alone'] as const;
export type Reason = (typeof REASONS)[number];
/** Or the other one has not allowed it: said so, or was not asked. */
export type Ending = 'sealed' | Reason | 'no_permission';

export interface Half {
  readonly respondent: Voice;
  readonly form: string;
  /** Of which the form is another one as soon as it has another version. */
  readonly instrument: string;
  readonly state: 'open' | Ending;
}

/** Nothing of what was said is in it. */
export interface Pair {
  readonly code: string;
  readonly label: string;
  readonly point: string;
  /** One of the two is asked only if the child allows it: then the child comes first. */
  readonly permission: boolean;
  /** The child was asked and said yes. */
  readonly allowed: boolean;
  readonly halves: readonly [Half, Half];
  /** Which of the two is being asked. */
  readonly now: 0 | 1 | null;
  /** Put aside until somebody comes back to it. */
  readonly aside: boolean;
  /** Language of the buttons in the interview before: of the words to whoever holds the phone then. */
  readonly buttons: string;
  readonly over_at: number | null;
}

/** `permitting`: the child is asked, and only whoever leads the interviews knows what it allows. */
export type Stage = { readonly kind: 'choosing' | 'permitting' | 'over' } | { readonly kind: 'asking' | 'handing'; readonly at: 0 | 1 };

export function stageOf(pair: Pair): Stage {
  const { halves, now } = pair;
  const open = ([0, 1] as const).filter((at) => halves[at].state === 'open');
  if (open.length === 0) return { kind: 'over' };
  if (open[0] === 1 && lacksPermission(pair)) return { kind: halves[0].state === 'sealed' ? 'permitting' : 'over' };
  if (now !== null) return { kind: 'asking', at: now };
  return open.length === 1 ? { kind: 'handing', at: open[0]! } : { kind: 'choosing' };
}

function lacksPermission({ permission, allowed, halves }: Pair): boolean {
  return permission && !(allowed && halves[0].state === 'sealed');
}

/** The one is asked only once the other is sealed or given up; and where it needs the child's permission, only with it. */
export function mayBegin(pair: Pair, at: 0 | 1): boolean {
  if (pair.halves[at].state !== 'open') return false;
  if (at === 1 && lacksPermission(pair)) return false;
  return pair.now === at || (pair.now === null && stageOf(pair).kind !== 'over');
}

export function asking(pair: Pair, at: 0 | 1): Pair {
  return { ...pair, now: at, aside: false };
}

/** With a child that was not asked the caregiver's half ends too, where it needed permission. */
export function settled(pair: Pair, at: 0 | 1, state: Ending, buttons: string, now: number): Pair {
  const closes = pair.permission && at === 0 && state !== 'sealed';
  const ended = (half: Half, index: number): Half => {
    if (index === at) return { ...half, state };
    return closes && half.state === 'open' ? { ...half, state: 'no_permission' } : half;
  };
  const halves = pair.halves.map(ended) as unknown as readonly [Half, Half];
  const next = { ...pair, halves, now: pair.now === at ? null : pair.now, aside: false, buttons };
  return { ...next, over_at: stageOf(next).kind === 'over' ? now : null };
}

/** Of a child that is due with both; null for all others, and where they are asked with one form. */
export function pairFor(child: FieldChild, forms: readonly FieldForm[]): Pair | null {
  const due = child.due.find((each) => each.state !== 'not_yet' && waitsForBoth(each));
  if (due === undefined) return null;
  const [one, other] = VOICES.map((voice) => forms.find(({ id, respondents }) => due.forms.includes(id) && respondents.includes(voice)));
  if (one === undefined || other === undefined || one.id === other.id) return null;
  const half = (respondent: Voice, { id, instrument }: FieldForm): Half => ({ respondent, form: id, instrument, state: 'open' });
  const halves = [half('child', one), half('caregiver', other)] as const;
  return { code: child.code, label: child.label, point: due.point, permission: due.permission.includes('caregiver'), allowed: false, halves, now: null, aside: false, buttons: '', over_at: null };
}

function waitsForBoth({ respondents }: Due): boolean {
  return VOICES.every((voice) => respondents.includes(voice));
}

/** Also a version of it that came later, or of before. */
export function isFormOf({ form, instrument, respondent }: Half, { id, ...of }: FieldForm): boolean {
  return id === form || (of.instrument === instrument && of.respondents.includes(respondent));
}

export function formOf(half: Half, forms: readonly FieldForm[]): FieldForm | null {
  return forms.find(({ id }) => id === half.form) ?? forms.find((form) => isFormOf(half, form)) ?? null;
}

export function draftOf({ code, halves }: Pair, at: 0 | 1, drafts: Iterable<KeptDraft>): KeptDraft | null {
  return [...drafts].find(({ draft }) => draft.child?.code === code && isFormOf(halves[at], draft.form)) ?? null;
}

/** Which is to be gone on with by itself: there is one at a time. */
export function unfinished(pairs: Iterable<Pair>): Pair | null {
  return [...pairs].find((pair) => !pair.aside && stageOf(pair).kind !== 'over') ?? null;
}

// --- in the vault --------------------------------------------------------------------------------------------------

const SIZE = 1024;
const SOME = 100; // a number of as many digits as that of what is filled up

/** Of one size whatever has become of either. */
export function pairChange(vault: Vault, pair: Pair): Promise<Change> {
  const filled = (size: number) => packed(pair, [{ name: 'fill', file: null, content: bytes(size) }]);
  return vault.change('pair', pair.code, filled(SIZE + SOME - filled(SOME).length));
}

export async function keepPair(vault: Vault, pair: Pair): Promise<void> {
  await write(vault.database, [await pairChange(vault, pair)]);
}

export function removePair(vault: Vault, { code }: Pair): Promise<void> {
  return vault.remove('pair', code);
}

export async function keptPairs(vault: Vault): Promise<Pair[]> {
  return (await vault.all('pair')).map(({ value }) => unpacked<Pair>(value).said);
}

/** Of whom is not on the list any more; and as soon as the list has gone on, or when both are settled the time. What was begun with somebody is finished. */
export async function dropPairs(vault: Vault, children: readonly FieldChild[], drafts: readonly KeptDraft[], now: number): Promise<void> {
  for (const pair of await keptPairs(vault)) {
    const child = children.find(({ code }) => code === pair.code);
    if (child === undefined || isPast(pair, child, drafts, now)) await removePair(vault, pair);
  }
}

function isPast(pair: Pair, child: FieldChild, drafts: readonly KeptDraft[], now: number): boolean {
  const still = child.due.find(({ point }) => point === pair.point)?.respondents ?? [];
  const waitedFor = (halves: readonly Half[]): boolean => halves.every(({ respondent }) => still.includes(respondent));
  if (pair.over_at === null) {
    const begun = ([0, 1] as const).some((at) => draftOf(pair, at, drafts) !== null);
    return !begun && (stageOf(pair).kind === 'over' || !waitedFor(pair.halves.filter(({ state }) => state === 'open')));
  }
  const missing = pair.halves.filter(({ state }) => state !== 'sealed');
  return isOld(pair.over_at, now) || !waitedFor(missing.length > 0 ? missing : pair.halves);
}
