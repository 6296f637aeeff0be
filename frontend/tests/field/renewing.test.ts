import { expect, test } from 'vitest';
import { readAll } from '../../src/field/database.ts';
import { keptDrafts } from '../../src/field/drafts.ts';
import { writeMeta } from '../../src/field/meta.ts';
import type { Notebook } from '../../src/field/notebook.ts';
import { waiting } from '../../src/field/queue.ts';
import { letter } from './opening.ts';
import { fill, halfway, host, opens, pair, PHRASE, press, pressed, ready, seen, server, text, toTheEnd, until } from './running.ts';
import { CHILD, CODE, database } from './stand.ts';

const LONG = 600_000;
const OTHER = { ...CHILD, code: '900000061', label: '900 000 061 · CD · 12-14', initials: 'CD' };

const fetched = (): number => server.asked.filter((address) => address === '/app/field.json').length;
const aWhileAgo = (book: Notebook): Promise<void> => writeMeta(book.database, 'listed', Date.now() - LONG);

async function readyWithTwo(): Promise<Notebook> {
  server.list = { children: [CHILD, OTHER] };
  const book = await ready(await database());
  await seen(OTHER.label);
  return book;
}

test('back on the network it sends, says hello and fetches the list, in this order and without a word', async () => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  server.asked.length = 0;
  window.dispatchEvent(new Event('online'));
  await until(() => expect(text()).not.toContain('AB'));
  expect(text()).toContain(OTHER.label);
  const own = server.asked.filter((address) => address !== '/app/contact');
  expect([server.asked.indexOf('/app/contact') >= 0, own]).toEqual([true, ['/app/field.json', '/app/register.json']]);
  expect(server.asked.indexOf('/app/contact')).toBeLessThan(server.asked.indexOf('/app/field.json'));
  expect(host.querySelector('[role=alert], .iv-notice')).toBeNull();
});

test.each(['hidden', 'visible'] as const)('%s: only what comes back in sight looks for a new list', async (state) => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  const before = fetched();
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
  if (state === 'visible') await until(() => expect(fetched()).toBe(before + 1));
  else await new Promise((resolve) => setTimeout(resolve, 200));
  expect(fetched()).toBe(state === 'visible' ? before + 1 : before);
  Reflect.deleteProperty(document, 'visibilityState');
});

test('with nobody before it the app fetches no list, whatever the network does', async () => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  const before = fetched();
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
  await book.renewal.wake();
  Reflect.deleteProperty(document, 'visibilityState');
  expect(fetched()).toBe(before);
  await book.renewal.wake();
  expect(fetched()).toBe(before + 1);
});

test('opened with the passphrase or the PIN it looks too; a list of a minute ago is new enough', async () => {
  const book = await readyWithTwo();
  const before = fetched();
  await book.renewal.wake();
  expect(fetched()).toBe(before);
  await aWhileAgo(book);
  await book.lockUp(false);
  await book.unlock(PHRASE);
  await until(() => expect(fetched()).toBe(before + 1));
  await until(() => expect(book.renewal.wake()).resolves.toBeUndefined());
  await aWhileAgo(book);
  book.lock.setPin('1234');
  await book.lockUp(true);
  fill('1234');
  await until(() => expect(fetched()).toBe(before + 2));
});

test('a clock that was put back keeps no list from being old', async () => {
  const book = await readyWithTwo();
  const before = fetched();
  await writeMeta(book.database, 'listed', Date.now() + LONG);
  await book.renewal.wake();
  expect(fetched()).toBe(before + 1);
});

test('without a session one quiet line says of when the list is; signed in again it is gone', async () => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  server.signedIn = false;
  await book.renewal.wake();
  expect(text()).toMatch(/The list is of 30 Nov 2026, .*; sign in to bring it up to date\./);
  expect(host.querySelector('[role=alert], .iv-notice')).toBeNull();
  expect(host.querySelector<HTMLAnchorElement>('.fd-stack a')!.getAttribute('href')).toBe('/sign-in?next=/app/');
  server.signedIn = true;
  await book.renewal.wake();
  expect(text()).not.toContain('sign in to bring it');
  expect(text()).toContain('List of 30 Nov 2026');
});

