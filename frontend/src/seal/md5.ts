import { bytes, type Bytes } from './bytes.ts';

/**
 * MD5 (RFC 1321), which WebCrypto leaves out. ODK's encrypted forms derive their starting values from it and compare
 * files by it; nothing of ours is protected by it.
 */
const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32));
const BLOCK = 64;

export function md5(data: Uint8Array): Bytes {
  const padded = pad(data);
  const view = new DataView(padded.buffer);
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < padded.length; at += BLOCK) state = block(view, at, state);
  const made = bytes(16);
  const out = new DataView(made.buffer);
  state.forEach((word, at) => out.setUint32(4 * at, word, true));
  return made;
}

/** A one bit, zeros, and the length in bits as 64 of them, the low half first. */
function pad(data: Uint8Array): Bytes {
  const padded = bytes((Math.floor((data.length + 8) / BLOCK) + 1) * BLOCK);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, (data.length * 8) >>> 0, true);
  view.setUint32(padded.length - 4, Math.floor(data.length / 2 ** 29), true);
  return padded;
}

function block(view: DataView, start: number, state: readonly number[]): number[] {
  let [a, b, c, d] = state as [number, number, number, number];
  for (let step = 0; step < 64; step += 1) {
    const round = step >> 4;
    const [mixed, word] = mix(round, step, b, c, d);
    const sum = (a + mixed + SINES[step]! + view.getUint32(start + 4 * word, true)) | 0;
    const by = SHIFTS[4 * round + (step & 3)]!;
    [a, d, c, b] = [d, c, b, (b + ((sum << by) | (sum >>> (32 - by)))) | 0];
  }
  return [a, b, c, d].map((word, at) => (word + state[at]!) >>> 0);
}

/** The function of each round, and which word of the block it takes. */
function mix(round: number, step: number, b: number, c: number, d: number): [number, number] {
  if (round === 0) return [(b & c) | (~b & d), step];
  if (round === 1) return [(d & b) | (~d & c), (5 * step + 1) & 15];
  if (round === 2) return [b ^ c ^ d, (3 * step + 5) & 15];
  return [c ^ (b | ~d), (7 * step) & 15];
}
