import { expect, test } from 'vitest';
import { utf8 } from '../../src/seal/bytes.ts';
import { write, type Database } from '../../src/field/database.ts';
import { heard, isExpired, readMeta, writeMeta } from '../../src/field/meta.ts';
import { pause, queued, waiting } from '../../src/field/queue.ts';
import { Sender, type Told } from '../../src/field/sending.ts';
import { database } from './stand.ts';

const HOUR = 3_600_000;
const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
const stored = (): Response => json(201, { status: 'stored', problems: [] });
const refusal = (status: number, code: string): Response => json(status, { status: 'refused', problems: [{ code, message: 'The child is closed.', action: 'Ask your supervisor.' }] });

interface Stand {
  readonly place: Database;
  readonly sender: Sender;
  readonly posted: { address: string; token: string | null; text: string; options: RequestInit }[];
  readonly told: Told[];
  now: number;
  answers: (() => Response | Promise<Response>)[];
}

/** `texts`: what was sealed, oldest first. */
async function stand(texts: readonly string[], ...answers: (() => Response | Promise<Response>)[]): Promise<Stand> {
  const place = await database();
  const made: Stand = { place, posted: [], told: [], now: 1_000_000, answers, sender: null! };
  const asked = async (address: RequestInfo | URL, options: RequestInit = {}): Promise<Response> => {
    const text = typeof options.body === 'string' ? options.body : new TextDecoder().decode(options.body as Uint8Array);
    made.posted.push({ address: String(address), token: new Headers(options.headers).get('Authorization'), text, options });
    const answer = made.answers.shift();
    if (answer === undefined) throw new TypeError('network');
    return answer();
  };
  const sender = new Sender(place, (told) => made.told.push(told), { fetch: asked, now: () => made.now, chance: () => 0.5, patience: 1000 });
  await writeMeta(place, 'device', { id: 'd', token: 'secret' });
  await write(place, texts.map((text, at) => queued(text, utf8(`${text}.`), utf8(text), made.now - 100 + at)));
  return Object.assign(made, { sender });
}

const left = async ({ place }: Stand): Promise<string[]> => (await waiting(place)).map(({ id }) => id);

test('what is sealed goes with the token alone, the oldest first, and is gone when the server has it', async () => {
  const at = await stand(['b', 'a', 'c'], stored, () => json(202, { status: 'sealed' }), () => json(202, { status: 'waiting' }));
  expect(await at.sender.round()).toEqual({ sent: 3, left: 0, next: null });
  expect(at.posted.map(({ text }) => text)).toEqual(['b.b', 'a.a', 'c.c']);
  expect(at.posted[0]).toMatchObject({ address: '/app/sealed', token: 'Bearer secret', options: { credentials: 'omit', redirect: 'error' } });
});

test('a page of a network on the way takes nothing away', async () => {
  const page = (status: number) => (): Response => new Response('<p>Welcome</p>', { status, headers: { 'Content-Type': 'text/html' } });
  for (const status of [200, 201, 202, 400, 401, 403, 404, 409, 500]) {
    const at = await stand(['a'], page(status));
    await at.sender.round();
    const [row] = await waiting(at.place);
    expect([status, row?.state, row?.tries]).toEqual([status, 'waiting', 1]);
  }
  const odd = await stand(['a'], () => new Response('{"status":', { status: 201, headers: { 'Content-Type': 'application/json' } }));
  await odd.sender.round();
  expect(await left(odd)).toEqual(['a']);
  const empty = await stand(['a'], () => json(200, { status: 'stored' }));
  await empty.sender.round();
  expect(await left(empty)).toEqual(['a']);
});

test('without network all wait, each time longer, and a press tries at once', async () => {
  const at = await stand(['a', 'b']);
  const waits: number[] = [];
  for (let time = 0; time < 7; time += 1) {
    const { next } = await at.sender.round('everything');
    expect(next).not.toBeNull();
    const [first] = await waiting(at.place);
    waits.push((first!.next_at - at.now) / 1000);
  }
  expect(waits).toEqual([5, 30, 120, 600, 3600, 3600, 3600]);
  expect(at.posted.map(({ text }) => text)).toEqual(Array<string>(7).fill('a.a'));
  await at.sender.round();
  expect(at.posted.at(-1)!.text).toBe('b.b');
});

test('when the network is back nothing waits for its hour', async () => {
  const at = await stand(['a', 'b'], () => json(503, {}), () => json(503, {}), stored, stored);
  await at.sender.round();
  expect(await at.sender.round()).toMatchObject({ sent: 0, left: 2 });
  expect(await at.sender.round('waiting')).toMatchObject({ sent: 2, left: 0 });
});

test('an answer that never comes is waited for no longer than patience says', async () => {
  const at = await stand(['a'], () => new Promise<Response>(() => undefined));
  const asked = at.sender.world.fetch;
  const slow: typeof fetch = (address, options) => Promise.race([asked(address, options), new Promise<never>((_, reject) => {
    options!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
  })]);
  const sender = new Sender(at.place, () => undefined, { ...at.sender.world, fetch: slow, patience: 20 });
  expect(await sender.round()).toMatchObject({ sent: 0, left: 1 });
});

test('the pauses of phones differ by a fifth', () => {
  expect([pause(1, 0), pause(1, 1), pause(9, 0.5)]).toEqual([4000, 6000, 3_600_000]);
});

