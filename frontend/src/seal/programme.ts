import { fromBase64, join, sameBytes, toBase64, toHex, utf8, type Bytes } from './bytes.ts';
import { decryptCfb } from './cfb.ts';
import { Damaged, NotForYou, open, seal, type OpenKey } from './envelope.ts';
import { md5 } from './md5.ts';

/**
 * The programme's key pair, to which ODK Collect encrypts a form as a whole, and opening what came. The format is the
 * ODK XForms specification's (its part on encryption), with SHA-256 in both places of RSA-OAEP, as Collect has it.
 */
const RSA = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
const PAIR = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.from([1, 0, 1]) };
const ENDING = '.enc';

export interface MadePair {
  readonly publicKey: Bytes; // SubjectPublicKeyInfo, as the form carries it
  readonly sealed: Bytes; // the private half, to each recipient
}

export async function makeProgrammeKey(recipients: readonly Bytes[]): Promise<MadePair> {
  const pair = await crypto.subtle.generateKey(PAIR, true, ['encrypt', 'decrypt']);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const secret = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const sealed = await seal(toBase64(secret), 'programme', recipients);
  secret.fill(0);
  return { publicKey, sealed };
}

export interface HandedForm {
  readonly manifest: string;
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly keys: readonly string[]; // envelopes with private halves, the newest first
}

export interface OpenedForm {
  readonly answers: readonly (readonly [name: string, value: string])[];
  readonly media: readonly { readonly name: string; readonly content: Bytes }[];
  readonly missing: readonly string[]; // files that have not arrived
  readonly intact: boolean; // the phone's own sum of all of it agrees
}

export async function openForm(handed: HandedForm, key: OpenKey): Promise<OpenedForm> {
  const manifest = readManifest(parsed(decoded(fromBase64(handed.manifest))));
  const { session, privateKey } = await sessionOf(manifest, handed.keys, key);
  const files = new Map(handed.files.map(({ name, content }) => [name, fromBase64(content)]));
  const seed = md5(join(utf8(manifest.instanceId), session));
  const sums: string[] = [];
  const missing: string[] = [];
  const opened = new Map<string, Bytes>();
  for (const [counter, name] of [...manifest.media, manifest.xml].entries()) {
    seed[counter % seed.length]! += 1;
    const content = files.get(name);
    if (!content) {
      missing.push(name);
      continue;
    }
    try {
      const plain = await decryptCfb(session, seed.slice(), content);
      opened.set(name, plain);
      sums.push(`${original(name)}::${toHex(md5(plain))}`);
    } catch {
      missing.push(name); // one damaged file must not hide what was told
    }
  }
  const xml = opened.get(manifest.xml);
  const document = xml && parsed(decoded(xml));
  const same = !document || instanceId(document.documentElement) === manifest.instanceId;
  const intact = same && missing.length === 0 && (await agrees(manifest, sums, privateKey));
  const media = manifest.media.flatMap((name) => (opened.has(name) ? [{ name: original(name), content: opened.get(name)! }] : []));
  return { answers: document ? answers(document.documentElement) : [], media, missing, intact };
}

interface Manifest {
  readonly formId: string;
  readonly version: string | null;
  readonly instanceId: string;
  readonly key: string;
  readonly xml: string;
  readonly media: readonly string[];
  readonly signature: string;
}

/** By local names: Collect and the specification write them in different namespaces. */
function readManifest(document: Document): Manifest {
  const root = document.documentElement;
  return {
    formId: root.getAttribute('id') ?? '',
    version: root.getAttribute('version'),
    instanceId: instanceId(root),
    key: text(root, 'base64EncryptedKey'),
    xml: text(root, 'encryptedXmlFile'),
    media: children(root, 'media').flatMap((each) => children(each, 'file')).map((each) => (each.textContent ?? '').trim()),
    signature: text(root, 'base64EncryptedElementSignature'),
  };
}

function children(element: Element, name: string): Element[] {
  return [...element.children].filter((child) => child.localName === name);
}

function text(element: Element, name: string): string {
  return (children(element, name)[0]?.textContent ?? '').trim();
}

function instanceId(root: Element): string {
  const meta = children(root, 'meta')[0];
  return meta ? text(meta, 'instanceID') : '';
}

/** No document type, so nothing expands; the page shows texts of it and never the document itself. */
function parsed(xml: string): Document {
  const document = new DOMParser().parseFromString(xml, 'application/xml');
  if (xml.includes('<!DOCTYPE') || document.getElementsByTagName('parsererror').length > 0) throw new Damaged();
  return document;
}

function decoded(data: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    throw new Damaged();
  }
}

/** The form does not say to which pair it was encrypted: each that this reader can open is tried. */
async function sessionOf(manifest: Manifest, envelopes: readonly string[], key: OpenKey): Promise<{ session: Bytes; privateKey: CryptoKey }> {
  let closed = envelopes.length === 0;
  for (const envelope of envelopes) {
    try {
      const secret = fromBase64(await open(fromBase64(envelope), 'programme', key));
      const privateKey = await crypto.subtle.importKey('pkcs8', secret, RSA, false, ['decrypt']);
      return { session: await decrypted(privateKey, manifest.key), privateKey };
    } catch (error: unknown) {
      closed ||= error instanceof NotForYou;
    }
  }
  throw closed ? new NotForYou() : new Damaged();
}

async function decrypted(privateKey: CryptoKey, base64: string): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.decrypt(RSA, privateKey, fromBase64(base64)));
}

/** Anybody with the form can make such a sum: it tells of files lost or mixed up, not of who wrote them. */
async function agrees(manifest: Manifest, sums: readonly string[], privateKey: CryptoKey): Promise<boolean> {
  const version = manifest.version === null ? [] : [manifest.version];
  const lines = [manifest.formId, ...version, manifest.key, manifest.instanceId, ...sums];
  try {
    return sameBytes(await decrypted(privateKey, manifest.signature), md5(utf8(`${lines.join('\n')}\n`)));
  } catch {
    return false;
  }
}

function original(name: string): string {
  return name.endsWith(ENDING) ? name.slice(0, -ENDING.length) : name;
}

/** In the order of the form, without what was left empty. */
function answers(root: Element): (readonly [string, string])[] {
  return [...root.children].flatMap((child) => {
    if (child.localName === 'meta') return [];
    if (child.children.length > 0) return answers(child);
    const value = (child.textContent ?? '').trim();
    return value === '' ? [] : [[child.localName, value] as const];
  });
}
