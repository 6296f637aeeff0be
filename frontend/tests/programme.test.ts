import { expect, test } from 'vitest';
import { fromBase64, random, toBase64, toHex, utf8 } from '../src/seal/bytes.ts';
import { decryptCfb } from '../src/seal/cfb.ts';
import { Damaged, NotForYou, TooFew, open, type OpenKey } from '../src/seal/envelope.ts';
import { makeKey, unwrap } from '../src/seal/keys.ts';
import { md5 } from '../src/seal/md5.ts';
import { shownForm } from '../src/seal/opened.ts';
import { makeProgrammeKey, openForm, type HandedForm } from '../src/seal/programme.ts';
import written from './fixtures/encrypted-form.json?raw';

interface Vector {
  passphrase: string;
  recipients: { publicKey: string; wrapped: string }[];
  keys: string[];
  said: string;
  media: Record<string, string>;
  forms: Omit<HandedForm, 'keys'>[];
}

/** Written by a phone in Python from the specification alone: `python -m tests.openrosa.make_vector`. */
const vector = JSON.parse(written) as Vector;
const handed = (at: number, change: Partial<HandedForm> = {}): HandedForm => ({ ...vector.forms[at]!, keys: vector.keys, ...change });
const reader = (at: number): Promise<OpenKey> => unwrap(fromBase64(vector.recipients[at]!.wrapped), fromBase64(vector.recipients[at]!.publicKey), vector.passphrase);

test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['a', '0cc175b9c0f1b6a831c399e269772661'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0'],
  ['abcdefghijklmnopqrstuvwxyz', 'c3fcd3d76192e4007dfb496cca67e13b'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'd174ab98d277d9f5a5611c2c9f419d9f'],
  ['1234567890'.repeat(8), '57edf4a22be3c955ac49da2e2107b67a'],
])('MD5 of "%s" is as RFC 1321 has it', (text, digest) => {
  expect(toHex(md5(utf8(text)))).toBe(digest);
});

/** NIST SP 800-38A, F.3.17: CFB128 with AES-256; a block of padding stands behind it here. */
test('cipher feedback is as NIST has it', async () => {
  const hex = (text: string) => Uint8Array.from(text.match(/../g)!, (each) => parseInt(each, 16));
  const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
  const iv = hex('000102030405060708090a0b0c0d0e0f');
  const plain = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';
  const closed = 'dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407bdf10132415e54b92a13ed0a8267ae2f975a385741ab9cef82031623d55b1e471';
  const made = hex(`${closed}6366a747b1efa01c6db823b5e9c3da3f`);
  expect(toHex(await decryptCfb(key, iv, made))).toBe(plain);
  await expect(decryptCfb(key, iv, made.slice(0, 64))).rejects.toThrow(Damaged);
  await expect(decryptCfb(key, iv, made.slice(0, 65))).rejects.toThrow(Damaged);
});

test.each([0, 1])('a form of the phone opens for recipient %i, with its media, and is whole', async (at) => {
  const opened = await openForm(handed(0), await reader(at));
  expect(opened.intact).toBe(true);
  expect(opened.missing).toEqual([]);
  expect(opened.answers).toEqual([['child_code', '123456789'], ['respondent', 'child'], ['what_told', vector.said]]);
  expect(Object.fromEntries(opened.media.map(({ name, content }) => [name, toBase64(content)]))).toEqual(vector.media);
});

test('without a version, without media and in the namespace of the specification it opens too', async () => {
  const opened = await openForm(handed(1), await reader(0));
  expect([opened.intact, opened.answers.at(-1)]).toEqual([true, ['what_told', vector.said]]);
});

test('nobody else opens it, nor anybody without the pair it was encrypted to', async () => {
  await expect(openForm(handed(0), await reader(2))).rejects.toThrow(NotForYou);
  await expect(openForm(handed(0, { keys: [] }), await reader(0))).rejects.toThrow(NotForYou);
  await expect(openForm(handed(0, { keys: vector.keys.slice(0, 1) }), await reader(0))).rejects.toThrow(Damaged);
});

test('what is missing, mixed up or changed is said', async () => {
  const key = await reader(0);
  const files = vector.forms[0]!.files;
  const lost = await openForm(handed(0, { files: files.slice(1) }), key);
  expect([lost.missing, lost.intact, lost.answers.length]).toEqual([['one.jpg.enc'], false, 3]);
  const without = await openForm(handed(0, { files: files.slice(0, 2) }), key);
  expect([without.missing, without.answers]).toEqual([['submission.xml.enc'], []]);
  const changed = fromBase64(files[0]!.content);
  changed[100]! ^= 1;
  const other = await openForm(handed(0, { files: [{ name: files[0]!.name, content: toBase64(changed) }, ...files.slice(1)] }), key);
  expect(other.intact).toBe(false);
  const manifest = atob(vector.forms[0]!.manifest).replace('version="1.0"', 'version="1.1"');
  expect((await openForm(handed(0, { manifest: btoa(manifest) }), key)).intact).toBe(false);
});

test('a document type is refused, whatever it says', async () => {
  const manifest = atob(vector.forms[0]!.manifest).replace('<data', '<!DOCTYPE data [<!ENTITY a "b">]><data').replace(/<ns0:data/, '<!DOCTYPE x><ns0:data');
  await expect(openForm(handed(0, { manifest: btoa(manifest) }), await reader(0))).rejects.toThrow(Damaged);
});

test('a pair is made whose private half only recipients have', async () => {
  const made = await Promise.all([0, 1, 2].map(() => makeKey(vector.passphrase, 1000)));
  const pair = await makeProgrammeKey(made.slice(0, 2).map(({ publicKey }) => publicKey));
  const opened = await Promise.all(made.map(({ wrapped, publicKey }) => unwrap(wrapped, publicKey, vector.passphrase)));
  const secret = fromBase64(await open(pair.sealed, 'programme', opened[1]!));
  const privateKey = await crypto.subtle.importKey('pkcs8', secret, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
  const publicKey = await crypto.subtle.importKey('spki', pair.publicKey, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt']);
  const closed = await crypto.subtle.encrypt('RSA-OAEP', publicKey, random(32));
  expect((await crypto.subtle.decrypt('RSA-OAEP', privateKey, closed)).byteLength).toBe(32);
  await expect(open(pair.sealed, 'programme', opened[2]!)).rejects.toThrow(NotForYou);
  await expect(makeProgrammeKey([made[0]!.publicKey])).rejects.toThrow(TooFew);
});

test('the page shows answers under their questions, in the words of the form', async () => {
  URL.createObjectURL ??= () => 'blob:x';
  const words = { questions: { what_told: 'What was told?', respondent: 'Who told it?' }, choices: { respondent: { child: 'The child' } } };
  const place = document.createElement('div');
  place.append(...(await shownForm({ ...handed(0), ...words }, await reader(0), {})));
  expect([...place.querySelectorAll('dt')].map((each) => each.textContent)).toEqual(['child_code', 'Who told it?', 'What was told?']);
  expect([...place.querySelectorAll('dd')].map((each) => each.textContent)).toEqual(['123456789', 'The child', vector.said]);
  expect([...place.querySelectorAll('a')].map((each) => each.download)).toEqual(['one.jpg', 'two.m4a']);
  const lost = handed(0, { files: vector.forms[0]!.files.slice(1) });
  const said = await shownForm({ ...lost, ...words }, await reader(0), { incomplete: 'not all', changed: 'changed' });
  expect(said[0]!.textContent).toBe('not all');
});
