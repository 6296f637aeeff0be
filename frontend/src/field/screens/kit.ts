import { button } from '../../controls/control.ts';
import { freshId, h, replace } from '../../dom.ts';
import { SignedOut } from '../../config.ts';
import { NotReached, Refused } from '../office.ts';
import { NoCode, OtherPerson, Unknown, UnsentFirst } from '../means.ts';
import type { FieldSpeech } from '../words/index.ts';

type Part = HTMLElement | string | null | false;

/** A page: its title, where reading starts, and a way back. */
export function page(speech: FieldSpeech, title: string, back: (() => void) | null, ...parts: Part[]): HTMLElement {
  return h('div', { class: 'fd-page' },
    h('header', { class: 'fd-top' },
      back !== null && button(speech.say('back'), 'plain', back, { class: 'iv-button iv-plain fd-back' }),
      h('h1', { class: 'fd-title', tabindex: '-1' }, h('bdi', {}, title))),
    ...parts);
}

export function section(title: string, ...parts: Part[]): HTMLElement {
  return h('section', { class: 'fd-card' }, h('h2', { class: 'fd-subtitle' }, title), ...parts);
}

export function main(text: string, press: () => void): HTMLButtonElement {
  return button(text, 'main', press, { class: 'iv-button iv-main-action' });
}

export function plain(text: string, press: () => void, more = ''): HTMLButtonElement {
  return button(text, 'plain', press, { class: `iv-button iv-plain ${more}`.trim() });
}

export interface Line {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
}

export function line(label: string, attributes: Record<string, unknown>, hint = ''): Line {
  const [id, about] = [freshId('field'), freshId('hint')];
  const input = h('input', { class: 'iv-input', id, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', ...(hint === '' ? {} : { 'aria-describedby': about }), ...attributes });
  return { input, element: h('div', { class: 'fd-line' }, h('label', { for: id }, label), hint !== '' && h('p', { class: 'iv-aside', id: about }, hint), input) };
}

export interface Choice {
  readonly element: HTMLElement;
  readonly select: HTMLSelectElement;
}

/** One of a list; the first is nothing, where it is empty. */
export function choice(label: string | HTMLElement, options: readonly (readonly [code: string, name: string])[], chosen = ''): Choice {
  const id = freshId('field');
  const select = h('select', { class: 'iv-input', id, autocomplete: 'off' }, ...options.map(([code, name]) => h('option', { value: code, selected: code === chosen }, name)));
  return { select, element: h('div', { class: 'fd-line' }, h('label', { for: id }, label), select) };
}

/** A form that does one thing at a time and says what went wrong. */
export function doing(speech: FieldSpeech, key: string, act: () => Promise<string | null>, ...parts: Part[]): HTMLFormElement {
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  const press = h('button', { type: 'submit', class: 'iv-button iv-main-action' }, key);
  const form = h('form', { class: 'fd-form', novalidate: true, autocomplete: 'off' }, ...parts, wrong, h('div', { class: 'iv-actions' }, press));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (press.disabled) return;
    press.disabled = true;
    press.textContent = speech.tell('working');
    wrong.textContent = '';
    const done = (text: string | null): void => {
      press.disabled = false;
      press.textContent = key;
      if (text === null) return;
      wrong.textContent = text;
      form.querySelector('input')?.focus();
    };
    act().then(done, (error: unknown) => done(reasonOf(error, speech)));
  });
  return form;
}

/** Why something could not be done, for whoever stands there with the phone. */
export function reasonOf(error: unknown, speech: FieldSpeech): string {
  if (error instanceof SignedOut) return speech.tell('signInFirst');
  if (error instanceof NotReached) return speech.tell('noServer');
  if (error instanceof OtherPerson) return speech.tell('otherPerson');
  if (error instanceof NoCode) return speech.tell('codeNeeded');
  if (error instanceof Unknown) return speech.tell('unknownPhone');
  if (error instanceof UnsentFirst) return speech.tell('unsentFirst');
  if (error instanceof Refused) return error.message || speech.tell('trouble');
  return speech.tell('trouble');
}

/** In its own place, when it has come. */
export function later(place: HTMLElement, waiting: string, come: Promise<Part[]>): HTMLElement {
  replace(place, h('p', { class: 'iv-aside', role: 'status' }, waiting));
  void come.then((parts) => replace(place, ...parts));
  return place;
}
