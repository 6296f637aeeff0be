import { expect, test } from 'vitest';
import { actionWords } from '../../src/field/screens/child.ts';
import { dueWords } from '../../src/field/screens/today.ts';
import { FieldSpeech } from '../../src/field/words/index.ts';

const speech = new FieldSpeech('en');
const due = { point: 'm6', from: '2999-11-01', on: '2999-12-01', to: '2999-12-28', forms: [], respondents: [], permission: [] };

test('what is due is said by its state and until when it is open, as on the site', () => {
  const day = speech.day('2999-12-28');
  expect(dueWords(speech, { ...due, state: 'due' })).toBe(`Due · open until ${day}`);
  expect(dueWords(speech, { ...due, state: 'coming' })).toBe(`Due soon · open until ${day}`);
  expect(dueWords(speech, { ...due, state: 'tolerated' })).toBe(`Late, still in time · open until ${day}`);
  expect(dueWords(speech, { ...due, state: 'late' })).toBe(`Late · was open until ${day}`);
  expect(dueWords(speech, { ...due, state: 'not_yet' })).toBe(`From ${speech.day('2999-11-01')}`);
  expect(dueWords(speech, { ...due, state: 'tolerated', to: '2020-01-01' })).toBe(`Late · was open until ${speech.day('2020-01-01')}`);
});

test('what was promised says by whom and to whom', () => {
  const day = speech.day('2999-12-28');
  const said = (who: string): string => actionWords(speech, { state: '', by_when: '2999-12-28', who });
  expect(said('we')).toBe(`We, to child and family, by ${day}`);
  expect(said('school')).toBe(`The school, to child and family, by ${day}`);
  expect(said('caregiver')).toBe(`Caregiver, agreed with us, by ${day}`);
});
