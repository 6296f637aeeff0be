import { beforeEach, expect, test } from 'vitest';
import type { Notebook } from '../../src/field/notebook.ts';
import { dayOf } from '../../src/field/notes.ts';
import { waiting } from '../../src/field/queue.ts';
import { begin, prefillOf } from '../../src/field/opening.ts';
import { FLAG_LENGTH, lengthOf } from '../../src/seal/transport.ts';
import { letter, type Letter } from './opening.ts';
import { host, pair as keys, press, pressed, ready, seen, server, text, until } from './running.ts';
import { BACK, BOTH, CARE, GIVE, home } from './together.ts';
import { CHILD, CODE, database, payload, START } from './stand.ts';

beforeEach(() => {
  server.list = { forms: [START, CARE], children: [BOTH] };
});

async function together(): Promise<Notebook> {
  const book = await ready(await database());
  server.reached = false;
  press('.fd-row');
  pressed('Start together');
  await seen('Begin with the child');
  return book;
}

async function kept(book: Notebook): Promise<Letter[]> {
  return Promise.all((await waiting(book.database)).map((row) => letter(row.flag, row.envelope, keys)));
}

test('why somebody was not asked is sealed at once, looks like an interview, and is sent like one', async () => {
  const book = await together();
  pressed('The child is not asked');
  await seen('Why?');
  pressed('Not here');
  await seen(GIVE);
  const [note] = await kept(book);
  expect([note!.head, note!.severity]).toEqual([{ note: 'not_asked' }, 0]);
  const day = dayOf(Date.now());
  expect(JSON.parse(note!.form)).toEqual({ child: CODE, point: 'month 3', day, respondent: 'child', reason: 'not_here' });
  expect((await waiting(book.database)).map(({ size }) => size)).toEqual([lengthOf(32_768)]);
  await home('Something else');
  await seen('Begin with the caregiver');
  pressed('The caregiver is not asked');
  await seen('Why?');
  pressed('Could not be alone');
  await seen(BACK);
  expect((await kept(book)).map(({ form }) => (JSON.parse(form) as { respondent: string }).respondent).sort()).toEqual(['caregiver', 'child']);
  server.reached = true;
  await home('I have the phone back');
  await seen('Today');
  await book.sync('waiting');
  await until(() => expect(server.sealed).toHaveLength(2));
  expect(new Set(server.sealed.map(({ length }) => length))).toEqual(new Set([FLAG_LENGTH + lengthOf(32_768)]));
  expect(await waiting(book.database)).toEqual([]);
});

test('who is to be asked apart stands in the list and on the page of the child', async () => {
  server.list = { forms: [START], children: [{ ...CHILD, apart: { respondent: 'child', on: '2026-11-24' } }] };
  await ready(await database());
  expect(host.querySelector('.fd-row')!.textContent).toContain('Child: to be asked apart');
  press('.fd-row');
  expect(text()).toContain('since 24 Nov 2026');
});

test('who was handed the phone is not asked who answers', async () => {
  const { forms: _forms, children: _children, ...frame } = payload('key');
  const asks = { ...CARE, respondent_question: 'respondent' };
  const list = { ...frame, forms: [asks] };
  expect(prefillOf(begin(list, asks, CHILD, 'caregiver'))['respondent']).toBe('caregiver');
  expect(prefillOf(begin(list, asks, CHILD))['respondent']).toBeUndefined();
  expect(prefillOf(begin(list, CARE, CHILD, 'caregiver'))['respondent']).toBeUndefined();
});
