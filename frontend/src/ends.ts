import type { AnyControlNode } from '@getodk/xforms-engine';
import { button } from './controls/control.ts';
import { freshId, h, replace } from './dom.ts';
import type { Choice } from './engine/language.ts';
import { questionName, type Screen } from './screen/plan.ts';
import { spokenAttributes } from './screen/text.ts';
import type { Failure, Success } from './send.ts';
import type { EndWords } from './ways.ts';
import { INTERFACE_LANGUAGES, type Speech, type Word } from './words/index.ts';

export type Stage =
  | { readonly kind: 'asking' | 'sending' | 'dropped' }
  | { readonly kind: 'failed'; readonly outcome: Failure; readonly stopped: boolean }
  | { readonly kind: 'done'; readonly outcome: Success; readonly stopped: boolean };

export interface End {
  readonly speech: Speech;
  readonly language: string;
  readonly stage: Stage;
  readonly open: readonly { readonly node: AnyControlNode; readonly screen: Screen }[];
  readonly preview: boolean;
  readonly alone: boolean; // by a link
  readonly refused: boolean; // somebody was asked to agree, and said no
  readonly child: Speech | null; // how a child that answered by itself is spoken to
  readonly returnUrl: string;
  readonly send: () => void;
  readonly tell: () => void;
  readonly back: () => void;
  readonly show: (screenId: string) => void;
  readonly restart: () => void;
  /** Where the answers are not sent at once. */
  readonly words: EndWords | null;
  readonly leave: (() => void) | null;
}

/** What comes after the questions. Returns the heading, where reading goes on. */
export function ends(place: HTMLElement, end: End): HTMLElement {
  const [title, ...rest] = content(end);
  const heading = h('h2', { class: 'iv-label', tabindex: '-1' }, title);
  replace(place, h('div', { class: 'iv-screen iv-question iv-end' }, heading, ...rest));
  return heading;
}

type Content = [string, ...(HTMLElement | null | false)[]];

function content(end: End): Content {
  const { speech, stage } = end;
  switch (stage.kind) {
    case 'asking':
      return end.preview ? endOfPreview(end) : beforeSending(end);
    case 'sending':
      return [end.words?.working ?? speech.say('sending'), h('p', { class: 'iv-spinner', 'aria-hidden': 'true' })];
    case 'dropped':
      return [speech.say('stopped'), h('p', {}, speech.say('dropped')), leave(end, end.returnUrl)];
    case 'failed':
      return failed(end, stage.outcome);
    case 'done':
      return done(end, stage.outcome, stage.stopped);
  }
}

function beforeSending(end: End): Content {
  const { speech } = end;
  const list = end.open.map(({ node, screen }) => {
    const text = node.currentState.label?.asString || questionName(node);
    return h('li', {}, button(text, 'plain', () => end.show(screen.id), { class: 'iv-button iv-plain iv-open', ...spokenAttributes(end) }));
  });
  const trouble = list.length > 0 && h('div', { class: 'iv-notice' }, h('p', {}, speech.say('endOpen')), h('ul', { class: 'iv-instances' }, ...list));
  return [
    speech.say(end.refused ? 'noTitle' : 'endTitle'),
    h('p', {}, end.refused ? speech.say('noText') : (end.words?.text ?? speech.say('endText'))),
    end.child !== null && !end.refused && h('p', { class: 'iv-good', ...end.child.marks }, end.child.say('childEnd')),
    trouble,
    h('div', { class: 'iv-actions' }, main(end.refused ? speech.say('noSend') : (end.words?.key ?? speech.say('send')), end.send), button(speech.say('tell'), 'plain', end.tell), button(speech.say('back'), 'plain', end.back)),
  ];
}

function endOfPreview(end: End): Content {
  const { speech } = end;
  return [
    speech.say(end.refused ? 'noTitle' : 'endTitle'),
    h('p', {}, speech.say('endPreview')),
    h('div', { class: 'iv-actions' }, leave(end, end.returnUrl, 'goBack'), button(speech.say('startAgain'), 'plain', end.restart)),
  ];
}

const REASONS: Readonly<Record<Exclude<Failure['kind'], 'refused'>, Word>> = {
  offline: 'offline',
  signedOut: 'signedOut',
  serverTrouble: 'serverTrouble',
};

function failed(end: End, outcome: Failure): Content {
  const { speech } = end;
  const refused = outcome.kind === 'refused';
  // Whoever answers alone has no account to sign in with.
  const reason = outcome.kind === 'refused' ? outcome.message : speech.say(REASONS[end.alone && outcome.kind === 'signedOut' ? 'serverTrouble' : outcome.kind]);
  const problems = refused ? outcome.problems.map(({ message, action }) => h('li', { dir: 'auto' }, [message, action].filter(Boolean).join(' '))) : [];
  const signIn = !end.alone && (outcome.kind === 'signedOut' || (refused && outcome.signIn));
  return [
    end.words?.failed ?? speech.say('sendFailed'),
    h('div', { class: 'iv-notice', role: 'alert' }, h('p', { dir: 'auto' }, reason), problems.length > 0 && h('ul', {}, ...problems)),
    h('p', {}, speech.say('sendKept')),
    h('div', { class: 'iv-actions' },
      main(speech.say('again'), end.send),
      signIn && h('a', { class: 'iv-button iv-plain', href: '/sign-in', target: '_blank', rel: 'noopener' }, speech.say('signIn')),
      button(speech.say('back'), 'plain', end.back)),
  ];
}

