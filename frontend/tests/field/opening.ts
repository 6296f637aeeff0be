/** Opening a transport envelope as decision 0017 describes it, written apart from the code that seals. */
type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text));

export interface Pair {
  readonly publicKey: Bytes;
  readonly privateKey: CryptoKey;
  readonly number: string; // the private one, base64url
}

export async function intakePair(): Promise<Pair> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const { d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)), privateKey: pair.privateKey, number: d! };
}

export interface Opened {
  readonly kind: number;
  readonly delivery: string;
  readonly content: Bytes;
}

export async function opened(envelope: Bytes, pair: Pair): Promise<Opened> {
  if (new TextDecoder().decode(envelope.slice(0, 3)) !== 'HWT' || envelope[3] !== 1) throw new Error('not an envelope');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pair.publicKey));
  if (String(envelope.slice(24, 40)) !== String(digest.slice(0, 16))) throw new Error('to another key');
  const made = envelope.slice(40, 105);
  const theirs = await crypto.subtle.importKey('raw', made, { name: 'ECDH', namedCurve: 'P-256' }, false, []);
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, pair.privateKey, 256);
  const material = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']);
  const salt = Uint8Array.from([...made, ...pair.publicKey]);
  const info = Uint8Array.from([...utf8('homeward transport envelope'), ...envelope.slice(0, 8)]);
  const bits = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, material, 256);
  const key = await crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['decrypt']);
  const params = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: envelope.slice(0, 105) };
  const whole = new Uint8Array(await crypto.subtle.decrypt(params, key, envelope.slice(105)));
  const length = new DataView(whole.buffer).getUint32(0);
  if (whole.slice(4 + length).some((byte) => byte !== 0)) throw new Error('filled with something');
  const hex = [...envelope.slice(8, 24)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { kind: envelope[4]!, delivery: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), content: whole.slice(4, 4 + length) };
}

export interface Letter {
  readonly head: Record<string, string>;
  readonly form: string;
  readonly delivery: string;
  readonly severity: number;
}

/** What is posted: the flag, then the envelope. */
export async function letter(flag: Bytes, envelope: Bytes, pair: Pair): Promise<Letter> {
  const [grave, inner] = [await opened(flag, pair), await opened(envelope, pair)];
  if (grave.delivery !== inner.delivery || grave.kind !== 2 || inner.kind !== 1) throw new Error('do not belong together');
  const end = inner.content.indexOf(10);
  const text = new TextDecoder();
  return {
    head: JSON.parse(text.decode(inner.content.slice(0, end))) as Record<string, string>,
    form: text.decode(inner.content.slice(end + 1)), delivery: inner.delivery, severity: grave.content[0]!,
  };
}
