import { h } from '../../dom.ts';
import type { Notebook } from '../notebook.ts';
import { WrongPassphrase } from '../vault.ts';
import { doing, line, page, plain } from './kit.ts';
import { standing } from './standing.ts';
import { tongues } from './tongues.ts';

export function unlock(notebook: Notebook): HTMLElement {
  const { speech } = notebook;
  const phrase = line(speech.tell('passphrase'), { type: 'password', autocomplete: 'current-password' });
  const act = async (): Promise<string | null> => {
    const said = phrase.input.value;
    try {
      await notebook.unlock(said);
    } catch (error) {
      if (!(error instanceof WrongPassphrase)) throw error;
      phrase.input.value = '';
      return speech.tell('wrong');
    }
    return null;
  };
  const forgotten = h('details', { class: 'iv-details' }, h('summary', {}, speech.tell('forgotten')),
    h('p', {}, speech.tell('forgottenText')), plain(speech.tell('startAnew'), () => void notebook.empty(), 'iv-danger'));
  return page(speech, speech.tell('unlockTitle'), null, doing(speech, speech.tell('open'), act, phrase.element), standing(notebook), forgotten, tongues(notebook, unlock));
}

/** Within this running app alone: the key is in memory still. */
export function pin(notebook: Notebook): HTMLElement {
  const { speech, lock } = notebook;
  const digits = line(speech.tell('pin'), { type: 'password', inputmode: 'numeric', maxlength: 8 });
  const act = async (): Promise<string | null> => {
    const right = lock.tryPin(digits.input.value);
    digits.input.value = '';
    if (right) await notebook.reopen();
    return right || !lock.hasPin ? null : speech.tell('pinWrong', { n: lock.left });
  };
  return page(speech, speech.tell('unlockTitle'), null, h('p', {}, speech.tell('pinText')), doing(speech, speech.tell('open'), act, digits.element),
    plain(speech.tell('usePassphrase'), () => void notebook.lockUp(false)));
}
