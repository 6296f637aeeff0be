import { expect, test, vi } from 'vitest';
import axe from 'axe-core';
import { readAll, write } from '../../src/field/database.ts';
import { readMeta, writeMeta } from '../../src/field/meta.ts';
import { keptDrafts } from '../../src/field/drafts.ts';
import { waiting } from '../../src/field/queue.ts';
import { setup } from '../../src/field/screens/setup.ts';
import { today } from '../../src/field/screens/today.ts';
import { unlock } from '../../src/field/screens/unlock.ts';
import { letter } from './opening.ts';
import { answers, books, code, fill, halfway, host, HOUR, json, opens, pair, PHRASE, press, pressed, ready, seen, server, text, toTheEnd, until } from './running.ts';
import { CHILD, CODE, database, onDisk } from './stand.ts';

test('made ready at the office, it shows the own list, and the phone has a token that can only send', async () => {
  const place = await database();
  await ready(place);
  expect(text()).toContain(CHILD.label);
  expect(await readMeta(place, 'device')).toEqual({ id: 'd', token: 'the-token' });
  const disk = await onDisk(place);
  for (const word of [CODE, PHRASE, 'owls', 'AB ·', 'Ada', 'Baraka']) expect(disk).not.toContain(word);
});

test('before the code is wholly kept it says that it may not open without network', async () => {
  code.whole = false;
  let become = (): void => undefined;
  code.becameWhole = new Promise((resolve) => (become = resolve));
  await ready(await database());
  expect(text()).toContain('not wholly on this phone yet');
  code.whole = true;
  become();
  await until(() => expect(text()).not.toContain('not wholly on this phone yet'));
});

test('a short passphrase, and two that differ, are refused before the server is asked', async () => {
  await opens(await database());
  await seen('Six words');
  fill('short', 'short');
  await seen('Too short');
  fill(PHRASE, `${PHRASE}.`);
  await seen('The two are not the same');
  expect(server.asked).not.toContain('/app/devices');
});

test('without a session or without network nothing is made ready, and it says what to do', async () => {
  server.signedIn = false;
  await opens(await database());
  await seen('Sign in first');
  expect(host.querySelector('a')!.getAttribute('href')).toBe('/sign-in?next=/app/');
  server.reached = false;
  await opens(await database());
  await seen('The server was not reached');
});

test('closed and opened again without network, the list is there for who knows the passphrase', async () => {
  const place = await database();
  await ready(place);
  server.reached = false;
  const book = await opens(place);
  await seen('Open the app');
  expect(text()).not.toContain('AB');
  fill('six grey owls sit here then');
  await seen('That is not the passphrase');
  fill(PHRASE);
  await seen(CHILD.label);
  await book.lockUp(false);
  expect(text()).not.toContain('AB');
  expect([book.children, book.frame, book.vault.isOpen]).toEqual([[], null, false]);
});

test('an interview is finished without network, counted, and sent when there is one; then nothing of it is here', async () => {
  const place = await database();
  const book = await ready(place);
  server.reached = false;
  await halfway();
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen('Sealed. It is sent as soon as there is network.');
  expect(await keptDrafts(book.vault)).toEqual([]);
  const [row] = await waiting(place);
  expect((await letter(row!.flag, row!.envelope, pair)).form).toContain('<q3>no</q3>');
  pressed('Done');
  await seen('Not sent yet: 1');
  server.reached = true;
  pressed('Send now');
  await seen('Everything that was finished has been sent.');
  expect(server.sealed).toHaveLength(1);
  expect(await waiting(place)).toEqual([]);
});

test('killed in the middle, the child shows that it is not finished, and it goes on where it stood', async () => {
  const place = await database();
  const book = await ready(place);
  await halfway();
  expect(host.querySelector('h2')!.textContent).toBe('Second question');
  await until(async () => expect(await keptDrafts(book.vault)).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 500));
  await opens(place);
  fill(PHRASE);
  await seen('Not finished');
  press('.fd-row');
  pressed('Go on: How are you?');
  await until(() => expect(host.querySelector('h2')!.textContent).toBe('Second question'));
});

test('locked in the middle, the draft is kept before the key goes', async () => {
  const place = await database();
  const book = await ready(place);
  await halfway();
  await book.lockUp(false);
  expect(text()).not.toContain('question');
  await book.unlock(PHRASE);
  expect((await keptDrafts(book.vault)).map(({ draft }) => draft.mark!.at)).toEqual(['question:/data/main/q2']);
});

