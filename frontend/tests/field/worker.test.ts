import { afterEach, beforeEach, expect, test, vi } from 'vitest';

type Listener = (event: unknown) => void;

/** A browser's caches, as far as the worker asks for them. */
class Shelf {
  readonly kept = new Map<string, Response>();
  match = (asked: Request | string): Promise<Response | undefined> => Promise.resolve(this.kept.get(addressOf(asked)));
  put = (asked: Request | string, answer: Response): Promise<void> => Promise.resolve(void this.kept.set(addressOf(asked), answer));
  add = async (asked: Request | string): Promise<void> => this.put(asked, await fetch(asked));
  addAll = async (asked: (Request | string)[]): Promise<void> => void (await Promise.all(asked.map(this.add)));
}

const addressOf = (asked: Request | string): string => new URL(typeof asked === 'string' ? asked : asked.url, location.href).pathname;

let listeners: Record<string, Listener>;
let shelves: Map<string, Shelf>;
let network: ReturnType<typeof vi.fn>;

const SHELL = '<link rel="stylesheet" href="/static/built/field.css"><script type="module" src="/static/built/field.abc123abc123.js"></script>';

beforeEach(async () => {
  listeners = {};
  shelves = new Map([['notebook-code-old', new Shelf()], ['notebook-forms', new Shelf()]]);
  network = vi.fn((asked: Request | string) => Promise.resolve(new Response(addressOf(asked) === '/app/' ? SHELL : `network ${addressOf(asked)}`)));
  vi.stubGlobal('code', { version: 'new', files: ['assets/engine-1.js', 'field.css', 'field.js'] });
  vi.stubGlobal('clients', { claim: () => Promise.resolve() });
  vi.stubGlobal('fetch', network);
  vi.stubGlobal('caches', {
    keys: () => Promise.resolve([...shelves.keys()]),
    delete: (name: string) => Promise.resolve(shelves.delete(name)),
    open: (name: string) => {
      if (!shelves.has(name)) shelves.set(name, new Shelf());
      return Promise.resolve(shelves.get(name)!);
    },
  });
  vi.stubGlobal('Request', class {
    readonly url: string;
    constructor(asked: URL | string) {
      this.url = String(asked);
    }
  });
  vi.stubGlobal('addEventListener', (type: string, listener: Listener) => (listeners[type] = listener));
  vi.resetModules();
  await import('../../src/sw.ts');
});

afterEach(() => vi.unstubAllGlobals());

async function happens(type: string): Promise<void> {
  let done: Promise<unknown> = Promise.resolve();
  listeners[type]!({ waitUntil: (given: Promise<unknown>) => (done = given) });
  await done;
}

/** What it answers; null where it leaves the request alone. */
async function asked(path: string, options: { mode?: string; method?: string; origin?: string } = {}): Promise<string | null> {
  let answer: Promise<Response> | null = null;
  const request = { url: new URL(path, options.origin ?? location.href).href, method: options.method ?? 'GET', mode: options.mode ?? 'cors' };
  listeners['fetch']!({ request, respondWith: (given: Promise<Response>) => (answer = given) });
  return answer === null ? null : (await (answer as Promise<Response>)).clone().text();
}

test('it keeps the page, the code that the page names and the files of the app, and lets go of older code', async () => {
  await happens('install');
  await happens('activate');
  expect([...shelves.keys()].sort()).toEqual(['notebook-code-new', 'notebook-forms']);
  expect([...shelves.get('notebook-code-new')!.kept.keys()].sort()).toEqual([
    '/app/', '/app/icon-192.png', '/app/icon.svg', '/app/manifest.webmanifest', '/static/built/assets/engine-1.js', '/static/built/field.abc123abc123.js', '/static/built/field.css',
  ]);
});

test('without network the page and its code come out of what is kept', async () => {
  await happens('install');
  network.mockImplementation(() => Promise.reject(new TypeError('network')));
  expect(await asked('/app/', { mode: 'navigate' })).toBe(SHELL);
  expect(await asked('/static/built/assets/engine-1.js')).toBe('network /static/built/assets/engine-1.js');
});

test('blank forms come out of what the app has kept', async () => {
  await shelves.get('notebook-forms')!.put('/app/forms/a/form.xml', new Response('kept'));
  expect(await asked('/app/forms/a/form.xml?v=1')).toBe('kept');
  expect(await asked('/app/forms/a/media/house.svg?v=1')).toBe('network /app/forms/a/media/house.svg');
  expect([...shelves.get('notebook-forms')!.kept.keys()]).toEqual(['/app/forms/a/form.xml']);
});

test.each(['/app/field.json', '/app/session.json', '/app/children/482193067/history.json', '/app/devices', '/children/482193067'])(
  '%s is left to the network and never kept', async (path) => {
    await happens('install');
    expect(await asked(path)).toBeNull();
    expect(await asked(path, { mode: 'navigate' })).toBeNull();
    expect([...shelves.values()].flatMap(({ kept }) => [...kept.keys()])).not.toContain(path);
  });

test('what is sent, and what is asked of another site, is none of its business', async () => {
  expect(await asked('/app/sealed', { method: 'POST' })).toBeNull();
  expect(await asked('/app/', { method: 'POST', mode: 'navigate' })).toBeNull();
  expect(await asked('/app/forms/a/form.xml', { origin: 'https://elsewhere.example/' })).toBeNull();
});
