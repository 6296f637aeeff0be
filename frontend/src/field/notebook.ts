import type { Problem } from '../send.ts';
import { dropCaseload, dropOldHistory, keepPayload, keptChildren, keptFrame } from './caseload.ts';
import { Full, type Database } from './database.ts';
import { idOf, keptDrafts, type Beginning, type KeptDraft } from './drafts.ts';
import { Lock } from './lock.ts';
import { UnsentFirst, type Means, type Open, type Screen, type Stand } from './means.ts';
import { isExpired, readMeta, renewed, writeMeta } from './meta.ts';
import { Monitor } from './monitor.ts';
import { Caseload, type Office } from './office.ts';
import { dropNewcomers, keptNewcomers, type Newcomer } from './newcomers.ts';
import type { FieldChild, FieldForm, Frame } from './payload.ts';
import { dropPairs, keptPairs, unfinished, type Pair } from './pairs.ts';
import { waiting } from './queue.ts';
import { Renewal } from './renewing.ts';
import { Sealer } from './sealer.ts';
import { Sender, type Reach, type Told } from './sending.ts';
import { Stage } from './stage.ts';
import { Vault } from './vault.ts';
import { FieldSpeech, type FieldWord } from './words/index.ts';

const OFTEN = 300_000; // milliseconds between two hellos that nobody asked for
const IDLE = 5; // minutes, until the office has said how many

