/** Pictures, sounds and lists of a form, found by file name among what the page offers, and nowhere else. */
export class Media {
  readonly #addresses: Readonly<Record<string, string>>;

  constructor(addresses: Readonly<Record<string, string>>) {
    this.#addresses = addresses;
  }

  addressOf(resource: URL | string | undefined): string | null {
    if (resource === undefined) return null;
    const name = fileName(String(resource));
    return Object.hasOwn(this.#addresses, name) ? (this.#addresses[name] ?? null) : null;
  }

  /** The form brings sounds with it. */
  get sounds(): boolean {
    return Object.keys(this.#addresses).some((name) => /\.(mp3|m4a|aac|ogg|oga|opus|wav|webm)$/i.test(name));
  }

  async fetch(resource: URL): Promise<Response> {
    const address = this.addressOf(resource);
    if (address === null) return new Response('', { status: 404 });
    return fetch(address, { credentials: 'same-origin' });
  }
}

/** `jr://file-csv/children.csv` -> `children.csv` */
export function fileName(resource: string): string {
  const name = resource.replace(/[?#].*$/, '').split('/').pop() ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
