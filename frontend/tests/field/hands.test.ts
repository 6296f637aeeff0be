import { expect, test, vi } from 'vitest';
import { keptDrafts } from '../../src/field/drafts.ts';
import { Hands } from '../../src/field/hands.ts';
import type { Notebook } from '../../src/field/notebook.ts';
import { writeMeta } from '../../src/field/meta.ts';
import { waiting } from '../../src/field/queue.ts';
import { interview } from '../../src/field/screens/interview.ts';
import { fill, halfway, host, PHRASE, pressed, ready, seen, server, text, toTheEnd, until } from './running.ts';
import { CHILD, database } from './stand.ts';

const OTHER = { ...CHILD, code: '900000061', label: '900 000 061 · CD · 12-14', initials: 'CD' };
const moment = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 150));

/** The next form that is opened, by whoever, takes until it is let go. */
function held(book: Notebook): { readonly reached: Promise<void>; readonly go: () => void } {
  let [arrived, go] = [(): void => undefined, (): void => undefined];
  const reached = new Promise<void>((resolve) => (arrived = resolve));
  const open = new Promise<void>((resolve) => (go = resolve));
  const { match } = book.means.kept;
  const spy = vi.spyOn(book.means.kept, 'match').mockImplementation(async (address) => {
    spy.mockRestore();
    arrived();
    await open;
    return match(address);
  });
  return { reached, go: () => go() };
}

async function begunWithTwo(): Promise<Notebook> {
  server.list = { children: [CHILD, OTHER] };
  const book = await ready(await database());
  await halfway();
  await book.today();
  await writeMeta(book.database, 'listed', 1);
  server.list = { children: [OTHER] };
  return book;
}

function goesOn(book: Notebook): Promise<void> {
  const [draft] = [...book.drafts.values()];
  return interview(book, draft!.draft, draft!, 'en');
}

test('a draft that is being sealed does not open: the interview waits, and then there is none', async () => {
  const book = await begunWithTwo();
  const { reached, go } = held(book);
  const woken = book.renewal.wake();
  await reached; // it is being sealed
  const opens = goesOn(book);
  await moment();
  go();
  await Promise.all([opens, woken]);
  await seen('Today');
  expect(host.querySelector('.iv-next')).toBeNull();
  await until(() => expect(server.sealed).toHaveLength(1));
  expect([(await keptDrafts(book.vault)).length, (await waiting(book.database)).length]).toEqual([0, 0]);
});

test('an interview that is being opened is not sealed beside it: it is finished once', async () => {
  const book = await begunWithTwo();
  await book.fetchList().catch(() => undefined);
  expect(await keptDrafts(book.vault)).toEqual([]); // nobody had it in hand
  server.list = { children: [CHILD, OTHER] };
  await book.fetchList();
  await book.today();
  await halfway();
  await book.today();
  const { reached, go } = held(book);
  const opens = goesOn(book);
  await reached;
  server.sealed.length = 0;
  server.list = { children: [OTHER] };
  await book.fetchList();
  expect(await keptDrafts(book.vault)).toHaveLength(1);
  go();
  await opens;
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen('Sealed. It is sent');
  await until(() => expect(server.sealed).toHaveLength(1));
  expect(await keptDrafts(book.vault)).toEqual([]);
});

test('locked while an interview opens, it stays behind the lock, and opens later', async () => {
  const book = await ready(await database());
  await halfway();
  await book.today();
  const { reached, go } = held(book);
  const opens = goesOn(book).catch(() => undefined);
  await reached;
  await book.lockUp(false);
  go();
  await opens;
  expect(text()).toContain('Open the app');
  expect(host.querySelector('.iv-next')).toBeNull();
  fill(PHRASE);
  await seen('Not finished');
  await goesOn(book);
  expect(host.querySelector('.iv-next')).not.toBeNull();
});

test('a second tap opens nothing, and the same draft is sealed once', async () => {
  const hands = new Hands();
  const first = hands.ask('a')!;
  expect([hands.ask('a'), hands.ask('b')]).toEqual([null, null]);
  const act = vi.fn(() => Promise.resolve(true));
  expect([await hands.seal('a', act), await hands.seal('b', act), act.mock.calls.length]).toEqual([false, true, 1]);
  hands.callOff();
  expect([first.stands(), await hands.seal('a', act)]).toEqual([false, true]);
  const shown = hands.ask('a')!;
  shown.shows();
  hands.callOff();
  first.free();
  expect([shown.stands(), await hands.seal('a', act)]).toEqual([true, false]);
  shown.free();
  const order: string[] = [];
  const slow = hands.seal('a', async () => (await moment(), order.push('one'), true));
  await Promise.all([slow, hands.seal('a', async () => (order.push('two'), true))]);
  expect(order).toEqual(['one', 'two']);
});
