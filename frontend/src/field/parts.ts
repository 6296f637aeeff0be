import { join, utf8, toHex, random, type Bytes } from '../seal/bytes.ts';

/** One part of what is sent: the answers, a picture, the sealed value. */
export interface Part {
  readonly name: string;
  readonly file: { readonly name: string; readonly type: string } | null;
  readonly content: Bytes;
}

export async function partsOf(form: FormData): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') parts.push({ name, file: null, content: utf8(value) });
    else parts.push({ name, file: { name: value.name, type: value.type }, content: await bytesOf(value) });
  }
  return parts;
}

export async function bytesOf(blob: Blob): Promise<Bytes> {
  return new Uint8Array(await blob.arrayBuffer());
}

export function formOf(parts: readonly Part[]): FormData {
  const form = new FormData();
  for (const { name, file, content } of parts) {
    if (file === null) form.set(name, new TextDecoder().decode(content));
    else form.set(name, new File([content], file.name, { type: file.type }));
  }
  return form;
}

export interface Body {
  readonly type: string;
  readonly content: Bytes;
}

/** As a browser would write them into a request (RFC 7578). */
export function multipart(parts: readonly Part[]): Body {
  const boundary = toHex(random(16));
  const pieces = parts.flatMap(({ name, file, content }) => {
    const named = file === null ? '' : `; filename="${quoted(file.name)}"`;
    const type = file === null ? '' : `Content-Type: ${file.type || 'application/octet-stream'}\r\n`;
    return [utf8(`--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${named}\r\n${type}\r\n`), content, utf8('\r\n')];
  });
  return { type: `multipart/form-data; boundary=${boundary}`, content: join(...pieces, utf8(`--${boundary}--\r\n`)) };
}

function quoted(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A line of JSON, then the parts one after the other: what lies in a record of the vault. */
export function packed(said: unknown, parts: readonly Part[] = []): Bytes {
  const sizes = parts.map(({ name, file, content }) => ({ name, file, size: content.length }));
  return join(utf8(`${JSON.stringify({ said, parts: sizes })}\n`), ...parts.map(({ content }) => content));
}

export function unpacked<T>(whole: Bytes): { said: T; parts: Part[] } {
  const end = whole.indexOf(10);
  const { said, parts } = JSON.parse(new TextDecoder().decode(whole.slice(0, end))) as { said: T; parts: { name: string; file: Part['file']; size: number }[] };
  let at = end + 1;
  return { said, parts: parts.map(({ name, file, size }) => ({ name, file, content: whole.slice(at, (at += size)) })) };
}
