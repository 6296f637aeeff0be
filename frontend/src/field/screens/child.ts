import { h, replace } from '../../dom.ts';
import { keepHistory, keptHistory } from '../caseload.ts';
import { idOf } from '../drafts.ts';
import type { Notebook } from '../notebook.ts';
import { history } from '../office.ts';
import { begin, NoForm } from '../opening.ts';
import { formsFor, titleOf, type Action, type FieldChild, type FieldForm, type History } from '../payload.ts';
import type { FieldSpeech } from '../words/index.ts';
import { interview } from './interview.ts';
import { together, within } from './pair.ts';
import { later, page, plain, reasonOf, section } from './kit.ts';
import { dueWords } from './today.ts';

export function child(notebook: Notebook, each: FieldChild): HTMLElement {
  const { speech } = notebook;
  const title = each.label.replaceAll('-', '\u2011'); // `6-11` on one line
  return page(speech, title, () => void notebook.today(),
    each.apart != null && h('p', { class: 'iv-notice' }, speech.tell('askApartText', { who: speech.named(each.apart.respondent), day: speech.day(each.apart.on) })),
    together(notebook, each),
    begins(notebook, each),
    each.due.length > 0 && section(speech.tell('dueTitle'), h('ul', { class: 'fd-plain' }, ...each.due.map((due) =>
      h('li', {}, `${due.point === 'contact' ? speech.named('contact') : speech.named('round')} · ${dueWords(speech, due)}`,
        due.respondents.length > 0 && h('span', { class: 'iv-aside' }, ` · ${speech.codes(due.respondents)}`))))),
    each.actions.length > 0 && section(speech.tell('actionsTitle'), h('ul', { class: 'fd-plain' }, ...each.actions.map((action) => h('li', {}, actionWords(speech, action))))),
    card(speech, each),
    thirds(speech, each),
    past(notebook, each));
}

export function begins(notebook: Notebook, each: FieldChild): HTMLElement {
  const { speech, frame } = notebook;
  const isWithin = within(notebook, each);
  const all = frame === null ? [] : formsFor(each, frame.forms);
  const forms = all.filter((form) => !isWithin(form));
  const wrong = h('p', { class: 'iv-error', role: 'alert' });
  const failed = (error: unknown): void => {
    wrong.textContent = error instanceof NoForm ? speech.tell('formNotHere') : reasonOf(error, speech);
  };
  const keys = forms.flatMap((form) => {
    const before = notebook.drafts.get(idOf(begin(frame!, form, each))) ?? null;
    if (before === null && !each.may_begin) return [];
    const begun = before?.draft ?? begin(frame!, form, each);
    const name = speech.tell(before === null ? 'begin' : 'goOnWith', { form: titleOf(form, speech.code) });
    return [keyTo(name, form, before !== null, () => interview(notebook, begun, before, each.language).catch(failed))];
  });
  const older = [...notebook.drafts.values()].filter(({ draft }) => draft.child?.code === each.code && !isWithin(draft.form) && !forms.some(({ id }) => id === draft.form.id));
  for (const before of older) {
    const name = speech.tell('goOnWith', { form: titleOf(before.draft.form, speech.code) });
    keys.push(keyTo(name, before.draft.form, true, () => interview(notebook, before.draft, before, each.language).catch(failed)));
  }
  const why = each.why_not === 'quiet_time' ? speech.tell('quiet') : speech.tell('mayNotBegin');
  return section(notebook.tell('beginTitle'), !each.may_begin && h('p', { class: 'iv-notice' }, why),
    keys.length === 0 && each.may_begin && all.length === forms.length && h('p', {}, notebook.tell('noForm')), h('div', { class: 'iv-actions' }, ...keys), wrong);
}

function keyTo(name: string, form: FieldForm, first: boolean, press: () => Promise<void>): HTMLButtonElement {
  const key = h('button', { type: 'button', class: `iv-button ${first ? 'iv-main-action' : 'iv-plain'}`, 'data-form': form.id }, h('span', { dir: 'auto' }, name));
  key.addEventListener('click', () => {
    key.disabled = true;
    void press().finally(() => (key.disabled = false));
  });
  return key;
}

/** By whom it was promised, to whom, and for when; what child or caregiver do themselves was agreed with us. */
export function actionWords(speech: FieldSpeech, { state, by_when, who }: Action): string {
  const own = who === 'child' || who === 'caregiver';
  const said = speech.tell(own ? 'by' : 'toFamily', { who: speech.named(who === 'school' ? 'the_school' : who), day: speech.day(by_when) });
  return state === '' ? said : `${said} · ${speech.named(state)}`;
}

function card(speech: FieldSpeech, { card: { ways, safe_days, safe_parts } }: FieldChild): HTMLElement {
  if (ways === null) return section(speech.tell('cardTitle'), h('p', {}, speech.tell('noCard')));
  return section(speech.tell('cardTitle'), h('p', {}, speech.tell('ways', { ways: speech.codes(ways) })),
    safe_days.length > 0 && h('p', {}, speech.tell('safeDays', { days: speech.weekdays(safe_days) })),
    safe_parts.length > 0 && h('p', {}, speech.codes(safe_parts)));
}

function thirds(speech: FieldSpeech, { bands }: FieldChild): HTMLElement | false {
  const voices = Object.entries(bands).filter(([, said]) => Object.keys(said).length > 0);
  if (voices.length === 0) return false;
  return section(speech.tell('bandsTitle'), h('ul', { class: 'fd-plain' }, ...voices.map(([who, said]) => h('li', {}, `${speech.named(who)}: ${spread(speech, said)}`))));
}

function spread(speech: FieldSpeech, said: Readonly<Record<string, string>>): string {
  return Object.entries(said).map(([dimension, third]) => `${speech.named(dimension)} – ${speech.named(third)}`).join(' · ');
}

/** Fetched for a visit, and not kept for longer than that. */
function past(notebook: Notebook, each: FieldChild): HTMLElement {
  const { speech, vault } = notebook;
  const place = h('div', { class: 'fd-stack' });
  const draw = async (): Promise<HTMLElement[]> => {
    const kept = await keptHistory(vault, each.code, Date.now());
    return kept === null ? [h('p', { class: 'iv-aside' }, speech.tell('historyText')), ask()] : [events(speech, kept.history)];
  };
  const ask = (): HTMLButtonElement => {
    const press = plain(speech.tell('fetchHistory'), () => {
      press.disabled = true;
      history(each.code).then((found) => keepHistory(vault, each.code, found, Date.now())).then(draw).then(
        (parts) => replace(place, ...parts),
        (error: unknown) => {
          press.disabled = false;
          replace(place, h('p', { class: 'iv-notice', role: 'alert' }, reasonOf(error, speech)), press);
        });
    });
    return press;
  };
  return section(speech.tell('history'), later(place, speech.tell('working'), draw()));
}

function events(speech: FieldSpeech, { visits, scores }: History): HTMLElement {
  const lines = [
    ...visits.map(({ on, way, actions }) => ({ on, said: [speech.named(way), ...actions.map((each) => actionWords(speech, each))].join(' · ') })),
    ...scores.map(({ on, respondent, bands }) => ({ on, said: `${speech.named(respondent)}: ${spread(speech, bands)}` })),
  ].sort((one, other) => other.on.localeCompare(one.on));
  if (lines.length === 0) return h('p', {}, speech.tell('historyNone'));
  return h('ul', { class: 'fd-plain' }, ...lines.map(({ on, said }) => h('li', {}, h('strong', {}, speech.day(on)), ` ${said}`)));
}