/** The app: what is open, what is known, and which screen stands. Screens ask it and it asks nobody else. */
export class Notebook {
  readonly vault: Vault;
  readonly sender: Sender;
  readonly lock: Lock;
  readonly renewal: Renewal;
  readonly sealer: Sealer;
  speech: FieldSpeech;
  /** Whose app this is. */
  office: Office = new Caseload();
  frame: Frame | null = null;
  children: readonly FieldChild[] = [];
  drafts: ReadonlyMap<string, KeptDraft> = new Map();
  pairs: ReadonlyMap<string, Pair> = new Map();
  newcomers: readonly Newcomer[] = [];
  missing: readonly FieldForm[] = [];
  whole = true;
  /** Said once above the list. */
  news: readonly FieldWord[] = [];
  /** In the words of the server, since the app was opened. */
  problems: readonly Problem[] = [];
  stand: Stand = { left: 0, refused: 0, sent: 0, reached: null };
  onStand: (() => void) | null = null;
  #open: Open | null = null;
  #going: Promise<void> = Promise.resolve();
  readonly #stage: Stage;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly host: HTMLElement,
    readonly database: Database,
    readonly means: Means,
    language: string,
  ) {
    this.speech = new FieldSpeech(language);
    this.vault = new Vault(database);
    this.sealer = new Sealer(this.vault, means);
    this.sender = new Sender(database, (told) => this.#told(told));
    this.#stage = new Stage(host);
    this.renewal = new Renewal(this);
    this.lock = new Lock({ minutes: () => this.frame?.idle_minutes ?? IDLE, lock: (soft) => void this.lockUp(soft), now: () => Date.now() });
  }

  /** `code`: with which it was opened. */
  async start(code = ''): Promise<void> {
    const language = await readMeta(this.database, 'language');
    if (language !== null) this.speech = new FieldSpeech(language);
    if ((await readMeta(this.database, 'device'))?.kind === 'monitor') this.office = new Monitor(this.database);
    await this.count();
    if (!(await this.offer(code))) this.show((await this.vault.exists()) ? this.means.screens.unlock : this.means.screens.setup);
    window.addEventListener('online', () => void this.renewal.wake());
    document.addEventListener('visibilitychange', () => void (document.visibilityState === 'hidden' ? this.#open?.save() : this.renewal.wake()));
    window.addEventListener('pagehide', () => void this.#open?.save());
    void this.sync('waiting');
  }

  /** A code that was scanned. Nothing that is kept here goes for it; true where it is used. */
  async offer(code: string): Promise<boolean> {
    if (code === '') return false;
    if (await this.vault.exists()) {
      this.#say('codeUnused');
      return false;
    }
    this.office = new Monitor(this.database, code);
    this.show(this.means.screens.setup);
    return true;
  }

  show(screen: Screen, code = ''): void {
    this.onStand = null;
    this.#stage.show(this.speech, () => screen(this), screen, code);
  }

  /** In the words for whoever has this app. */
  tell(word: FieldWord): string {
    return this.speech.tell(this.office.words[word] ?? word);
  }

  async speak(language: string): Promise<void> {
    this.speech = new FieldSpeech(language);
    await writeMeta(this.database, 'language', language);
  }

  // --- opening and closing ---------------------------------------------------------------------------------------

  /** Made ready, with network: a token to send with, a vault, the list and the forms. */
  async makeReady(passphrase: string, label: string): Promise<void> {
    const { device, language } = await this.office.begin(label, () => this.#sendOfBefore());
    await writeMeta(this.database, 'device', device);
    for (const name of ['revoked', 'leaving', 'expired'] as const) await writeMeta(this.database, name, undefined);
    await this.vault.setUp(passphrase);
    await this.speak(language || this.speech.code);
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
    await this.home();
    void this.renewal.wake();
  }

  async lockUp(soft: boolean): Promise<void> {
    this.lock.stop();
    await this.#putAway();
    if (!soft) {
      this.lock.setPin(null);
      this.vault.lock();
      this.#forget();
    }
    this.show(soft ? this.means.screens.pin : this.means.screens.unlock);
  }

  reopen(): Promise<void> {
    this.lock.start();
    void this.renewal.wake();
    return this.home();
  }

  #forget(): void {
    [this.frame, this.children, this.drafts, this.pairs, this.problems] = [null, [], new Map(), new Map(), []];
    this.newcomers = [];
    this.renewal.behind = false;
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

  async #sealDrafts(now: number, meant?: (draft: Beginning) => boolean): Promise<boolean> {
    const some = await this.sealer.drafts(now, meant);
    if (some) await this.count();
    return some;
  }

  /** Whoever is not on the list any more is not asked on: what was begun is sealed as it stood, and sent. */
  #sealGone(): Promise<void> {
    this.#going = this.#going.catch(() => undefined).then(() => this.#goneSealed());
    return this.#going;
  }

  async #goneSealed(): Promise<void> {
    const here = new Set(this.children.map(({ code }) => code));
    const gone = ({ child }: Beginning): boolean => child !== null && !here.has(child.code);
    try {
      if (this.frame === null || !(await this.#sealDrafts(Date.now(), gone))) return;
      this.#say('goneSealed');
    } catch (error) {
      return this.#say(error instanceof Full ? 'full' : 'trouble'); // it is a draft still, and tried the next time
    }
    await this.#load();
    void this.sync('waiting');
  }

  /** Keys, list and drafts go. What is sealed stays until it is sent, and the token with it. */
  async empty(news: FieldWord | null = null): Promise<void> {
    this.lock.stop();
    this.lock.setPin(null);
    await this.#putAway();
    await this.vault.destroy();
    await writeMeta(this.database, 'leaving', true);
    this.#forget();
    this.missing = [];
    this.news = news === null ? [] : [news];
    await this.count();
    this.show(this.means.screens.setup);
  }

  // --- the list --------------------------------------------------------------------------------------------------

  async fetchList(): Promise<void> {
    const payload = await this.office.list(this.frame);
    await keepPayload(this.vault, payload);
    await renewed(this.database, Date.parse(payload.server_time), Date.now());
    this.news = this.news.filter((word) => word !== 'expired');
    this.renewal.behind = false;
    await this.#load();
    await this.#sealGone();
    const begun = [...this.drafts.values()].map(({ draft }) => draft.form);
    this.missing = await this.means.keepForms(payload.forms, begun, (address) => this.office.file(address));
  }

  async #load(): Promise<void> {
    const { vault } = this;
    const [frame, children, drafts] = [await keptFrame(vault), await keptChildren(vault), await keptDrafts(vault)];
    if (frame !== null) await dropPairs(vault, children, drafts, Date.now());
    if (frame !== null) await dropNewcomers(vault, frame, Date.now());
    const [pairs, newcomers] = [await keptPairs(vault), await keptNewcomers(vault)];
    if (!vault.isOpen) return; // locked meanwhile: nothing comes back into memory
    [this.frame, this.children, this.pairs] = [frame, children, new Map(pairs.map((each) => [each.code, each]))];
    this.drafts = new Map(drafts.map((each) => [idOf(each.draft), each]));
    this.newcomers = newcomers;
  }

  async today(): Promise<void> {
    if (await this.#ready()) this.show(this.means.screens.today);
  }

  /** Today; or where two are asked one after the other, what comes next with them. */
  async home(): Promise<void> {
    if (!(await this.#ready())) return;
    const pair = unfinished(this.pairs.values());
    if (pair === null) this.show(this.means.screens.today);
    else this.show((book) => this.means.screens.pair(book, pair), pair.code);
  }

  async #ready(): Promise<boolean> {
    await this.#putAway();
    if (await this.#ended()) return false;
    await this.#load();
    await this.#sealGone();
    await this.count();
    this.whole = await this.means.codeIsKept();
    return this.vault.isOpen;
  }

  /** A new list is here. Where it shows it is drawn anew, without taking the place from whoever reads or types. */
  async listed(): Promise<void> {
    const { back, today } = this.means.screens;
    if (this.#open?.delivery !== undefined) return;
    const { screen, code } = this.#stage;
    if (screen === today) this.#stage.again(() => today(this));
    else if (code !== '' && !this.isHere(code)) await (this.#open === null ? this.today() : this.turnTo(back));
  }

  isHere(code: string): boolean {
    return this.children.some((each) => each.code === code);
  }

  /** Another screen, once what is open was put away. */
  async turnTo(screen: Screen, code = ''): Promise<void> {
    await this.#putAway();
    if (!this.vault.isOpen) return;
    await this.#load();
    this.show(screen, code);
  }

  hold(open: Open): void {
    void this.#open?.close();
    this.#open = open;
  }

  /** It was not put away meanwhile. */
  holds(open: Open): boolean {
    return this.#open === open;
  }

  async #putAway(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    this.sealer.hands.callOff();
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

  #say(word: FieldWord): void {
    this.news = [...new Set([...this.news, word])];
  }

  #told(told: Told): void {
    if (told.kind === 'refused') this.problems = [...this.problems, ...told.problems];
    if (told.kind === 'twice') this.#say('twice');
    if (told.kind === 'unknown') {
      this.#say('unknownPhone');
      // Also while the vault is closed: this needs no key.
      void readMeta(this.database, 'revoked').then((wipe) => (wipe === true ? dropCaseload(this.vault) : undefined));
    }
    this.onStand?.();
  }
}
