import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import { readAll } from '../../src/field/database.ts';
import { keptDrafts } from '../../src/field/drafts.ts';
import { roomFor } from '../../src/field/finishing.ts';
import { writeMeta } from '../../src/field/meta.ts';
import type { Notebook } from '../../src/field/notebook.ts';
import { asking, keptPairs, keepPair, mayBegin, pairFor, settled, stageOf, type Pair } from '../../src/field/pairs.ts';
import { waiting } from '../../src/field/queue.ts';
import { HELD } from '../../src/field/screens/interview.ts';
import { FLAG_LENGTH, LENGTH, lengthOf } from '../../src/seal/transport.ts';
import { letter } from './opening.ts';
import { fill, host, HOUR, opens, pair as keys, PHRASE, press, pressed, ready, seen, server, someAnswers, text, toTheEnd, until } from './running.ts';
import { BACK, BOTH, CARE, GIVE, home, key, meant, seal } from './together.ts';
import { CHILD, CODE, database, onDisk, START } from './stand.ts';

const MOST = 67_108_864;

beforeEach(() => {
  server.list = { forms: [START, CARE], children: [BOTH] };
});
async function together(): Promise<Notebook> {
  const book = await ready(await database());
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  return book;
}

async function firstIsSealed(): Promise<Notebook> {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  await seal();
  await seen(GIVE);
  return book;
}

test('one after the other on one phone: each is sealed before the other begins, and each is sent', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  expect((await keptPairs(book.vault)).map(stageOf)).toEqual([{ kind: 'asking', at: 0 }]);
  server.reached = false;
  await seal();
  await seen(GIVE);
  expect([(await keptDrafts(book.vault)).length, (await waiting(book.database)).length]).toEqual([0, 1]);
  expect(book.drafts.size).toBe(0);
  await meant('The caregiver has the phone: begin');
  await someAnswers();
  await seal();
  await seen(BACK);
  await home('I have the phone back');
  await seen('Not sent yet: 2');
  press('.fd-row');
  expect(text()).toContain('Child: asked and sealed');
  expect(key('Start together')).toBeUndefined();
  const rows = await waiting(book.database);
  const said = await Promise.all(rows.map((row) => letter(row.flag, row.envelope, keys)));
  expect(said.map(({ head }) => [head['form'], head['child']])).toEqual([[START.id, CODE], [CARE.id, CODE]]);
});

test('between the two nothing of the first is there, and the back key of the phone leads nowhere', async () => {
  const book = await firstIsSealed();
  const shown = text();
  for (const word of ['question', 'Yes', CHILD.label, 'AB', 'Today', START.titles['en']!]) expect(shown).not.toContain(word);
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(text()).toBe(shown);
  expect((await axe.run(host)).violations).toEqual([]);
  expect(await onDisk(book.database)).not.toContain('<q3>');
});

test('the next screen comes after the same time whatever was answered, and not before', async () => {
  await together();
  pressed('Begin with the child');
  await someAnswers();
  toTheEnd();
  await seen('Nothing is sealed yet');
  const since = performance.now();
  pressed('Finish and seal');
  await new Promise((resolve) => setTimeout(resolve, HELD - 400));
  expect(text()).toContain('Sealing');
  await seen(GIVE);
  const took = performance.now() - since;
  expect(took).toBeGreaterThanOrEqual(HELD - 10);
  expect(took).toBeLessThan(HELD + 400);
});

test('a tap of the first moment begins nothing', async () => {
  await firstIsSealed();
  pressed('The caregiver has the phone: begin');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(text()).toContain(GIVE);
  expect(host.querySelector('.iv-next')).toBeNull();
});

test('without a PIN nobody comes to the list but by the passphrase', async () => {
  await firstIsSealed();
  await home('Something else', '');
  await seen('That is not the passphrase.');
  await home('Something else', 'four other words here now');
  await until(() => expect(host.querySelector('button[type=submit]:disabled')).toBeNull());
  expect(text()).not.toContain('Begin with the caregiver');
  await home('Something else');
  await seen('Begin with the caregiver');
});

test('where there is a PIN nobody goes on without it', async () => {
  const book = await together();
  book.lock.setPin('1234');
  pressed('Begin with the child');
  await someAnswers();
  await seal();
  await seen(GIVE);
  await meant('Something else');
  await seen('Wrong PIN. Tries left: 4');
  fill('9999');
  await seen('Wrong PIN. Tries left: 3');
  expect(host.querySelector('.iv-next')).toBeNull();
  fill('1234');
  await until(() => expect(host.querySelector('.iv-next')).not.toBeNull());
});

