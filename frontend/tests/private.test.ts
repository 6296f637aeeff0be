import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { Changes } from '../src/engine/changes.ts';
import { Interview } from '../src/interview.ts';
import { hush } from '../src/voice.ts';
import { Device, sounds } from './device.ts';
import { FORMS, open, valueIn } from './forms.ts';

const CONFIG: Config = {
  mode: 'interview', title: { en: 'How are you?' }, form_url: '/form.xml', attachments: { 'hello.wav': '/media/hello.wav' }, submit_url: '/submit/', csrf_token: 'token',
  languages: ['en'], labels_language: 'en', language: 'en', child: null, prefill: { in_private: 'yes' }, return_url: '/children/', recipients: [], sealed_questions: [],
};
const PRIVATE = FORMS.child.replace('hw-child', 'hw-private').replaceAll('lang="default"', 'lang="English (en)"');

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement('div');
  document.body.replaceChildren(host);
  vi.stubGlobal('scrollTo', () => undefined);
  sounds();
});

afterEach(() => {
  hush();
  vi.unstubAllGlobals();
});

async function mount(xml = PRIVATE): Promise<App> {
  const changes = new Changes();
  const root = await open(xml, changes);
  return new App(host, '/config.json', CONFIG, new Interview(root, CONFIG.prefill), changes);
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const heading = (): string => host.querySelector('h2')?.textContent?.trim() ?? '';
const shown = (selector: string): boolean => host.querySelector<HTMLElement>(selector)?.hidden === false;
const press = (selector: string): void => host.querySelector<HTMLElement>(selector)!.click();

async function next(): Promise<void> {
  press('.iv-next');
  await settled();
}

test('no faces, no practice, and one question at a time', async () => {
  await mount();
  expect(heading()).toBe('How do you feel?');
  expect(host.querySelector('.iv-face')).toBeNull();
  expect([...host.querySelectorAll<HTMLInputElement>('.iv-choice input')].length).toBe(5);
  for (let question = 0; question < 2; question += 1) {
    press('.iv-choice input');
    await next();
  }
  expect(heading()).toBe('Do you swim?');
  expect(host.querySelectorAll('h2').length).toBe(1);
});

test('one tap and nothing is to be seen, one tap and it is as it was', async () => {
  await mount();
  press('input[value=bad]');
  await settled();
  press('.iv-cover-key');
  expect(shown('.iv-form')).toBe(false);
  expect([...host.children].filter((element) => !(element as HTMLElement).hidden).map(({ className }) => className)).toEqual(['iv-cover']);
  expect(document.activeElement?.className).toBe('iv-cover');
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(shown('.iv-form')).toBe(false);
  press('.iv-cover');
  expect(shown('.iv-form')).toBe(true);
  expect(host.querySelector<HTMLInputElement>('input:checked')!.value).toBe('bad');
  expect(document.activeElement?.classList.contains('iv-cover-key')).toBe(true);
});

test('an answer given before is shown again only on demand, and stays what it was', async () => {
  const app = await mount();
  press('input[value=bad]');
  await next();
  press('.iv-back');
  expect(shown('.iv-veil')).toBe(true);
  expect(shown('.iv-question > .iv-stack:last-of-type')).toBe(false);
  await next();
  expect(valueIn(app.root, 'mood')).toBe('bad');
  press('.iv-back');
  press('.iv-veil button');
  expect(shown('.iv-veil')).toBe(false);
  expect(host.querySelector<HTMLInputElement>('input:checked')!.value).toBe('bad');
  expect(document.activeElement).toBe(host.querySelector('input:checked'));
});

/** Two questions as a table on one screen; the second with a default. */
const TABLE = PRIVATE.replace('appearance="field-list" ref="/data/main/both"', 'appearance="table-list" ref="/data/main/both"').replace('<swim/>', '<swim>no</swim>');

async function toTheTable(): Promise<void> {
  for (let question = 0; question < 2; question += 1) {
    press('.iv-choice input');
    await next();
  }
}

const veils = (): HTMLElement[] => [...host.querySelectorAll<HTMLElement>('.iv-veil')].filter(({ hidden }) => !hidden);

test('several on one screen: each answer given before is shown again only on demand', async () => {
  const app = await mount(TABLE);
  await toTheTable();
  expect([...host.querySelectorAll('.iv-question')].length).toBe(2);
  expect(veils()).toEqual([]); // a default that is on the page for the first time
  press('input[value=house]');
  await next();
  press('.iv-back');
  expect(veils().length).toBe(2);
  const rows = (): HTMLElement[] => [...host.querySelectorAll<HTMLElement>('.iv-question')];
  const open = (row: HTMLElement): boolean => row.querySelector('input:checked')!.closest('[hidden]') === null;
  expect(rows().map(open)).toEqual([false, false]);
  veils()[1]!.querySelector('button')!.click();
  expect(rows().map(open)).toEqual([false, true]);
  await next();
  expect([valueIn(app.root, 'swim'), valueIn(app.root, 'things')]).toEqual(['no', 'house']);
});

test('an answer emptied behind its veil can be given anew', async () => {
  await mount(TABLE);
  await toTheTable();
  press('input[value=house]');
  await next();
  press('.iv-back');
  const row = host.querySelector<HTMLElement>('.iv-question')!;
  [...row.querySelectorAll<HTMLElement>('button')].find(({ hidden, textContent }) => !hidden && textContent === 'Clear this answer')!.click();
  await settled();
  expect(row.querySelector<HTMLElement>('.iv-veil')!.hidden).toBe(true);
  expect(row.querySelector('input[value=yes]')!.closest('[hidden]')).toBeNull();
});

test('a default that was never on the page is no answer yet, so it is shown', async () => {
  await mount();
  for (let step = 0; step < 4; step += 1) {
    press('.iv-choice input');
    await next();
  }
  expect(heading()).toBe('How many goats?');
  expect(host.querySelector('.iv-veil')).toBeNull();
});

test('it is quiet until somebody asks for the sound, and then still speaks only when a key is pressed', async () => {
  const device = new Device('en-GB');
  await mount();
  press('input[value=bad]');
  await next();
  expect(shown('.iv-listen')).toBe(false);
  press('.iv-voice');
  expect(shown('.iv-listen')).toBe(true);
  expect(device.spoken).toEqual([]);
  press('input[value=good]');
  expect(device.spoken).toEqual([]);
  press('.iv-listen');
  device.finish();
  expect(device.spoken).toEqual(['How are things with bad friends?', 'Good', 'In between', 'Bad', 'I don\'t know', 'Skip']);
});

test('without a voice for the language there is nothing to turn on', async () => {
  new Device('fr-FR');
  await mount();
  expect(host.querySelector('.iv-voice')).toBeNull();
});
