import { App } from '../../app.ts';
import { h, replace } from '../../dom.ts';
import { Changes } from '../../engine/changes.ts';
import type { Outcome } from '../../send.ts';
import type { Ways } from '../../ways.ts';
import { Full, type Change } from '../database.ts';
import { idOf, Keeper, keptDraft, type Beginning, type Draft, type KeptDraft } from '../drafts.ts';
import { finish } from '../finishing.ts';
import type { Asking } from '../hands.ts';
import type { Open } from '../means.ts';
import type { Notebook } from '../notebook.ts';
import { configOf, open, type Opened } from '../opening.ts';
import { FieldSpeech } from '../words/index.ts';

/** What is different where somebody else is asked after this one. */
export interface Paired {
  /** Before its first screen. */
  readonly begun: () => Promise<void>;
  /** Written together with what is sealed. `buttons`: their language. */
  readonly sealed: (buttons: string) => Promise<Change>;
  /** It is sealed: the next screen, in the place of the end of this one. */
  readonly next: () => Promise<void>;
  /** It was thrown away. */
  readonly leave: () => void;
}

/** From the last key to the next screen: the same, whatever was answered. Longer only by as much again. */
export const HELD = 3000;

/** The interview itself, in the place of the screens. Ends sealed, thrown away, or as a draft. */
export async function interview(notebook: Notebook, begun: Beginning, before: KeptDraft | null, spoken: string, paired: Paired | null = null): Promise<void> {
  const asking = notebook.sealer.hands.ask(idOf(begun));
  if (asking === null) return;
  try {
    await asking.sealed;
    const now = await keptDraft(notebook.vault, idOf(begun));
    if (now !== null || before === null) return await started(notebook, asking, now?.draft ?? begun, now, spoken, paired);
  } catch (error) {
    asking.free();
    throw error;
  }
  const stood = asking.stands();
  asking.free();
  if (stood) await notebook.today(); // it was sealed meanwhile
}

async function started(notebook: Notebook, asking: Asking, begun: Beginning, before: KeptDraft | null, spoken: string, paired: Paired | null): Promise<void> {
  const changes = new Changes();
  const engine = await notebook.means.engine();
  const labels = begun.form.languages.includes(spoken) ? spoken : begun.form.default_language;
  const opened = await open(engine, begun, labels, notebook.means.kept, changes, before);
  if (asking.stands()) await paired?.begun();
  if (asking.stands()) new Running(notebook, begun, opened, changes, before?.draft.buttons || notebook.speech.code, paired, asking);
  else opened.media.release();
}

class Running {
  readonly #keeper: Keeper;
  readonly #app: App;
  readonly #open: Open;
  /** Locked while it is sealed, the key waits for it. */
  #sealing: Promise<unknown> = Promise.resolve();
  readonly #trouble = h('p', { class: 'iv-notice fd-trouble', role: 'alert', hidden: true });

  constructor(
    readonly notebook: Notebook,
    readonly begun: Beginning,
    readonly opened: Opened,
    changes: Changes,
    language: string,
    readonly paired: Paired | null,
    readonly asking: Asking,
  ) {
    asking.shows();
    this.#keeper = new Keeper(notebook.vault, opened.root, () => this.#draft(), (error) => this.#complain(error));
    const place = h('main', {});
    replace(notebook.host, this.#trouble, place);
    notebook.onStand = null;
    this.#app = new App(place, '', configOf(begun, language), opened.interview, changes, this.#ways());
    this.#open = { delivery: begun.delivery, save: () => this.#keeper.flush(), close: () => this.#close() };
    notebook.hold(this.#open);
  }

  #ways(): Ways {
    return {
      media: this.opened.media,
      told: this.opened.told,
      finish: () => this.#finish(),
      changed: () => this.#keeper.touch(),
      drop: () => this.#drop(),
      leave: () => void (this.paired === null ? this.notebook.today() : this.paired.leave()),
      words: (language) => {
        const speech = new FieldSpeech(language);
        return { text: speech.tell('endText'), key: speech.tell('seal'), working: speech.tell('sealing'), failed: speech.tell('notSealed') };
      },
    };
  }

  #draft(): Draft {
    const { labels, buttons } = this.#app.languages;
    return { ...this.begun, mark: this.opened.interview.mark(), told: this.opened.told.remember(), labels, buttons, saved_at: Date.now() };
  }

  async #finish(): Promise<Outcome> {
    const { notebook } = this;
    const { buttons } = this.#app.languages;
    const [speech, since] = [new FieldSpeech(buttons), performance.now()];
    try {
      const sealing = this.#seal(buttons);
      this.#sealing = sealing.catch(() => undefined);
      await sealing;
    } catch (error) {
      this.#keeper.reopen();
      return { kind: 'refused', message: speech.tell(error instanceof Full ? 'full' : 'trouble'), problems: [], signIn: false };
    }
    this.#trouble.hidden = true;
    void notebook.sync();
    if (this.paired !== null) await this.#handOn(this.paired, since);
    return { kind: 'stored', message: speech.tell('sealed'), nextUrl: null };
  }

  async #seal(buttons: string): Promise<void> {
    const { notebook, begun, opened } = this;
    await this.#keeper.close();
    const more = this.paired === null ? [] : [await this.paired.sealed(buttons)];
    await finish(notebook.vault, begun, opened.root, opened.told, Date.now(), more);
  }

  /** Locked while it was held: then the next screen stands behind the lock. */
  async #handOn(paired: Paired, since: number): Promise<void> {
    const gone = performance.now() - since;
    await new Promise((done) => setTimeout(done, Math.ceil(gone / HELD) * HELD - gone));
    if (this.notebook.holds(this.#open)) await paired.next();
  }

  async #drop(): Promise<void> {
    await this.#keeper.close();
    await this.notebook.vault.remove('draft', idOf(this.begun));
  }

  async #close(): Promise<void> {
    await this.#sealing;
    await this.#keeper.flush();
    await this.#keeper.close();
    this.asking.free();
    this.#app.close();
    this.opened.media.release();
  }

  /** The answers are on the screen still; whoever holds the phone has to know. */
  #complain(_error: unknown): void {
    this.#trouble.textContent = this.notebook.speech.tell('notKept');
    this.#trouble.hidden = false;
  }
}
