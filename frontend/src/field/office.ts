import { isJson, SignedOut } from '../config.ts';
import type { Problem } from '../send.ts';
import type { Device } from './meta.ts';
import type { History, Payload, Registering } from './payload.ts';

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

async function ask<T>(address: string, options: RequestInit = {}): Promise<T> {
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

export function session(): Promise<Session> {
  return ask('/app/session.json');
}

/** This browser becomes a device of its own, with a token that may send and nothing else. */
export async function enrol(csrf: string, label: string): Promise<Device> {
  const body = JSON.stringify({ label });
  const headers = { 'X-CSRFToken': csrf, 'Content-Type': 'application/json' };
  const { device, token } = await ask<{ device: string; token: string }>('/app/devices', { method: 'POST', body, headers });
  return { id: device, token };
}

export function caseload(): Promise<Payload> {
  return ask('/app/field.json');
}

export function registering(): Promise<Registering> {
  return ask('/app/register.json');
}

export function history(code: string): Promise<History> {
  return ask(`/app/children/${encodeURIComponent(code)}/history.json`);
}
