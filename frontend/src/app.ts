import type { RootNode } from '@getodk/xforms-engine';
import { confidenceDialog, confidenceKey } from './confidence.ts';
import { fetchConfig, type Config } from './config.ts';
import { button } from './controls/control.ts';
import { append, h, replace } from './dom.ts';
import type { Changes } from './engine/changes.ts';
import { activeLanguage, chooseLanguage, languagesOf } from './engine/language.ts';
import { Media } from './engine/media.ts';
import { ends, languageDialog, stopDialog, type Stage } from './ends.ts';
import { quickExit } from './exit.ts';
import { Interview } from './interview.ts';
import { Leaving } from './leaving.ts';
import { hush } from './screen/text.ts';
import { viewOf, type View } from './screen/view.ts';
import { send, succeeded } from './send.ts';
import { Told } from './told.ts';
import { Speech } from './words/index.ts';

/** The page around one interview: a bar on top, one screen, a bar below. */
export class App {
  readonly #media: Media;
  readonly #main = h('div', { class: 'iv-main' });
  readonly #news = h('p', { class: 'iv-hidden', 'aria-live': 'assertive' });
  readonly #bar = h('progress', { class: 'iv-progress', max: 1 });
  readonly #leaving: Leaving;
  readonly #told: Told;
  #config: Config;
  #speech: Speech;
  #view: View | null = null;
  #footer = h('div', { class: 'iv-footer' });
  #stage: Stage = { kind: 'asking' };

