import type { RootNode } from '@getodk/xforms-engine';
import { fetchConfig, isJson, type Config } from './config.ts';
import type { Told } from './told.ts';

export interface Problem {
  readonly message: string;
  readonly action: string;
}

export interface Success {
  readonly kind: 'stored' | 'waiting';
  readonly message: string;
  readonly nextUrl: string | null;
}

/** The answers are still in memory, whatever happened. */
export type Failure =
  | { readonly kind: 'refused'; readonly message: string; readonly problems: readonly Problem[]; readonly signIn: boolean }
  | { readonly kind: 'offline' | 'signedOut' | 'serverTrouble' };

export type Outcome = Success | Failure;

export function succeeded(outcome: Outcome): outcome is Success {
  return outcome.kind === 'stored' || outcome.kind === 'waiting';
}

interface Answer {
  readonly status?: string;
  readonly message?: string;
  readonly next_url?: string;
  readonly problems?: readonly Partial<Problem>[];
}

/** Send the interview as OpenRosa clients do, with what was told beside it, be that something or nothing. Its instance id stays the same, so sending twice is safe. */
export async function send(root: RootNode, address: string, token: string, told: Told): Promise<Outcome> {
  const payload = await root.prepareInstancePayload({ payloadType: 'monolithic' });
  await told.goWith(payload.data[0]);
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      body: payload.data[0],
      credentials: 'same-origin',
      headers: { 'X-CSRFToken': token, Accept: 'application/json' },
    });
  } catch {
    return { kind: 'offline' };
  }
  return read(response);
}

/** Where a page of the server sends its interview. */
export class Post {
  constructor(
    private readonly address: string,
    private config: Config,
  ) {}

  async send(root: RootNode, told: Told, again: boolean): Promise<Outcome> {
    if (again) await this.#renewToken();
    return send(root, this.config.submit_url, this.config.csrf_token, told);
  }

  /** Signing in again changes the token of the session; the answers stay where they are. */
  async #renewToken(): Promise<void> {
    try {
      this.config = { ...this.config, csrf_token: (await fetchConfig(this.address)).csrf_token };
    } catch {
      // Still no session or no network: sending will say which.
    }
  }
}

async function read(response: Response): Promise<Outcome> {
  if (!isJson(response)) {
    const signedOut = response.redirected || response.status === 401 || response.status === 403;
    return { kind: signedOut ? 'signedOut' : 'serverTrouble' };
  }
  const answer = (await response.json()) as Answer;
  const message = answer.message ?? '';
  if (response.status === 201 || response.status === 202) {
    return { kind: response.status === 201 ? 'stored' : 'waiting', message, nextUrl: answer.next_url ?? null };
  }
  if (response.status === 401) return { kind: 'signedOut' };
  const problems = (answer.problems ?? []).map(({ message = '', action = '' }) => ({ message, action }));
  return { kind: 'refused', message, problems, signIn: response.status === 403 };
}
