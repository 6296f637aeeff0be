import { afterEach, expect, test, vi } from 'vitest';
import { fromBase64, toBase64 } from '../src/seal/bytes.ts';
import { open, seal, type OpenKey } from '../src/seal/envelope.ts';
import { makeKey, unwrap } from '../src/seal/keys.ts';
import { start } from '../src/seal/pages.ts';

const PASSPHRASE = 'four quiet words here';
const made = await Promise.all([0, 1, 2].map(() => makeKey(PASSPHRASE, 1000)));
const keys = made.map(({ publicKey }) => toBase64(publicKey)).join(' ');
const reader = (at: number): Promise<OpenKey> => unwrap(made[at]!.wrapped, made[at]!.publicKey, PASSPHRASE);
const value = (form: HTMLFormElement, name: string, at = 0): string => form.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`)[at]!.value;

/** Presses the key, and waits until the page would send or says something. */
async function pressed(form: HTMLFormElement): Promise<boolean> {
  const sent = vi.fn();
  form.submit = sent;
  form.dispatchEvent(new Event('submit', { cancelable: true }));
  await vi.waitFor(() => expect(form.dataset['busy']).toBeUndefined(), { timeout: 15_000 });
  return sent.mock.calls.length === 1;
}

function page(html: string): HTMLFormElement {
  document.body.innerHTML = html;
  start(document);
  return document.querySelector('form')!;
}

const WORDS = '<span data-words data-failed="failed" data-wrong-passphrase="wrong" data-too-few="few"></span><p data-say></p>';

afterEach(() => vi.unstubAllGlobals());

test('the key for phones is made for all who receive, and nothing but sealed leaves', async () => {
  const form = page(`<form data-make-pair data-keys="${keys}">${WORDS}<input name="public_key"><input name="sealed"></form>`);
  expect(await pressed(form)).toBe(true);
  expect(fromBase64(value(form, 'public_key')).length).toBe(294);
  const secret = fromBase64(await open(fromBase64(value(form, 'sealed')), 'programme', await reader(2)));
  expect(secret.length).toBeGreaterThan(1000);
});

test('for fewer than two it is not made', async () => {
  const form = page(`<form data-make-pair data-keys="">${WORDS}<input name="public_key"><input name="sealed"></form>`);
  expect([await pressed(form), form.querySelector('[data-say]')!.textContent, value(form, 'sealed')]).toEqual([false, 'few', '']);
});

test('what the reader can open is sealed anew to all, unseen, after the passphrase', async () => {
  const old = keys.split(' ').slice(0, 2).map(fromBase64);
  const notes = [
    { id: 'a', kind: 'disclosure', heading: '', sealed: toBase64(await seal('told', 'disclosure', old)) },
    { id: 'b', kind: 'reasoning', heading: '', sealed: toBase64(await seal('because', 'reasoning', old)) },
  ];
  const asked = vi.fn(async () => ({ ok: true, json: async () => ({ notes }) }));
  vi.stubGlobal('fetch', asked);
  const own = `data-wrapped="${toBase64(made[0]!.wrapped)}" data-public-key="${toBase64(made[0]!.publicKey)}"`;
  const form = page(`<form data-reseal data-open-address="/open" data-keys="${keys}" ${own}>${WORDS}<input name="reason" value="hand_over"><input type="password" data-passphrase></form>`);
  const passphrase = form.querySelector<HTMLInputElement>('[data-passphrase]')!;
  passphrase.value = 'another passphrase here';
  expect([await pressed(form), asked.mock.calls.length]).toEqual([false, 0]);
  passphrase.value = PASSPHRASE;
  expect([await pressed(form), passphrase.value, document.body.textContent]).toEqual([true, '', '']);
  expect([value(form, 'note', 0), value(form, 'note', 1)]).toEqual(['a', 'b']);
  expect(await open(fromBase64(value(form, 'anew', 0)), 'disclosure', await reader(2))).toBe('told');
  expect(await open(fromBase64(value(form, 'anew', 1)), 'reasoning', await reader(2))).toBe('because');
});
