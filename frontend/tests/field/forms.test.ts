import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { formText, keepForms, KeptMedia } from '../../src/field/forms.ts';
import { begin } from '../../src/field/opening.ts';
import { formsFor } from '../../src/field/payload.ts';
import { CHILD, payload, START } from './stand.ts';

const PICTURE = { name: 'house.svg', url: '/app/forms/a/media/house.svg?v=1', sha256: '', size: 1 };
const WITH = { ...START, id: 'a', url: '/app/forms/a/form.xml?v=1', media: [PICTURE] };

let kept: Map<string, Response>;
let asked: string[];
let storage: CacheStorage;

const absolute = (address: string): string => new URL(address, location.href).href;

beforeEach(() => {
  kept = new Map();
  asked = [];
  const cache = {
    match: (address: string) => Promise.resolve(kept.get(absolute(address))),
    put: (address: string, answer: Response) => Promise.resolve(kept.set(absolute(address), answer)),
    keys: () => Promise.resolve([...kept.keys()].map((url) => ({ url }))),
    delete: ({ url }: { url: string }) => Promise.resolve(kept.delete(url)),
  };
  storage = { open: () => Promise.resolve(cache) } as unknown as CacheStorage;
  vi.stubGlobal('fetch', async (address: string) => {
    asked.push(address);
    return new Response(address);
  });
  URL.createObjectURL = () => 'blob:picture';
  URL.revokeObjectURL = vi.fn();
});

afterEach(() => vi.unstubAllGlobals());

test('forms and their files are fetched once, and those that nothing needs any more go', async () => {
  expect(await keepForms([START, WITH], [], storage)).toEqual([]);
  expect(asked).toEqual([START.url, WITH.url, PICTURE.url]);
  const newer = { ...START, url: START.url.replace('v=1', 'v=2') };
  await keepForms([newer], [WITH], storage);
  expect(asked.slice(3)).toEqual([newer.url]);
  expect([...kept.keys()].sort()).toEqual([WITH.url, PICTURE.url, newer.url].map(absolute).sort());
});

test('the version that a draft was begun with stays beside the new one', async () => {
  await keepForms([START], [], storage);
  const newer = { ...START, url: START.url.replace('v=1', 'v=2') };
  await keepForms([newer], [START], storage);
  expect(kept.size).toBe(2);
});

test('what could not be fetched is named; a page to sign in is no form', async () => {
  vi.stubGlobal('fetch', async (address: string) => (address === PICTURE.url ? new Response('', { status: 404 }) : new Response('x')));
  expect(await keepForms([START, WITH], [], storage)).toEqual([WITH]);
  const moved = new Response('<p>Sign in</p>');
  Object.defineProperty(moved, 'redirected', { value: true });
  vi.stubGlobal('fetch', async () => moved);
  kept.clear();
  expect(await keepForms([START], [], storage)).toEqual([START]);
  expect(kept.size).toBe(0);
  expect(await formText(START, { match: () => Promise.resolve(undefined) })).toBeNull();
});

test('pictures come out of what is kept, and the list holds the one child who is asked', async () => {
  const shelf = { match: (address: string) => Promise.resolve(address === PICTURE.url ? new Response('<svg/>') : undefined) };
  const media = await KeptMedia.of(begin(payload(), WITH, CHILD), shelf);
  expect(media.addressOf('jr://images/house.svg')).toBe('blob:picture');
  expect(media.addressOf('jr://images/other.svg')).toBeNull();
  const list = await (await media.fetch(new URL('jr://file-csv/children.csv'))).text();
  expect(list).toBe(`name,label,initials,age_band\n"${CHILD.code}","${CHILD.label}","AB","12-14"\n`);
  expect((await media.fetch(new URL('jr://file-csv/other.csv'))).status).toBe(404);
  media.release();
  expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:picture');
});

test('forms that are due stand first, and none for another age or a group', () => {
  const other = { ...START, id: 'b' };
  const older = { ...START, id: 'c', bands: ['15-17'] };
  const group = { ...START, id: 'd', subject: 'group' };
  const due = { ...CHILD, due: [{ ...CHILD.due[0]!, forms: ['a'] }] };
  expect(formsFor(due, [other, older, group, WITH]).map(({ id }) => id)).toEqual(['a', 'b']);
});
