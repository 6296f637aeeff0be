import { expect, test } from 'vitest';
import { FIELD_CATALOGUES, FieldSpeech, type FieldWord } from '../../src/field/words/index.ts';

const english = FIELD_CATALOGUES['en']!;
const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test.each(['fr', 'es', 'ar'])('%s has every word of the app, with the same places for values', (code) => {
  const words = FIELD_CATALOGUES[code]!;
  expect(Object.keys(words)).toEqual(Object.keys(english));
  for (const word of Object.keys(english) as FieldWord[]) {
    expect(words[word].trim(), word).not.toBe('');
    expect(places(words[word]), word).toEqual(places(english[word]));
  }
});

test('Arabic is written in Arabic letters, with its own punctuation', () => {
  for (const text of Object.values(FIELD_CATALOGUES['ar']!)) expect(text).toMatch(/\p{Script=Arabic}/u);
  expect(Object.values(FIELD_CATALOGUES['ar']!).filter((text) => /\p{Script=Arabic} ?[,;?]/u.test(text))).toEqual([]);
});

test('no line breaks before the punctuation of French', () => {
  expect(Object.values(FIELD_CATALOGUES['fr']!).filter((text) => /[^\u00a0][;?!»]| :|\w'\w|« /.test(text))).toEqual([]);
});

test('codes of the server are said in words, and one that is not known stays', () => {
  expect(new FieldSpeech('fr').codes(['home', 'phone'])).toBe('À la maison et Par téléphone');
  expect(new FieldSpeech('en').named('by_drum')).toBe('by_drum');
  expect(new FieldSpeech('es').weekdays(['mon', 'sun'])).toBe('lunes y domingo');
  expect(new FieldSpeech('en').day('2026-11-30T08:00:00Z')).toBe('30 Nov 2026');
  expect(new FieldSpeech('fr').day('2026-11-30')).toBe('30 novembre 2026');
  expect(new FieldSpeech('es').day('2026-11-30')).toBe('30 de noviembre de 2026');
  expect(new FieldSpeech('en').tell('unsent', { n: 3 })).toBe('Not sent yet: 3');
});
