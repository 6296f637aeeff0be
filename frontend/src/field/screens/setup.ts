import { h } from '../../dom.ts';
import { SignedOut } from '../../config.ts';
import { NoCode } from '../means.ts';
import type { Notebook } from '../notebook.ts';
import type { Session } from '../office.ts';
import { spelled, suggested, weaknessOf } from '../passphrase.ts';
import { doing, later, line, page, plain, reasonOf } from './kit.ts';
import { standing } from './standing.ts';
import { tongues } from './tongues.ts';

/** At the office: whoever is signed in makes this phone theirs. */
export function setup(notebook: Notebook): HTMLElement {
  const { speech } = notebook;
  const place = h('div', { class: 'fd-stack' });
  const notices = notebook.news.map((word) => h('p', { class: 'iv-notice', role: 'status' }, notebook.tell(word)));
  later(place, speech.tell('working'), notebook.office.whose().then((found) => forWhom(notebook, found), (error: unknown) => notNow(notebook, error)));
  return page(speech, speech.tell('setupTitle'), null, ...notices, standing(notebook), h('p', {}, notebook.tell('setupText')), place, tongues(notebook, setup));
}

function notNow(notebook: Notebook, error: unknown): HTMLElement[] {
  const { speech } = notebook;
  const signIn = h('a', { class: 'iv-button iv-main-action', href: '/sign-in?next=/app/' }, speech.tell('signIn'));
  const again = plain(speech.say('again'), () => notebook.show(setup));
  const said = h('p', { class: 'iv-notice', role: 'alert' }, reasonOf(error, speech));
  if (error instanceof NoCode) return [said];
  if (!(error instanceof SignedOut)) return [said, h('div', { class: 'iv-actions' }, again)];
  return [said, h('div', { class: 'iv-actions' }, signIn), h('p', { class: 'iv-aside' }, speech.tell('setupCode'))];
}

function forWhom(notebook: Notebook, found: Session): HTMLElement[] {
  const { speech } = notebook;
  if (!found.may) return [h('p', { class: 'iv-notice' }, speech.tell('mayNot'))];
  const phrase = line(speech.tell('passphrase'), { type: 'password', autocomplete: 'new-password' }, speech.tell('passphraseText'));
  const again = line(speech.tell('repeat'), { type: 'password', autocomplete: 'new-password' });
  const label = found.person === '' ? null : line(speech.tell('phoneName'), { type: 'text', value: found.person, maxlength: 60 });
  const act = async (): Promise<string | null> => {
    const weak = weaknessOf(phrase.input.value);
    if (weak !== null) return speech.tell(weak);
    if (spelled(phrase.input.value) !== spelled(again.input.value)) return speech.tell('different');
    await notebook.makeReady(phrase.input.value, label?.input.value.trim() || found.person);
    return null;
  };
  return [doing(speech, speech.tell('makeReady'), act, suggestion(notebook, [phrase.input, again.input]), phrase.element, again.element, label && label.element)];
}

function suggestion(notebook: Notebook, inputs: readonly HTMLInputElement[]): HTMLElement {
  const { speech } = notebook;
  const words = h('p', { class: 'fd-words', dir: 'auto' }, suggested(speech.code));
  const take = (): void => {
    for (const input of inputs) input.value = words.textContent ?? '';
  };
  return h('div', { class: 'fd-card' }, h('p', {}, speech.tell('suggested')), words,
    h('div', { class: 'iv-row' },
      plain(speech.tell('takeThese'), take),
      plain(speech.tell('otherWords'), () => (words.textContent = suggested(speech.code)))));
}
