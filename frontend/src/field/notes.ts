import { fromBase64, join, utf8 } from '../seal/bytes.ts';
import { sealFlag, sealInterview } from '../seal/transport.ts';
import type { Change } from './database.ts';
import { roomFor } from './finishing.ts';
import type { Pair } from './pairs.ts';
import { queued } from './queue.ts';

/** Of the list: to whom is sealed, and how much is taken at once. */
export interface Recipient {
  readonly intake_key: string;
  readonly most_bytes: number;
}

/** What is sent beside interviews: sealed at once, of the size of an interview, queued and sent like one. */
export async function noteChange({ intake_key, most_bytes }: Recipient, kind: 'not_asked' | 'new_child', said: unknown, now: number, delivery: string = crypto.randomUUID()): Promise<Change> {
  const key = fromBase64(intake_key);
  const content = join(utf8(`${JSON.stringify({ note: kind })}\n`), utf8(JSON.stringify(said)));
  const envelope = await sealInterview(content, key, delivery, roomFor(content.length, most_bytes));
  return queued(delivery, await sealFlag(0, key, delivery), envelope, now);
}

/** The day on this device. */
export function dayOf(now: number): string {
  const moment = new Date(now);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/**
 * Who is not asked from this step on, and why: a note. Of whoever is only closed with the child's half there is none: the
 * child has said no to nothing, and may still be asked at this round.
 */
export function notAsked(to: Recipient | null, before: Pair, after: Pair, now: number): Promise<Change[]> {
  const all = after.halves.filter(({ state }, at) => before.halves[at]!.state === 'open' && state !== 'open' && state !== 'sealed');
  const ended = all.length > 1 ? all.filter(({ state }) => state !== 'no_permission') : all;
  if (to === null) return Promise.resolve([]);
  const said = { child: after.code, point: after.point, day: dayOf(now) };
  return Promise.all(ended.map(({ respondent, state }) => noteChange(to, 'not_asked', { ...said, respondent, reason: state }, now)));
}
