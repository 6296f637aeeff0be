import { fileName, Media } from '../engine/media.ts';
import type { Beginning } from './drafts.ts';
import type { FieldForm } from './payload.ts';

/** Blank forms with their pictures and sounds: the same for everybody, so they lie in the browser's cache. */
export const CACHE = 'notebook-forms';
export const CASELOAD = 'children.csv';

/** With the right that this phone has. */
export type Get = (address: string) => Promise<Response>;

const signedIn: Get = (address) => fetch(address, { credentials: 'same-origin' });

export interface Kept {
  match(address: string): Promise<Response | undefined>;
}

function addressesOf(form: FieldForm): string[] {
  return [form.url, ...form.media.map(({ url }) => url)];
}

/** Fetches what is missing, and lets go of what no form of now needs. The forms that could not be fetched. */
export async function keepForms(forms: readonly FieldForm[], begun: readonly FieldForm[], storage: CacheStorage = caches, get: Get = signedIn): Promise<FieldForm[]> {
  const cache = await storage.open(CACHE);
  const wanted = new Set([...forms, ...begun].flatMap(addressesOf).map((address) => new URL(address, location.href).href));
  for (const request of await cache.keys()) {
    if (!wanted.has(request.url)) await cache.delete(request);
  }
  const missing: FieldForm[] = [];
  for (const form of forms) {
    const kept = await Promise.all(addressesOf(form).map((address) => keepOne(cache, address, get)));
    if (kept.includes(false)) missing.push(form);
  }
  return missing;
}

async function keepOne(cache: Cache, address: string, get: Get): Promise<boolean> {
  if ((await cache.match(address)) !== undefined) return true;
  const response = await get(address).catch(() => null);
  if (response === null || !response.ok || response.redirected) return false;
  await cache.put(address, response);
  return true;
}

/** Text of the form; null where it is neither kept nor to be had. */
export async function formText(form: FieldForm, kept: Kept): Promise<string | null> {
  const found = (await kept.match(form.url)) ?? (await fetch(form.url, { credentials: 'same-origin' }).catch(() => undefined));
  return found?.ok === true && !found.redirected ? found.text() : null;
}

/** Files of one form, out of what is kept; the list of children holds the one child who is asked. */
export class KeptMedia extends Media {
  readonly #begun: Beginning;
  readonly #kept: Kept;
  readonly #urls: Readonly<Record<string, string>>;
  readonly #made: readonly string[];

  private constructor(begun: Beginning, kept: Kept, made: Readonly<Record<string, string>>) {
    super(made);
    this.#begun = begun;
    this.#kept = kept;
    this.#urls = Object.fromEntries(begun.form.media.map(({ name, url }) => [name, url]));
    this.#made = Object.values(made);
  }

  static async of(begun: Beginning, kept: Kept): Promise<KeptMedia> {
    const made: Record<string, string> = {};
    for (const { name, url } of begun.form.media) {
      const found = await kept.match(url);
      if (found !== undefined && name !== CASELOAD) made[name] = URL.createObjectURL(await found.blob());
    }
    return new KeptMedia(begun, kept, made);
  }

  override async fetch(resource: URL): Promise<Response> {
    const name = fileName(String(resource));
    if (name === CASELOAD) return new Response(listOfOne(this.#begun), { headers: { 'Content-Type': 'text/csv' } });
    const url = this.#urls[name];
    return (url === undefined ? undefined : await this.#kept.match(url)) ?? new Response('', { status: 404 });
  }

  release(): void {
    for (const address of this.#made) URL.revokeObjectURL(address);
  }
}

function listOfOne({ child }: Beginning): string {
  if (child === null) return 'name,label,initials,age_band\n';
  const cells = [child.code, child.label, child.initials, child.age_band].map((text) => `"${text.replaceAll('"', '""')}"`);
  return `name,label,initials,age_band\n${cells.join(',')}\n`;
}
