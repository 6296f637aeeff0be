import type { Engine } from '../engine/form.ts';
import { Changes } from '../engine/changes.ts';
import { h, replace } from '../dom.ts';
import type { Problem } from '../send.ts';
import { dropCaseload, dropOldHistory, keepPayload, keptChildren, keptFrame } from './caseload.ts';
import type { Database } from './database.ts';
import { idOf, keptDrafts, type KeptDraft } from './drafts.ts';
import type { Kept } from './forms.ts';
import { Lock } from './lock.ts';
import { isExpired, readMeta, renewed, writeMeta } from './meta.ts';
import { caseload, enrol, session } from './office.ts';
import { sealDrafts } from './opening.ts';
import type { FieldChild, FieldForm, Frame } from './payload.ts';
import { waiting } from './queue.ts';
import { Sender, type Reach, type Told } from './sending.ts';
import { Vault } from './vault.ts';
import { FieldSpeech, type FieldWord } from './words/index.ts';

export type Screen = (notebook: Notebook) => HTMLElement;

/** Something open that has to be put away before another screen is shown: an interview. */
export interface Open {
  save(): Promise<void>;
  close(): Promise<void>;
}

export interface Screens {
  readonly setup: Screen;
  readonly unlock: Screen;
  readonly pin: Screen;
  readonly today: Screen;
}

export interface Stand {
  readonly left: number;
  readonly refused: number;
  readonly sent: number;
  readonly reached: boolean | null;
}

export interface Means {
  readonly engine: () => Promise<Engine>;
  readonly kept: Kept;
  readonly keepForms: (forms: readonly FieldForm[], begun: readonly FieldForm[]) => Promise<FieldForm[]>;
  /** It would open without network too. */
  readonly codeIsKept: () => Promise<boolean>;
  readonly whenKept: () => Promise<void>;
  readonly screens: Screens;
}

const OFTEN = 300_000; // milliseconds between two hellos that nobody asked for
const IDLE = 5; // minutes, until the office has said how many

