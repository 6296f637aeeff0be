import { expect, test } from 'vitest';
import { CATALOGUES, INTERFACE_LANGUAGES, Speech, type Word } from '../src/words/index.ts';

const english = CATALOGUES['en']!;
const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test('the interface speaks four languages', () => {
  expect(INTERFACE_LANGUAGES.map(({ code }) => code)).toEqual(['en', 'fr', 'es', 'ar']);
  expect(Object.keys(CATALOGUES)).toEqual(['en', 'fr', 'es', 'ar']);
});

test.each(['fr', 'es', 'ar'])('%s has every word, with the same places for values', (code) => {
  const words = CATALOGUES[code]!;
  expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
  for (const word of Object.keys(english) as Word[]) {
    expect(words[word].trim(), word).not.toBe('');
    expect(places(words[word]), word).toEqual(places(english[word]));
  }
});

test('Arabic is written in Arabic letters', () => {
  for (const text of Object.values(CATALOGUES['ar']!)) expect(text).toMatch(/\p{Script=Arabic}|^\{label\}/u);
});

test('no line breaks before the punctuation of French', () => {
  const wrong = Object.values(CATALOGUES['fr']!).filter((text) => /[^\u00a0][;?!»]| :|\w'\w|« /.test(text));
  expect(wrong).toEqual([]);
});

test('Arabic has the punctuation of Arabic', () => {
  expect(Object.values(CATALOGUES['ar']!).filter((text) => /\p{Script=Arabic} ?[,;?]/u.test(text))).toEqual([]);
});

test('numbers and dates follow the language', () => {
  expect(new Speech('fr').date('2024-02-29')).toBe('jeudi 29 février 2024');
  expect(new Speech('es').say('shown', { n: 3 })).toBe('Se muestran: 3');
  expect(new Speech('en').months()[2]).toBe('March');
  expect(new Speech('ar').direction).toBe('rtl');
});
