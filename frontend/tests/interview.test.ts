import { expect, test } from 'vitest';
import { setAnswer } from '../src/engine/answers.ts';
import { FormError } from '../src/engine/form.ts';
import { Interview } from '../src/interview.ts';
import { CHILDREN, Files, FORMS, nameOf, open, question, valueIn } from './forms.ts';

const KNOWN = { child_known: 'yes', child_listed: '482193067' };

const begin = async (answers: Record<string, string> = {}): Promise<Interview> => new Interview(await open(FORMS.start), answers);

const walk = (interview: Interview, answers: Record<string, string>): string[] => {
  const passed: string[] = [];
  while (interview.screen !== null && passed.length < 50) {
    const name = nameOf(interview.screen);
    passed.push(name);
    const answer = answers[name];
    if (answer !== undefined) setAnswer(question(interview.root, name), answer);
    interview.next();
  }
  return passed;
};

test('the interview starts at the first question', async () => {
  const interview = await begin();
  expect(nameOf(interview.screen)).toBe('child_known');
  expect(interview.isFirst).toBe(true);
});

test('what the page knows is answered and not asked', async () => {
  const interview = await begin(KNOWN);
  expect(nameOf(interview.screen)).toBe('interview_date');
  expect(interview.isFirst).toBe(true);
  expect(valueIn(interview.root, 'child_code')).toBe('482193067');
});

test('a child who is not in the list is asked for', async () => {
  const interview = new Interview(await open(FORMS.start, undefined, new Files({ 'children.csv': CHILDREN })), { child_known: 'yes', child_listed: '999999999' });
  expect(nameOf(interview.screen)).toBe('child_listed');
});

test('a missing list does not keep the form from opening', async () => {
  const interview = new Interview(await open(FORMS.start, undefined, new Files({})), KNOWN);
  expect(nameOf(interview.screen)).toBe('child_listed');
});

test('without agreement no question follows', async () => {
  expect(walk(await begin(KNOWN), { agree: 'no' })).toEqual(['interview_date', 'agree']);
});

test('with agreement all questions follow, and back leads through them again', async () => {
  const interview = await begin(KNOWN);
  expect(walk(interview, { agree: 'yes', q3: 'no' })).toEqual(['interview_date', 'agree', 'q1', 'q2', 'q3']);
  expect(interview.screen).toBeNull();
  interview.back();
  expect(nameOf(interview.screen)).toBe('q3');
  for (let step = 0; step < 10; step += 1) interview.back();
  expect(nameOf(interview.screen)).toBe('interview_date');
});

test('only a question that the form can do without may be skipped, and skipping takes its answer away', async () => {
  const interview = await begin(KNOWN);
  expect(interview.canSkip).toBe(false);
  interview.next();
  setAnswer(question(interview.root, 'agree'), 'yes');
  interview.next();
  setAnswer(question(interview.root, 'q1'), 'yes');
  expect(interview.canSkip).toBe(true);
  interview.skip();
  expect(valueIn(interview.root, 'q1')).toBe('');
  expect(nameOf(interview.screen)).toBe('q2');
});

test('an answer that its question refuses holds the screen', async () => {
  const interview = await begin();
  interview.goto(interview.screens().find((screen) => nameOf(screen) === 'interview_date')!.id);
  setAnswer(interview.questions[0]!, '2999-01-01');
  expect(interview.violations()).toHaveLength(1);
});

test('the progress never jumps back when an answer opens a group', async () => {
  const interview = await begin(KNOWN);
  const before = interview.progress;
  interview.next();
  const at = interview.progress;
  setAnswer(question(interview.root, 'agree'), 'yes');
  expect(interview.progress).toBe(at);
  expect(at).toBeGreaterThan(before);
});

test('a stopped interview sends what was said, not the defaults of questions nobody saw', async () => {
  const interview = await begin(KNOWN);
  interview.next();
  setAnswer(question(interview.root, 'agree'), 'yes');
  interview.next();
  setAnswer(question(interview.root, 'q1'), 'no');
  expect(valueIn(interview.root, 'q2')).toBe('3');
  interview.stop();
  expect(valueIn(interview.root, 'q1')).toBe('no');
  expect(valueIn(interview.root, 'q2')).toBe('');
  expect(valueIn(interview.root, 'child_code')).toBe('482193067');
  expect(interview.answered).toBe(3);
});

test('a stopped interview does not send an answer that its question refuses', async () => {
  const interview = await begin(KNOWN);
  walk(interview, { agree: 'yes', q2: '77', q3: 'yes' });
  interview.stop();
  expect(valueIn(interview.root, 'q2')).toBe('');
  expect(valueIn(interview.root, 'q3')).toBe('yes');
});

test('what stands open at the end is named with its screen', async () => {
  const interview = await begin(KNOWN);
  walk(interview, { agree: 'yes' });
  const open = interview.open();
  expect(open.map(({ screen }) => nameOf(screen))).toEqual(['q3']);
  interview.goto(open[0]!.screen.id);
  expect(nameOf(interview.screen)).toBe('q3');
});

test('a removed repeat leaves the interview standing', async () => {
  const interview = new Interview(await open(FORMS.repeats));
  interview.next();
  const range = interview.screens().find((screen) => screen.kind === 'repeat' && screen.node.currentState.reference.endsWith('person'));
  if (range?.kind === 'repeat' && range.node.nodeType === 'repeat-range:uncontrolled') range.node.removeInstances(0);
  expect(interview.settle()).toBe(true);
  expect(interview.screen).not.toBeNull();
});

test.each([
  ['what is no form', '<a/>'],
  ['what is no XML', 'Sign in'],
  ['a function that the engine does not have', FORMS.start.replace("relevant=\" /data/start/agree  = 'yes'\"", 'relevant="pulldata(1, 2, 3, 4) = 5"')],
])('%s is refused as a whole, with the reason for whoever manages the forms', async (_, xml) => {
  await expect(open(xml)).rejects.toSatisfy((error: unknown) => error instanceof FormError && error.detail !== '');
});

test('where somebody says no, the form says that it stops, and the end knows it', async () => {
  const stopping = FORMS.start
    .replace('<q3/></main>', '<q3/></main><stop_here/>')
    .replace('<bind nodeset="/data/main" ', `<bind nodeset="/data/stop_here" type="string" readonly="true()" relevant=" /data/start/agree  = 'no'"/><bind nodeset="/data/main" `)
    .replace('</h:body>', '<input ref="/data/stop_here"><label>Then we stop here.</label></input></h:body>');
  const interview = new Interview(await open(stopping), KNOWN);
  setAnswer(question(interview.root, 'agree'), 'yes');
  expect(interview.refused).toBe(false);
  setAnswer(question(interview.root, 'agree'), 'no');
  expect(interview.refused).toBe(true);
});