test('thrown away, the draft is gone and nothing is sent', async () => {
  const place = await database();
  const book = await ready(place);
  await halfway();
  press('.iv-stop');
  press('dialog .iv-danger');
  expect(text()).toContain('It cannot be brought back.');
  press('dialog .iv-drop');
  await seen('Nothing was sent');
  expect([(await keptDrafts(book.vault)).length, (await waiting(place)).length]).toEqual([0, 0]);
});

test('where the phone is full, the answers stay and it says so', async () => {
  const place = await database();
  const book = await ready(place);
  await halfway();
  toTheEnd();
  await seen('Nothing is sealed yet');
  const before = place.transaction.bind(place);
  place.transaction = (...asked: Parameters<typeof before>) => {
    if (asked[1] === 'readwrite') throw new DOMException('full', 'QuotaExceededError');
    return before(...asked);
  };
  pressed('Finish and seal');
  await seen('This phone is full');
  place.transaction = before;
  expect(await waiting(place)).toEqual([]);
  pressed('Try again');
  await seen('Sealed. It is sent');
  expect(await keptDrafts(book.vault)).toEqual([]);
});

test('after 72 hours without the server drafts are sealed as stopped, the list is deleted, and it says why', async () => {
  const place = await database();
  await ready(place);
  await halfway();
  await books[0]!.lockUp(false);
  server.reached = false;
  await writeMeta(place, 'contact', { server: Date.now() - 73 * HOUR, device: Date.now() - 73 * HOUR });
  const book = await opens(place);
  fill(PHRASE);
  await seen('For 72 hours');
  expect(text()).toContain('The list is not on this phone');
  expect((await readAll(place, 'kept')).map(({ key }) => key)).toEqual([]);
  const [row] = await waiting(place);
  const said = await letter(row!.flag, row!.envelope, pair);
  expect(said.form).toContain('<agree>yes</agree>');
  expect(said.form).toContain('<q3/>');
  server.reached = true;
  pressed('Fetch the list again');
  await seen(CHILD.label);
  expect(text()).not.toContain('For 72 hours');
  expect(book.children).toHaveLength(1);
});

test('a clock that was put back deletes nothing by itself', async () => {
  const place = await database();
  await ready(place);
  server.reached = false;
  await writeMeta(place, 'contact', { server: Date.now(), device: Date.now() + 500 * HOUR });
  await opens(place);
  fill(PHRASE);
  await seen(CHILD.label);
});

test('the history of a child is fetched for a visit and gone after 72 hours', async () => {
  const place = await database();
  const book = await ready(place);
  press('.fd-row');
  await seen('Fetch it');
  pressed('Fetch it');
  await seen('1 Oct 2026');
  expect(await readAll(place, 'kept', 'history/')).toHaveLength(1);
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 73 * HOUR);
  await writeMeta(place, 'contact', { server: Date.now(), device: Date.now() });
  await book.unlock(PHRASE);
  expect(await readAll(place, 'kept', 'history/')).toEqual([]);
  expect(text()).toContain(CHILD.label);
});

test('signed out, only what is sealed and the token are left, until it is sent', async () => {
  const place = await database();
  const book = await ready(place);
  server.reached = false;
  await halfway();
  toTheEnd();
  await seen('Nothing is sealed yet');
  pressed('Finish and seal');
  await seen('Sealed. It is sent');
  pressed('Done');
  await seen('Not sent yet: 1');
  await halfway();
  await book.today();
  pressed('Settings');
  pressed('Empty this phone');
  expect(text()).toContain('Not finished, and lost if you go on: 1');
  pressed('Yes, empty it');
  await seen('Make this phone ready');
  expect(await readAll(place, 'kept')).toEqual([]);
  expect(await readMeta(place, 'device')).not.toBeNull();
  expect(await book.vault.exists()).toBe(false);
  await seen('Not sent yet: 1');
  server.reached = true;
  await book.sync('everything');
  expect(server.sealed).toHaveLength(1);
  expect(await readMeta(place, 'device')).toBeNull();
  expect((await readAll(place, 'meta')).map(({ key }) => key)).not.toContain('vault');
});

