import { expect, test } from 'vitest';
import { setAnswer } from '../src/engine/answers.ts';
import { isShown, screensOf } from '../src/screen/plan.ts';
import { FORMS, names, namesOn, open, question } from './forms.ts';

const shown = (root: Parameters<typeof names>[0]): string[] => {
  const all = screensOf(root);
  const list = names(root);
  return list.filter((_, index) => isShown(all[index]!, new Set()));
};

test('a question has a screen of its own, and a field-list group has one for all of its questions', async () => {
  const root = await open(FORMS.allTypes);
  const list = names(root);
  expect(list.slice(0, 3)).toEqual(['welcome', 'name_given', 'story']);
  expect(list).toContain('group:home');
  expect(list).not.toContain('rooms');
  const group = screensOf(root).find((screen) => screen.kind === 'group')!;
  expect(namesOn(group)).toEqual(['rooms', 'shared', 'with_whom']);
});

test('a calculation has no screen', async () => {
  expect(names(await open(FORMS.allTypes))).not.toContain('double');
});

test('what is not relevant is planned but not shown until an answer opens it', async () => {
  const root = await open(FORMS.allTypes);
  expect(names(root)).toContain('town');
  expect(shown(root)).not.toContain('town');
  setAnswer(question(root, 'country'), 'a');
  expect(shown(root)).toContain('town');
});

test('repeats come one after the other, each group of one screen, with a look over them at the end', async () => {
  const root = await open(FORMS.repeats);
  expect(names(root)).toEqual(['person_name', 'group:toy[1]', 'repeat:toy', 'repeat:person', 'rounds', 'group:together']);
  const people = screensOf(root).find((screen) => screen.kind === 'repeat' && screen.node.currentState.reference.endsWith('person'))!;
  if (people.kind === 'repeat' && people.node.nodeType === 'repeat-range:uncontrolled') people.node.addInstances();
  expect(names(root).filter((name) => name === 'person_name')).toHaveLength(2);
});

test('a counted repeat has as many screens as the form says and none for adding', async () => {
  const root = await open(FORMS.repeats);
  setAnswer(question(root, 'rounds'), '3');
  const list = names(root);
  expect(list.filter((name) => name === 'points')).toHaveLength(3);
  expect(list).not.toContain('repeat:turn');
});