test('killed while the first is asked, it goes on with the first; the other cannot begin', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  await until(async () => expect(await keptDrafts(book.vault)).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await opens(book.database);
  fill(PHRASE);
  await seen('Go on with the child');
  expect(key('Begin with the caregiver')).toBeUndefined();
  pressed('Go on with the child');
  await until(() => expect(host.querySelector('h2')!.textContent).toBe('Second question'));
});

test('killed between the two, it opens where the phone is handed over', async () => {
  const book = await firstIsSealed();
  await opens(book.database);
  fill(PHRASE);
  await seen(GIVE);
  expect(text()).not.toContain(CHILD.label);
});

test('killed between sealing and the next screen, it opens where the phone is handed over', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  server.reached = false;
  await seal();
  await until(async () => expect(await waiting(book.database)).toHaveLength(1));
  await opens(book.database);
  fill(PHRASE);
  await seen(GIVE);
});

test('locked while it is held, the next screen stands behind the lock', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  await seal();
  await until(() => expect(text()).toContain('Sealing'));
  await book.lockUp(false);
  await new Promise((resolve) => setTimeout(resolve, HELD + 300));
  expect(text()).toContain('Open the app');
  fill(PHRASE);
  await seen(GIVE);
});

test('killed while the second is asked, it goes on with the second', async () => {
  const book = await firstIsSealed();
  await meant('The caregiver has the phone: begin');
  await someAnswers();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await opens(book.database);
  fill(PHRASE);
  await seen('Go on with the caregiver');
  expect(text()).toContain('Child: asked and sealed');
  expect(key('Go on with the child')).toBeUndefined();
});

test('the forms of the two are begun together alone, as long as one of them is open', async () => {
  const book = await firstIsSealed();
  await home('Something else');
  await seen('Begin with the caregiver');
  pressed('Later');
  await seen('Today');
  expect(text()).toContain('Not finished');
  press('.fd-row');
  expect([...host.querySelectorAll('[data-form]')]).toEqual([]);
  await book.lockUp(false);
  await book.unlock(PHRASE);
  expect(text()).toContain('Today'); // put aside, it does not come by itself
  press('.fd-row');
  pressed('Go on together');
  await seen(GIVE);
});

test('whoever cannot be asked is given up with a reason, and then the other is asked', async () => {
  const book = await together();
  pressed('The child is not asked');
  await seen('Could not be alone');
  pressed('Not here');
  await seen(GIVE);
  expect(text()).not.toContain('Thank you');
  await home('Something else');
  await seen('Child: not asked · Not here');
  pressed('The caregiver is not asked');
  await seen('Why?');
  pressed('Did not want to');
  await seen(BACK);
  expect(text()).not.toContain('sealed');
  await home('I have the phone back');
  await seen('Today');
  press('.fd-row');
  expect(text()).toContain('Caregiver: not asked · Did not want to');
  expect(await waiting(book.database)).toEqual([]);
});

test('what somebody said before they were given up is sealed and sent', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  server.reached = false;
  await book.lockUp(false);
  await book.unlock(PHRASE);
  pressed('The child is not asked');
  await seen('What was said so far is sealed');
  pressed('Could not be alone');
  await seen(GIVE);
  const rows = await waiting(book.database);
  const said = await Promise.all(rows.map((row) => letter(row.flag, row.envelope, keys)));
  expect([(await keptDrafts(book.vault)).length, said.map(({ head }) => head['form'] ?? head['note']).sort()]).toEqual([0, [START.id, 'not_asked']]);
  expect(new Set(rows.map(({ size }) => size)).size).toBe(1);
});

test('thrown away by whoever was asked, it goes back to whoever leads: no list, no answers', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  press('.iv-stop');
  press('dialog .iv-danger');
  press('dialog .iv-drop');
  await seen('Nothing was sent');
  pressed('Done');
  await seen(BACK);
  expect(text()).not.toContain('sealed');
  expect(text()).not.toContain(CHILD.label);
  await home('I have the phone back');
  await seen('Begin with the child');
  expect(key('Go on with the child')).toBeUndefined();
  expect(key('Begin with the caregiver')).toBeUndefined();
  expect((await keptPairs(book.vault)).map(stageOf)).toEqual([{ kind: 'asking', at: 0 }]);
});

test('stopped half way, what was said is sealed, and the phone is handed over as at the end', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  server.reached = false;
  press('.iv-stop');
  pressed('Stop, and send what was said');
  await seen(GIVE);
  expect(await waiting(book.database)).toHaveLength(1);
});