test('a server in trouble keeps that one waiting and the others go on', async () => {
  const at = await stand(['a', 'b'], () => json(503, { status: 'refused' }), stored);
  expect(await at.sender.round()).toMatchObject({ sent: 1, left: 1 });
  expect(await left(at)).toEqual(['a']);
  expect(at.told.map(({ kind }) => kind)).toEqual(['taken']);
  at.answers = [stored];
  expect(await at.sender.round()).toMatchObject({ sent: 0, left: 1 });
  at.now += 7000;
  expect(await at.sender.round()).toMatchObject({ sent: 1, left: 0 });
});

test.each([[400, 'transport.shape'], [403, 'permission'], [404, 'child'], [413, 'body.large'], [409, 'transport.other_key'], [409, 'interview.grown_up']])(
  '%s %s is kept, told in the words of the server and not tried again by itself', async (status, code) => {
    const at = await stand(['a', 'b'], () => refusal(status, code), stored);
    expect(await at.sender.round()).toEqual({ sent: 1, left: 1, next: null });
    expect(at.told[0]).toEqual({ kind: 'refused', id: 'a', problems: [{ message: 'The child is closed.', action: 'Ask your supervisor.' }] });
    expect((await waiting(at.place))[0]).toMatchObject({ state: 'refused', code });
    at.now += 100 * HOUR;
    await at.sender.round();
    await at.sender.round('waiting');
    expect(at.posted).toHaveLength(2);
    at.answers = [stored];
    await at.sender.round('everything');
    expect(await left(at)).toEqual([]);
  });

test('too large for something on the way that says so in no words of ours is kept and marked', async () => {
  const at = await stand(['a'], () => new Response('too large', { status: 413 }));
  await at.sender.round();
  expect((await waiting(at.place))[0]).toMatchObject({ state: 'refused', code: '413' });
});

test('other bytes of the same interview are kept at the server: gone here, and told', async () => {
  const at = await stand(['a'], () => refusal(409, 'submission.other_bytes'));
  await at.sender.round();
  expect(await left(at)).toEqual([]);
  expect(at.told).toEqual([{ kind: 'twice', id: 'a' }]);
});

test('a device that is not known any more keeps everything, asks no further, and is told', async () => {
  const at = await stand(['a', 'b'], () => json(401, { wipe: true, problems: [] }));
  await at.sender.round();
  expect(at.posted).toHaveLength(1);
  expect(at.told).toEqual([{ kind: 'unknown' }]);
  expect(await left(at)).toEqual(['a', 'b']);
  expect((await waiting(at.place))[0]).toMatchObject({ state: 'waiting', tries: 0 });
  expect(await readMeta(at.place, 'revoked')).toBe(true);
});

test('a reply that is lost is asked for again with the same bytes, and then it is gone', async () => {
  const at = await stand(['a'], () => Promise.reject(new TypeError('connection lost')), stored);
  await at.sender.round();
  at.now += 7000;
  await at.sender.round();
  expect(at.posted.map(({ text }) => text)).toEqual(['a.a', 'a.a']);
  expect(await left(at)).toEqual([]);
});

test('two rounds never run at once', async () => {
  const at = await stand(['a'], stored, stored);
  await Promise.all([at.sender.round(), at.sender.round('everything'), at.sender.round()]);
  expect(at.posted).toHaveLength(1);
});

test('what is sealed while a round runs waits for the next', async () => {
  const at = await stand(['a'], stored);
  await at.sender.round();
  await write(at.place, [queued('z', utf8('z.'), utf8('z'), at.now)]);
  at.answers = [stored];
  expect(await at.sender.round()).toMatchObject({ sent: 1, left: 0 });
});

test('without a token nothing is asked of the server', async () => {
  const at = await stand(['a'], stored);
  await writeMeta(at.place, 'device', undefined);
  expect(await at.sender.round('everything')).toEqual({ sent: 0, left: 1, next: null });
  expect(await at.sender.contact()).toBe(false);
  expect(at.posted).toEqual([]);
});

test('a hello notes the time of the server beside ours', async () => {
  const at = await stand([], () => json(200, { server_time: '2026-11-30T08:00:00Z', known: true }));
  expect(await at.sender.contact()).toBe(true);
  expect(await readMeta(at.place, 'contact')).toEqual({ server: Date.parse('2026-11-30T08:00:00Z'), device: at.now });
  expect(await at.sender.contact()).toBe(false);
  expect(at.posted.map(({ text, token }) => [text, token])).toEqual([['{}', 'Bearer secret'], ['{}', 'Bearer secret']]);
});

test('after 72 hours without contact the time is over, and one contact later it still is', async () => {
  const place = await database();
  expect(await isExpired(place, 0)).toBe(false);
  await heard(place, 1000 * HOUR, 500 * HOUR);
  expect(await isExpired(place, 572 * HOUR)).toBe(false);
  expect(await isExpired(place, 572 * HOUR + 1)).toBe(true);
  await heard(place, 1073 * HOUR, 573 * HOUR);
  expect(await isExpired(place, 573 * HOUR)).toBe(true);
});

test('a clock that went back counts only when the server says so', async () => {
  const place = await database();
  await heard(place, 1000 * HOUR, 500 * HOUR);
  expect(await isExpired(place, 10 * HOUR)).toBe(false);
  await heard(place, 1010 * HOUR, 11 * HOUR);
  expect(await isExpired(place, 11 * HOUR)).toBe(false);
  await heard(place, 1083 * HOUR, 12 * HOUR);
  expect(await isExpired(place, 12 * HOUR)).toBe(true);
});
