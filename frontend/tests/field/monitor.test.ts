import { beforeEach, expect, test, vi } from 'vitest';
import axe from 'axe-core';
import { freshToken, takeCode } from '../../src/field/code.ts';
import { readMeta } from '../../src/field/meta.ts';
import { Caseload } from '../../src/field/office.ts';
import { payloadOf } from '../../src/field/monitor.ts';
import { waiting } from '../../src/field/queue.ts';
import { toBase64 } from '../../src/seal/bytes.ts';
import { letter } from './opening.ts';
import { fill, host, json, opens, pair, PHRASE, press, pressed, ready, seen, server, someAnswers, text, toTheEnd, until } from './running.ts';
import { CODE, database, onDisk, payload, START } from './stand.ts';

const SHOWN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP0';
const FORM = { ...START, url: '/app/monitor/form.xml?form=1&v=1' };
const LABEL = '482\u00a0193\u00a0067 · AB';

/** What the server knows: the token of this phone, and how often a code was used up. */
const phones = { token: SHOWN, used: 0, loseAnswer: false, children: [{ code: CODE, initials: 'AB', due: '2026-12-04' as string | null }] };

function told(): unknown {
  const { made_at, server_time, idle_minutes, intake_key, most_bytes, recipients, words } = payload(toBase64(pair.publicKey), { server_time: new Date().toISOString() });
  return { made_at, server_time, idle_minutes, intake_key, most_bytes, recipients, words, forms: [FORM], children: phones.children };
}

async function answer(address: string, options: RequestInit): Promise<Response> {
  const bearer = new Headers(options.headers).get('Authorization')?.replace('Bearer ', '') ?? '';
  if (!address.startsWith('/app/monitor') && address !== '/app/sealed' && address !== '/app/contact') return json(401, { problems: [] });
  if (!server.known || bearer !== phones.token) return json(401, { wipe: true, problems: [] });
  if (address === '/app/monitor/code') {
    phones.token = (JSON.parse(String(options.body)) as { token: string }).token;
    phones.used += 1;
    if (phones.loseAnswer) throw new TypeError('network');
    return json(200, { known: true });
  }
  if (address === '/app/sealed') {
    server.sealed.push(options.body as Uint8Array<ArrayBuffer>);
    return json(201, { status: 'stored', problems: [] });
  }
  return address === '/app/contact' ? json(200, { server_time: new Date().toISOString(), known: true }) : json(200, told());
}

beforeEach(() => {
  Object.assign(phones, { token: SHOWN, used: 0, loseAnswer: false, children: [{ code: CODE, initials: 'AB', due: '2026-12-04' }] });
  vi.stubGlobal('fetch', async (address: string, options: RequestInit = {}) => {
    server.asked.push(address);
    if (!server.reached) throw new TypeError('network');
    expect(options.credentials === 'omit' || !address.startsWith('/app/monitor')).toBe(true);
    return answer(address, options);
  });
});

async function begun(place: IDBDatabase, code = SHOWN) {
  const book = await opens(place, code);
  await seen('Six words');
  fill(PHRASE, PHRASE);
  await seen('Today');
  return book;
}

test('the code is taken out of the address and its history at once, and what is none is no code', () => {
  const replaced: unknown[] = [];
  const past = { replaceState: (...given: unknown[]) => replaced.push(given[2]) } as unknown as History;
  const at = (hash: string) => ({ hash, pathname: '/app/', search: '' }) as Location;
  expect(takeCode(at(`#${SHOWN}`), past)).toBe(SHOWN);
  expect(takeCode(at('#short'), past)).toBe('');
  expect(replaced).toEqual(['/app/', '/app/']);
  expect(takeCode(at(''), past)).toBe('');
  expect(replaced).toHaveLength(2);
  expect(takeCode(at(`#${freshToken()}`), past)).not.toBe('');
  expect(freshToken()).not.toBe(freshToken());
});

test('with a code nobody signs in: a passphrase, and the list has code, initials and a day', async () => {
  const place = await database();
  const book = await opens(place, SHOWN);
  await seen('Once, with network.');
  await seen('Six words');
  expect(text()).not.toContain('Name of this phone');
  expect((await axe.run(host, { rules: { region: { enabled: false } } })).violations).toEqual([]);
  fill('short', 'short');
  await seen('Too short');
  expect(phones.used).toBe(0);
  fill(PHRASE, PHRASE);
  await seen(LABEL);
  expect(text()).toContain('Due on 4 Dec 2026');
  expect(text()).not.toContain('A new child');
  expect(host.querySelector('a')).toBeNull();
  expect(book.children[0]).toMatchObject({ age_band: '', bands: {}, actions: [] });
  expect(server.asked.filter((address) => !/^\/app\/(monitor|contact|sealed)/.test(address))).toEqual([]);
  expect((await axe.run(host, { rules: { region: { enabled: false } } })).violations).toEqual([]);
});

test('the code is used up: the phone has a token of its own, and nothing else of it lies in clear', async () => {
  const place = await database();
  await begun(place);
  expect(phones.used).toBe(1);
  expect(phones.token).not.toBe(SHOWN);
  expect(await readMeta(place, 'device')).toEqual({ id: '', token: phones.token, kind: 'monitor' });
  const disk = await onDisk(place);
  for (const word of [SHOWN, CODE, PHRASE, 'AB', '2026-12-04']) expect(disk).not.toContain(word);
});

