import { h, replace } from '../../dom.ts';
import { Unknown } from '../means.ts';
import type { Notebook } from '../notebook.ts';
import type { FieldChild } from '../payload.ts';
import type { FieldSpeech, FieldWord } from '../words/index.ts';
import { child } from './child.ts';
import { observed } from './observed.ts';
import { page, plain, reasonOf } from './kit.ts';
import { newcomers, newKey } from './newcomer.ts';
import { settings } from './settings.ts';
import { standing } from './standing.ts';

export function today(notebook: Notebook): HTMLElement {
  const { speech, children, frame, missing } = notebook;
  const news = notebook.news.map((word) => h('p', { class: 'iv-notice', role: 'status' }, notebook.tell(word)));
  const list = h('ul', { class: 'fd-list' }, ...children.map((each) => h('li', {}, row(notebook, each))));
  const nobody = frame === null ? 'noList' : 'nobody';
  return page(speech, speech.tell('today'), null, ...news, standing(notebook, true),
    children.length === 0 ? h('p', {}, notebook.tell(nobody)) : list,
    newcomers(notebook),
    frame?.registering !== undefined && newKey(notebook),
    !notebook.whole && notWhole(notebook),
    missing.length > 0 && h('p', { class: 'iv-notice' }, speech.tell('formsMissing', { n: missing.length })),
    fetching(notebook),
    plain(speech.tell('settings'), () => notebook.show(settings)));
}

function notWhole({ speech, means }: Notebook): HTMLElement {
  const notice = h('p', { class: 'iv-notice' }, speech.tell('codeMissing'));
  void means.whenKept().then(() => notice.remove());
  return notice;
}

const PAGES = { caseload: child, monitor: observed };

function row(notebook: Notebook, each: FieldChild): HTMLButtonElement {
  const { speech } = notebook;
  const begun = [...notebook.drafts.values()].some(({ draft }) => draft.child?.code === each.code) || notebook.pairs.get(each.code)?.over_at === null;
  const [first] = each.due;
  const words = first === undefined ? '' : dueWords(speech, first);
  return h('button', { type: 'button', class: 'fd-row', on: { click: () => notebook.show((book) => PAGES[book.office.kind](book, each), each.code) } },
    h('span', { class: 'fd-code', dir: 'ltr' }, each.label),
    begun && h('span', { class: 'fd-mark' }, speech.tell('unfinished')),
    each.apart != null && h('span', { class: 'fd-late' }, speech.tell('askApart', { who: speech.named(each.apart.respondent) })),
    words !== '' && h('span', { class: first !== undefined && isLate(first) ? 'fd-late' : 'fd-due' }, words));
}

type Due = FieldChild['due'][number];
const STATES: Readonly<Record<string, FieldWord>> = { coming: 'dueSoon', tolerated: 'inTime' };

function isLate({ state, to }: Due): boolean {
  return state !== 'not_yet' && (state === 'late' || to < new Date().toISOString().slice(0, 10));
}

/** In the words of the site: the state, and until when it is open. */
export function dueWords(speech: FieldSpeech, due: Due): string {
  if (due.state === 'day') return speech.tell('dueOn', { day: speech.day(due.on) });
  if (due.state === 'not_yet') return speech.tell('later', { day: speech.day(due.from) });
  return speech.tell(isLate(due) ? 'late' : STATES[due.state] ?? 'due', { day: speech.day(due.to) });
}

function fetching(notebook: Notebook): HTMLElement {
  const { speech, frame } = notebook;
  const behind = notebook.renewal.behind;
  const of = frame === null ? '' : speech.tell(behind ? 'listBehind' : 'listOf', { day: speech.moment(frame.made_at) });
  const said = h('p', { class: 'iv-aside', role: 'status' }, of);
  const signIn = behind && h('a', { class: 'iv-button iv-plain', href: '/sign-in?next=/app/' }, speech.tell('signIn'));
  const press = plain(speech.tell('fetchList'), () => {
    press.disabled = true;
    said.textContent = speech.tell('working');
    notebook.fetchList().then(() => notebook.today(), (error: unknown) => {
      if (error instanceof Unknown) return notebook.today();
      press.disabled = false;
      replace(said, reasonOf(error, speech));
    });
  });
  return h('div', { class: 'fd-stack' }, said, signIn, press);
}