/** The app: what is open, what is known, and which screen stands. Screens ask it and it asks nobody else. */
export class Notebook {
  readonly vault: Vault;
  readonly sender: Sender;
  readonly lock: Lock;
  speech: FieldSpeech;
  frame: Frame | null = null;
  children: readonly FieldChild[] = [];
  drafts: ReadonlyMap<string, KeptDraft> = new Map();
  missing: readonly FieldForm[] = [];
  whole = true;
  /** Said once above the list. */
  news: readonly FieldWord[] = [];
  /** In the words of the server, since the app was opened. */
  problems: readonly Problem[] = [];
  stand: Stand = { left: 0, refused: 0, sent: 0, reached: null };
  onStand: (() => void) | null = null;
  #open: Open | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly host: HTMLElement,
    readonly database: Database,
    readonly means: Means,
    language: string,
  ) {
    this.speech = new FieldSpeech(language);
    this.vault = new Vault(database);
    this.sender = new Sender(database, (told) => this.#told(told));
    this.lock = new Lock({ minutes: () => this.frame?.idle_minutes ?? IDLE, lock: (soft) => void this.lockUp(soft), now: () => Date.now() });
  }

  async start(): Promise<void> {
    const language = await readMeta(this.database, 'language');
    if (language !== null) this.speech = new FieldSpeech(language);
    await this.count();
    this.show((await this.vault.exists()) ? this.means.screens.unlock : this.means.screens.setup);
    window.addEventListener('online', () => void this.sync('waiting'));
    document.addEventListener('visibilitychange', () => void (document.visibilityState === 'hidden' ? this.#open?.save() : this.sync()));
    window.addEventListener('pagehide', () => void this.#open?.save());
    void this.sync('waiting');
  }

  show(screen: Screen): void {
    this.onStand = null;
    const { code, direction } = this.speech;
    this.host.setAttribute('lang', code);
    this.host.setAttribute('dir', direction);
    document.documentElement.lang = code;
    document.documentElement.dir = direction;
    replace(this.host, h('main', { class: 'iv fd' }, screen(this)));
    window.scrollTo(0, 0);
    this.host.querySelector<HTMLElement>('h1')?.focus();
  }

  async speak(language: string): Promise<void> {
    this.speech = new FieldSpeech(language);
    await writeMeta(this.database, 'language', language);
  }

  // --- opening and closing ---------------------------------------------------------------------------------------

  /** Made ready at the office: a token to send with, a vault, the list and the forms. */
  async makeReady(passphrase: string, label: string): Promise<void> {
    const { csrf, language } = await session();
    await this.#sendOfBefore();
    await writeMeta(this.database, 'device', await enrol(csrf, label));
    for (const name of ['revoked', 'leaving', 'expired'] as const) await writeMeta(this.database, name, undefined);
    await this.vault.setUp(passphrase);
    await this.speak(language);
    await (navigator.storage as StorageManager | undefined)?.persist?.().catch(() => false);
    this.news = [];
    await this.fetchList();
    this.lock.start();
    await this.today();
  }

  /** What was sealed under another token goes in the name that it was sealed in, as long as that can still send. */
  async #sendOfBefore(): Promise<void> {
    if ((await readMeta(this.database, 'revoked')) === true || (await readMeta(this.database, 'device')) === null) return;
    await this.sync('waiting');
    const { reached, left, refused } = this.stand;
    if (reached === true && left > refused) throw new UnsentFirst();
  }

  async unlock(passphrase: string): Promise<void> {
    await this.vault.unlock(passphrase);
    const now = Date.now();
    if (await this.#ended()) return;
    if (await isExpired(this.database, now)) await this.#expire(now);
    await dropOldHistory(this.vault, now);
    this.lock.start();
    await this.today();
    void this.sync();
  }

  async lockUp(soft: boolean): Promise<void> {
    this.lock.stop();
    await this.#putAway();
    if (!soft) {
      this.lock.setPin(null);
      this.vault.lock();
      [this.frame, this.children, this.drafts, this.problems] = [null, [], new Map(), []];
    }
    this.show(soft ? this.means.screens.pin : this.means.screens.unlock);
  }

  reopen(): Promise<void> {
    this.lock.start();
    return this.today();
  }

  /** Too long without the server: what was begun is sealed, and who is cared for here is not on this phone any more. */
  async #expire(now: number): Promise<void> {
    await this.#sealDrafts(now);
    await dropCaseload(this.vault);
    this.news = ['expired'];
  }

  /** The server knows this phone no more. True when nothing is left to open. */
  async #ended(): Promise<boolean> {
    if ((await readMeta(this.database, 'revoked')) !== true) return false;
    await this.#sealDrafts(Date.now());
    await this.empty('revoked');
    return true;
  }

  async #sealDrafts(now: number): Promise<void> {
    if ((await keptDrafts(this.vault)).length === 0) return;
    await sealDrafts(await this.means.engine(), this.vault, this.means.kept, () => new Changes(), now);
    await this.count();
  }

  /** Keys, list and drafts go. What is sealed stays until it is sent, and the token with it. */
  async empty(news: FieldWord | null = null): Promise<void> {
    this.lock.stop();
    this.lock.setPin(null);
    await this.#putAway();
    await this.vault.destroy();
    await writeMeta(this.database, 'leaving', true);
    [this.frame, this.children, this.drafts, this.missing, this.problems] = [null, [], new Map(), [], []];
    this.news = news === null ? [] : [news];
    await this.count();
    this.show(this.means.screens.setup);
  }

  // --- the list --------------------------------------------------------------------------------------------------

  async fetchList(): Promise<void> {
    const payload = await caseload();
    if (this.frame !== null && this.frame.person !== payload.person) throw new OtherPerson();
    await keepPayload(this.vault, payload);
    await renewed(this.database, Date.parse(payload.server_time), Date.now());
    this.news = this.news.filter((word) => word !== 'expired');
    await this.#load();
    const begun = [...this.drafts.values()].map(({ draft }) => draft.form);
    this.missing = await this.means.keepForms(payload.forms, begun);
  }

  async #load(): Promise<void> {
    this.frame = await keptFrame(this.vault);
    this.children = await keptChildren(this.vault);
    this.drafts = new Map((await keptDrafts(this.vault)).map((each) => [idOf(each.draft), each]));
  }

  async today(): Promise<void> {
    await this.#putAway();
    if (await this.#ended()) return;
    await this.#load();
    await this.count();
    this.whole = await this.means.codeIsKept();
    this.show(this.means.screens.today);
  }

  hold(open: Open): void {
    this.#open = open;
  }

  async #putAway(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.close();
  }

  // --- sending ---------------------------------------------------------------------------------------------------

  async count(): Promise<void> {
    const rows = await waiting(this.database);
    this.stand = { ...this.stand, left: rows.length, refused: rows.filter(({ state }) => state === 'refused').length };
    this.onStand?.();
  }

  async sync(reach: Reach = 'due'): Promise<void> {
    if (reach === 'everything') this.problems = [];
    const round = await this.sender.round(reach);
    const before = await readMeta(this.database, 'contact');
    const fresh = before !== null && Math.abs(Date.now() - before.device) < OFTEN;
    const reached = (fresh && reach === 'due') || (await this.sender.contact());
    if (round.left === 0 && (await readMeta(this.database, 'leaving')) === true) await writeMeta(this.database, 'device', undefined);
    this.stand = { ...this.stand, sent: round.sent, reached: reach !== 'due' || round.sent > 0 ? reached : this.stand.reached };
    await this.count();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = round.next === null ? null : setTimeout(() => void this.sync(), Math.max(1000, round.next - Date.now()));
  }

  #told(told: Told): void {
    if (told.kind === 'refused') this.problems = [...this.problems, ...told.problems];
    if (told.kind === 'twice') this.news = [...new Set<FieldWord>([...this.news, 'twice'])];
    if (told.kind === 'unknown') {
      this.news = [...new Set<FieldWord>([...this.news, 'unknownPhone'])];
      // Also while the vault is closed: this needs no key.
      void readMeta(this.database, 'revoked').then((wipe) => (wipe === true ? dropCaseload(this.vault) : undefined));
    }
    this.onStand?.();
  }
}

/** Somebody else is signed in at the office than the one whose phone this is. */
export class OtherPerson extends Error {}

/** Something sealed waits here that its own token could send. */
export class UnsentFirst extends Error {}
