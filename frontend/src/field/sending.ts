import { isJson } from '../config.ts';
import type { Problem } from '../send.ts';
import type { Database } from './database.ts';
import { heard, readMeta, writeMeta } from './meta.ts';
import { change, letterOf, pause, taken, waiting, type Sealed } from './queue.ts';

export type Told =
  | { readonly kind: 'taken' | 'twice'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly problems: readonly Problem[] }
  | { readonly kind: 'unknown' }; // the server knows this device no more, or its time is over

/** Where it stands after one round. */
export interface Round {
  readonly sent: number;
  readonly left: number;
  /** When the next try is due by itself; null when nothing waits for one. */
  readonly next: number | null;
}

export interface World {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly chance: () => number;
  /** How long an answer may take, in milliseconds. */
  readonly patience: number;
}

export const THIS_WORLD: World = { fetch: (...asked) => fetch(...asked), now: () => Date.now(), chance: () => Math.random(), patience: 120_000 };

type Step = 'taken' | 'kept' | 'stop';

/** What a round takes on: what is due; all that waits, as the network is back; or also what was refused, as somebody asks. */
export type Reach = 'due' | 'waiting' | 'everything';

interface Answer {
  readonly status?: string;
  readonly server_time?: string;
  readonly wipe?: boolean;
  readonly problems?: readonly (Partial<Problem> & { readonly code?: string })[];
}

/** Sends what is sealed, one at a time, the oldest first. Needs no session and no passphrase: the token may do only this. */
export class Sender {
  #running: Promise<Round> | null = null;

  constructor(
    readonly database: Database,
    readonly tell: (told: Told) => void,
    readonly world: World = THIS_WORLD,
  ) {}

  /** Never two rounds at once. */
  round(reach: Reach = 'due'): Promise<Round> {
    this.#running ??= this.#alone(reach).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Another tab of this app sends the same: one after the other. */
  #alone(reach: Reach): Promise<Round> {
    const locks = (navigator as { locks?: LockManager }).locks;
    if (locks === undefined) return this.#round(reach);
    return locks.request('notebook-send', () => this.#round(reach)) as unknown as Promise<Round>;
  }

  async #round(reach: Reach): Promise<Round> {
    const device = await readMeta(this.database, 'device');
    let sent = 0;
    for (const row of device === null ? [] : await waiting(this.database)) {
      const due = row.state === 'waiting' && (reach !== 'due' || row.next_at <= this.world.now());
      if (!due && reach !== 'everything') continue;
      const step = await this.#send(row, device!.token);
      if (step === 'taken') sent += 1;
      if (step === 'stop') break;
    }
    return this.#stand(sent, device !== null);
  }

  async #stand(sent: number, possible: boolean): Promise<Round> {
    const rows = await waiting(this.database);
    const times = rows.filter(({ state }) => state === 'waiting').map((row) => row.next_at);
    return { sent, left: rows.length, next: times.length > 0 && possible ? Math.min(...times) : null };
  }

  async #send(row: Sealed, token: string): Promise<Step> {
    let response: Response;
    let answer: Answer | null;
    try {
      response = await this.#post('/app/sealed', token, letterOf(row), 'application/octet-stream');
      answer = await read(response);
    } catch {
      await this.#later(row);
      return 'stop'; // no network: the others would not arrive either
    }
    return this.#settle(row, response.status, answer);
  }

  async #settle(row: Sealed, status: number, answer: Answer | null): Promise<Step> {
    // A page of some network on the way is no answer of ours, whatever it says: nothing is let go for it.
    if ((status === 201 || status === 202) && answer?.status !== undefined && answer.status !== 'refused') return this.#gone(row, 'taken');
    if (status === 409 && answer !== null && codeOf(answer).startsWith('submission.')) return this.#gone(row, 'twice');
    if (status === 401 && answer !== null) {
      await this.#unknown(answer);
      return 'stop';
    }
    const refused = status === 413 || (answer !== null && [400, 403, 404, 409].includes(status));
    if (!refused) {
      await this.#later(row);
      return 'kept';
    }
    await change(this.database, row, { state: 'refused', code: codeOf(answer) || String(status), tries: row.tries + 1 });
    this.tell({ kind: 'refused', id: row.id, problems: (answer?.problems ?? []).map(({ message = '', action = '' }) => ({ message, action })) });
    return 'kept';
  }

  async #gone(row: Sealed, kind: 'taken' | 'twice'): Promise<Step> {
    await taken(this.database, row);
    this.tell({ kind, id: row.id });
    return 'taken';
  }

  #later(row: Sealed): Promise<void> {
    const tries = row.tries + 1;
    return change(this.database, row, { state: 'waiting', tries, next_at: this.world.now() + pause(tries, this.world.chance()) });
  }

  async #unknown(answer: Answer): Promise<void> {
    if (answer.wipe === true) await writeMeta(this.database, 'revoked', true);
    this.tell({ kind: 'unknown' });
  }

  /** Says hello. False where the server was not reached. */
  async contact(): Promise<boolean> {
    const device = await readMeta(this.database, 'device');
    if (device === null) return false;
    try {
      const response = await this.#post('/app/contact', device.token, '{}', 'application/json');
      const answer = await read(response);
      if (answer === null) return false;
      if (response.status === 401) await this.#unknown(answer);
      const time = Date.parse(answer.server_time ?? '');
      if (response.status === 200 && !Number.isNaN(time)) await heard(this.database, time, this.world.now());
      return response.status === 200;
    } catch {
      return false;
    }
  }

  #post(address: string, token: string, body: BodyInit, type: string): Promise<Response> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), this.world.patience);
    return this.world.fetch(address, {
      method: 'POST', body, credentials: 'omit', cache: 'no-store', redirect: 'error', signal: patience.signal,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type, Accept: 'application/json' },
    }).finally(() => clearTimeout(timer));
  }
}

/** Null for what is no answer of our server. */
async function read(response: Response): Promise<Answer | null> {
  if (!isJson(response)) return null;
  const text = await response.text();
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' && said !== null ? said : null;
  } catch {
    return null;
  }
}

function codeOf(answer: Answer | null): string {
  return answer?.problems?.[0]?.code ?? '';
}
