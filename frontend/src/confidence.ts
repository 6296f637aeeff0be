import { button } from './controls/control.ts';
import { freshId, h, replace, svg } from './dom.ts';
import type { Told } from './told.ts';
import type { Speech } from './words/index.ts';

/** A sealed letter with its word: on every screen, without a count or mark, so that a glance at it tells nothing. */
export function confidenceKey(speech: Speech, press: () => void): HTMLButtonElement {
  return h('button', { type: 'button', class: 'iv-button iv-plain iv-tell', title: speech.say('tell'), on: { click: press } },
    svg('svg', { viewBox: '0 0 24 24', class: 'iv-exit-sign', 'aria-hidden': 'true', focusable: 'false' },
      svg('path', { d: 'M3.5 6h17v12.5h-17zM4 6.5l8 6.5 8-6.5' })),
    h('span', {}, speech.say('tellShort')));
}

/** What is written here leaves the dialog sealed, or not at all. */
export function confidenceDialog(speech: Speech, told: Told, alone = false): HTMLDialogElement {
  const title = freshId('tell');
  const dialog = h('dialog', { class: 'iv-dialog', 'aria-labelledby': title });
  const close = button(speech.say('close'), 'plain', () => dialog.close());
  const heading = h('h2', { class: 'iv-label', id: title }, speech.say('tell'));
  if (!told.possible) {
    replace(dialog, heading, h('p', {}, speech.say('tellNobody')), h('div', { class: 'iv-actions' }, close));
    return dialog;
  }
  const text = h('textarea', { class: 'iv-input', rows: 5, dir: 'auto', autocomplete: 'off', 'aria-label': speech.say(alone ? 'tellWhatAlone' : 'tellWhat') });
  const urgent = h('input', { type: 'checkbox', autocomplete: 'off' });
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  const note = (): void => {
    if (text.value.trim() === '') wrong.textContent = speech.say('required');
    else if (!told.note(text.value, urgent.checked)) wrong.textContent = speech.say('tellLong');
    else {
      text.value = '';
      done();
    }
  };
  /** Says where it goes, and nothing of what it is. It is gone with the dialog. */
  const done = (): void => {
    const said = h('p', { class: 'iv-good', role: 'status' });
    replace(dialog, heading, said, h('div', { class: 'iv-actions' }, close));
    said.textContent = speech.say('tellDone');
    close.focus();
  };
  const drop = (): void => {
    told.drop();
    dialog.close();
  };
  replace(dialog, heading,
    h('p', {}, speech.say(alone ? 'tellTextAlone' : 'tellText')),
    told.count > 0 && h('p', { class: 'iv-notice' }, speech.say('tellKept', { n: told.count })),
    text,
    h('label', { class: 'iv-tick' }, urgent, h('span', {}, speech.say('tellUrgent'))),
    wrong,
    h('div', { class: 'iv-actions' },
      button(speech.say('tellSeal'), 'main', note, { class: 'iv-button iv-main-action' }),
      told.count > 0 && button(speech.say('tellDrop'), 'plain', drop, { class: 'iv-button iv-plain iv-danger' }),
      close));
  return dialog;
}