test('whoever is not on the list any more is not asked on, and the list is shown to nobody who holds the phone', async () => {
  const book = await firstIsSealed();
  await writeMeta(book.database, 'listed', 1);
  server.list = { ...server.list, children: [] };
  await book.renewal.wake();
  await seen(BACK);
  expect(await keptPairs(book.vault)).toEqual([]);
  await home('I have the phone back');
  await seen('There is nobody in the list');
});

test('after 72 hours nothing of a pair is there, and what was begun is sealed', async () => {
  const book = await firstIsSealed();
  await meant('The caregiver has the phone: begin');
  await someAnswers();
  await book.lockUp(false);
  server.reached = false;
  await writeMeta(book.database, 'contact', { server: Date.now() - 73 * HOUR, device: Date.now() - 73 * HOUR });
  await book.unlock(PHRASE);
  await seen('For 72 hours');
  expect(await readAll(book.database, 'kept')).toEqual([]);
  expect(await waiting(book.database)).toHaveLength(1);
});

test('what is stored and sent has one size, whatever was answered and whatever became of it', async () => {
  const sizes = new Set<number>();
  await firstIsSealed();
  await meant('The caregiver has the phone: begin');
  await until(() => expect(host.querySelector('.iv-stop')).not.toBeNull());
  press('.iv-stop'); // before the first question
  pressed('Stop, and send what was said');
  await seen(BACK);
  await until(() => expect(server.sealed.length).toBe(2));
  for (const each of server.sealed) sizes.add(each.length);
  expect([...sizes]).toEqual([FLAG_LENGTH + 105 + 32_768 + 16]);
  expect([1, 14_000, 32_764, 32_765, 500_000, 600_000].map((length) => roomFor(length, MOST))).toEqual([32_768, 32_768, 32_768, 131_072, 524_288, 1_048_576]);
});

test.each([MOST, 10_000_000])('nothing is filled up to more than the server takes (%i)', (limit) => {
  const sent = (length: number): number => FLAG_LENGTH + lengthOf(roomFor(length, limit));
  const first = Math.floor((limit - sent(0) + 32_768) / 4096) * 4096 - LENGTH; // the longest that goes at all
  for (let length = first - 600_000; length <= first; length += 4093) expect(sent(length)).toBeLessThanOrEqual(limit);
  expect([sent(first) <= limit, sent(first + 1) > limit]).toEqual([true, true]);
});

test('its record on the disk has one size, and says nobody\u2019s code', async () => {
  const { vault, database: place } = await ready(await database());
  const pair = pairFor(BOTH, [START, CARE])!;
  const sizes = new Set<number>();
  for (const each of [pair, asking(pair, 1), settled(pair, 0, 'sealed', 'ar', Date.now()), settled(settled(pair, 1, 'not_alone', 'en', 1), 0, 'refused', 'en', Date.now())]) {
    await keepPair(vault, each);
    const [row] = await readAll<Uint8Array>(place, 'kept', 'pair/');
    sizes.add(row!.value.length);
    expect(await onDisk(place)).not.toContain(CODE);
  }
  expect(sizes.size).toBe(1);
});

test('who may begin, and of whom there is a pair at all', () => {
  const pair = pairFor(BOTH, [START, CARE])!;
  expect([0, 1].map((at) => mayBegin(pair, at as 0 | 1))).toEqual([true, true]);
  expect([0, 1].map((at) => mayBegin(asking(pair, 1), at as 0 | 1))).toEqual([false, true]);
  expect(stageOf(settled(asking(pair, 1), 0, 'refused', '', 1))).toEqual({ kind: 'asking', at: 1 });
  const asked: Pair = pairFor({ ...BOTH, due: [{ ...BOTH.due[0]!, permission: ['caregiver'] }] }, [START, CARE])!;
  expect([0, 1].map((at) => mayBegin(asked, at as 0 | 1))).toEqual([true, false]);
  expect(mayBegin(settled(asking(asked, 0), 0, 'sealed', '', 1), 1)).toBe(false); // permission.test.ts
  expect(pairFor(CHILD, [START, CARE])).toBeNull();
  expect(pairFor({ ...BOTH, due: [{ ...BOTH.due[0]!, state: 'not_yet' }] }, [START, CARE])).toBeNull();
  expect(pairFor(BOTH, [START])).toBeNull();
  expect(pairFor(BOTH, [{ ...START, respondents: ['child', 'caregiver'] }])).toBeNull();
});
