import * as engine from '@getodk/xforms-engine';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setAnswer } from '../../src/engine/answers.ts';
import { Changes } from '../../src/engine/changes.ts';
import { readAll, type Database } from '../../src/field/database.ts';
import { idOf, Keeper, keptDraft, keptDrafts, type Beginning, type Draft } from '../../src/field/drafts.ts';
import { finish } from '../../src/field/finishing.ts';
import { Hands } from '../../src/field/hands.ts';
import { begin, NoForm, open, sealDrafts, type Opened } from '../../src/field/opening.ts';
import { bytesOf, formOf, multipart, packed, partsOf, unpacked } from '../../src/field/parts.ts';
import { waiting } from '../../src/field/queue.ts';
import type { FieldForm } from '../../src/field/payload.ts';
import { toBase64, utf8, fromBase64 } from '../../src/seal/bytes.ts';
import { makeKey, unwrap } from '../../src/seal/keys.ts';
import { open as openInner } from '../../src/seal/envelope.ts';
import { FORMS, nameOf, question, valueIn } from '../forms.ts';
import { intakePair, letter } from './opening.ts';
import { CHILD, CODE, onDisk, payload, START, vaultOf, PASSPHRASE } from './stand.ts';
import { Vault } from '../../src/field/vault.ts';

const pair = await intakePair();
const FRAME = payload(toBase64(pair.publicKey));
const kept = (xml: string) => ({ match: (address: string) => Promise.resolve(address.includes('form.xml') ? new Response(xml) : undefined) });
const ALL: FieldForm = { ...START, id: '11111111-8b86-4d01-b42d-00cf4fc964ff', url: '/app/forms/all/form.xml?v=1' };

beforeEach(() => {
  URL.createObjectURL ??= () => 'blob:x';
  URL.revokeObjectURL ??= () => undefined;
});
afterEach(() => vi.useRealTimers());

const draftOf = (begun: Beginning, { interview, told }: Opened): Draft =>
  ({ ...begun, mark: interview.mark(), told: told.remember(), labels: 'en', buttons: 'en', saved_at: 1 });

const keeperOf = (vault: Vault, begun: Beginning, opened: Opened): Keeper => {
  const fail = (error: unknown): never => {
    throw error;
  };
  return new Keeper(vault, opened.root, () => draftOf(begun, opened), fail);
};

async function begun(form: FieldForm = START, xml: string = FORMS.start): Promise<{ vault: Vault; beginning: Beginning; opened: Opened }> {
  const beginning = begin(FRAME, form, CHILD);
  return { vault: await vaultOf(), beginning, opened: await open(engine, beginning, 'en', kept(xml), new Changes(), null) };
}

const agree = ({ interview }: Opened): void => {
  interview.next();
  setAnswer(question(interview.root, 'agree'), 'yes');
  interview.next();
  setAnswer(question(interview.root, 'q1'), 'no');
  interview.next();
};

/** As after a kill: nothing is left but the database and the passphrase. */
async function again(place: Database, beginning: Beginning, xml: string = FORMS.start): Promise<{ vault: Vault; opened: Opened }> {
  const vault = new Vault(place);
  await vault.unlock(PASSPHRASE);
  const before = await keptDraft(vault, idOf(beginning));
  return { vault, opened: await open(engine, before!.draft, 'en', kept(xml), new Changes(), before) };
}

test('the child was chosen on the page, so the form does not ask for it', async () => {
  const { opened } = await begun();
  expect(nameOf(opened.interview.screen)).toBe('interview_date');
  expect(valueIn(opened.root, 'child_code')).toBe(CODE);
});

test('after a kill the interview goes on at the same screen, with the same answers and the same id', async () => {
  const { vault, beginning, opened } = await begun();
  agree(opened);
  const id = valueIn(opened.root, 'instanceID');
  await keeperOf(vault, beginning, opened).flush();
  const later = (await again(vault.database, beginning)).opened;
  expect(nameOf(later.interview.screen)).toBe('q2');
  expect([valueIn(later.root, 'agree'), valueIn(later.root, 'q1'), valueIn(later.root, 'instanceID')]).toEqual(['yes', 'no', id]);
  later.interview.back();
  later.interview.back();
  later.interview.back();
  expect([nameOf(later.interview.screen), later.interview.isFirst]).toEqual(['interview_date', true]);
});

test('a default on a question that nobody saw is no answer, before and after a kill', async () => {
  const { vault, beginning, opened } = await begun();
  opened.interview.next();
  setAnswer(question(opened.root, 'agree'), 'yes');
  await keeperOf(vault, beginning, opened).flush();
  const later = (await again(vault.database, beginning)).opened;
  expect(valueIn(later.root, 'q2')).toBe('3');
  expect(later.interview.answered).toBe(2);
  later.interview.stop();
  expect([valueIn(later.root, 'q2'), valueIn(later.root, 'agree')]).toEqual(['', 'yes']);
});

