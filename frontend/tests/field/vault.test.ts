import { expect, test } from 'vitest';
import { utf8 } from '../../src/seal/bytes.ts';
import { read, readAll, write } from '../../src/field/database.ts';
import { COST } from '../../src/field/hashing.ts';
import { WORDS } from '../../src/field/list.ts';
import { isPin, suggested, weaknessOf } from '../../src/field/passphrase.ts';
import { Broken, Locked, Vault, WrongPassphrase } from '../../src/field/vault.ts';
import { CODE, database, FAST, onDisk, PASSPHRASE, vaultOf } from './stand.ts';

const text = (data: Uint8Array | null): string | null => (data === null ? null : new TextDecoder().decode(data));

test('what is kept opens with the passphrase, in a later run too', async () => {
  const place = await database();
  const vault = await vaultOf(place);
  await vault.put('child', CODE, utf8('{"initials":"AB"}'));
  const later = new Vault(place);
  expect(await later.exists()).toBe(true);
  await later.unlock(PASSPHRASE);
  expect(text(await later.get('child', CODE))).toBe('{"initials":"AB"}');
  expect((await later.all('child')).map(({ id }) => id)).toEqual([CODE]);
  expect(await later.get('child', '100000023')).toBeNull();
});

test('the passphrase may be typed with other spaces and letters of another size', async () => {
  const vault = await vaultOf();
  await vault.unlock('  Four quiet  WORDS here ');
  expect(vault.isOpen).toBe(true);
});

test('another passphrase opens nothing, and neither does a vault that was never set up', async () => {
  const place = await database();
  await vaultOf(place);
  const later = new Vault(place);
  await expect(later.unlock('four quiet words there')).rejects.toThrow(WrongPassphrase);
  expect(later.isOpen).toBe(false);
  await expect(new Vault(await database()).unlock(PASSPHRASE)).rejects.toThrow(WrongPassphrase);
});

test('locked, it reads and writes nothing', async () => {
  const vault = await vaultOf();
  await vault.put('child', CODE, utf8('x'));
  vault.lock();
  await expect(vault.get('child', CODE)).rejects.toThrow(Locked);
  await expect(vault.put('child', CODE, utf8('x'))).rejects.toThrow(Locked);
});

test('a record moved to the place of another does not open', async () => {
  const vault = await vaultOf();
  await vault.put('child', CODE, utf8('one'));
  await vault.put('child', '100000023', utf8('other'));
  const [one, other] = await readAll<Uint8Array>(vault.database, 'kept', 'child/');
  await write(vault.database, [{ store: 'kept', key: other!.key, value: one!.value }]);
  await expect(vault.all('child')).rejects.toThrow(Broken);
  await write(vault.database, [{ store: 'kept', key: one!.key.replace('child/', 'draft/'), value: one!.value }]);
  await expect(vault.all('draft')).rejects.toThrow(Broken);
});

test('nothing of a record stands on the disk, not even whose it is', async () => {
  const vault = await vaultOf();
  await vault.put('draft', `${CODE}/form`, utf8('my uncle'));
  const disk = await onDisk(vault.database);
  for (const word of ['uncle', CODE, PASSPHRASE, 'quiet']) expect(disk).not.toContain(word);
  await write(vault.database, [{ store: 'meta', key: 'planted', value: utf8('my uncle') }]);
  expect(await onDisk(vault.database)).toContain('uncle');
});

test('the same written twice looks different', async () => {
  const vault = await vaultOf();
  const seen = new Set<string>();
  for (let time = 0; time < 3; time += 1) {
    await vault.put('child', CODE, utf8('x'));
    seen.add(String((await readAll<Uint8Array>(vault.database, 'kept'))[0]!.value));
  }
  expect(seen.size).toBe(3);
});

test('set up anew, and destroyed, it holds nothing of before; what is sealed stays', async () => {
  const vault = await vaultOf();
  await vault.put('child', CODE, utf8('x'));
  await write(vault.database, [{ store: 'queue', key: 'a', value: 1 }]);
  await vault.setUp('another passphrase', FAST);
  expect(await vault.all('child')).toEqual([]);
  await vault.put('child', CODE, utf8('x'));
  await vault.destroy();
  expect(await readAll(vault.database, 'kept')).toEqual([]);
  expect(await vault.exists()).toBe(false);
  expect(await read(vault.database, 'queue', 'a')).toBe(1);
});

test('a guess at a passphrase costs 32 MiB and three rounds, and the cost stands beside the key', async () => {
  expect(COST).toEqual({ memory: 32 * 1024, rounds: 3, lanes: 1 });
  const vault = new Vault(await database());
  await vault.setUp(PASSPHRASE);
  expect((await read<{ cost: unknown }>(vault.database, 'meta', 'vault'))!.cost).toEqual(COST);
  await vault.unlock(PASSPHRASE);
});

test('the extent of the rule: eight letters, not all alike', () => {
  expect(weaknessOf('1234567')).toBe('short');
  expect(weaknessOf('      a      ')).toBe('short');
  expect(weaknessOf('aaaaaaaa')).toBe('same');
  expect(weaknessOf('abababab')).toBe('same');
  expect(weaknessOf('قلم دفتر')).toBeNull();
  expect(weaknessOf('grey owl')).toBeNull();
});

test.each(['en', 'fr', 'es', 'ar'])('six words of %s are suggested, each of a list of 128', (language) => {
  expect(WORDS[language]).toHaveLength(128);
  expect(new Set(WORDS[language]).size).toBe(128);
  const words = suggested(language).split(' ');
  expect(words).toHaveLength(6);
  for (const word of words) expect(WORDS[language]).toContain(word);
  expect(weaknessOf(words.join(' '))).toBeNull();
  expect(suggested(language)).not.toBe(suggested(language));
});

test('a PIN has four to eight digits', () => {
  expect(['1234', '12345678'].every(isPin)).toBe(true);
  expect(['123', '123456789', '12a4', ''].some(isPin)).toBe(false);
});
