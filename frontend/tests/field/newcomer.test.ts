import axe from 'axe-core';
import { beforeEach, expect, test } from 'vitest';
import type { Notebook } from '../../src/field/notebook.ts';
import { dropCaseload } from '../../src/field/caseload.ts';
import { writeMeta } from '../../src/field/meta.ts';
import { dropNewcomers, keptNewcomers, wrongIn, type Said, type Written } from '../../src/field/newcomers.ts';
import { waiting } from '../../src/field/queue.ts';
import { FLAG_LENGTH, lengthOf } from '../../src/seal/transport.ts';
import { letter } from './opening.ts';
import { host, HOUR, opens, pair as keys, PHRASE, fill, pressed, ready, seen, server, text, until } from './running.ts';
import { database, onDisk } from './stand.ts';

const NAME = 'Zuhura Bakari';
const NOW = Date.parse('2026-11-30T12:00:00');
const WRITTEN: Written = {
  name: NAME, sex: 'female', birth_date: '', age: '12', return_date: '2026-11-01', return_date_basis: 'known', place: '', language: 'en', caregiver: 'mother', caregiver_name: 'Rehema',
};
const SAID: Said = { answers: { service: 'agrees' }, explained: 'spoken', teach_back: 'understood', limits_told: true, capacity: 'able', recipient: '', language: 'en' };

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
  server.list = { newcomers: [{ delivery, code: '', state: 'settled' }] };
  await book.fetchList();
  await book.today();
  expect(text()).toContain('the office has dealt with it');
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

test('pressed again after an error it is one child: its delivery is that of the form', async () => {
  const book = await writing();
  const { database: place } = book;
  const seal = book.vault.change.bind(book.vault);
  let tries = 0;
  book.vault.change = (kind, id, value) => ((tries += 1) === 1 ? Promise.reject(new Error('full')) : seal(kind, id, value));
  filled();
  await until(() => expect(tries).toBe(1));
  await until(() => expect(host.querySelector<HTMLButtonElement>('form [type=submit]')!.disabled).toBe(false));
  const today = book.today.bind(book);
  book.today = () => Promise.reject(new Error('trouble after it was sealed'));
  for (let press = 0; press < 2; press += 1) {
    host.querySelector('form')!.requestSubmit();
    await until(() => expect(host.querySelector<HTMLButtonElement>('form [type=submit]')!.disabled).toBe(false));
  }
  book.today = today;
  expect(tries).toBe(3);
  expect(await waiting(place)).toHaveLength(1);
  expect(await keptNewcomers(book.vault)).toHaveLength(1);
});

test('a clock that was put back is said before anything is sealed; the day is that of the server', async () => {
  const book = await writing();
  await writeMeta(book.database, 'contact', { server: Date.now(), device: Date.now() + HOUR });
  filled();
  await seen('The clock of this phone was put back.');
  expect(await waiting(book.database)).toEqual([]);
  const ahead = 40 * 24 * HOUR; // by which the phone is behind the server, and was when they last spoke
  await writeMeta(book.database, 'contact', { server: Date.now() + ahead, device: Date.now() });
  host.querySelector('form')!.requestSubmit();
  await seen('The new child is sealed');
  const [row] = await waiting(book.database);
  const { day } = JSON.parse((await letter(row!.flag, row!.envelope, keys)).form) as { day: string };
  expect(Math.abs(Date.parse(day) - (Date.now() + ahead))).toBeLessThan(30 * HOUR);
});

test('the agreement is in the language that was read out, and to a girl in her words', async () => {
  const book = await ready(await database());
  server.reached = false;
  await book.speak('ar');
  await book.today();
  const texts = book.frame!.registering!.read_out;
  Object.assign(texts['service']!, { ar: 'للولد', ar_girl: 'للبنت' });
  Object.assign(texts['child']!, { ar: 'مرحبا' });
  pressed(book.speech.tell('newTitle'));
  await seen('للولد');
  const child = host.querySelectorAll('details')[0]!;
  const sex = host.querySelectorAll('select')[0]!;
  sex.value = 'female';
  sex.dispatchEvent(new Event('change'));
  expect(child.textContent).toContain('للبنت');
  expect(child.textContent).not.toContain('للولد');
  host.querySelectorAll<HTMLInputElement>('input')[2]!.value = '9';
  field(book.speech.tell('newBasis'), 'unknown');
  field('للبنت', 'agrees', child);
  child.querySelector<HTMLInputElement>('input[type=checkbox]')!.checked = true;
  host.querySelector('form')!.requestSubmit();
  await seen(book.speech.tell('newSealed'));
  const [row] = await waiting(book.database);
  const said = JSON.parse((await letter(row!.flag, row!.envelope, keys)).form) as { language: string; asked: { child: { language: string } } };
  expect(said.asked.child.language).toBe('ar');
});

test('its code is shown for three days from when it was first seen, and stays known when the list goes', async () => {
  const book = await writing();
  filled();
  await seen('The new child is sealed');
  const { vault, frame } = book;
  const { delivery, made_at: made } = (await keptNewcomers(vault))[0]!;
  const named = { ...frame!, newcomers: [{ delivery, code: '123456789', state: 'registered' }] };
  const kept = async (of: typeof named, hours: number): Promise<number> => {
    await dropNewcomers(vault, of, made + hours * HOUR);
    return (await keptNewcomers(vault)).length;
  };
  await dropCaseload(vault);
  expect(await kept(named, 100)).toBe(1);
  expect(await kept(named, 100 + 71)).toBe(1);
  expect(await kept(named, 100 + 73)).toBe(0);
});

test('that the office has dealt with it is shown for three days, and then it is gone', async () => {
  const book = await writing();
  filled();
  await seen('The new child is sealed');
  const { vault, frame } = book;
  const { delivery, made_at: made } = (await keptNewcomers(vault))[0]!;
  const settled = { ...frame!, newcomers: [{ delivery, code: '', state: 'settled' }] };
  const kept = async (hours: number): Promise<number> => {
    await dropNewcomers(vault, settled, made + hours * HOUR);
    return (await keptNewcomers(vault)).length;
  };
  expect(await kept(100)).toBe(1);
  expect(await kept(100 + 71)).toBe(1);
  expect(await kept(100 + 73)).toBe(0);
});

test('what no list names any more was taken long ago, if it was sent', async () => {
  const book = await writing();
  filled();
  await seen('The new child is sealed');
  const { made_at: made } = (await keptNewcomers(book.vault))[0]!;
  await dropNewcomers(book.vault, book.frame!, made + 40 * 24 * HOUR);
  expect(await keptNewcomers(book.vault)).toHaveLength(1);
  server.reached = true;
  await book.sync('everything');
  await until(async () => expect(await waiting(book.database)).toHaveLength(0));
  await dropNewcomers(book.vault, book.frame!, made + 30 * 24 * HOUR);
  expect(await keptNewcomers(book.vault)).toHaveLength(1);
  await dropNewcomers(book.vault, book.frame!, made + 40 * 24 * HOUR);
  expect(await keptNewcomers(book.vault)).toHaveLength(0);
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
