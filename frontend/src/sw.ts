/**
 * The service worker of the app for the field: one file, without imports. It keeps the code of the app and the page around
 * it, and hands out what is kept of blank forms. It keeps nothing else: no list, no history, nothing that was sent.
 */
export {};

interface Waiting extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Asked extends Waiting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  /** Put before this file when it is built: which files the app is made of, and a mark of their content. */
  readonly code: { readonly version: string; readonly files: readonly string[] };
  addEventListener(type: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void;
}

const worker = self as unknown as Worker;
const SHELL = '/app/';
const BESIDE = ['/app/manifest.webmanifest', '/app/icon.svg', '/app/icon-192.png'];
const CODE = `notebook-code-${worker.code.version}`;
const FORMS = 'notebook-forms';
const FORM = /^\/app\/forms\/[^/]+\/(form\.xml|media\/[^/]+)$/;

/** The page says where its script lies; the other files lie beside it. */
async function keep(): Promise<void> {
  const cache = await caches.open(CODE);
  const shell = await fetch(SHELL, { cache: 'reload', credentials: 'omit' });
  if (!shell.ok || shell.redirected) throw new Error('no shell');
  const text = await shell.clone().text();
  const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => new URL(address!.replaceAll('&amp;', '&'), worker.location.href));
  const own = named.filter(({ origin, pathname }) => origin === worker.location.origin && /\/built\/field\.[^/]*(?:js|css)$/.test(pathname));
  const script = own.find(({ pathname }) => pathname.endsWith('.js'));
  if (script === undefined) throw new Error('no script');
  const rest = worker.code.files.filter((name) => !/^field\.(js|css)$/.test(name)).map((name) => new URL(name, script));
  await cache.put(SHELL, shell);
  await cache.addAll([...own, ...rest].map((address) => new Request(address, { cache: 'no-cache' })));
  await Promise.all(BESIDE.map((address) => cache.add(address).catch(() => undefined)));
}

/** Code of before goes; forms stay, they are of no version of the code. */
async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith('notebook-code-') && name !== CODE) await caches.delete(name);
  }
  await worker.clients.claim();
}

async function from(name: string, request: Request | string): Promise<Response> {
  const kept = await (await caches.open(name)).match(request);
  return kept ?? fetch(request);
}

worker.addEventListener('install', (event) => event.waitUntil(keep()));
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    if (address.pathname === SHELL) event.respondWith(from(CODE, SHELL));
  } else if (FORM.test(address.pathname)) event.respondWith(from(FORMS, request));
  else if (BESIDE.includes(address.pathname) || address.pathname.includes('/built/')) event.respondWith(from(CODE, request));
});
