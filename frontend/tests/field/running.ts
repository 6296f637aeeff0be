/** The app in a page of its own, with a server that answers from memory. */
import 'fake-indexeddb/auto';
import * as engine from '@getodk/xforms-engine';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { write, type Database } from '../../src/field/database.ts';
import { Notebook } from '../../src/field/notebook.ts';
import type { Payload } from '../../src/field/payload.ts';
import { back } from '../../src/field/screens/handing.ts';
import { pair as pairScreen } from '../../src/field/screens/pair.ts';
import { setup } from '../../src/field/screens/setup.ts';
import { today } from '../../src/field/screens/today.ts';
import { pin, unlock } from '../../src/field/screens/unlock.ts';
import { toBase64 } from '../../src/seal/bytes.ts';
import { FORMS } from '../forms.ts';
import { intakePair } from './opening.ts';
import { CODE, payload, REGISTERING } from './stand.ts';

export const HOUR = 3_600_000;
export const pair = await intakePair();
export const PHRASE = 'six grey owls sit here now';

interface Server {
  /** What is different in the list. */
  list: Partial<Payload>;
  signedIn: boolean;
  reached: boolean;
  known: boolean;
  person: string;
  readonly sealed: Uint8Array<ArrayBuffer>[];
  readonly asked: string[];
}

export let server: Server;
export let host: HTMLElement;
export const code: { whole: boolean; becameWhole: Promise<void> } = { whole: true, becameWhole: new Promise(() => undefined) };
export const books: Notebook[] = [];

export const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });

export function answers(address: string, options: RequestInit): Response {
  const office = (body: unknown, status = 200): Response => (server.signedIn ? json(status, body) : json(401, { problems: [] }));
  const field = (body: unknown, status = 200): Response => (server.known ? json(status, body) : json(401, { wipe: true, problems: [] }));
  switch (address) {
    case '/app/session.json':
      return office({ person: server.person, csrf: 'c', language: 'en', may: true });
    case '/app/devices':
      return office({ device: 'd', token: 'the-token', expires_at: '' }, 201);
    case '/app/field.json':
      return office(payload(toBase64(pair.publicKey), { person: server.person, server_time: new Date().toISOString(), ...server.list }));
    case '/app/register.json':
      return office(REGISTERING);
    case `/app/children/${CODE}/history.json`:
      return office({ visits: [{ on: '2026-10-01', way: 'home', actions: [] }], scores: [], next_due: null });
    case '/app/contact':
      return field({ server_time: new Date().toISOString(), known: true });
    case '/app/sealed':
      if (server.known) server.sealed.push(options.body as Uint8Array<ArrayBuffer>);
      return field({ status: 'stored', problems: [] }, 201);
    default:
      return json(404, { problems: [] });
  }
}

beforeEach(() => {
  server = { list: {}, signedIn: true, reached: true, known: true, person: 'Ada', sealed: [], asked: [] };
  host = document.createElement('div');
  document.body.replaceChildren(host);
  vi.stubGlobal('scrollTo', () => undefined);
  vi.stubGlobal('fetch', async (address: string, options: RequestInit = {}) => {
    server.asked.push(address);
    if (!server.reached) throw new TypeError('network');
    return answers(address, options);
  });
});

afterEach(async () => {
  for (const book of books.splice(0)) {
    book.lock.stop();
    book.vault.lock();
    await write(book.database, [], [{ store: 'queue', prefix: '' }]); // it sends by itself, later
  }
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const means = {
  engine: () => Promise.resolve(engine), codeIsKept: () => Promise.resolve(code.whole), whenKept: () => code.becameWhole, screens: { setup, unlock, pin, today, pair: pairScreen, back }, keepForms: () => Promise.resolve([]),
  kept: { match: (address: string) => Promise.resolve(address.includes('form.xml') ? new Response(FORMS.start) : undefined) },
};

/** The app as it starts: nothing is left of an earlier run but the database. */
export async function opens(place: Database, code = ''): Promise<Notebook> {
  host.replaceChildren();
  const book = new Notebook(host, place, means, 'en');
  books.push(book);
  await book.start(code);
  return book;
}

/** A busy machine takes its time for a passphrase. */
export const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 10_000 });
export const text = (): string => host.textContent ?? '';
export const press = (selector: string): void => host.querySelector<HTMLElement>(selector)!.click();
export const pressed = (words: string): void => [...host.querySelectorAll<HTMLElement>('button')].find((each) => each.textContent === words)!.click();
export const seen = (words: string): Promise<void> => until(() => expect(text()).toContain(words));
export const fill = (...values: string[]): void => {
  const inputs = host.querySelectorAll<HTMLInputElement>('.fd-form input');
  values.forEach((value, at) => (inputs[at]!.value = value));
  host.querySelector<HTMLFormElement>('.fd-form')!.requestSubmit();
};

export async function ready(place: Database): Promise<Notebook> {
  const book = await opens(place);
  await seen('Six words');
  fill(PHRASE, PHRASE, 'Phone 1');
  await seen('Today');
  return book;
}

/** Up to the last question but one. */
export async function halfway(): Promise<void> {
  press('.fd-row');
  await until(() => expect(host.querySelector('[data-form]')).not.toBeNull());
  press('[data-form]');
  await someAnswers();
}

/** From the first screen of the form. */
export async function someAnswers(): Promise<void> {
  await until(() => expect(host.querySelector('.iv-next')).not.toBeNull());
  press('.iv-next');
  press('input[value=yes]');
  press('.iv-next');
  press('.iv-skip');
}

export function toTheEnd(): void {
  press('.iv-next');
  press('input[value=no]');
  press('.iv-next');
}

