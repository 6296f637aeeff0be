import { h } from '../../dom.ts';
import type { Notebook } from '../notebook.ts';
import { isPin } from '../passphrase.ts';
import { doing, line, main, page, plain, section } from './kit.ts';
import { tongues } from './tongues.ts';

export function settings(notebook: Notebook): HTMLElement {
  const { speech } = notebook;
  return page(speech, speech.tell('settings'), () => void notebook.today(),
    section(speech.tell('language'), tongues(notebook, settings)),
    section(speech.tell('pinTitle'), pinForm(notebook)),
    main(speech.tell('lockNow'), () => void notebook.lockUp(notebook.lock.hasPin)),
    section(speech.tell('signOut'), h('p', {}, speech.tell('signOutText')), plain(speech.tell('signOut'), () => notebook.show(sure), 'iv-danger')));
}

function pinForm(notebook: Notebook): HTMLElement {
  const { speech, lock } = notebook;
  const digits = line(speech.tell('pin'), { type: 'password', inputmode: 'numeric', maxlength: 8 }, speech.tell('pinHint'));
  const said = h('p', { role: 'status' }, lock.hasPin ? speech.tell('pinSet') : '');
  const act = (): Promise<string | null> => {
    if (!isPin(digits.input.value)) return Promise.resolve(speech.tell('pinHint'));
    lock.setPin(digits.input.value);
    digits.input.value = '';
    said.textContent = speech.tell('pinSet');
    return Promise.resolve(null);
  };
  const none = plain(speech.tell('noPin'), () => {
    lock.setPin(null);
    said.textContent = '';
  });
  return h('div', { class: 'fd-stack' }, doing(speech, speech.tell('setPin'), act, digits.element), said, none);
}

function sure(notebook: Notebook): HTMLElement {
  const { speech, drafts } = notebook;
  return page(speech, speech.tell('signOut'), null, h('p', {}, speech.tell('signOutText')),
    drafts.size > 0 && h('p', { class: 'iv-notice' }, speech.tell('signOutDrafts', { n: drafts.size })),
    h('div', { class: 'iv-actions' },
      main(speech.tell('stay'), () => notebook.show(settings)),
      plain(speech.tell('signOutSure'), () => void notebook.empty(), 'iv-danger')));
}
