import { bytes, join, utf8, type Bytes } from './bytes.ts';
import { fingerprint } from './envelope.ts';

/**
 * A finished interview, sealed to the intake key of the server: the layout of `homeward/domain/transport.py`, decision
 * 0017. The key pair is made for this envelope alone and its private half never leaves this function, so whoever has
 * the envelope and this code has nothing.
 */
const KINDS = { interview: 1, flag: 2 } as const;
type Kind = keyof typeof KINDS;

const VERSION = 1;
const NAME = 16;
const NONCE = 12;
const TAG = 16;
const BLOCK = 4096;
export const LENGTH = 4;
const FLAG_CONTENT = 32;
const KEY = 65;
const START = 8 + 16 + NAME + KEY;
export const FLAG_LENGTH = START + FLAG_CONTENT + TAG;
/** Of an envelope with so much room. */
export const lengthOf = (room: number): number => START + Math.ceil(room / BLOCK) * BLOCK + TAG;
const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** `delivery`: a UUID, the same whenever this interview is sent again. `room`: filled up to this where it is shorter. */
export function sealInterview(content: Bytes, intakeKey: Bytes, delivery: string, room = 0): Promise<Bytes> {
  return sealed('interview', content, intakeKey, delivery, room);
}

/** How grave what was told is: one byte in an envelope of its own, of one length whatever it says. */
export function sealFlag(severity: 0 | 1 | 2 | 3, intakeKey: Bytes, delivery: string): Promise<Bytes> {
  return sealed('flag', Uint8Array.of(severity), intakeKey, delivery);
}

async function sealed(kind: Kind, content: Bytes, intakeKey: Bytes, delivery: string, room = 0): Promise<Bytes> {
  const pair = await crypto.subtle.generateKey(CURVE, false, ['deriveBits']);
  const own = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const header = Uint8Array.of(0x48, 0x57, 0x54, VERSION, KINDS[kind], 0, 0, 0);
  const name = (await fingerprint(intakeKey)).slice(0, NAME);
  const start = join(header, bytesOf(delivery), name, own);
  const key = await derived(pair.privateKey, own, intakeKey, header);
  const params = { name: 'AES-GCM', iv: bytes(NONCE), additionalData: start };
  return join(start, new Uint8Array(await crypto.subtle.encrypt(params, key, padded(content, kind, room))));
}

/** Of one envelope and never of another: so its nonce may be nothing. */
async function derived(own: CryptoKey, made: Bytes, intakeKey: Bytes, header: Bytes): Promise<CryptoKey> {
  const theirs = await crypto.subtle.importKey('raw', intakeKey, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 256);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
  const params = { name: 'HKDF', hash: 'SHA-256', salt: join(made, intakeKey), info: join(utf8('homeward transport envelope'), header) };
  return crypto.subtle.deriveKey(params, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt']);
}

/** Filled up with nothing, so that the length says little. */
function padded(content: Bytes, kind: Kind, room: number): Bytes {
  const size = kind === 'flag' ? FLAG_CONTENT : Math.ceil(Math.max(content.length + LENGTH, room) / BLOCK) * BLOCK;
  const whole = bytes(size);
  new DataView(whole.buffer).setUint32(0, content.length);
  whole.set(content, LENGTH);
  return whole;
}

function bytesOf(uuid: string): Bytes {
  const digits = uuid.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) throw new TypeError('not a UUID');
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}
