import { h } from '../../dom.ts';
import { write, type Change } from '../database.ts';
import { idOf } from '../drafts.ts';
import type { Notebook } from '../notebook.ts';
import { notAsked } from '../notes.ts';
import { begin, NoForm } from '../opening.ts';
import { asking, draftOf, formOf, isFormOf, keepPair, mayBegin, pairChange, pairFor, REASONS, settled, stageOf, type Half, type Pair, type Reason, type Voice } from '../pairs.ts';
import type { FieldChild, FieldForm } from '../payload.ts';
import type { FieldSpeech, FieldWord } from '../words/index.ts';
import { back, handing } from './handing.ts';
import { interview, type Paired } from './interview.ts';
import { main, page, plain, reasonOf, section } from './kit.ts';

type At = 0 | 1;
const BEGIN: Record<Voice, FieldWord> = { child: 'beginChild', caregiver: 'beginCaregiver' };
const GO_ON: Record<Voice, FieldWord> = { child: 'goOnChild', caregiver: 'goOnCaregiver' };
const NOT_ASKED: Record<Voice, FieldWord> = { child: 'childNotAsked', caregiver: 'caregiverNotAsked' };

/** What comes next with two who are asked one after the other. */
export function pair(notebook: Notebook, each: Pair): HTMLElement {
  const stage = stageOf(each);
  if (stage.kind === 'over') return back(notebook, { sealed: true });
  if (stage.kind === 'permitting') return back(notebook, { next: () => permit(notebook, each), language: each.buttons, sealed: true });
  if (stage.kind !== 'handing') return overview(notebook, each);
  return handing(notebook, each, stage.at, () => ask(notebook, each, stage.at), () => see(notebook, each));
}

/** On the page of a child. */
export function together(notebook: Notebook, each: FieldChild): HTMLElement | false {
  const { speech, frame } = notebook;
  const before = notebook.pairs.get(each.code) ?? null;
  if (before !== null && before.over_at !== null) return section(speech.tell('together'), ...before.halves.map((half) => h('p', {}, standing(speech, half, false))));
  const found = before ?? (each.may_begin && frame !== null ? pairFor(each, frame.forms) : null);
  if (found === null) return false;
  const open = (): void => void (before === null ? see(notebook, found) : goOn(notebook, found));
  return section(speech.tell('together'), h('p', {}, speech.tell('togetherText')), main(speech.tell(before === null ? 'startTogether' : 'goOnTogether'), open));
}

/** Whether a form is asked within it, and not beside it. */
export function within(notebook: Notebook, { code }: FieldChild): (form: FieldForm) => boolean {
  const before = notebook.pairs.get(code);
  return (form) => before?.over_at === null && before.halves.some((half) => isFormOf(half, form));
}

async function goOn(notebook: Notebook, each: Pair): Promise<void> {
  await keepPair(notebook.vault, { ...each, aside: false });
  await notebook.home();
}

/** Only whoever leads the interviews can tell: the phone is with them again. */
function permit(notebook: Notebook, each: Pair): Promise<void> {
  const answered = async (after: Pair): Promise<void> => {
    await write(notebook.vault.database, await changesOf(notebook, each, after));
    void notebook.sync();
    await notebook.home();
  };
  return notebook.turnTo((book) => page(book.speech, book.speech.tell('didTheChildAllow'), () => void see(book, each),
    h('p', {}, book.speech.tell('ifTheChildAllows')),
    h('div', { class: 'iv-actions' },
      plain(book.speech.tell('allowedYes'), () => void answered({ ...each, allowed: true, aside: false })),
      plain(book.speech.tell('allowedNo'), () => void answered(settled(each, 1, 'no_permission', each.buttons, Date.now()))))), each.code);
}

function see(notebook: Notebook, each: Pair): Promise<void> {
  return notebook.turnTo((book) => overview(book, each), each.code);
}

/** For whoever leads the interviews: who was asked and who is to be, and nothing of what was said. */
function overview(notebook: Notebook, each: Pair): HTMLElement {
  const { speech } = notebook;
  const child = notebook.children.find(({ code }) => code === each.code);
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  const failed = (error: unknown): void => {
    wrong.textContent = error instanceof NoForm ? speech.tell('formNotHere') : reasonOf(error, speech);
  };
  const begun = each.now !== null || each.halves.some(({ state }) => state !== 'open');
  return page(speech, each.label.replaceAll('-', '\u2011'), () => void later(notebook, each, begun),
    h('p', {}, speech.tell('togetherText')),
    each.permission && h('p', {}, speech.tell('ifTheChildAllows')),
    !notebook.lock.hasPin && h('p', { class: 'iv-aside' }, speech.tell('togetherPin')),
    child?.may_begin === false && h('p', { class: 'iv-notice' }, speech.tell('mayNotBegin')),
    wrong,
    ...([0, 1] as const).map((at) => half(notebook, each, at, failed)),
    begun && plain(speech.tell('putAside'), () => void later(notebook, each, begun)));
}

