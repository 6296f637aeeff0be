import { bytes, join, random, sameBytes, utf8, type Bytes } from './bytes.ts';

/**
 * The inner envelope, as `homeward/domain/envelope.py` describes it: one length for everything. A fresh key seals the
 * content; for each recipient that key is wrapped under a secret of an exchange (P-256) with a key pair made for this
 * envelope alone. Whatever stands before the content is bound to it.
 */
export const KINDS = { disclosure: 1, reasoning: 2, violation: 3, message: 4, programme: 5 } as const;
export type Kind = keyof typeof KINDS;

const VERSION = 1;
export const SLOTS = 8;
const HEADER = 8;
const KEY = 65;
const NAME = 16;
const WRAPPED = 48;
const NONCE = 12;
export const CONTENT = 8192;
const START = HEADER + KEY + SLOTS * (NAME + WRAPPED);
export const ENVELOPE = START + NONCE + CONTENT + 16;
const ROOM = CONTENT - 4;
export const FEWEST = 2;
const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;

export class TooLong extends Error {}
export class TooFew extends Error {}
export class NotForYou extends Error {}
export class Damaged extends Error {}

/** How many bytes of text fit; other scripts take two or three for a letter. */
export function fits(text: string): boolean {
  return utf8(text).length <= ROOM;
}

/** Seal to all of these public keys. */
export async function seal(text: string, kind: Kind, recipients: readonly Bytes[]): Promise<Bytes> {
  if (recipients.length < FEWEST || recipients.length > SLOTS) throw new TooFew();
  return sealed(text, kind, recipients);
}

/** Of the same length and look, sealed to nobody: where nobody can receive yet. */
export async function sealNothing(kind: Kind): Promise<Bytes> {
  return sealed('', kind, []);
}

async function sealed(text: string, kind: Kind, recipients: readonly Bytes[]): Promise<Bytes> {
  const written = utf8(text);
  if (written.length > ROOM) throw new TooLong();
  const pair = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  const own = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const header = Uint8Array.from([0x48, 0x57, 0x53, VERSION, KINDS[kind], SLOTS, 0, 0]);
  const raw = random(32);
  const slots: Bytes[] = [];
  for (const recipient of recipients) slots.push(await slotFor(recipient, pair.privateKey, own, header, raw));
  while (slots.length < SLOTS) slots.push(random(NAME + WRAPPED));
  const bound = join(header, own, ...shuffled(slots));
  const content = bytes(CONTENT);
  new DataView(content.buffer).setUint32(0, written.length);
  content.set(written, 4);
  const nonce = random(NONCE);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const closed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound }, key, content);
  return join(bound, nonce, new Uint8Array(closed));
}

/** So that the place of a slot says nothing of whose it is. */
function shuffled(slots: Bytes[]): Bytes[] {
  for (let last = slots.length - 1; last > 0; last -= 1) {
    const other = random(1)[0]! % (last + 1);
    [slots[last], slots[other]] = [slots[other]!, slots[last]!];
  }
  return slots;
}

async function slotFor(recipient: Bytes, priv: CryptoKey, own: Bytes, header: Bytes, raw: Bytes): Promise<Bytes> {
  const theirs = await crypto.subtle.importKey('raw', recipient, CURVE, false, []);
  const wrapping = await wrappingKey(theirs, priv, own, recipient, header);
  const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: bytes(NONCE) }, wrapping, raw);
  return join((await fingerprint(recipient)).slice(0, NAME), new Uint8Array(wrapped));
}

/** Used once, for this envelope and recipient: so its nonce may be nothing. */
async function wrappingKey(theirs: CryptoKey, own: CryptoKey, made: Bytes, recipient: Bytes, header: Bytes): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: join(made, recipient), info: join(utf8('homeward inner envelope'), header) };
  return crypto.subtle.deriveKey(params, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

export async function fingerprint(publicKey: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', publicKey));
}

export interface OpenKey {
  readonly publicKey: Bytes;
  readonly privateKey: CryptoKey;
}

export async function open(envelope: Bytes, kind: Kind, key: OpenKey): Promise<string> {
  const header = envelope.slice(0, HEADER);
  const expected = Uint8Array.from([0x48, 0x57, 0x53, VERSION, KINDS[kind], SLOTS, 0, 0]);
  if (envelope.length !== ENVELOPE || !sameBytes(header, expected)) throw new Damaged();
  const made = envelope.slice(HEADER, HEADER + KEY);
  const wrapped = await slotOf(envelope, key.publicKey);
  try {
    const theirs = await crypto.subtle.importKey('raw', made, CURVE, false, []);
    const wrapping = await wrappingKey(theirs, key.privateKey, made, key.publicKey, header);
    const raw = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes(NONCE) }, wrapping, wrapped);
    const inner = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
    const nonce = envelope.slice(START, START + NONCE);
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData: envelope.slice(0, START) }, inner, envelope.slice(START + NONCE));
    const length = new DataView(opened).getUint32(0);
    return new TextDecoder('utf-8', { fatal: true }).decode(opened.slice(4, 4 + length));
  } catch {
    throw new Damaged();
  }
}

async function slotOf(envelope: Bytes, publicKey: Bytes): Promise<Bytes> {
  const name = (await fingerprint(publicKey)).slice(0, NAME);
  for (let at = HEADER + KEY; at < START; at += NAME + WRAPPED) {
    if (sameBytes(envelope.slice(at, at + NAME), name)) return envelope.slice(at + NAME, at + NAME + WRAPPED);
  }
  throw new NotForYou();
}

/** Beside the envelope: how grave it is, which is all that the server learns. Of one length too. */
export function flag(severity: 0 | 1 | 2 | 3): Bytes {
  const made = random(32);
  made[0] = severity;
  return made;
}