function done(end: End, outcome: Success, stopped: boolean): Content {
  const { speech } = end;
  const steps: Word[] = [...(outcome.kind === 'waiting' ? (['nextReview'] as const) : []), 'nextSafe', 'nextTalk', 'nextChange'];
  return [
    speech.say('thanks'),
    stopped ? h('p', {}, speech.say('stopped')) : null,
    outcome.message !== '' && h('p', { class: 'iv-good', role: 'status', dir: 'auto' }, outcome.message),
    h('h3', { class: 'iv-subtitle' }, speech.say('nextTitle')),
    h('ol', { class: 'iv-steps-after' }, ...steps.map((step) => h('li', {}, speech.say(step)))),
    leave(end, outcome.nextUrl ?? end.returnUrl),
  ];
}

/** The server names the page to go on with; only an address of this site is followed. */
function leave(end: End, address: string, word: Word = 'done'): HTMLElement {
  if (end.leave !== null) return h('div', { class: 'iv-actions' }, main(end.speech.say(word), end.leave));
  const own = /^\/(?![/\\])/.test(address) ? address : '/';
  return h('div', { class: 'iv-actions' }, h('a', { class: 'iv-button iv-main-action', href: own }, end.speech.say(word)));
}

function main(text: string, press: () => void): HTMLButtonElement {
  return button(text, 'main', press, { class: 'iv-button iv-main-action' });
}

export interface Given {
  readonly answered: number;
  readonly told: number; // in confidence
}

export function stopDialog(speech: Speech, given: Given, preview: boolean, choices: { send: () => void; drop: () => void }): HTMLDialogElement {
  const title = freshId('stop');
  const dialog = h('dialog', { class: 'iv-dialog', 'aria-labelledby': title });
  const choose = (act?: () => void) => (): void => {
    dialog.close();
    act?.();
  };
  replace(dialog,
    h('h2', { class: 'iv-label', id: title }, speech.say('stopTitle')),
    h('p', {}, speech.say('stopText', { n: given.answered })),
    given.told > 0 && h('p', { class: 'iv-notice' }, speech.say('stopTold')),
    h('div', { class: 'iv-actions' },
      main(speech.say('stopBack'), choose()),
      !preview && button(speech.say('stopSend'), 'plain', choose(choices.send)),
      button(speech.say('stopDrop'), 'plain', choose(choices.drop), { class: 'iv-button iv-plain iv-danger' })));
  return dialog;
}

export function dropDialog(speech: Speech, drop: () => void): HTMLDialogElement {
  const title = freshId('drop');
  const dialog = h('dialog', { class: 'iv-dialog', 'aria-labelledby': title });
  const yes = (): void => {
    dialog.close();
    drop();
  };
  replace(dialog,
    h('h2', { class: 'iv-label', id: title }, speech.say('dropTitle')),
    h('p', {}, speech.say('dropText')),
    h('div', { class: 'iv-actions' },
      main(speech.say('dropNo'), () => dialog.close()),
      button(speech.say('dropYes'), 'plain', yes, { class: 'iv-button iv-plain iv-danger iv-drop' })));
  return dialog;
}

interface Chosen {
  readonly labels: string;
  readonly buttons: string;
}

export function languageDialog(speech: Speech, labels: readonly Choice[], chosen: Chosen, choose: (labels: string, buttons: string) => void): HTMLDialogElement {
  const title = freshId('languages');
  const dialog = h('dialog', { class: 'iv-dialog', 'aria-labelledby': title });
  const questions = picker(labels, chosen.labels);
  const buttons = picker(INTERFACE_LANGUAGES, chosen.buttons);
  replace(dialog,
    h('h2', { class: 'iv-label', id: title }, speech.say('languages')),
    labels.length > 0 && h('label', { class: 'iv-stack' }, h('span', {}, speech.say('questionLanguage')), questions),
    h('label', { class: 'iv-stack' }, h('span', {}, speech.say('buttonLanguage')), buttons),
    h('div', { class: 'iv-actions' },
      main(speech.say('goOn'), () => {
        dialog.close();
        choose(questions.value, buttons.value);
      }),
      button(speech.say('close'), 'plain', () => dialog.close())));
  return dialog;
}

function picker(languages: readonly Choice[], chosen: string): HTMLSelectElement {
  const options = languages.map(({ code, name }) => h('option', { value: code, lang: code, selected: code === chosen }, name));
  return h('select', { class: 'iv-input', autocomplete: 'off' }, ...options);
}