async function later(notebook: Notebook, each: Pair, begun: boolean): Promise<void> {
  if (begun) await keepPair(notebook.vault, { ...each, aside: true });
  await notebook.today();
}

function half(notebook: Notebook, each: Pair, at: At, failed: (error: unknown) => void): HTMLElement {
  const { speech } = notebook;
  const which = each.halves[at];
  const begun = draftOf(each, at, notebook.drafts.values()) !== null;
  const word = begun ? GO_ON[which.respondent] : BEGIN[which.respondent];
  const permits = at === 1 && stageOf(each).kind === 'permitting';
  const may = mayBegin(each, at) && (begun || notebook.children.some(({ code, may_begin }) => code === each.code && may_begin));
  return section(standing(speech, which, begun),
    may && main(speech.tell(word), () => void ask(notebook, each, at).catch(failed)),
    permits && main(speech.tell('didTheChildAllow'), () => void permit(notebook, each)),
    which.state === 'open' && plain(speech.tell(NOT_ASKED[which.respondent]), () => void notebook.turnTo((book) => why(book, each, at), each.code)));
}

function standing(speech: FieldSpeech, { respondent, state }: Half, begun: boolean): string {
  const said = state === 'open' ? speech.tell(begun ? 'unfinished' : 'toBeAsked') : state === 'sealed' ? speech.tell('halfSealed') : speech.tell('notAsked', { why: speech.named(state) });
  return `${speech.named(respondent)}: ${said}`;
}

/** The interview with one of the two. Of the other nothing is open when it begins. */
async function ask(notebook: Notebook, each: Pair, at: At): Promise<void> {
  const { frame, children } = notebook;
  const child = children.find(({ code }) => code === each.code);
  const before = draftOf(each, at, notebook.drafts.values());
  const form = before?.draft.form ?? formOf(each.halves[at], frame?.forms ?? []);
  if (child === undefined || frame === null) return notebook.today();
  if (isGone(notebook, each, child)) return notebook.turnTo((book) => back(book), each.code);
  if (!mayBegin(each, at)) return see(notebook, each);
  if (form === null) throw new NoForm();
  if (before === null && !child.may_begin) return see(notebook, each);
  const now = asking(each, at);
  await interview(notebook, before?.draft ?? begin(frame, form, child, each.halves[at].respondent), before, child.language, goesOn(notebook, now, at));
}

/** The list has gone on since this page was drawn: they are not asked any more, or somebody did. */
function isGone({ pairs, frame }: Notebook, { code, now, halves }: Pair, child: FieldChild): boolean {
  const isKept = now !== null || halves.some(({ state }) => state !== 'open');
  return !pairs.has(code) && (isKept || pairFor(child, frame?.forms ?? []) === null);
}

function goesOn(notebook: Notebook, each: Pair, at: At): Paired {
  let after = each;
  return {
    begun: () => keepPair(notebook.vault, each),
    sealed: (buttons) => pairChange(notebook.vault, (after = settled(each, at, 'sealed', buttons, Date.now()))),
    next: () => notebook.turnTo((book) => (book.pairs.has(each.code) ? pair(book, after) : back(book, { sealed: true })), each.code),
    leave: () => void notebook.turnTo((book) => back(book, { next: () => see(book, each) }), each.code),
  };
}

/** What was said until then is not lost. */
function why(notebook: Notebook, each: Pair, at: At): HTMLElement {
  const { speech } = notebook;
  const { respondent } = each.halves[at];
  const begun = draftOf(each, at, notebook.drafts.values()) !== null;
  return page(speech, speech.tell(NOT_ASKED[respondent]), () => void see(notebook, each),
    h('p', {}, speech.tell('whyNot')), begun && h('p', { class: 'iv-notice' }, speech.tell('whatWasSaid')),
    h('div', { class: 'iv-actions' }, ...REASONS.map((reason) => plain(speech.named(reason), () => void giveUp(notebook, each, at, reason)))));
}

/** What has become of them, and what the server is told of it: both or neither. */
async function changesOf({ vault, frame }: Notebook, before: Pair, after: Pair): Promise<Change[]> {
  return [await pairChange(vault, after), ...(await notAsked(frame, before, after, Date.now()))];
}

async function giveUp(notebook: Notebook, each: Pair, at: At, reason: Reason): Promise<void> {
  const begun = draftOf(each, at, notebook.drafts.values());
  const after = settled(each, at, reason, each.buttons, Date.now());
  await notebook.sealer.with(begun === null ? null : idOf(begun.draft), await changesOf(notebook, each, after));
  await notebook.count();
  void notebook.sync();
  if (after.over_at !== null) return notebook.turnTo((book) => back(book, { sealed: begun !== null }), each.code);
  await notebook.home();
}
