import { SignedOut } from '../config.ts';
import { freshToken } from './code.ts';
import type { Database } from './database.ts';
import { NoCode, Unknown } from './means.ts';
import { readMeta, writeMeta, type Device } from './meta.ts';
import { ask, NotReached, Refused, type Office, type Session } from './office.ts';
import type { Due, FieldChild, Frame, Payload } from './payload.ts';

/** All that the phone of a community monitor is told of a child. */
interface Listed {
  readonly code: string;
  readonly initials: string;
  readonly due: string | null;
}

interface Told extends Omit<Frame, 'person' | 'organisation' | 'language' | 'newcomers' | 'registering'> {
  readonly children: readonly Listed[];
}

/** Of a community monitor: a code that a colleague has shown, and from then on a token of its own. Nobody signs in. */
export class Monitor implements Office {
  readonly kind = 'monitor';
  readonly words = { setupText: 'monitorSetup', expired: 'monitorExpired', revoked: 'monitorRevoked', noList: 'monitorNoList', beginTitle: 'observeTitle', noForm: 'monitorNoForm' } as const;

  readonly #database: Database;
  #code: string;

  /** `code`: none, where one was used here before. */
  constructor(database: Database, code = '') {
    [this.#database, this.#code] = [database, code];
  }

  async whose(): Promise<Session> {
    if (this.#code === '' && (await this.#ownDevice()) === null) throw new NoCode();
    return { person: '', csrf: '', language: '', may: true };
  }

  async begin(_label: string, before: () => Promise<void>): Promise<{ device: Device; language: string }> {
    await before();
    const device = this.#code === '' ? await this.#ownDevice() : await this.#exchanged();
    if (device === null) throw new NoCode();
    return { device, language: '' };
  }

  /** The own token is kept before the code is used up: where the answer is lost it is known all the same. */
  async #exchanged(): Promise<Device> {
    const begun = await readMeta(this.#database, 'code');
    const own = begun?.code === this.#code ? begun.token : freshToken();
    await writeMeta(this.#database, 'code', { code: this.#code, token: own });
    const body = JSON.stringify({ token: own });
    await this.#ask('/app/monitor/code', this.#code, { method: 'POST', body }).catch(async (error: unknown) => {
      if (!(error instanceof Unknown)) throw error;
      await this.#ask('/app/monitor.json', own).catch((other: unknown) => {
        throw other instanceof Unknown ? new NoCode() : other;
      });
    });
    await writeMeta(this.#database, 'device', { id: '', token: own, kind: 'monitor' });
    await writeMeta(this.#database, 'code', undefined);
    this.#code = '';
    return { id: '', token: own, kind: 'monitor' };
  }

  /** Made ready halfway, the code was used up: the phone goes on with what it has. Emptied or cut off it does not. */
  async #ownDevice(): Promise<Device | null> {
    const device = await readMeta(this.#database, 'device');
    const over = (await readMeta(this.#database, 'revoked')) === true || (await readMeta(this.#database, 'leaving')) === true;
    return over || device?.kind !== 'monitor' ? null : device;
  }

  async list(): Promise<Payload> {
    const token = await this.#token();
    const told = await this.#ask<Told>('/app/monitor.json', token).catch(async (error: unknown) => {
      if (error instanceof Unknown) await writeMeta(this.#database, 'revoked', true);
      throw error;
    });
    return payloadOf(told);
  }

  async file(address: string): Promise<Response> {
    return fetch(address, { credentials: 'omit', headers: { Authorization: `Bearer ${await this.#token()}` } });
  }

  async #token(): Promise<string> {
    return (await readMeta(this.#database, 'device'))?.token ?? '';
  }

  /** No words about signing in: there is nobody who could. */
  async #ask<T>(address: string, token: string, options: RequestInit = {}): Promise<T> {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    return ask<T>(address, { ...options, credentials: 'omit', redirect: 'error', headers }).catch((error: unknown) => {
      if (error instanceof SignedOut) throw new Unknown();
      throw error instanceof Refused && options.method === undefined ? new NotReached() : error;
    });
  }
}

/** As the screens know it. What a community monitor is not told is empty. */
export function payloadOf({ children, forms, ...frame }: Told): Payload {
  return {
    ...frame, person: '', organisation: '', language: '', newcomers: [],
    forms: forms.map((form) => ({ ...form, bands: [] })), // for everybody on this list
    children: children.map(childOf),
  };
}

const NO_CARD = { ways: null, safe_days: [], safe_parts: [], quiet: [] };

function childOf({ code, initials, due }: Listed): FieldChild {
  const label = [spaced(code), initials].filter((part) => part !== '').join(' · ');
  return { code, label, initials, age_band: '', language: '', due: due === null ? [] : [observation(due)], actions: [], bands: {}, may_begin: true, why_not: '', apart: null, card: NO_CARD };
}

function observation(day: string): Due {
  return { point: 'observation', from: day, on: day, to: day, state: 'day', forms: [], respondents: [], permission: [] };
}

/** As the server writes a code, with spaces that do not break. */
function spaced(code: string): string {
  return code.length === 9 ? [code.slice(0, 3), code.slice(3, 6), code.slice(6)].join('\u00a0') : code;
}
