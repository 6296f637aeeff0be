import { h } from '../../dom.ts';
import type { Notebook } from '../notebook.ts';
import type { FieldChild } from '../payload.ts';
import { begins } from './child.ts';
import { page } from './kit.ts';
import { dueWords } from './today.ts';

/** What a community monitor has of a child: when to look in, and the form. */
export function observed(notebook: Notebook, each: FieldChild): HTMLElement {
  const { speech } = notebook;
  return page(speech, each.label, () => void notebook.today(),
    ...each.due.map((due) => h('p', {}, dueWords(speech, due))),
    begins(notebook, { ...each, language: speech.code }));
}
