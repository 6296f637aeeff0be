import { afterEach, expect, test, vi } from 'vitest';
import { Cover } from '../src/cover.ts';
import { quickExit } from '../src/exit.ts';
import { hush, Voice, type Said } from '../src/voice.ts';
import { Speech } from '../src/words/index.ts';
import { Device, sounds } from './device.ts';

afterEach(() => {
  hush();
  vi.unstubAllGlobals();
});

const said = (text: string, more: Partial<Said> = {}): Said => ({ text, language: 'en', sound: null, element: null, ...more });
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test('a device without a voice for the language says nothing, and a device without any means neither', () => {
  expect(new Voice(true, null).can(said('Hello'))).toBe(false);
  new Device('fr-FR');
  expect(new Voice(true).can(said('Hello'))).toBe(false);
  expect(new Voice(true).can(said('Bonjour', { language: 'fr' }))).toBe(true);
});

test('a voice that speaks elsewhere is none: the words would leave the device', () => {
  new Device('en-far');
  expect(new Voice(true).can(said('Hello'))).toBe(false);
});

test('one after the other, each marked while it sounds', () => {
  const device = new Device('en-GB');
  const [first, second] = [document.createElement('p'), document.createElement('p')];
  new Voice(true).say([said('How are you?', { element: first }), said('', {}), said('Good', { element: second })]);
  expect([device.spoken, first.className, second.className]).toEqual([['How are you?'], 'iv-spoken', '']);
  device.finish();
  expect([device.spoken, first.className, second.className]).toEqual([['How are you?', 'Good'], '', '']);
});

test('the sound of the form comes before the voice of the device', async () => {
  const device = new Device('en-GB');
  const played = sounds();
  new Voice(true).say([said('How are you?', { sound: '/media/hello.wav' }), said('Good')]);
  await settled();
  expect([played, device.spoken]).toEqual([['/media/hello.wav'], ['Good']]);
});

test('whatever is said next ends what was being said', () => {
  const device = new Device('en-GB');
  const element = document.createElement('p');
  const voice = new Voice(true);
  voice.say([said('A long question', { element }), said('Good')]);
  voice.say([said('Bad')]);
  device.finish();
  expect(device.spoken).toEqual(['A long question', 'Bad']);
  expect(element.className).toBe('');
});

const hide = (): void => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  document.dispatchEvent(new Event('visibilitychange'));
  vi.restoreAllMocks();
};
const cover = (): void => new Cover(document.body, document.createElement('form'), new Speech('en'), () => undefined).lay();
const leave = (): void => {
  const form = document.createElement('form');
  form.id = 'quick-exit';
  form.addEventListener('submit', (event) => event.preventDefault());
  document.body.append(form);
  quickExit(new Speech('en'))!.click();
};

test.each([
  ['the cover', cover],
  ['the quick exit', leave],
  ['Esc', () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))],
  ['another page in front', hide],
  ['leaving the page', () => window.dispatchEvent(new Event('pagehide'))],
])('%s silences what is being said, and a film', (_, act) => {
  const device = new Device('en-GB');
  const film = document.createElement('video');
  const paused = vi.fn();
  film.pause = paused;
  document.body.replaceChildren(film);
  new Voice(true).say([said('A long question'), said('Good')]);
  act();
  device.finish();
  expect([device.spoken, paused.mock.calls.length]).toEqual([['A long question'], 1]);
});

test('the page comes to the front: what is being said goes on', () => {
  const device = new Device('en-GB');
  new Voice(true).say([said('A long question'), said('Good')]);
  document.dispatchEvent(new Event('visibilitychange'));
  device.finish();
  expect(device.spoken).toEqual(['A long question', 'Good']);
});
