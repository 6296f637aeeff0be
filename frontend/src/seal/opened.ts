import { type Bytes } from './bytes.ts';
import { type OpenKey } from './envelope.ts';
import { openForm, type HandedForm } from './programme.ts';

/** A form of a phone, as the server hands it out: closed, with the words of its questions. */
export interface HandedWithWords extends HandedForm {
  readonly questions: Readonly<Record<string, string>>;
  readonly choices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function paragraph(text: string): HTMLParagraphElement {
  const made = document.createElement('p');
  made.dir = 'auto';
  made.textContent = text;
  return made;
}

/** `words`: the page's own, in the reader's language. */
export async function shownForm(handed: HandedWithWords, key: OpenKey, words: DOMStringMap): Promise<HTMLElement[]> {
  const opened = await openForm(handed, key);
  const lines: HTMLElement[] = [];
  if (!opened.intact) lines.push(paragraph(words[opened.missing.length > 0 ? 'incomplete' : 'changed'] ?? ''));
  const list = document.createElement('dl');
  list.className = 'facts';
  for (const [name, value] of opened.answers) list.append(...said(handed, name, value));
  if (list.children.length > 0) lines.push(list);
  for (const file of opened.media) lines.push(saved(file.name, file.content));
  if (list.children.length === 0 && opened.media.length === 0) lines.push(paragraph(words['nothing'] ?? ''));
  return lines;
}

function said(handed: HandedWithWords, name: string, value: string): [HTMLElement, HTMLElement] {
  const term = document.createElement('dt');
  term.textContent = handed.questions[name] ?? name;
  const answer = document.createElement('dd');
  answer.dir = 'auto';
  const choices = handed.choices[name];
  answer.textContent = choices ? value.split(' ').map((code) => choices[code] ?? code).join(' · ') : value;
  return [term, answer];
}

/** To be kept by whoever opens it, outside this system; the page itself neither shows nor plays it. */
function saved(name: string, content: Bytes): HTMLElement {
  const link = document.createElement('a');
  link.className = 'tap';
  link.download = name;
  link.href = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  link.textContent = name;
  const line = document.createElement('p');
  line.append(link);
  return line;
}
