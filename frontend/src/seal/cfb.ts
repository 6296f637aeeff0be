import { bytes, type Bytes } from './bytes.ts';
import { Damaged } from './envelope.ts';

const BLOCK = 16;
const AT_ONCE = 512;

/**
 * AES in cipher feedback over whole blocks, padded as PKCS #7 says: what ODK Collect writes and WebCrypto lacks. The
 * first block of CBC with nothing before it is the bare cipher, which is all that CFB needs, in both directions.
 */
export async function decryptCfb(raw: Bytes, iv: Bytes, data: Bytes): Promise<Bytes> {
  if (data.length === 0 || data.length % BLOCK !== 0) throw new Damaged();
  const key = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['encrypt']);
  const plain = bytes(data.length);
  for (let from = 0; from < data.length; from += AT_ONCE * BLOCK) {
    const starts: number[] = [];
    for (let at = from; at < Math.min(data.length, from + AT_ONCE * BLOCK); at += BLOCK) starts.push(at);
    const streams = await Promise.all(starts.map((at) => cipher(key, at === 0 ? iv : data.slice(at - BLOCK, at))));
    starts.forEach((at, number) => {
      for (let each = 0; each < BLOCK; each += 1) plain[at + each] = data[at + each]! ^ streams[number]![each]!;
    });
  }
  return unpadded(plain);
}

async function cipher(key: CryptoKey, block: Bytes): Promise<Bytes> {
  const made = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: bytes(BLOCK) }, key, block);
  return new Uint8Array(made, 0, BLOCK);
}

function unpadded(plain: Bytes): Bytes {
  const length = plain[plain.length - 1]!;
  const padding = plain.slice(-length);
  if (length < 1 || length > BLOCK || padding.some((byte) => byte !== length)) throw new Damaged();
  return plain.slice(0, -length);
}
