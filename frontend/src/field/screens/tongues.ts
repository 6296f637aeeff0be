import { h } from '../../dom.ts';
import { INTERFACE_LANGUAGES } from '../../words/index.ts';
import type { Screen } from '../means.ts';
import type { Notebook } from '../notebook.ts';

/** Each language in its own letters; the screen is drawn anew in it. */
export function tongues(notebook: Notebook, screen: Screen): HTMLElement {
  const options = INTERFACE_LANGUAGES.map(({ code, name }) => h('option', { value: code, lang: code, selected: code === notebook.speech.code }, name));
  const chosen = h('select', { class: 'iv-input', 'aria-label': notebook.speech.tell('language'), autocomplete: 'off' }, ...options);
  chosen.addEventListener('change', () => void notebook.speak(chosen.value).then(() => notebook.show(screen)));
  return h('div', { class: 'fd-tongues' }, chosen);
}
