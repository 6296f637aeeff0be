import { beforeEach, expect, test } from 'vitest';
import { keptDrafts, type KeptDraft } from '../../src/field/drafts.ts';
import { writeMeta } from '../../src/field/meta.ts';
import type { Notebook } from '../../src/field/notebook.ts';
import { asking, dropPairs, keepPair, keptPairs, pairFor, settled, stageOf } from '../../src/field/pairs.ts';
import { waiting } from '../../src/field/queue.ts';
import type { Due, FieldChild } from '../../src/field/payload.ts';
import { fill, host, opens, PHRASE, press, pressed, ready, seen, server, someAnswers, text, until } from './running.ts';
import { BACK, BOTH, CARE, GIVE, home, key, meant, seal } from './together.ts';
import { database, START, vaultOf } from './stand.ts';

const DUE: Due = BOTH.due[0]!;
const NEXT: FieldChild = { ...BOTH, due: [{ ...DUE, point: 'month 6', respondents: ['child'] }] };
const later = (...due: Due[]): FieldChild => ({ ...BOTH, due });

beforeEach(() => {
  server.list = { forms: [START, CARE], children: [BOTH] };
});

async function listIsNew(book: Notebook, child: FieldChild, forms = [START, CARE]): Promise<void> {
  await writeMeta(book.database, 'listed', 1);
  server.list = { forms, children: [child] };
  await book.renewal.wake();
}

async function putAside(): Promise<Notebook> {
  const book = await ready(await database());
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  pressed('The caregiver is not asked');
  await seen('Why?');
  pressed('Not here');
  await seen('Please give the phone to the child');
  await home('Something else');
  await seen('Caregiver: not asked');
  pressed('Later');
  await seen('Not finished');
  return book;
}

test.each([
  ['its point is over', later(), true],
  ['another point is due', NEXT, true],
  ['the open half was asked in another way', later({ ...DUE, respondents: ['caregiver'] }), true],
  ['the open half is waited for', later({ ...DUE, respondents: ['child'] }), false],
])('a pair that nobody finished: %s', async (_why, child, goes) => {
  const vault = await vaultOf();
  const pair = settled(pairFor(BOTH, [START, CARE])!, 1, 'not_here', '', Date.now());
  await keepPair(vault, { ...asking(pair, 0), aside: true });
  const begun = { draft: { child: { code: BOTH.code }, form: START } } as unknown as KeptDraft;
  await dropPairs(vault, [child], [begun], Date.now());
  expect(await keptPairs(vault)).toHaveLength(1); // what was begun is finished
  await dropPairs(vault, [child], [], Date.now());
  expect(await keptPairs(vault)).toHaveLength(goes ? 0 : 1);
});

test('in the next round the child\u2019s form begins by itself again', async () => {
  const book = await putAside();
  press('.fd-row');
  expect(host.querySelector('[data-form]')).toBeNull();
  press('.fd-back');
  await seen('Today');
  await listIsNew(book, NEXT);
  await seen('Today');
  expect(text()).not.toContain('Not finished');
  press('.fd-row');
  expect(key('Begin: How are you?')).toBeDefined();
  expect(key('Go on together')).toBeUndefined();
});

test('a caregiver who was asked in another way meanwhile is not asked again', async () => {
  const book = await ready(await database());
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  pressed('Begin with the child');
  await someAnswers();
  await seal();
  await seen(GIVE);
  await listIsNew(book, later({ ...DUE, respondents: ['child'] }));
  await meant('The caregiver has the phone: begin');
  await seen(BACK);
  expect(host.querySelector('.iv-next')).toBeNull();
});

test('a form that has another version now is the form that is asked', async () => {
  const book = await putAside();
  const newer = { ...START, id: '0f9619ff-8b86-4d01-b42d-00cf4fc964aa', version: '2', url: START.url.replace('6f96', '0f96') };
  await listIsNew(book, later({ ...DUE, forms: [newer.id, CARE.id] }), [newer, CARE]);
  press('.fd-row');
  expect(host.querySelector('[data-form]')).toBeNull();
  pressed('Go on together');
  await meant('The child has the phone: begin');
  await someAnswers();
  await until(async () => expect((await keptDrafts(book.vault)).map(({ draft }) => draft.form.id)).toEqual([newer.id]));
});

test('killed while somebody is given up, they were given up and what they said is sealed, or neither', async () => {
  const book = await ready(await database());
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  pressed('Begin with the child');
  await someAnswers();
  await book.lockUp(false);
  await book.unlock(PHRASE);
  server.reached = false;
  pressed('The child is not asked');
  await seen('What was said so far is sealed');
  const { database: place } = book;
  const before = place.transaction.bind(place);
  let written = 0;
  place.transaction = (...asked: Parameters<typeof before>) => {
    if (asked[1] === 'readwrite') written += 1;
    const nothing = { objectStore: () => ({ put: () => undefined, delete: () => undefined }) };
    return asked[1] === 'readwrite' && written > 1 ? (nothing as unknown as IDBTransaction) : before(...asked); // it ends after the first
  };
  pressed('Could not be alone');
  await until(async () => expect(await waiting(place)).toHaveLength(2)); // what was said, and that no more was asked
  await new Promise((resolve) => setTimeout(resolve, 200));
  place.transaction = before;
  await opens(place);
  fill(PHRASE);
  await seen(GIVE);
  expect((await keptPairs(book.vault)).map(stageOf)).toEqual([{ kind: 'handing', at: 1 }]);
});
