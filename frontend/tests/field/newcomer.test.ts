import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import type { Notebook } from '../../src/field/notebook.ts';
import { keptNewcomers, wrongIn, type Said, type Written } from '../../src/field/newcomers.ts';
import { waiting } from '../../src/field/queue.ts';
import { FLAG_LENGTH, lengthOf } from '../../src/seal/transport.ts';
import { letter } from './opening.ts';
import { host, opens, pair as keys, PHRASE, fill, pressed, ready, seen, server, text, until } from './running.ts';
import { database, onDisk } from './stand.ts';

const NAME = 'Zuhura Bakari';
const NOW = Date.parse('2026-11-30T12:00:00');
const WRITTEN: Written = {
  name: NAME, sex: 'female', birth_date: '', age: '12', return_date: '2026-11-01', return_date_basis: 'known', place: '', language: 'en', caregiver: 'mother', caregiver_name: 'Rehema',
};
const SAID: Said = { answers: { service: 'agrees' }, explained: 'spoken', teach_back: 'understood', limits_told: true, capacity: 'able', recipient: '' };

beforeEach(() => {
  server.list = {};
});

function field(label: string, value: string, among: ParentNode = host): void {
  const found = [...among.querySelectorAll('label')].find((each) => each.textContent === label)!;
  const input = document.getElementById(found.getAttribute('for')!) as HTMLInputElement;
  input.value = value;
}

async function writing(): Promise<Notebook> {
  const book = await ready(await database());
  server.reached = false;
  pressed('A new child');
  await seen('The least that is needed');
  return book;
}

function filled(): void {
  field('Name', NAME);
  field('Sex', 'female');
  field('Or the age in years', '12');
  field('How sure is the day of the return?', 'unknown');
  field('Who looks after the child now', 'mother');
  const child = host.querySelectorAll('details')[0]!;
  field('Read: service', 'agrees', child);
  child.querySelector<HTMLInputElement>('input[type=checkbox]')!.checked = true;
  host.querySelector('form')!.requestSubmit();
}

test('sealed at once, like an interview, and nothing of it can be read on the phone', async () => {
  const book = await writing();
  expect((await axe.run(host)).violations).toEqual([]);
  filled();
  await seen('The new child is sealed');
  expect(text()).toContain('the code comes with a later list');
  expect(text()).not.toContain(NAME);
  const [row] = await waiting(book.database);
  expect(row!.size).toBe(lengthOf(32_768));
  const note = await letter(row!.flag, row!.envelope, keys);
  expect(note.head).toEqual({ note: 'new_child' });
  const said = JSON.parse(note.form) as Record<string, unknown>;
  expect(said).toMatchObject({ name: NAME, sex: 'female', age: '12', birth_date: '', return_date_basis: 'unknown', caregiver: 'mother' });
  expect(Object.keys(said['asked'] as object)).toEqual(['child']);
  expect(said['asked']).toMatchObject({ child: { answers: { service: 'agrees' }, limits_told: true, language: 'en' } });
  const kept = await Promise.all((await book.vault.all('newcomer')).map(({ value }) => new TextDecoder().decode(value)));
  expect(kept.join()).not.toContain('Zuhura');
  expect(await onDisk(book.database)).not.toContain('Zuhura');
});

test('it is sent once when there is network, and the next list says its code', async () => {
  const book = await writing();
  filled();
  await seen('The new child is sealed');
  const delivery = (await keptNewcomers(book.vault))[0]!.delivery;
  server.reached = true;
  await book.sync('waiting');
  await until(() => expect(server.sealed).toHaveLength(1));
  expect(server.sealed[0]!.length).toBe(FLAG_LENGTH + lengthOf(32_768));
  await book.sync('everything');
  expect(server.sealed).toHaveLength(1);
  server.list = { newcomers: [{ delivery, code: '123456789', state: 'perhaps_known' }] };
  await book.fetchList();
  await book.today();
  expect(text()).toContain('registered as 123\u00a0456\u00a0789. Perhaps the child is known already');
  server.list = { newcomers: [{ delivery, code: '', state: 'waits' }] };
  await book.fetchList();
  await book.today();
  expect(text()).toContain('the office looks at it first');
});

test('killed after it was sealed it is there once, and is shown without a name', async () => {
  const book = await writing();
  filled();
  await seen('The new child is sealed');
  await opens(book.database);
  fill(PHRASE);
  await seen('Registered on this phone');
  expect(await waiting(book.database)).toHaveLength(1);
});

test('what the server would not take is said before anything is sealed', async () => {
  const book = await writing();
  host.querySelector('form')!.requestSubmit();
  await seen('Say the sex, or that it is not recorded.');
  expect(text()).toContain('Give the birth date or the age; an estimate will do.');
  expect(await waiting(book.database)).toEqual([]);
  expect(await keptNewcomers(book.vault)).toEqual([]);
});

test.each<[Partial<Written>, Partial<Said>, string[]]>([
  [{}, {}, []],
  [{ age: '', birth_date: '2014-05-01' }, {}, []],
  [{ age: '26' }, {}, ['newAge']],
  [{ age: '-3' }, {}, ['newAge']],
  [{ birth_date: '2014-05-01' }, {}, ['newBirthTwice']],
  [{ age: '', birth_date: '1999-05-01' }, {}, ['newAge']],
  [{ age: '', birth_date: '2027-05-01' }, {}, ['newFuture', 'newReturnBefore']],
  [{ return_date: '2026-12-01' }, {}, ['newFuture']],
  [{ return_date: '' }, {}, ['newReturnMissing']],
  [{ return_date_basis: 'unknown' }, {}, ['newReturnTwice']],
  [{ return_date: '', return_date_basis: 'unknown' }, {}, []],
  [{}, { limits_told: false }, ['newLimits']],
  [{}, { teach_back: 'not' }, ['newNotUnderstood']],
  [{}, { answers: { sharing: 'agrees' } }, ['newRecipient']],
  [{}, { answers: { service: 'refuses' }, limits_told: false }, []],
])('wrong %j %j: %j', (facts, said, wrong) => {
  expect(wrongIn({ ...WRITTEN, ...facts }, [{ ...SAID, ...said }], NOW)).toEqual(wrong);
});
