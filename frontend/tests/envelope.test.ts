import { expect, test } from 'vitest';
import { toBase64, utf8 } from '../src/seal/bytes.ts';
import { Damaged, ENVELOPE, NotForYou, TooFew, TooLong, flag, open, seal, sealNothing } from '../src/seal/envelope.ts';
import { ROUNDS, WrongPassphrase, makeKey, unwrap } from '../src/seal/keys.ts';

const FAST = 1000;
const PASSPHRASE = 'four quiet words here';
const made = await Promise.all([0, 1, 2].map(() => makeKey(PASSPHRASE, FAST)));
const keys = made.map(({ publicKey }) => publicKey);
const opened = (at: number): ReturnType<typeof unwrap> => unwrap(made[at]!.wrapped, made[at]!.publicKey, PASSPHRASE);

test('each recipient opens what was sealed, and nobody else', async () => {
  const sealed = await seal('Somebody hurt me. شخص ما', 'disclosure', keys.slice(0, 2));
  for (const at of [0, 1]) expect(await open(sealed, 'disclosure', await opened(at))).toBe('Somebody hurt me. شخص ما');
  await expect(open(sealed, 'disclosure', await opened(2))).rejects.toThrow(NotForYou);
});

test('everything has one length, and nothing repeats', async () => {
  const nothing = await seal('', 'disclosure', keys);
  const much = await seal('ع'.repeat(4090), 'disclosure', keys.slice(0, 2));
  const nobody = await sealNothing('disclosure');
  for (const each of [nothing, much, nobody]) expect(each.length).toBe(ENVELOPE);
  expect(ENVELOPE).toBe(8805);
  expect(toBase64(await seal('', 'disclosure', keys))).not.toBe(toBase64(nothing));
  expect(toBase64(flag(0)).length).toBe(toBase64(flag(3)).length);
});

test('what is too long, or for fewer than two, is refused before anything is sealed', async () => {
  await expect(seal('ع'.repeat(4095), 'disclosure', keys)).rejects.toThrow(TooLong);
  await expect(seal('x', 'disclosure', keys.slice(0, 1))).rejects.toThrow(TooFew);
});

test('any changed byte, and another kind, opens nothing', async () => {
  const sealed = await seal('x', 'disclosure', keys);
  const key = await opened(0);
  for (const at of [3, 4, 20, 80, 300, 600, 4000, ENVELOPE - 1]) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    await expect(open(changed, 'disclosure', key), `byte ${at}`).rejects.toThrow();
  }
  await expect(open(sealed, 'reasoning', key)).rejects.toThrow(Damaged);
  await expect(open(sealed.slice(0, -1), 'disclosure', key)).rejects.toThrow(Damaged);
});

test('a private key opens with its passphrase alone, and not beside another public key', async () => {
  await expect(unwrap(made[0]!.wrapped, made[0]!.publicKey, 'four quiet words')).rejects.toThrow(WrongPassphrase);
  await expect(unwrap(made[0]!.wrapped, made[1]!.publicKey, PASSPHRASE)).rejects.toThrow(WrongPassphrase);
  expect(new DataView(made[0]!.wrapped.buffer).getUint32(2)).toBe(FAST);
  expect(ROUNDS).toBeGreaterThanOrEqual(600_000);
  const text = String.fromCharCode(...made[0]!.wrapped);
  expect(text).not.toContain(String.fromCharCode(...utf8(PASSPHRASE)));
});
