import type { RootNode } from '@getodk/xforms-engine';
import { fromBase64, join, utf8 } from '../seal/bytes.ts';
import { FLAG_LENGTH, LENGTH, lengthOf, sealFlag, sealInterview } from '../seal/transport.ts';
import type { Told } from '../told.ts';
import { write, type Change } from './database.ts';
import { idOf, type Beginning } from './drafts.ts';
import { multipart, partsOf } from './parts.ts';
import { queued } from './queue.ts';
import type { Vault } from './vault.ts';

/** Sizes in which interviews leave this device: one for all that is written, whatever was answered; larger ones only for pictures and sounds. */
const SIZES = [32_768, 131_072, 524_288];
const USUAL = 67_108_864; // bytes that a server takes at once, where the list did not say so yet

/** Never more than the server takes at once (`limit`, in bytes), as long as what was said is not more by itself. */
export function roomFor(length: number, limit: number = USUAL): number {
  const most = SIZES.at(-1)!;
  const room = SIZES.find((size) => length + LENGTH <= size) ?? Math.ceil((length + LENGTH) / most) * most;
  return FLAG_LENGTH + lengthOf(room) <= limit ? room : length + LENGTH;
}

type Severity = 0 | 1 | 2 | 3;

/**
 * The end of an interview on this device: sealed to the server, and the draft gone, both or neither. Whatever happens in
 * between, it is once in the drafts or once in the queue, under the id that it had from its beginning. `more` is written
 * with it.
 */
export async function finish(vault: Vault, begun: Beginning, root: RootNode, told: Told, now: number, more: readonly Change[] = []): Promise<void> {
  const payload = await root.prepareInstancePayload({ payloadType: 'monolithic' });
  const form = payload.data[0];
  await told.goWith(form);
  await sealAway(vault, begun, form, now, more);
}

/** How grave it is travels in an envelope of its own, not among the parts. */
async function sealAway(vault: Vault, begun: Beginning, form: FormData, now: number, more: readonly Change[] = []): Promise<void> {
  const grave = form.get('sealed_flag');
  const severity = (typeof grave === 'string' ? fromBase64(grave)[0]! : 0) as Severity;
  form.delete('sealed_flag');
  const body = multipart(await partsOf(form));
  const head = { type: body.type, channel: 'browser', form: begun.form.id, ...(begun.child === null ? {} : { child: begun.child.code }) };
  const key = fromBase64(begun.intake_key);
  const content = join(utf8(`${JSON.stringify(head)}\n`), body.content);
  const envelope = await sealInterview(content, key, begun.delivery, roomFor(content.length, begun.most_bytes));
  const flag = await sealFlag(severity, key, begun.delivery);
  await write(vault.database, [queued(begun.delivery, flag, envelope, now), await vault.removal('draft', idOf(begun)), ...more]);
}

/** A draft whose form does not open any more: what was said goes as it lies there. */
export async function finishUnopened(vault: Vault, begun: Beginning, form: FormData, told: Told, now: number, more: readonly Change[] = []): Promise<void> {
  await told.goWith(form);
  await sealAway(vault, begun, form, now, more);
}
