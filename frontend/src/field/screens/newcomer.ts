import { h } from '../../dom.ts';
import { INTERFACE_LANGUAGES } from '../../words/index.ts';
import { BASES, PURPOSES, RELATIONS, sealNewcomer, SETTLED, SEXES, wrongIn, type Newcomer, type Said, type Written, type Wrong } from '../newcomers.ts';
import { byServer } from '../meta.ts';
import type { Notebook } from '../notebook.ts';
import type { Frame } from '../payload.ts';
import type { FieldSpeech } from '../words/index.ts';
import { choice, doing, line, page, plain, section } from './kit.ts';

const EXPLAINED = ['spoken', 'pictures', 'written', 'interpreter'] as const;
const BACK = ['not_asked', 'understood', 'partly', 'not'] as const;
const CAPACITY = ['not_judged', 'able', 'with_help', 'not_yet'] as const;

type Options = readonly (readonly [string, string])[];

/** A child that nobody has registered: with the least that is needed, and what was said of the agreement. */
export function newcomer(notebook: Notebook): HTMLElement {
  const { speech, frame } = notebook;
  // Without what is read out nobody can agree to it.
  if (frame?.registering === undefined) return page(speech, speech.tell('newTitle'), () => void notebook.today(), h('p', {}, speech.tell('noList')));
  const facts = factsOf(speech, frame);
  const asked = { child: questions(speech, frame, 'child', () => facts.read().sex === 'female'), caregiver: questions(speech, frame, 'caregiver') };
  facts.onSex(asked.child.read_out);
  const delivery = crypto.randomUUID(); // of this form, however often it is pressed
  const act = async (): Promise<string | null> => {
    const [written, said] = [facts.read(), { child: asked.child.read(), caregiver: asked.caregiver.read() }];
    const at = await byServer(notebook.database, Date.now());
    const wrong: Wrong[] = at === null ? ['newClock'] : wrongIn(written, Object.values(said), at);
    if (at === null || wrong.length > 0) return wrong.map((word) => speech.tell(word)).join(' ');
    await sealNewcomer(notebook.vault, frame, written, said, delivery, at);
    notebook.news = [...new Set([...notebook.news, 'newSealed' as const])];
    await notebook.today();
    void notebook.sync();
    return null;
  };
  return page(speech, speech.tell('newTitle'), () => void notebook.today(), h('p', {}, speech.tell('newText')),
    doing(speech, speech.tell('seal'), act, ...facts.elements, asked.child.element, asked.caregiver.element));
}

function coded(speech: FieldSpeech, codes: readonly string[], prefix: string, empty = false): Options {
  return [...(empty ? [['', speech.tell('newChoose')] as const] : []), ...codes.map((code) => [code, speech.named(`${prefix}${code}`)] as const)];
}

function factsOf(speech: FieldSpeech, frame: Frame): { elements: HTMLElement[]; read: () => Written; onSex: (act: () => void) => void } {
  const name = line(speech.tell('newName'), { type: 'text', maxlength: 120, dir: 'auto' });
  const sex = choice(speech.tell('newSex'), coded(speech, SEXES, 'sex_', true));
  const born = line(speech.tell('newBorn'), { type: 'date' });
  const age = line(speech.tell('newAgeYears'), { type: 'text', inputmode: 'numeric', maxlength: 2 }, speech.tell('newAgeHint'));
  const back = line(speech.tell('newReturn'), { type: 'date' });
  const basis = choice(speech.tell('newBasis'), coded(speech, BASES, 'basis_'));
  const place = choice(speech.tell('newPlace'), [['', speech.tell('newUnsaid')], ...(frame.registering?.places ?? []).map(({ id, name: path }) => [id, path] as const)]);
  const language = choice(speech.tell('newLanguage'), INTERFACE_LANGUAGES.map(({ code, name: own }) => [code, own] as const), speech.code);
  const who = choice(speech.tell('newCaregiver'), [['', speech.tell('newUnsaid')], ...coded(speech, RELATIONS, 'kin_')]);
  const named = line(speech.tell('newCaregiverName'), { type: 'text', maxlength: 120, dir: 'auto' });
  return {
    onSex: (act) => sex.select.addEventListener('change', act),
    elements: [name, sex, born, age, back, basis, place, language, who, named].map(({ element }) => element),
    read: () => ({
      name: name.input.value.trim(), sex: sex.select.value, birth_date: born.input.value, age: age.input.value.trim(), return_date: back.input.value,
      return_date_basis: basis.select.value, place: place.select.value, language: language.select.value, caregiver: who.select.value,
      caregiver_name: who.select.value === '' ? '' : named.input.value.trim(),
    }),
  };
}

