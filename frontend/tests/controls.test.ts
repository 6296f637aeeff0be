import type { SelectNode } from '@getodk/xforms-engine';
import { beforeEach, expect, test } from 'vitest';
import { controlFor } from '../src/controls/index.ts';
import { searchable } from '../src/controls/choice.ts';
import { moodsOf } from '../src/controls/faces.ts';
import { plainDigits, type Control } from '../src/controls/control.ts';
import { setAnswer } from '../src/engine/answers.ts';
import { chooseLanguage, codeOf, directionOfText } from '../src/engine/language.ts';
import { context, FORMS, open, question, valueIn } from './forms.ts';

let root: Awaited<ReturnType<typeof open>>;

beforeEach(async () => {
  root = await open(FORMS.allTypes);
  document.body.replaceChildren();
});

function draw(name: string, language = 'en'): Control {
  const control = controlFor(question(root, name), context(language, language));
  if (control === null) throw new Error(`no control for ${name}`);
  document.body.append(control.element);
  control.update();
  return control;
}

function type(control: Control, text: string): void {
  const input = control.element.matches('input, textarea') ? (control.element as HTMLInputElement) : control.element.querySelector<HTMLInputElement>('input')!;
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

function texts(control: Control, selector: string): string[] {
  return [...control.element.querySelectorAll(selector)].map((element) => element.textContent ?? '');
}

test('text is kept as it was typed', () => {
  type(draw('name_given'), 'أحمد O’Neil');
  expect(valueIn(root, 'name_given')).toBe('أحمد O’Neil');
});

test('every field says that browsers must not remember it', () => {
  for (const name of ['name_given', 'story', 'age', 'day', 'country', 'who', 'stars', 'hundred', 'agreed', 'where', 'photo', 'drawing']) {
    for (const field of document.createElement('div').appendChild(draw(name).element).querySelectorAll('input, textarea, select')) {
      expect(field.getAttribute('autocomplete'), name).toBe('off');
    }
  }
});

test.each([
  ['age', '١٢', '12'],
  ['age', ' 7 ', '7'],
  ['metres', '۲٫۵', '2.5'],
  ['metres', '3,25', '3.25'],
  ['code', '٤٨٢١٩٣٠٦٧', '482193067'],
])('%s typed as %s is kept as %s', (name, typed, kept) => {
  const control = draw(name);
  type(control, typed);
  expect(valueIn(root, name)).toBe(kept);
  expect(control.trouble?.() ?? null).toBeNull();
});

test.each([
  ['age', 'twelve', 'notWhole'],
  ['age', '1.5', 'notWhole'],
  ['age', '99999999999', 'notWhole'],
  ['metres', '1.2.3', 'notNumber'],
])('%s typed as %s is no answer and says so', (name, typed, word) => {
  const control = draw(name);
  type(control, typed);
  expect(valueIn(root, name)).toBe('');
  expect(control.trouble?.()).toBe(word);
  control.update();
  expect((control.element as HTMLInputElement).value).toBe(typed);
});

test('a date is said in words in the language of the interface', () => {
  const control = draw('day');
  type(control, '2024-02-29');
  control.update();
  expect(valueIn(root, 'day')).toBe('2024-02-29');
  expect(control.element.textContent).toContain('Thursday');
});

test('an hour carries the offset of this place, as ODK Collect writes it', () => {
  const control = draw('hour');
  type(control, '07:30');
  expect(valueIn(root, 'hour')).toMatch(/^07:30:00\.000(Z|[+-]\d\d:\d\d)$/);
  control.update();
  expect(control.element.querySelector('input')!.value).toBe('07:30');
});

test('a month and a year make the first day of that month', () => {
  const control = draw('born');
  const select = control.element.querySelector('select')!;
  type(control, '٢٠١٢');
  expect(control.trouble?.()).toBe('notYear');
  select.value = '03';
  select.dispatchEvent(new Event('change'));
  expect(valueIn(root, 'born')).toBe('2012-03-01');
  expect(control.trouble?.()).toBeNull();
});

test('one choice is a radio button each', () => {
  const control = draw('school');
  const inputs = control.element.querySelectorAll('input[type=radio]');
  expect(inputs).toHaveLength(2);
  (inputs[1] as HTMLInputElement).click();
  expect(valueIn(root, 'school')).toBe('no');
});

test('several choices keep the order of the list', () => {
  const control = draw('eaten');
  const inputs = [...control.element.querySelectorAll<HTMLInputElement>('input[type=checkbox]')];
  inputs[2]!.click();
  inputs[0]!.click();
  expect(valueIn(root, 'eaten')).toBe('bread fruit');
  inputs[2]!.click();
  expect(valueIn(root, 'eaten')).toBe('bread');
});

test('faces stand on the points of the scale only, the gladdest first', () => {
  const control = draw('mood');
  expect(texts(control, '.iv-option-face')).toEqual(['Good', 'So-so', 'Bad']);
  expect(control.element.querySelectorAll('svg.iv-face')).toHaveLength(3);
  expect(texts(control, '.iv-option:not(.iv-option-face)')).toEqual(['I do not know', 'I do not want to say']);
});

test('a list follows the answer that filters it', () => {
  setAnswer(question(root, 'country'), 'a');
  const control = draw('town');
  expect(texts(control, '.iv-choice-text')).toEqual(['North town', 'South town']);
  setAnswer(question(root, 'country'), 'b');
  control.update();
  expect(texts(control, '.iv-choice-text')).toEqual(['East town']);
});

test('a choice comes from a file', () => {
  const control = draw('who');
  expect(texts(control, '.iv-choice-text')[0]).toBe('482 193 067 · AB · 12-14');
  control.element.querySelector<HTMLInputElement>('input[type=radio]')!.click();
  expect(valueIn(root, 'who')).toBe('482193067');
});

test('choices bring their picture and their sound', () => {
  const control = draw('house');
  expect([...control.element.querySelectorAll('img')].map((image) => image.getAttribute('src'))).toEqual(['/media/house.svg', '/media/tent.svg']);
  expect(texts(control, '.iv-sound')).toEqual(['Listen: In a house', 'Listen: In a tent']);
});

test('labels follow the language of the questions', () => {
  expect(chooseLanguage(root, 'ar')).toBe(true);
  expect(texts(draw('school', 'ar'), '.iv-choice-text')).toEqual(['نعم', 'لا']);
});

test('a short range is a row of buttons with nothing chosen before', () => {
  const control = draw('stars');
  const inputs = [...control.element.querySelectorAll<HTMLInputElement>('input[type=radio]')];
  expect(inputs.map(({ value }) => value)).toEqual(['1', '2', '3', '4', '5']);
  expect(inputs.some(({ checked }) => checked)).toBe(false);
  inputs[3]!.click();
  expect(valueIn(root, 'stars')).toBe('4');
});

test('a long range is a slider that says when nothing was chosen', () => {
  const control = draw('hundred');
  expect(control.element.textContent).toContain('Not answered yet');
  expect(valueIn(root, 'hundred')).toBe('');
  const input = control.element.querySelector('input')!;
  input.click();
  control.update();
  expect(valueIn(root, 'hundred')).toBe('50');
  expect(input.getAttribute('aria-valuetext')).toBe('50');
});

test('an order is made with buttons', () => {
  const control = draw('ranked');
  expect(valueIn(root, 'ranked')).toBe('');
  control.element.querySelectorAll<HTMLButtonElement>('.iv-down')[0]!.click();
  expect(valueIn(root, 'ranked')).toBe('rice bread fruit none');
  expect(texts(control, '.iv-rank-text')).toEqual(['Rice', 'Bread', 'Fruit', 'Nothing']);
  expect(control.element.querySelector('[role=status]')!.textContent).toBe('Bread is now number 2');
});

test('an acknowledgement is kept as OK', () => {
  draw('agreed').element.querySelector('input')!.click();
  expect(valueIn(root, 'agreed')).toBe('OK');
});

test('a place can be written by hand', () => {
  const control = draw('where');
  const [latitude, longitude] = control.element.querySelectorAll('input');
  latitude!.value = '٩٫٥';
  latitude!.dispatchEvent(new Event('input'));
  expect(control.trouble?.()).toBe('notPlace');
  longitude!.value = '-13.7';
  longitude!.dispatchEvent(new Event('input'));
  expect(valueIn(root, 'where')).toBe('9.5 -13.7 0.0 0.0');
  expect(control.trouble?.()).toBeNull();
});

test('a file keeps nothing of its name', async () => {
  const control = draw('paper');
  const input = control.element.querySelector<HTMLInputElement>('input[type=file]')!;
  Object.defineProperty(input, 'files', { value: [new File(['x'], 'Ana Maria 2011.PDF', { type: 'application/pdf' })] });
  input.dispatchEvent(new Event('change'));
  await Promise.resolve();
  expect(valueIn(root, 'paper')).toMatch(/^[0-9a-f]{24}\.pdf$/);
});

test('a file of another kind is refused in words', async () => {
  const control = draw('voice');
  const input = control.element.querySelector<HTMLInputElement>('input[type=file]')!;
  Object.defineProperty(input, 'files', { value: [new File(['x'], 'a.txt', { type: 'text/plain' })] });
  input.dispatchEvent(new Event('change'));
  await Promise.resolve();
  expect(control.element.querySelector('[role=alert]')!.textContent).toContain('does not fit');
  expect(valueIn(root, 'voice')).toBe('');
});

test('what cannot be asked in the browser says so', () => {
  expect(draw('way').element.textContent).toContain('geotrace');
});

test('long lists can be searched across digits, spaces and accents', () => {
  expect(searchable('482 193 067 · AB')).toContain(searchable('٤٨٢١٩٣'));
  expect(searchable('Écolé')).toBe('ecole');
  expect(plainDigits('−۱۲٫۵')).toBe('-12.5');
});

test('a code keeps its order in a right-to-left list', () => {
  expect(directionOfText('482 193 067 · AB · 12-14', 'ar')).toBe('ltr');
  expect(directionOfText('نعم', 'ar')).toBe('rtl');
  expect(directionOfText('سنة ODK', 'ar')).toBe('rtl');
  expect(codeOf('العربية (ar)')).toBe('ar');
});

test('a required choice reports its violation through the engine', () => {
  const node = question(root, 'school') as SelectNode;
  expect(node.validationState.violation?.condition).toBe('required');
});

test('a code that names a mood has its face in any order; other lists go by order', () => {
  expect(moodsOf(['good', 'middle', 'bad', 'holiday', 'skip'], false)).toEqual([15, 0, -15, null, null]);
  expect(moodsOf(['bad', 'good'], false)).toEqual([-15, 15]);
  expect(moodsOf(['never', 'sometimes', 'always', 'dont_know'], false)).toEqual([15, 0, -15, null]);
  expect(moodsOf(['never', 'sometimes', 'always'], true)).toEqual([-15, 0, 15]);
  expect(moodsOf(['a', 'b', 'c', 'd', 'e', 'f'], false)).toBeNull();
});
