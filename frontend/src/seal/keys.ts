import { bytes, join, random, type Bytes } from './bytes.ts';
import { fingerprint, type OpenKey } from './envelope.ts';

/** A recipient's key pair, made here. The private half leaves the page only under a passphrase. */
export interface MadeKey {
  readonly publicKey: Bytes;
  readonly wrapped: Bytes;
  readonly fingerprint: Bytes;
}

export class WrongPassphrase extends Error {}

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;
const VERSION = 1;
const PBKDF2_SHA256_AES_GCM = 1;
export const ROUNDS = 600_000;
const SALT = 16;
const NONCE = 12;
const HEAD = 6 + SALT;
export const SHORTEST = 16; // letters of a passphrase: nobody can lock out whoever has the wrapped key and guesses at home

export async function makeKey(passphrase: string, rounds = ROUNDS): Promise<MadeKey> {
  const pair = await crypto.subtle.generateKey(CURVE, true, ['deriveBits']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const secret = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const wrapped = await wrap(secret, publicKey, passphrase, rounds);
  secret.fill(0);
  return { publicKey, wrapped, fingerprint: await fingerprint(publicKey) };
}

async function wrap(secret: Bytes, publicKey: Bytes, passphrase: string, rounds: number): Promise<Bytes> {
  const head = bytes(HEAD);
  head.set([VERSION, PBKDF2_SHA256_AES_GCM]);
  new DataView(head.buffer).setUint32(2, rounds);
  head.set(random(SALT), 6);
  const nonce = random(NONCE);
  const key = await keyFrom(passphrase, head);
  const closed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: join(head, publicKey) }, key, secret);
  return join(head, nonce, new Uint8Array(closed));
}

export async function unwrap(wrapped: Bytes, publicKey: Bytes, passphrase: string): Promise<OpenKey> {
  const head = wrapped.slice(0, HEAD);
  try {
    const key = await keyFrom(passphrase, head);
    const nonce = wrapped.slice(HEAD, HEAD + NONCE);
    const secret = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData: join(head, publicKey) }, key, wrapped.slice(HEAD + NONCE));
    const privateKey = await crypto.subtle.importKey('pkcs8', secret, CURVE, false, ['deriveBits']);
    return { publicKey, privateKey };
  } catch {
    throw new WrongPassphrase();
  }
}

async function keyFrom(passphrase: string, head: Bytes): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(new TextEncoder().encode(passphrase.normalize('NFKC'))), 'PBKDF2', false, ['deriveKey']);
  const iterations = new DataView(head.buffer, head.byteOffset).getUint32(2);
  const params = { name: 'PBKDF2', hash: 'SHA-256', salt: head.slice(6), iterations };
  return crypto.subtle.deriveKey(params, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
