import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromBase64, toBase64, utf8 } from '../src/seal/bytes.ts';
import { FLAG_LENGTH, sealFlag, sealInterview } from '../src/seal/transport.ts';
import { intakePair, opened, type Pair } from './field/opening.ts';

const DELIVERY = '0f8fad5b-d9cb-469f-a165-70867728950e';
const VECTOR = 'tests/fixtures/app-envelope.json';
const pair = await intakePair();
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

test('an interview opens with the private key of the server, under the id of its delivery', async () => {
  const made = await opened(await sealInterview(utf8('said. قيل'), pair.publicKey, DELIVERY), pair);
  expect([made.kind, made.delivery, text(made.content)]).toEqual([1, DELIVERY, 'said. قيل']);
});

test('how grave it is stands in an envelope of its own', async () => {
  for (const severity of [0, 1, 2, 3] as const) {
    const flag = await sealFlag(severity, pair.publicKey, DELIVERY);
    expect(flag.length).toBe(FLAG_LENGTH);
    expect(await opened(flag, pair)).toEqual({ kind: 2, delivery: DELIVERY, content: Uint8Array.of(severity) });
  }
  expect(FLAG_LENGTH).toBe(153);
});

test('its length says how long it is to the next 4 kB', async () => {
  const lengths = await Promise.all([1, 100, 4092, 4093].map(async (size) => (await sealInterview(new Uint8Array(size), pair.publicKey, DELIVERY)).length));
  expect(lengths).toEqual([4217, 4217, 4217, 8313]);
});

test('sealed twice it is never the same, and any changed byte opens nothing', async () => {
  const [one, other] = [await sealInterview(utf8('x'), pair.publicKey, DELIVERY), await sealInterview(utf8('x'), pair.publicKey, DELIVERY)];
  expect(toBase64(one)).not.toBe(toBase64(other));
  for (const at of [4, 7, 10, 60, 110, one.length - 1]) {
    const changed = one.slice();
    changed[at]! ^= 1;
    await expect(opened(changed, pair), `byte ${at}`).rejects.toThrow();
  }
  await expect(opened(one, await intakePair())).rejects.toThrow('another key');
});

test('what is no id is refused before anything is sealed', async () => {
  await expect(sealInterview(utf8('x'), pair.publicKey, 'uuid:1')).rejects.toThrow(TypeError);
});

interface Vector {
  readonly private: JsonWebKey;
  readonly public: string;
  readonly delivery: string;
  readonly content: string;
  readonly severity: number;
  readonly envelope: string;
  readonly flag: string;
}

/** Written once; from then on both this and the server must open it. */
async function vector(): Promise<Vector> {
  if (!existsSync(VECTOR)) {
    const content = `${JSON.stringify({ type: 'multipart/form-data; boundary=b', channel: 'browser' })}\n--b--\r\n`;
    const made: Vector = {
      private: await crypto.subtle.exportKey('jwk', pair.privateKey), public: toBase64(pair.publicKey), delivery: DELIVERY, content, severity: 2,
      envelope: toBase64(await sealInterview(utf8(content), pair.publicKey, DELIVERY)), flag: toBase64(await sealFlag(2, pair.publicKey, DELIVERY)),
    };
    writeFileSync(VECTOR, `${JSON.stringify(made, null, 1)}\n`);
  }
  return JSON.parse(readFileSync(VECTOR, 'utf8')) as Vector;
}

test('what this app sealed long ago opens still', async () => {
  const kept = await vector();
  const key = await crypto.subtle.importKey('jwk', kept.private, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
  const owner: Pair = { publicKey: fromBase64(kept.public), privateKey: key, number: kept.private.d! };
  expect(await opened(fromBase64(kept.envelope), owner)).toEqual({ kind: 1, delivery: kept.delivery, content: utf8(kept.content) });
  expect((await opened(fromBase64(kept.flag), owner)).content).toEqual(Uint8Array.of(kept.severity));
});