test('where the answer to the code was lost, the phone goes on with the token that the server has by then', async () => {
  const place = await database();
  phones.loseAnswer = true;
  await opens(place, SHOWN);
  await seen('Six words');
  fill(PHRASE, PHRASE);
  await seen('The server was not reached');
  phones.loseAnswer = false;
  await begun(place); // scanned once more
  expect(phones.used).toBe(1);
  expect(text()).toContain(LABEL);
  expect(await readMeta(place, 'code')).toBeNull();
});

test('a code that somebody else has used makes nothing ready, and says so', async () => {
  phones.token = freshToken();
  const place = await database();
  const book = await opens(place, SHOWN);
  await seen('Six words');
  fill(PHRASE, PHRASE);
  await seen('This phone needs a new code');
  expect([await book.vault.exists(), await readMeta(place, 'device')]).toEqual([false, null]);
});

test('observed without network, sealed at once, and sent with the own token', async () => {
  const place = await database();
  await begun(place);
  server.reached = false;
  press('.fd-row');
  await seen('Observation');
  for (const word of ['What was agreed', 'Contact', 'What was before', 'Both, one after the other']) expect(text()).not.toContain(word);
  expect((await axe.run(host, { rules: { region: { enabled: false } } })).violations).toEqual([]);
  press('[data-form]');
  await someAnswers();
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen('Sealed. It is sent as soon as there is network.');
  const [row] = await waiting(place);
  const { head, form } = await letter(row!.flag, row!.envelope, pair);
  expect(head).toMatchObject({ channel: 'browser', form: FORM.id, child: CODE });
  expect(form).toContain('<q3>no</q3>');
  pressed('Done');
  await seen('Not sent yet: 1');
  server.reached = true;
  pressed('Send now');
  await seen('Everything that was finished has been sent.');
  expect(server.sealed).toHaveLength(1);
});

test('opened again it is a monitor’s still; a code that is scanned then changes nothing', async () => {
  const place = await database();
  await begun(place);
  const book = await opens(place, freshToken());
  await seen('Open the app');
  fill(PHRASE);
  await seen('The code was not used');
  expect(text()).toContain(LABEL);
  expect([book.office.kind, phones.used]).toEqual(['monitor', 1]);
});

test('a child without a day is there, and its form', async () => {
  phones.children = [{ code: CODE, initials: '', due: null }];
  await begun(await database());
  expect(host.querySelector('.fd-row')!.textContent).toBe('482\u00a0193\u00a0067');
  press('.fd-row');
  await until(() => expect(host.querySelector('[data-form]')).not.toBeNull());
});

test('the list is fetched again with the token; cut off, everything goes and a new code is asked for', async () => {
  const place = await database();
  const book = await begun(place);
  phones.children = [{ code: '111222333', initials: 'ZZ', due: null }];
  pressed('Fetch the list again');
  await seen('111\u00a0222\u00a0333 · ZZ');
  server.known = false;
  pressed('Fetch the list again');
  await seen('Ask for a new code at the office.');
  await seen('This phone needs a new code');
  expect([book.children, await book.vault.exists()]).toEqual([[], false]);
  server.known = true;
  phones.token = SHOWN;
  await begun(place);
  expect(text()).toContain('ZZ');
});

test('too long without the server, the list goes and is fetched where there is network', async () => {
  const place = await database();
  await begun(place);
  vi.setSystemTime(Date.now() + 73 * 3_600_000);
  server.reached = false;
  await opens(place);
  await seen('Open the app');
  fill(PHRASE);
  await seen('Fetch the list again where there is network.');
  expect(text()).not.toContain('AB');
  server.reached = true;
  pressed('Fetch the list again');
  await seen(LABEL);
});

test('emptied, it asks for a new code and not for somebody to sign in', async () => {
  const place = await database();
  const book = await begun(place);
  await book.empty();
  await seen('This phone needs a new code');
  expect(host.querySelector('a')).toBeNull();
});

test('on the phone of a case worker a code changes nothing; and who has none is told of codes', async () => {
  await opens(await database());
  await seen('Were you given a code?');
  vi.stubGlobal('fetch', async (address: string) => (address === '/app/session.json' ? json(200, { person: 'Ada', csrf: 'c', language: 'en', may: true }) : address === '/app/devices' ? json(201, { device: 'd', token: 't' }) : json(200, payload(toBase64(pair.publicKey)))));
  const place = await database();
  const book = await ready(place);
  expect(await book.offer(SHOWN)).toBe(false);
  expect(book.office).toBeInstanceOf(Caseload);
  expect(book.news).toContain('codeUnused');
});

test('what the monitor is not told is empty in what the screens know', () => {
  const found = payloadOf(told() as Parameters<typeof payloadOf>[0]);
  expect(found).toMatchObject({ person: '', organisation: '', newcomers: [], forms: [{ bands: [] }] });
  expect(found.children.map(({ language, why_not }) => [language, why_not])).toEqual([['', '']]);
});
