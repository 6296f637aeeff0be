import { App } from '../../app.ts';
import { h, replace } from '../../dom.ts';
import { Changes } from '../../engine/changes.ts';
import type { Outcome } from '../../send.ts';
import type { Ways } from '../../ways.ts';
import { Full } from '../database.ts';
import { Keeper, type Beginning, type Draft, type KeptDraft } from '../drafts.ts';
import { finish } from '../finishing.ts';
import type { Notebook } from '../notebook.ts';
import { configOf, open, type Opened } from '../opening.ts';
import { idOf } from '../drafts.ts';
import { FieldSpeech } from '../words/index.ts';

/** The interview itself, in the place of the screens. Ends sealed, thrown away, or as a draft. */
export async function interview(notebook: Notebook, begun: Beginning, before: KeptDraft | null, spoken: string): Promise<void> {
  const changes = new Changes();
  const engine = await notebook.means.engine();
  const labels = begun.form.languages.includes(spoken) ? spoken : begun.form.default_language;
  const opened = await open(engine, begun, labels, notebook.means.kept, changes, before);
  new Running(notebook, begun, opened, changes, before?.draft.buttons || notebook.speech.code);
}

class Running {
  readonly #keeper: Keeper;
  readonly #app: App;
  readonly #trouble = h('p', { class: 'iv-notice fd-trouble', role: 'alert', hidden: true });

  constructor(
    readonly notebook: Notebook,
    readonly begun: Beginning,
    readonly opened: Opened,
    changes: Changes,
    language: string,
  ) {
    this.#keeper = new Keeper(notebook.vault, opened.root, () => this.#draft(), (error) => this.#complain(error));
    const place = h('main', {});
    replace(notebook.host, this.#trouble, place);
    notebook.onStand = null;
    this.#app = new App(place, '', configOf(begun, language), opened.interview, changes, this.#ways());
    notebook.hold({ save: () => this.#keeper.flush(), close: () => this.#close() });
  }

  #ways(): Ways {
    return {
      media: this.opened.media,
      told: this.opened.told,
      finish: () => this.#finish(),
      changed: () => this.#keeper.touch(),
      drop: () => this.#drop(),
      leave: () => void this.notebook.today(),
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
    const { notebook, begun, opened } = this;
    const speech = new FieldSpeech(this.#app.languages.buttons);
    await this.#keeper.close();
    try {
      await finish(notebook.vault, begun, opened.root, opened.told, Date.now());
    } catch (error) {
      this.#keeper.reopen();
      return { kind: 'refused', message: speech.tell(error instanceof Full ? 'full' : 'trouble'), problems: [], signIn: false };
    }
    this.#trouble.hidden = true;
    void notebook.sync();
    return { kind: 'stored', message: speech.tell('sealed'), nextUrl: null };
  }

  async #drop(): Promise<void> {
    await this.#keeper.close();
    await this.notebook.vault.remove('draft', idOf(this.begun));
  }

  async #close(): Promise<void> {
    await this.#keeper.flush();
    await this.#keeper.close();
    this.#app.close();
    this.opened.media.release();
  }

  /** The answers are on the screen still; whoever holds the phone has to know. */
  #complain(_error: unknown): void {
    this.#trouble.textContent = this.notebook.speech.tell('notKept');
    this.#trouble.hidden = false;
  }
}