test('with nobody there, or somebody else signed in, nothing of the list changes', async () => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  server.list = { children: [] };
  server.person = 'Ben';
  await book.renewal.wake();
  expect([text().includes(CHILD.label), book.renewal.behind]).toEqual([true, true]);
  server.person = 'Ada';
  server.reached = false;
  const before = fetched();
  await book.renewal.wake();
  expect([fetched(), text().includes(CHILD.label)]).toEqual([before, true]);
});

test('what was begun with somebody who is not on the list any more is sealed and sent, and it says so', async () => {
  const book = await readyWithTwo();
  await halfway();
  await book.today();
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  await book.renewal.wake();
  await seen('Somebody is not on your list any more');
  expect(text()).not.toContain('AB');
  expect(await keptDrafts(book.vault)).toEqual([]);
  await until(() => expect(server.sealed).toHaveLength(1));
  const said = await letter(server.sealed[0]!.slice(0, 153), server.sealed[0]!.slice(153), pair);
  expect([said.head['child'], said.form.includes('<agree>yes</agree>')]).toEqual([CODE, true]);
});

test('an interview that goes on is not taken out of anybody\u2019s hand: it is finished, and then the child is gone', async () => {
  const book = await readyWithTwo();
  await halfway();
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  await book.renewal.wake();
  expect(host.querySelector('h2')!.textContent).toBe('Second question');
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen('Sealed. It is sent');
  pressed('Done');
  await seen('Today');
  expect(text()).not.toContain('AB');
  expect(text()).not.toContain('Somebody is not on your list');
  await until(() => expect(server.sealed).toHaveLength(1));
});

test('left as a draft after its child has gone, it is sealed too', async () => {
  const book = await readyWithTwo();
  await halfway();
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  await book.renewal.wake();
  await book.today();
  expect(text()).toContain('Somebody is not on your list any more');
  expect(await keptDrafts(book.vault)).toEqual([]);
});

test('the page of somebody who has gone closes, and nothing of what was before is kept', async () => {
  const book = await readyWithTwo();
  press('.fd-row');
  await seen('Fetch it');
  pressed('Fetch it');
  await seen('1 Oct 2026');
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  await book.renewal.wake();
  await seen('Today');
  expect(await readAll(book.database, 'kept', 'history/')).toEqual([]);
  expect((await readAll(book.database, 'kept', 'child/')).length).toBe(1);
});

test('whoever reads the list stays where they were', async () => {
  const book = await readyWithTwo();
  const row = [...host.querySelectorAll<HTMLElement>('.fd-row')].find((each) => each.textContent!.includes('CD'))!;
  row.focus();
  await aWhileAgo(book);
  await book.renewal.wake();
  expect(row.isConnected).toBe(false);
  expect(document.activeElement!.textContent).toContain('CD');
});

test('behind a lock nothing of the list comes back', async () => {
  const book = await readyWithTwo();
  await aWhileAgo(book);
  await book.lockUp(false);
  const before = fetched();
  await book.renewal.wake();
  expect([fetched(), book.children]).toEqual([before, []]);
  await book.unlock(PHRASE);
  book.lock.setPin('1234');
  await book.lockUp(true);
  await aWhileAgo(book);
  await book.renewal.wake();
  expect(text()).toContain('Your PIN opens the app');
});

test('a list that was deleted after 72 hours comes back only when somebody asks for it', async () => {
  const place = await database();
  await ready(place);
  await writeMeta(place, 'contact', { server: 1, device: 1 });
  const book = await opens(place);
  fill(PHRASE);
  await seen('For 72 hours');
  const before = fetched();
  await book.renewal.wake();
  expect([fetched(), book.frame]).toEqual([before, null]);
});

test('full when it should be sealed, what was begun stays', async () => {
  const book = await readyWithTwo();
  await halfway();
  await book.today();
  await aWhileAgo(book);
  server.list = { children: [OTHER] };
  const before = book.database.transaction.bind(book.database);
  book.database.transaction = (...asked: Parameters<typeof before>) => {
    if (asked[1] === 'readwrite' && [asked[0]].flat().includes('queue')) throw new DOMException('full', 'QuotaExceededError');
    return before(...asked);
  };
  await book.renewal.wake();
  expect([(await keptDrafts(book.vault)).length, (await waiting(book.database)).length]).toEqual([1, 0]);
  expect(text()).toContain('This phone is full');
  book.database.transaction = before;
  await book.today();
  await until(() => expect(server.sealed).toHaveLength(1));
  expect(await keptDrafts(book.vault)).toEqual([]);
});
