import { isJson, SignedOut } from '../config.ts';
import type { Problem } from '../send.ts';
import { OtherPerson } from './means.ts';
import type { Device } from './meta.ts';
import type { Frame, History, Payload, Registering } from './payload.ts';
import type { FieldWord } from './words/index.ts';

/** Where a list comes from, and with which right: in this the two kinds of the app differ. */
export interface Office {
  readonly kind: 'caseload' | 'monitor';
  /** Said in other words than elsewhere. */
  readonly words: Readonly<Partial<Record<FieldWord, FieldWord>>>;
  /** For whom this phone may be made ready now. */
  whose(): Promise<Session>;
  /** This browser becomes a device of its own, once `before` is done. */
  begin(label: string, before: () => Promise<void>): Promise<{ readonly device: Device; readonly language: string }>;
  /** `before`: what is kept of the list before. */
  list(before: Frame | null): Promise<Payload>;
  /** A blank form, or a file of one. */
  file(address: string): Promise<Response>;
}

/** What is asked of the server where there is network and somebody is signed in. */
export interface Session {
  readonly person: string;
  readonly csrf: string;
  readonly language: string;
  readonly may: boolean;
}

/** The server said no, in its own words. */
export class Refused extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ message, action }) => `${message} ${action}`.trim()).join(' '));
  }
}

/** It was not reached, or something on the way answered in its place. */
export class NotReached extends Error {}

export async function ask<T>(address: string, options: RequestInit = {}): Promise<T> {
  const headers = { Accept: 'application/json', ...(options.headers as Record<string, string> | undefined) };
  const response = await fetch(address, { credentials: 'same-origin', cache: 'no-store', ...options, headers }).catch(() => {
    throw new NotReached();
  });
  if (response.redirected) throw new SignedOut();
  if (!isJson(response)) throw new NotReached();
  if (response.status === 401) throw new SignedOut();
  const said = (await response.json()) as T & { readonly problems?: readonly Partial<Problem>[] };
  if (response.ok) return said;
  throw new Refused((said.problems ?? []).map(({ message = '', action = '' }) => ({ message, action })));
}

/** Of a case worker, who signs in at the office. */
export class Caseload implements Office {
  readonly kind = 'caseload';
  readonly words = {};

  whose(): Promise<Session> {
    return ask('/app/session.json');
  }

  /** With a token that may send and nothing else. */
  async begin(label: string, before: () => Promise<void>): Promise<{ device: Device; language: string }> {
    const { csrf, language } = await this.whose();
    await before();
    const headers = { 'X-CSRFToken': csrf, 'Content-Type': 'application/json' };
    const { device, token } = await ask<{ device: string; token: string }>('/app/devices', { method: 'POST', body: JSON.stringify({ label }), headers });
    return { device: { id: device, token }, language };
  }

  async list(before: Frame | null): Promise<Payload> {
    const payload = await ask<Payload>('/app/field.json');
    if (before !== null && before.person !== payload.person) throw new OtherPerson();
    const form = await ask<Registering>('/app/register.json').catch(() => before?.registering);
    return { ...payload, ...(form === undefined ? {} : { registering: form }) };
  }

  file(address: string): Promise<Response> {
    return fetch(address, { credentials: 'same-origin' });
  }
}

export function history(code: string): Promise<History> {
  return ask(`/app/children/${encodeURIComponent(code)}/history.json`);
}