test('killed at the end, it is at the end again', async () => {
  const { vault, beginning, opened } = await begun();
  while (opened.interview.screen !== null) opened.interview.next();
  await keeperOf(vault, beginning, opened).flush();
  expect((await again(vault.database, beginning)).opened.interview.screen).toBeNull();
});

test('a form of every kind of question comes back as it was, pictures too', async () => {
  const { vault, beginning, opened } = await begun(ALL, FORMS.allTypes);
  const upload = question(opened.root, 'photo');
  if (upload.nodeType !== 'upload') throw new Error('no upload');
  upload.setValue(new File([Uint8Array.of(1, 2, 3, 10, 13)], 'Amani at home.png', { type: 'image/png' }));
  setAnswer(question(opened.root, 'name_given'), 'أمل');
  setAnswer(question(opened.root, 'age'), '12');
  const told = opened.interview.screens().find((screen) => nameOf(screen) === 'told')!;
  opened.interview.goto(told.id);
  await keeperOf(vault, beginning, opened).flush();
  const later = (await again(vault.database, beginning, FORMS.allTypes)).opened;
  expect(later.root.instanceState.instanceXML).toBe(opened.root.instanceState.instanceXML);
  expect(nameOf(later.interview.screen)).toBe('told');
  const file = question(later.root, 'photo').currentState.value as File;
  expect([...(await bytesOf(file))]).toEqual([1, 2, 3, 10, 13]);
  expect(file.name).not.toContain('Amani');
});

test('repeats that were added are there again, with the place in them', async () => {
  const { vault, beginning, opened } = await begun(ALL, FORMS.repeats);
  const range = opened.interview.screens().find((screen) => screen.kind === 'repeat' && screen.node.currentState.reference.endsWith('person'))!;
  if (range.kind !== 'repeat' || range.node.nodeType !== 'repeat-range:uncontrolled') throw new Error('no range');
  range.node.addInstances();
  const [, second] = opened.interview.screens().filter((screen) => nameOf(screen) === 'person_name');
  opened.interview.goto(second!.id);
  setAnswer(opened.interview.questions[0]!, 'Two');
  await keeperOf(vault, beginning, opened).flush();
  const later = (await again(vault.database, beginning, FORMS.repeats)).opened;
  expect(later.interview.questions.map((node) => node.currentState.reference)).toEqual(['/data/person[2]/person_name']);
  expect(later.interview.questions[0]!.currentState.value).toBe('Two');
});

test('it is written a moment after the last answer, and at once when asked', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { vault, beginning, opened } = await begun();
  const keeper = keeperOf(vault, beginning, opened);
  keeper.touch();
  vi.advanceTimersByTime(300);
  keeper.touch();
  vi.advanceTimersByTime(300);
  const put = vi.spyOn(vault, 'put');
  vi.advanceTimersByTime(100);
  vi.useRealTimers();
  await vi.waitFor(() => expect(put).toHaveBeenCalledTimes(1));
  await keeper.flush();
  await keeper.close();
  keeper.touch();
  await keeper.flush();
  expect(put).toHaveBeenCalledTimes(2);
  expect(await keptDrafts(vault)).toHaveLength(1);
});

test('finished, it is sealed to the server and nothing of it is left that opens here', async () => {
  const { vault, beginning, opened } = await begun();
  agree(opened);
  setAnswer(question(opened.root, 'q3'), 'yes');
  await keeperOf(vault, beginning, opened).flush();
  await finish(vault, beginning, opened.root, opened.told, 5);
  expect(await keptDrafts(vault)).toEqual([]);
  const [row] = await waiting(vault.database);
  expect(row).toMatchObject({ id: beginning.delivery, made_at: 5, state: 'waiting', tries: 0 });
  const disk = await onDisk(vault.database);
  for (const word of [CODE, 'interview_date', '<q3>', 'agree', START.id]) expect(disk).not.toContain(word);
  const said = await letter(row!.flag, row!.envelope, pair);
  expect(said).toMatchObject({ delivery: beginning.delivery, severity: 0, head: { channel: 'browser', form: START.id, child: CODE } });
  expect(said.form).toContain('<q3>yes</q3>');
  expect(said.form).toContain('name="sealed"');
  expect(said.form).not.toContain('sealed_flag');
  const boundary = said.head['type']!.split('boundary=')[1]!;
  expect(said.form.startsWith(`--${boundary}\r\n`) && said.form.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true);
});