test('a device that was revoked loses its list at once; what was begun is sealed at the next opening', async () => {
  const place = await database();
  const book = await ready(place);
  await halfway();
  await book.lockUp(false);
  server.known = false;
  await book.sync('everything');
  await until(async () => expect((await readAll(place, 'kept')).map(({ key }) => key.split('/')[0])).toEqual(['draft']));
  await book.unlock(PHRASE);
  await seen('This phone was taken off the list');
  expect([(await readAll(place, 'kept')).length, (await waiting(place)).length]).toEqual([0, 1]);
  server.known = true;
  server.sealed.length = 0;
  await seen('Six words');
  fill(PHRASE, PHRASE, 'Phone 1');
  await seen('Today');
  await book.sync('everything');
  expect(server.sealed).toHaveLength(1);
});

test('a phone that changes hands sends first what was sealed before, in the name of whoever sealed it', async () => {
  const place = await database();
  const book = await ready(place);
  const row = { id: 'a', flag: new Uint8Array(1), envelope: new Uint8Array(1), made_at: 1, tries: 0, next_at: Date.now() + HOUR, state: 'waiting', code: '', size: 1 };
  await write(place, [{ store: 'queue', key: 'a', value: row }]);
  await book.empty();
  const reply = answers;
  vi.stubGlobal('fetch', async (address: string, options: RequestInit = {}) => (address === '/app/sealed' ? json(503, { problems: [] }) : reply(address, options)));
  await seen('Six words');
  fill(PHRASE, PHRASE, 'Phone 1');
  await seen('Finished interviews are still here');
  expect(await book.vault.exists()).toBe(false);
  const tokens: string[] = [];
  vi.stubGlobal('fetch', async (address: string, options: RequestInit = {}) => {
    if (address === '/app/sealed') tokens.push((options.headers as Record<string, string>)['Authorization']!);
    return address === '/app/devices' ? json(201, { device: 'e', token: 'another-token', expires_at: '' }) : reply(address, options);
  });
  fill(PHRASE, PHRASE, 'Phone 1');
  await seen('Today');
  expect(tokens).toEqual(['Bearer the-token']);
  expect(await readMeta(place, 'device')).toEqual({ id: 'e', token: 'another-token' });
});

test('with a PIN the app opens again until five were wrong', async () => {
  const place = await database();
  const book = await ready(place);
  pressed('Settings');
  fill('12');
  await seen('4 to 8 digits');
  fill('1234');
  await seen('The PIN is set');
  expect(await onDisk(place)).not.toContain('1234');
  await book.lockUp(true);
  fill('9999');
  await seen('Tries left: 4');
  fill('1234');
  await seen(CHILD.label);
  await book.lockUp(true);
  for (const left of ['4', '3', '2', '1']) {
    fill('9999');
    await seen(`Tries left: ${left}`);
  }
  fill('9999');
  await seen('Passphrase forgotten');
  expect(book.vault.isOpen).toBe(false);
});

test('the list of somebody else does not come into this vault', async () => {
  await ready(await database());
  server.person = 'Ben';
  pressed('Fetch the list again');
  await seen('Somebody else is signed in');
});

test('what the server does not take is told in its words, and stays', async () => {
  const place = await database();
  const book = await ready(place);
  await write(place, [{ store: 'queue', key: 'a', value: { id: 'a', flag: new Uint8Array(1), envelope: new Uint8Array(1), made_at: 1, tries: 0, next_at: 1, state: 'waiting', code: '', size: 1 } }]);
  vi.stubGlobal('fetch', async () => json(400, { status: 'refused', problems: [{ code: 'x', message: 'The child is closed.', action: 'Ask your supervisor.' }] }));
  await book.sync();
  expect(text()).toContain('The child is closed. Ask your supervisor.');
  expect(text()).toContain('Not taken by the server: 1');
  expect(await waiting(place)).toHaveLength(1);
});

test.each(['en', 'ar'])('in %s the screens have no fault that axe finds', async (language) => {
  const place = await database();
  const faults = async (): Promise<string[]> => {
    const { violations } = await axe.run(host, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
    return violations.map(({ id }) => id);
  };
  const book = await ready(place);
  await book.speak(language);
  for (const screen of [setup, unlock, today]) {
    book.show(screen);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([screen.name, await faults()]).toEqual([screen.name, []]);
  }
  press('.fd-row');
  await until(() => expect(host.querySelector('[data-form]')).not.toBeNull());
  expect(await faults()).toEqual([]);
  expect(host.dir).toBe(language === 'ar' ? 'rtl' : 'ltr');
});
