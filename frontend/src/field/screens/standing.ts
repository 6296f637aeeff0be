import { h, replace } from '../../dom.ts';
import type { Notebook } from '../notebook.ts';
import { plain } from './kit.ts';

/** What is not sent yet, on every screen where it matters; it follows the sending. `always`: also that nothing is. */
export function standing(notebook: Notebook, always = false): HTMLElement {
  const { speech } = notebook;
  const words = h('div', { class: 'fd-stack', role: 'status' });
  const press = plain(speech.tell('sendNow'), () => {
    press.disabled = true;
    void notebook.sync('everything').finally(() => (press.disabled = false));
  });
  const draw = (): void => {
    const { left, refused, sent, reached } = notebook.stand;
    replace(words,
      h('p', { class: left > 0 ? 'fd-unsent' : 'iv-aside' }, left > 0 ? speech.tell('unsent', { n: left }) : speech.tell('allSent')),
      sent > 0 && h('p', {}, speech.tell('sentNow', { n: sent })),
      left > refused && reached === false && h('p', { class: 'iv-aside' }, speech.tell('notReached')),
      refused > 0 && h('p', { class: 'iv-notice' }, speech.tell('refused', { n: refused })),
      ...notebook.problems.map(({ message, action }) => h('p', { class: 'iv-notice', dir: 'auto' }, `${message} ${action}`.trim())));
    press.hidden = left === 0;
    card.hidden = !always && left === 0 && sent === 0;
  };
  const card = h('div', { class: 'fd-card fd-standing' }, words, press);
  draw();
  notebook.onStand = draw;
  return card;
}
