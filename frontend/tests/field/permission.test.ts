import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import type { Notebook } from '../../src/field/notebook.ts';
import { asking, keepPair, keptPairs, mayBegin, pairFor, REASONS, settled, stageOf } from '../../src/field/pairs.ts';
import { waiting } from '../../src/field/queue.ts';
import { letter } from './opening.ts';
import { fill, host, opens, pair as keys, PHRASE, press, pressed, ready, seen, server, someAnswers, text, toTheEnd, until } from './running.ts';
import { BACK, BOTH, CARE, GIVE, home, key, meant, seal } from './together.ts';
import { CHILD, database, START } from './stand.ts';

const ASKED_FIRST = { ...BOTH, due: [{ ...BOTH.due[0]!, permission: ['caregiver'] }] };
const ALLOWED = 'Has the child allowed that the caregiver is asked?';

beforeEach(() => {
  server.list = { forms: [START, CARE], children: [ASKED_FIRST] };
});

async function together(): Promise<Notebook> {
  const book = await ready(await database());
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  return book;
}

async function childIsSealed(): Promise<Notebook> {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  await seal();
  await seen(BACK);
  return book;
}

test.each([['not_here', 'Not here'], ['refused', 'Did not want to'], ['not_alone', 'Could not be alone']])('a child that was not asked (%s) has allowed nothing: the caregiver is not asked either', async (code, words) => {
  const book = await together();
  expect(key('Begin with the caregiver')).toBeUndefined();
  pressed('The child is not asked');
  await seen('Why?');
  pressed(words);
  await seen(BACK);
  expect(text()).not.toContain(GIVE);
  expect((await keptPairs(book.vault)).map(({ halves }) => halves.map(({ state }) => state))).toEqual([[code, 'no_permission']]);
  await home('I have the phone back');
  await seen('Today');
  press('.fd-row');
  expect(text()).toContain('Caregiver: not asked · Without the child’s permission');
});

test('what a child said before it was given up is sealed, and the caregiver is not asked', async () => {
  const book = await together();
  pressed('Begin with the child');
  await someAnswers();
  server.reached = false;
  await book.lockUp(false);
  await book.unlock(PHRASE);
  pressed('The child is not asked');
  await seen('What was said so far is sealed');
  pressed('Did not want to');
  await seen(BACK);
  const said = await Promise.all((await waiting(book.database)).map((row) => letter(row.flag, row.envelope, keys)));
  expect(said.map(({ head }) => head['form'] ?? head['note']).sort()).toEqual([START.id, 'not_asked']);
  const [note] = said.filter(({ head }) => head['note'] !== undefined);
  expect((JSON.parse(note!.form) as { respondent: string }).respondent).toBe('child'); // of the caregiver nobody said anything
  expect((await keptPairs(book.vault)).map(stageOf)).toEqual([{ kind: 'over' }]);
});

test('the child is asked: the phone goes to the case worker, who says whether it allows the caregiver', async () => {
  const book = await childIsSealed();
  expect(text()).not.toContain(GIVE);
  expect(text()).not.toContain('allowed');
  await home('I have the phone back');
  await seen(ALLOWED);
  expect((await axe.run(host)).violations).toEqual([]);
  pressed('Yes');
  await seen(GIVE);
  await meant('The caregiver has the phone: begin');
  await someAnswers();
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen(BACK);
  await until(() => expect(server.sealed).toHaveLength(2));
  expect((await keptPairs(book.vault)).map(stageOf)).toEqual([{ kind: 'over' }]);
});

test('where it does not, the caregiver is not asked, and why is kept as a code', async () => {
  const book = await childIsSealed();
  await home('I have the phone back');
  await seen(ALLOWED);
  pressed('No');
  await seen('Today');
  expect((await keptPairs(book.vault)).map(({ halves }) => halves[1].state)).toEqual(['no_permission']);
  press('.fd-row');
  expect(text()).toContain('Caregiver: not asked · Without the child’s permission');
});

test('killed before anybody said so, it opens where the phone is given back; and nobody goes around the question', async () => {
  const book = await childIsSealed();
  await opens(book.database);
  fill(PHRASE);
  await seen(BACK);
  expect(text()).not.toContain(CHILD.label);
  await home('I have the phone back');
  await seen(ALLOWED);
  press('.fd-back');
  await seen('Child: asked and sealed');
  expect([key('Begin with the caregiver'), key(ALLOWED) !== undefined]).toEqual([undefined, true]);
  pressed('Later');
  await seen('Today');
  press('.fd-row');
  pressed('Go on together');
  await seen(BACK);
});

test('only a child that was asked allows something', async () => {
  const pair = pairFor(ASKED_FIRST, [START, CARE])!;
  expect([0, 1].map((at) => mayBegin(pair, at as 0 | 1))).toEqual([true, false]);
  for (const reason of REASONS) {
    const after = settled(asking(pair, 0), 0, reason, '', 1);
    expect([stageOf(after), mayBegin({ ...after, allowed: true }, 1), after.over_at]).toEqual([{ kind: 'over' }, false, 1]);
  }
  const sealed = settled(asking(pair, 0), 0, 'sealed', '', 1);
  expect([stageOf(sealed), mayBegin(sealed, 1), mayBegin(asking(sealed, 1), 1)]).toEqual([{ kind: 'permitting' }, false, false]);
  expect([stageOf({ ...sealed, allowed: true }), mayBegin({ ...sealed, allowed: true }, 1)]).toEqual([{ kind: 'handing', at: 1 }, true]);
  const [first, second] = pair.halves;
  expect(stageOf({ ...pair, allowed: true, halves: [{ ...first, state: 'refused' }, second] })).toEqual({ kind: 'over' });
});

test('with the PIN of the case worker alone the question is there', async () => {
  const book = await childIsSealed();
  book.lock.setPin('1234');
  await keepPair(book.vault, (await keptPairs(book.vault))[0]!);
  await book.home();
  await new Promise((resolve) => setTimeout(resolve, 750));
  fill('9999');
  await seen('Wrong PIN. Tries left: 4');
  expect(text()).not.toContain(ALLOWED);
  fill('1234');
  await seen(ALLOWED);
});