test('killed while it is finished, it is once a draft or once sealed, never both and never lost', async () => {
  const { vault, beginning, opened } = await begun();
  await keeperOf(vault, beginning, opened).flush();
  const before = vault.database.transaction.bind(vault.database);
  for (const cut of ['abort', 'throw'] as const) {
    vault.database.transaction = (...asked: Parameters<typeof before>) => {
      const transaction = before(...asked);
      if (asked[1] !== 'readwrite') return transaction;
      if (cut === 'throw') throw new Error('killed');
      // Between the two changes: the first was asked for, and the transaction never ends well.
      const store = transaction.objectStore.bind(transaction);
      let asked_for = 0;
      transaction.objectStore = (name: string) => {
        asked_for += 1;
        if (asked_for > 1) transaction.abort();
        return store(name);
      };
      return transaction;
    };
    await expect(finish(vault, beginning, opened.root, opened.told, 5)).rejects.toThrow();
    vault.database.transaction = before;
    expect([(await keptDrafts(vault)).length, (await waiting(vault.database)).length]).toEqual([1, 0]);
  }
  const { vault: later, opened: restored } = await again(vault.database, beginning);
  await finish(later, beginning, restored.root, restored.told, 6);
  await finish(later, beginning, restored.root, restored.told, 6);
  expect([(await keptDrafts(later)).length, (await waiting(later.database)).map(({ id }) => id)]).toEqual([0, [beginning.delivery]]);
});

test('what was told in confidence survives a kill unseen, and reaches the focal points alone', async () => {
  const keys = await Promise.all([0, 1].map(() => makeKey(PASSPHRASE, 1000)));
  const frame = { ...FRAME, recipients: keys.map(({ publicKey }) => toBase64(publicKey)) };
  const beginning = begin(frame, { ...START, sealed_questions: ['q3'] }, CHILD);
  const vault = await vaultOf();
  const opened = await open(engine, beginning, 'en', kept(FORMS.start), new Changes(), null);
  agree(opened);
  setAnswer(question(opened.root, 'q3'), 'yes');
  opened.told.note('He beats me', true);
  await keeperOf(vault, beginning, opened).flush();
  expect(await onDisk(vault.database)).not.toContain('beats');
  const { vault: later, opened: restored } = await again(vault.database, beginning);
  expect(restored.told.count).toBe(1);
  await finish(later, beginning, restored.root, restored.told, 5);
  const [row] = await waiting(later.database);
  const said = await letter(row!.flag, row!.envelope, pair);
  expect(said.severity).toBe(3);
  expect(said.form).not.toContain('beats');
  expect(said.form).toContain('<q3/>');
  const inner = fromBase64(/name="sealed"\r\n\r\n([^\r]+)/.exec(said.form)![1]!);
  const told = JSON.parse(await openInner(inner, 'disclosure', await unwrap(keys[0]!.wrapped, keys[0]!.publicKey, PASSPHRASE))) as unknown;
  expect(told).toEqual({ about: CODE, text: 'He beats me', answers: { q3: 'yes' } });
});

test('drafts that nobody may go on with are sealed as stopped ones, also where their form is not here any more', async () => {
  const { vault, beginning, opened } = await begun();
  opened.interview.next();
  setAnswer(question(opened.root, 'agree'), 'yes');
  await keeperOf(vault, beginning, opened).flush();
  const other = begin(FRAME, ALL, CHILD);
  await keeperOf(vault, other, await open(engine, other, 'en', kept(FORMS.repeats), new Changes(), null)).flush();
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  const some = { match: (address: string) => kept(FORMS.start).match(address.replace('/all/form.xml', '/gone')) };
  expect(await sealDrafts({ engine, vault, kept: some, hands: new Hands(), changes: () => new Changes() }, 7)).toBe(2);
  vi.unstubAllGlobals();
  expect(await keptDrafts(vault)).toEqual([]);
  const rows = await waiting(vault.database);
  const said = await Promise.all(rows.map((row) => letter(row.flag, row.envelope, pair)));
  const stopped = said.find(({ delivery }) => delivery === beginning.delivery)!;
  expect(stopped.form).toContain('<agree>yes</agree>');
  expect(stopped.form).toContain('<q2/>');
  expect(said.map(({ delivery }) => delivery).sort()).toEqual([beginning.delivery, other.delivery].sort());
});

test('a form that is neither kept nor to be had is said, and no empty interview begins', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('network')));
  const nothing = { match: () => Promise.resolve(undefined) };
  await expect(open(engine, begin(FRAME, START, CHILD), 'en', nothing, new Changes(), null)).rejects.toThrow(NoForm);
  vi.unstubAllGlobals();
});

test('parts come out of a record as they went in, and names cannot break a body', async () => {
  const form = new FormData();
  form.set('sealed', 'text\nof two lines');
  form.set('x', new File([utf8('a\nb')], 'a"b\r\n.png', { type: 'image/png' }));
  const parts = await partsOf(form);
  const back = unpacked<{ word: string }>(packed({ word: 'سلام' }, parts));
  expect(back).toEqual({ said: { word: 'سلام' }, parts });
  expect(await partsOf(formOf(back.parts))).toEqual(parts);
  const text = new TextDecoder().decode(multipart(parts).content);
  expect(text).toContain('filename="a%22b%0D%0A.png"\r\nContent-Type: image/png\r\n\r\na\nb\r\n--');
  expect((await readAll((await vaultOf()).database, 'kept')).length).toBe(0);
});
