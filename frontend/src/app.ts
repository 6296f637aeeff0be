import type { RootNode } from '@getodk/xforms-engine';
import type { Pause } from './child/course.ts';
import { Guide } from './child/guide.ts';
import { confidenceDialog } from './confidence.ts';
import type { Config } from './config.ts';
import { button } from './controls/control.ts';
import { Cover } from './cover.ts';
import { append, h, replace } from './dom.ts';
import type { Changes } from './engine/changes.ts';
import { activeLanguage, chooseLanguage, languagesOf } from './engine/language.ts';
import { Media } from './engine/media.ts';
import { leaveQuickly } from './exit.ts';
import { dropDialog, ends, languageDialog, stopDialog, type Stage } from './ends.ts';
import { Interview } from './interview.ts';
import { Leaving } from './leaving.ts';
import { viewOf, type View } from './screen/view.ts';
import { Post, succeeded } from './send.ts';
import { Told } from './told.ts';
import { topRow, topRowOfChild } from './top.ts';
import { hush, silence } from './voice.ts';
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
  readonly #guide: Guide;
  readonly #top = h('header', { class: 'iv-top' });
  #cover: Cover | null = null;
  readonly #config: Config;
  readonly #post: Post;
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
    this.#post = new Post(address, config);
    this.#media = ways?.media ?? new Media(config.attachments);
    this.#speech = new Speech(config.language);
    this.#told = ways?.told ?? new Told(config.recipients, config.child?.code ?? '', config.sealed_questions);
    this.#leaving = new Leaving(() => this.#backKey(), ways === null);
    this.#guide = new Guide(interview, this.#media);
    this.#guide.voice.onVoices = () => this.#heard();
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
    this.#guide.voice.close();
  }

  /** Everything anew: at the start and after a change of language. */
  draw(): void {
    const { host } = this;
    host.setAttribute('lang', this.#speech.code);
    host.setAttribute('dir', this.#speech.direction);
    host.classList.add('iv');
    const form = h('form', { class: 'iv-form', novalidate: true, autocomplete: 'off' }, this.#top, this.#main, this.#footer, this.#news);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#stage.kind === 'asking' && this.#guide.pause === null) this.#next();
    });
    this.#cover = new Cover(host, form, this.#speech, () => form.querySelector<HTMLElement>('.iv-cover-key')?.focus());
    replace(host, form);
    this.#show();
  }

  #drawTop(): void {
    const speech = this.#speech;
    const { title, mode, child } = this.#config;
    const language = activeLanguage(this.root);
    const name = title[language] ?? title[speech.code] ?? Object.values(title)[0] ?? '';
    this.#bar.setAttribute('aria-label', speech.say('progress'));
    const badge = mode === 'interview' || mode === 'alone' ? null : h('p', { class: 'iv-badge' }, speech.say(mode));
    const over = this.#stage.kind !== 'asking' && this.#stage.kind !== 'failed';
    const asked = !over && this.#guide.pause === null;
    const acts = {
      stop: over ? null : () => this.#askStop(),
      tell: asked && mode !== 'preview' ? () => this.#askConfidence() : null,
      languages: () => this.#askLanguage(),
      back: asked && !this.interview.isFirst ? () => this.#go(() => this.interview.back()) : null,
      rest: asked ? () => this.#halt('rest') : null,
      cover: this.interview.manner === 'private' && !over ? () => this.#cover?.lay() : null,
      sound: over ? null : this.#guide.sound(() => this.#heard()),
    };
    const withChild = this.#withChild;
    replace(this.#top, (withChild ? topRowOfChild : topRow)(speech, name, acts), this.#bar, badge, child && mode === 'paper' && h('p', { class: 'iv-child', dir: 'auto' }, child.label));
    this.#top.parentElement?.classList.toggle('iv-with-child', withChild);
  }

  get #withChild(): boolean {
    return this.#stage.kind === 'asking' && this.#guide.withChild;
  }

  /** The voices of the device came, or somebody turned the sound on or off. */
  #heard(): void {
    if (this.#stage.kind !== 'asking') return;
    const turned = document.activeElement?.classList.contains('iv-voice') === true;
    if (this.#guide.pause !== null && !turned) return this.#show();
    this.#drawTop();
    this.#view?.update();
    if (turned) this.#top.querySelector<HTMLElement>('.iv-voice')?.focus();
  }

  #show(): void {
    hush();
    this.#view?.dispose();
    this.#view = null;
    this.#news.textContent = '';
    this.#bar.value = this.interview.progress;
    this.#guide.tune();
    this.#drawTop();
    if (this.#stage.kind === 'asking' && this.#guide.pause !== null) this.#showPause(this.#guide.pause);
    else if (this.#stage.kind === 'asking' && this.interview.screen !== null) this.#showScreen();
    else this.#showEnd();
    if (this.#stage.kind === 'asking') this.ways?.changed();
    window.scrollTo(0, 0);
  }

  #showScreen(): void {
    const screen = this.interview.screen;
    if (screen === null) return;
    const { manner, voice } = this.#guide;
    const speech = manner === 'child' ? this.#guide.spoken(this.#speech) : this.#speech;
    const base = { speech, adult: this.#speech, media: this.#media, language: activeLanguage(this.root), advance: () => this.#next(), manner, voice };
    this.#view = viewOf(screen, this.interview, base, (id) => this.#go(() => this.interview.goto(id)));
    this.interview.noteSeen();
    replace(this.#main, this.#view.element);
    this.#drawFooter();
    this.#view.focus();
    if (manner === 'child' && voice.on) this.#view.read?.();
    // Whoever keys in from paper reads the paper: straight to the field.
    if (this.#config.mode === 'paper') this.#main.querySelector<HTMLElement>('input:not([type=search], [type=file]), select, textarea')?.focus();
  }

  #showPause(kind: Pause): void {
    const ways = {
      goOn: () => this.#goOn(),
      stop: () => this.#halt('stop'),
      rest: () => this.#halt('rest'),
      stopped: () => this.#halt('stopped'),
      send: this.#config.mode === 'preview' ? null : () => this.#stopAndSend(),
      drop: () => this.#askDrop(),
      told: this.#told.count,
    };
    this.#guide.show(kind, this.#main, this.#footer, this.#speech, ways);
  }

  #halt(kind: Pause): void {
    this.#guide.pause = kind;
    this.#show();
  }

  #goOn(): void {
    this.#guide.goOn();
    this.#show();
  }

  #arrive(): void {
    this.#guide.arrive();
    this.#show();
  }

  #drawFooter(): void {
    const speech = this.#speech;
    if (this.#withChild) return this.#guide.keys(this.#footer, speech, { stop: () => this.#halt('stop'), pass: () => this.#go(() => this.interview.pass()) });
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
      alone: this.#config.mode === 'alone',
      refused: this.interview.refused,
      child: this.#guide.atTheEnd(this.#speech),
      returnUrl: this.#config.return_url,
      send: () => void this.#send(),
      tell: () => this.#askConfidence(),
      back: () => this.#resume(() => this.interview.back()),
      show: (id) => this.#resume(() => this.interview.goto(id)),
      restart: () => window.location.reload(),
      words: this.ways?.words(this.#speech.code) ?? null,
      leave: this.ways?.leave ?? (this.#config.mode === 'alone' ? leaveQuickly : null),
    });
    heading.focus();
  }

  #resume(move: () => void): void {
    this.#stage = { kind: 'asking' };
    move();
    this.#guide.arrive();
    this.draw();
  }

  #go(move: () => void): void {
    this.#leaving.moved();
    move();
    this.#arrive();
  }

  #next(): void {
    const wrong = this.#view?.check() ?? null;
    if (wrong === null) return this.#go(() => this.interview.next());
    wrong.point();
    this.#guide.complain(wrong.said, this.#speech);
    this.#news.textContent = `${this.#speech.say('oneProblem')} ${wrong.said}`;
  }

  /** The engine has recomputed: the screen follows, or is passed over when it does not apply any more. */
  #changed(): void {
    if (this.#stage.kind !== 'asking' || this.#view === null) return;
    if (this.interview.settle()) return this.#arrive();
    this.interview.noteSeen();
    this.#view.update();
    this.ways?.changed();
  }

  #backKey(): void {
    if (this.#cover?.lies === true) return;
    // Not on to what is for the adult: to the child's last question.
    if (this.#guide.pause === 'stopped') return; // whoever has the device now says what becomes of it
    if (this.#guide.pause === 'giveBack') return this.#go(() => this.interview.back());
    if (this.#guide.pause !== null) return this.#goOn();
    if (this.#stage.kind === 'asking' && !this.interview.isFirst) this.#go(() => this.interview.back());
    else if (this.#stage.kind === 'asking') this.#askStop();
  }

  #askStop(): void {
    const choices = {
      send: () => this.#stopAndSend(),
      drop: () => this.#askDrop(),
    };
    this.#open(stopDialog(this.#speech, { answered: this.interview.answered, told: this.#told.count }, this.#config.mode === 'preview', choices));
  }

  #stopAndSend(): void {
    this.#guide.pause = null;
    this.interview.stop();
    void this.#send(true);
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
    this.#open(confidenceDialog(this.#speech, this.#told, this.#config.mode === 'alone'), () => this.ways?.changed());
  }

  #open(dialog: HTMLDialogElement, then?: () => void): void {
    silence();
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
    const outcome = await (this.ways?.finish(this.root, this.#told, stopped) ?? this.#post.send(this.root, this.#told, again));
    if (succeeded(outcome)) this.#finish({ kind: 'done', outcome, stopped });
    else {
      this.#stage = { kind: 'failed', outcome, stopped };
      this.draw();
    }
  }

  /** Nothing brings it back: so it is asked once more, where there is something. */
  #askDrop(): void {
    const nothing = this.interview.answered === 0 && this.#told.count === 0;
    if (nothing || this.#config.mode === 'preview') return this.#drop();
    this.#open(dropDialog(this.#speech, () => this.#drop()));
  }

  #drop(): void {
    this.#guide.pause = null;
    const dropped = (): void => this.#finish({ kind: 'dropped' });
    if (this.ways === null) dropped();
    else void this.ways.drop().then(dropped);
  }

  #finish(stage: Stage): void {
    this.#leaving.release();
    this.#stage = stage;
    this.draw();
  }
}
