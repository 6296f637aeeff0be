import { afterEach, expect, it, vi } from 'vitest';
import { answer, attend, bytesOf, creation, request, textOf } from '../src/key.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

it('carries bytes as base64url both ways', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  const text = textOf(bytes.buffer);
  expect(text).not.toMatch(/[+/=]/);
  expect([...bytesOf(text)]).toEqual([...bytes]);
  expect(textOf(new ArrayBuffer(0))).toBe('');
});

it('turns the texts that the server names into bytes, and leaves the rest', () => {
  const made = creation({
    rp: { id: 'localhost', name: 'Homeward' },
    user: { id: 'AQI', name: 'a', displayName: 'A' },
    challenge: 'AwQ',
    timeout: null,
    excludeCredentials: [{ type: 'public-key', id: 'BQY' }],
  });
  expect([...(made.challenge as Uint8Array)]).toEqual([3, 4]);
  expect([...(made.user.id as Uint8Array)]).toEqual([1, 2]);
  expect([...(made.excludeCredentials?.[0]?.id as Uint8Array)]).toEqual([5, 6]);
  expect('timeout' in made).toBe(false);
  const asked = request({ challenge: 'AwQ', rpId: 'localhost', allowCredentials: null });
  expect(asked.allowCredentials).toEqual([]);
});

it('answers with what the key said and nothing else', () => {
  const part = (at: number): ArrayBuffer => Uint8Array.of(at).buffer;
  const said = answer({
    id: 'AQ',
    rawId: part(1),
    type: 'public-key',
    response: { clientDataJSON: part(2), authenticatorData: part(3), signature: part(4), userHandle: part(5) },
  } as unknown as PublicKeyCredential);
  expect(said['response']).toEqual({ clientDataJSON: 'Ag', authenticatorData: 'Aw', signature: 'BA' });
});

function page(): HTMLFormElement {
  document.body.innerHTML = `<form data-key="get" data-options='{"challenge":"AwQ"}'><input name="answer" value="">
    <p data-trouble tabindex="-1" hidden></p><p data-absent hidden></p><button>Use</button></form>`;
  return document.querySelector('form') as HTMLFormElement;
}

it('says so where the browser knows no keys', () => {
  const form = page();
  attend(form);
  expect(form.querySelector('button')?.disabled).toBe(true);
  expect(form.querySelector<HTMLElement>('[data-absent]')?.hidden).toBe(false);
});

it('shows a refusal and lets the key be tried again', async () => {
  const form = page();
  vi.stubGlobal('PublicKeyCredential', class {});
  vi.stubGlobal('navigator', { credentials: { get: () => Promise.reject(new Error('no')) } });
  attend(form);
  form.dispatchEvent(new Event('submit', { cancelable: true }));
  await vi.waitFor(() => expect(form.querySelector<HTMLElement>('[data-trouble]')?.hidden).toBe(false));
  expect(form.querySelector('button')?.disabled).toBe(false);
});
