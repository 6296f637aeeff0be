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
import { send, succeeded, type Outcome } from './send.ts';
import { Told } from './told.ts';
import type { Ways } from './ways.ts';
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
    readonly ways: Ways | null = null,
  ) {
    this.#config = config;
    this.#media = ways?.media ?? new Media(config.attachments);
    this.#speech = new Speech(config.language);
    this.#told = ways?.told ?? new Told(config.recipients, config.child?.code ?? '', config.sealed_questions);
    this.#leaving = new Leaving(() => this.#backKey(), ways === null);
    changes.listen(() => this.#changed());
    this.#leaving.guard();
    this.draw();
  }

  get root(): RootNode {
    return this.interview.root;
  }

  /** Of the questions and of the buttons, as they were chosen here. */
  get languages(): { readonly labels: string; readonly buttons: string } {
    return { labels: activeLanguage(this.root), buttons: this.#speech.code };
  }

  /** The page goes on to something else: nothing of this interview listens any more. */
  close(): void {
    this.#leaving.release();
    hush();
    this.#view?.dispose();
    this.#view = null;
    this.#stage = { kind: 'dropped' };
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
    if (this.#stage.kind === 'asking') this.ways?.changed();
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
      words: this.ways?.words(this.#speech.code) ?? null,
      leave: this.ways?.leave ?? null,
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
    this.ways?.changed();
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
      drop: () => this.#drop(),
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
    this.#open(confidenceDialog(this.#speech, this.#told), () => this.ways?.changed());
  }

  #open(dialog: HTMLDialogElement, then?: () => void): void {
    append(this.host, [dialog]);
    dialog.addEventListener('close', () => {
      dialog.remove();
      then?.();
    });
    dialog.showModal();
  }

  async #send(stopped = false): Promise<void> {
    stopped ||= this.#stage.kind === 'failed' && this.#stage.stopped;
    const again = this.#stage.kind === 'failed' && this.#stage.outcome.kind !== 'offline';
    this.#stage = { kind: 'sending' };
    this.draw();
    const outcome = await (this.ways?.finish(this.root, this.#told, stopped) ?? this.#sendOff(again));
    if (succeeded(outcome)) this.#finish({ kind: 'done', outcome, stopped });
    else {
      this.#stage = { kind: 'failed', outcome, stopped };
      this.draw();
    }
  }

  async #sendOff(again: boolean): Promise<Outcome> {
    if (again) await this.#renewToken();
    return send(this.root, this.#config.submit_url, this.#config.csrf_token, this.#told);
  }

  #drop(): void {
    const dropped = (): void => this.#finish({ kind: 'dropped' });
    if (this.ways === null) dropped();
    else void this.ways.drop().then(dropped);
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