  constructor(
    readonly host: HTMLElement,
    readonly address: string,
    config: Config,
    readonly interview: Interview,
    changes: Changes,
  ) {
    this.#config = config;
    this.#media = new Media(config.attachments);
    this.#speech = new Speech(config.language);
    this.#told = new Told(config.recipients, config.child?.code ?? '', config.sealed_questions);
    this.#leaving = new Leaving(() => this.#backKey());
    changes.listen(() => this.#changed());
    this.#leaving.guard();
    this.draw();
  }

  get root(): RootNode {
    return this.interview.root;
  }

  /** Everything anew: at the start and after a change of language. */
  draw(): void {
    const { host } = this;
    host.setAttribute('lang', this.#speech.code);
    host.setAttribute('dir', this.#speech.direction);
    host.classList.add('iv');
    const form = h('form', { class: 'iv-form', novalidate: true, autocomplete: 'off' }, this.#top(), this.#main, this.#footer, this.#news);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#stage.kind === 'asking') this.#next();
    });
    replace(host, form);
    this.#show();
  }

  #top(): HTMLElement {
    const speech = this.#speech;
    const { title, mode, child } = this.#config;
    const language = activeLanguage(this.root);
    const name = title[language] ?? title[this.#speech.code] ?? Object.values(title)[0] ?? '';
    this.#bar.setAttribute('aria-label', speech.say('progress'));
    const badge = mode === 'interview' ? null : h('p', { class: 'iv-badge' }, speech.say(mode));
    const over = this.#stage.kind !== 'asking' && this.#stage.kind !== 'failed';
    return h('header', { class: 'iv-top' },
      h('div', { class: 'iv-top-row' },
        !over && button(speech.say('stop'), 'plain', () => this.#askStop(), { class: 'iv-button iv-plain iv-stop' }),
        h('h1', { class: 'iv-name', dir: 'auto' }, name),
        !over && mode !== 'preview' && confidenceKey(speech, () => this.#askConfidence()),
        button(speech.say('languages'), 'plain', () => this.#askLanguage(), { class: 'iv-button iv-plain iv-globe' }),
        quickExit(speech)),
      this.#bar, badge, child && mode === 'paper' && h('p', { class: 'iv-child', dir: 'auto' }, child.label));
  }

  #show(): void {
    hush();
    this.#view?.dispose();
    this.#view = null;
    this.#news.textContent = '';
    this.#bar.value = this.interview.progress;
    if (this.#stage.kind === 'asking' && this.interview.screen !== null) this.#showScreen();
    else this.#showEnd();
    window.scrollTo(0, 0);
  }

  #showScreen(): void {
    const screen = this.interview.screen;
    if (screen === null) return;
    const base = { speech: this.#speech, media: this.#media, language: activeLanguage(this.root), advance: () => this.#next() };
    this.#view = viewOf(screen, this.interview, base, (id) => this.#go(() => this.interview.goto(id)));
    this.interview.noteSeen();
    replace(this.#main, this.#view.element);
    this.#drawFooter();
    this.#view.focus();
    // Whoever keys in from paper reads the paper: straight to the field.
    if (this.#config.mode === 'paper') this.#main.querySelector<HTMLElement>('input:not([type=search], [type=file]), select, textarea')?.focus();
  }

  #drawFooter(): void {
    const speech = this.#speech;
    const back = button(speech.say('back'), 'plain', () => this.#go(() => this.interview.back()), { class: 'iv-button iv-plain iv-back', disabled: this.interview.isFirst });
    const skip = this.interview.canSkip && button(speech.say('skip'), 'plain', () => this.#go(() => this.interview.skip()), { class: 'iv-button iv-plain iv-skip' });
    const next = h('button', { type: 'submit', class: 'iv-button iv-main-action iv-next' }, speech.say('next'));
    replace(this.#footer, back, skip, next);
  }

  #showEnd(): void {
    this.#bar.value = 1;
    replace(this.#footer);
    const heading = ends(this.#main, {
      speech: this.#speech,
      language: activeLanguage(this.root),
      stage: this.#stage,
      open: this.#stage.kind === 'asking' ? this.interview.open() : [],
      preview: this.#config.mode === 'preview',
      refused: this.interview.refused,
      returnUrl: this.#config.return_url,
      send: () => void this.#send(),
      tell: () => this.#askConfidence(),
      back: () => this.#resume(() => this.interview.back()),
      show: (id) => this.#resume(() => this.interview.goto(id)),
      restart: () => window.location.reload(),
    });
    heading.focus();
  }

  #resume(move: () => void): void {
    this.#stage = { kind: 'asking' };
    move();
    this.draw();
  }

  #go(move: () => void): void {
    this.#leaving.moved();
    move();
    this.#show();
  }

  #next(): void {
    const wrong = this.#view?.check() ?? null;
    if (wrong === null) return this.#go(() => this.interview.next());
    wrong.point();
    this.#news.textContent = `${this.#speech.say('oneProblem')} ${wrong.said}`;
  }

  /** The engine has recomputed: the screen follows, or is passed over when it does not apply any more. */
  #changed(): void {
    if (this.#stage.kind !== 'asking' || this.#view === null) return;
    if (this.interview.settle()) return this.#show();
    this.interview.noteSeen();
    this.#view.update();
  }

  #backKey(): void {
    if (this.#stage.kind === 'asking' && !this.interview.isFirst) this.#go(() => this.interview.back());
    else if (this.#stage.kind === 'asking') this.#askStop();
  }

  #askStop(): void {
    const choices = {
      send: () => {
        this.interview.stop();
        void this.#send(true);
      },
      drop: () => this.#finish({ kind: 'dropped' }),
    };
    this.#open(stopDialog(this.#speech, { answered: this.interview.answered, told: this.#told.count }, this.#config.mode === 'preview', choices));
  }

  #askLanguage(): void {
    const chosen = { labels: activeLanguage(this.root), buttons: this.#speech.code };
    this.#open(languageDialog(this.#speech, languagesOf(this.root), chosen, (labels, buttons) => {
      chooseLanguage(this.root, labels);
      this.#speech = new Speech(buttons);
      this.draw();
    }));
  }

  #askConfidence(): void {
    this.#open(confidenceDialog(this.#speech, this.#told));
  }

  #open(dialog: HTMLDialogElement): void {
    append(this.host, [dialog]);
    dialog.addEventListener('close', () => dialog.remove());
    dialog.showModal();
  }

  async #send(stopped = false): Promise<void> {
    stopped ||= this.#stage.kind === 'failed' && this.#stage.stopped;
    const refetch = this.#stage.kind === 'failed' && this.#stage.outcome.kind !== 'offline';
    this.#stage = { kind: 'sending' };
    this.draw();
    if (refetch) await this.#renewToken();
    const outcome = await send(this.root, this.#config.submit_url, this.#config.csrf_token, this.#told);
    if (succeeded(outcome)) this.#finish({ kind: 'done', outcome, stopped });
    else {
      this.#stage = { kind: 'failed', outcome, stopped };
      this.draw();
    }
  }

  /** Signing in again changes the token of the session; the answers stay where they are. */
  async #renewToken(): Promise<void> {
    try {
      this.#config = { ...this.#config, csrf_token: (await fetchConfig(this.address)).csrf_token };
    } catch {
      // Still no session or no network: sending will say which.
    }
  }

  #finish(stage: Stage): void {
    this.#leaving.release();
    this.#stage = stage;
    this.draw();
  }
}
