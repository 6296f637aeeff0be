import * as engine from '@getodk/xforms-engine';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../../src/app.ts';
import { Changes } from '../../src/engine/changes.ts';
import { Keeper, idOf, keptDraft, type Beginning, type Draft } from '../../src/field/drafts.ts';
import { begin, configOf, open, sealDrafts, type Opened } from '../../src/field/opening.ts';
import { Hands } from '../../src/field/hands.ts';
import { waiting } from '../../src/field/queue.ts';
import { Vault } from '../../src/field/vault.ts';
import { toBase64 } from '../../src/seal/bytes.ts';
import { sounds } from '../device.ts';
import { FORMS, nameOf, valueIn } from '../forms.ts';
import { intakePair, letter } from './opening.ts';
import { CHILD, payload, START, vaultOf } from './stand.ts';

const pair = await intakePair();
const XML = FORMS.child.replaceAll('lang="default"', 'lang="English (en)"').replace('<mood/>', '<mood>middle</mood>');
const KEPT = { match: (address: string) => Promise.resolve(address.includes('form.xml') ? new Response(XML) : undefined) };

let host: HTMLElement;

beforeEach(() => {
  URL.createObjectURL ??= () => 'blob:x';
  URL.revokeObjectURL ??= () => undefined;
  host = document.createElement('div');
  document.body.replaceChildren(host);
  vi.stubGlobal('scrollTo', () => undefined);
  sounds();
});
afterEach(() => vi.unstubAllGlobals());

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const has = (selector: string): boolean => host.querySelector(selector) !== null;

async function next(): Promise<void> {
  host.querySelector<HTMLElement>('.iv-tile input, input[value=yes]')?.click();
  host.querySelector<HTMLElement>('.iv-next')!.click();
  await settled();
}

const draftOf = (begun: Beginning, { interview, told }: Opened): Draft =>
  ({ ...begun, mark: interview.mark(), told: told.remember(), labels: 'en', buttons: 'en', saved_at: 1 });

/** On the page until `there`, then killed: the draft is all that is left. */
async function killed(there: () => boolean): Promise<{ vault: Vault; beginning: Beginning }> {
  const changes = new Changes();
  const beginning = begin(payload(toBase64(pair.publicKey)), START, CHILD);
  const vault = await vaultOf();
  const opened = await open(engine, beginning, 'en', KEPT, changes, null);
  const app = new App(host, '', configOf(beginning, 'en'), opened.interview, changes);
  for (let step = 0; step < 12 && !there(); step += 1) await next();
  expect(there()).toBe(true);
  await new Keeper(vault, opened.root, () => draftOf(beginning, opened), (error) => expect(error).toBeUndefined()).flush();
  app.close();
  return { vault, beginning };
}

async function sealed(vault: Vault): Promise<string> {
  expect(await sealDrafts({ engine, vault, kept: KEPT, hands: new Hands(), changes: () => new Changes() }, 7)).toBe(1);
  const [row] = await waiting(vault.database);
  return (await letter(row!.flag, row!.envelope, pair)).form;
}

const practising = (): boolean => has('input[value=faceGood]');
const offered = (): boolean => has('.iv-pause');

test('sealed behind the practice, the first question was never asked: its default is no answer', async () => {
  const { vault } = await killed(practising);
  const form = await sealed(vault);
  expect(form).toContain('<in_private>yes</in_private>');
  expect(form).toContain('<mood/>');
});

test('sealed behind the offer of a break, what it put off is no answer, and what was asked before it is', async () => {
  const { vault } = await killed(offered);
  const form = await sealed(vault);
  expect(form).toContain('<mood>good</mood>');
  expect(form).toContain('<goats/>');
});

test('gone on with, the question behind the practice counts once it is on the page', async () => {
  const { vault, beginning } = await killed(practising);
  const before = await keptDraft(vault, idOf(beginning));
  const changes = new Changes();
  const opened = await open(engine, beginning, 'en', KEPT, changes, before);
  expect(opened.interview.mark().seen).toEqual(['/data/start/in_private']);
  const app = new App(host, '', configOf(beginning, 'en'), opened.interview, changes);
  expect([practising(), nameOf(opened.interview.screen)]).toEqual([true, 'mood']);
  expect(opened.interview.mark().seen).toEqual(['/data/start/in_private']);
  host.querySelector<HTMLElement>('.iv-next')!.click();
  expect(opened.interview.mark().seen).toEqual(['/data/start/in_private', '/data/main/mood']);
  app.close();
  opened.interview.stop();
  expect(valueIn(opened.root, 'mood')).toBe('middle');
});