interface Questions {
  readonly element: HTMLElement;
  readonly read: () => Said;
  /** What is read out, anew: to a girl it may be said otherwise. */
  readonly read_out: () => void;
}

/** One person at a time is asked, as on the page of the agreement: first what is read out, then each question. */
function questions(speech: FieldSpeech, frame: Frame, who: 'child' | 'caregiver', girl: () => boolean = () => false): Questions {
  const language = speech.code in (frame.registering?.read_out[who] ?? {}) ? speech.code : 'en';
  const key = (name: string): string => (who === 'child' ? name : `adult_${name}`);
  const spoken: [place: HTMLElement, key: string][] = [];
  const text = (name: string): HTMLElement => {
    const place = h('span', { dir: 'auto', lang: language });
    spoken.push([place, name]);
    return place;
  };
  const read_out = (): void => {
    for (const [place, name] of spoken) {
      const told = frame.registering?.read_out[name] ?? {};
      place.textContent = (girl() ? told[`${language}_girl`] : '') || told[language] || '';
    }
  };
  const reads = [who, key('limits'), key('promise')].map((name) => h('p', { dir: 'auto' }, text(name)));
  const answers = PURPOSES.map((purpose) => choice(text(key(purpose)), [['', speech.tell('newNotAsked')], ['agrees', speech.tell('allowedYes')], ['refuses', speech.tell('allowedNo')]]));
  const limits = h('input', { type: 'checkbox', autocomplete: 'off' });
  const explained = choice(speech.tell('newExplained'), coded(speech, EXPLAINED, 'explained_'));
  const back = choice(speech.tell('newTeachBack'), coded(speech, BACK, 'back_'));
  const capacity = choice(speech.tell('newCapacity'), coded(speech, CAPACITY, 'capacity_'));
  const recipient = line(speech.tell('newRecipientName'), { type: 'text', maxlength: 120, dir: 'auto' });
  const asks = answers.flatMap(({ element }, at) => (PURPOSES[at] === 'sharing' ? [element, recipient.element] : [element]));
  const element = h('details', { class: 'iv-details fd-asked' }, h('summary', {}, speech.tell(who === 'child' ? 'newAskChild' : 'newAskCaregiver')),
    h('div', { class: 'fd-stack' }, ...reads, explained.element, h('label', { class: 'iv-tick' }, limits, h('span', {}, speech.tell('newLimitsTold'))),
      h('p', { dir: 'auto' }, text(key('teach_back'))), back.element, ...asks, who === 'child' && capacity.element));
  read_out();
  return {
    element,
    read_out,
    read: () => ({
      language,
      answers: Object.fromEntries(PURPOSES.map((purpose, at) => [purpose, answers[at]!.select.value]).filter(([, said]) => said !== '')) as Record<string, string>,
      explained: explained.select.value, teach_back: back.select.value, limits_told: limits.checked, recipient: recipient.input.value.trim(),
      capacity: who === 'child' ? capacity.select.value : 'not_judged',
    }),
  };
}

/** On the list of today: what has become of those who were registered here. */
export function newcomers(notebook: Notebook): HTMLElement | false {
  const { speech, newcomers: made } = notebook;
  if (made.length === 0) return false;
  return section(speech.tell('newOnes'), h('ul', { class: 'fd-plain' }, ...made.map((each) => h('li', {}, becameOf(notebook, each)))));
}

function becameOf({ speech, frame }: Notebook, { delivery, made_at }: Newcomer): string {
  const found = (frame?.newcomers ?? []).find((each) => each.delivery === delivery);
  const day = speech.moment(new Date(made_at).toISOString());
  if (found === undefined) return speech.tell('newSent', { day });
  if (found.state === SETTLED) return speech.tell('newSettled', { day });
  if (found.code === '') return speech.tell('newWaits', { day });
  const code = found.code.replace(/^(.{3})(.{3})(.*)$/, '$1\u00a0$2\u00a0$3');
  return speech.tell(found.state === 'perhaps_known' ? 'newPerhapsKnown' : 'newRegistered', { day, code });
}

export function newKey(notebook: Notebook): HTMLElement {
  return plain(notebook.speech.tell('newTitle'), () => notebook.show(newcomer));
}
