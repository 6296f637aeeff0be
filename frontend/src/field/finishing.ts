import type { RootNode } from '@getodk/xforms-engine';
import { fromBase64, join, utf8 } from '../seal/bytes.ts';
import { sealFlag, sealInterview } from '../seal/transport.ts';
import type { Told } from '../told.ts';
import { write } from './database.ts';
import { idOf, type Beginning } from './drafts.ts';
import { multipart, partsOf } from './parts.ts';
import { queued } from './queue.ts';
import type { Vault } from './vault.ts';

type Severity = 0 | 1 | 2 | 3;

/**
 * The end of an interview on this device: sealed to the server, and the draft gone, both or neither. Whatever happens in
 * between, it is once in the drafts or once in the queue, under the id that it had from its beginning.
 */
export async function finish(vault: Vault, begun: Beginning, root: RootNode, told: Told, now: number): Promise<void> {
  const payload = await root.prepareInstancePayload({ payloadType: 'monolithic' });
  const form = payload.data[0];
  await told.goWith(form);
  await sealAway(vault, begun, form, now);
}

/** How grave it is travels in an envelope of its own, not among the parts. */
async function sealAway(vault: Vault, begun: Beginning, form: FormData, now: number): Promise<void> {
  const grave = form.get('sealed_flag');
  const severity = (typeof grave === 'string' ? fromBase64(grave)[0]! : 0) as Severity;
  form.delete('sealed_flag');
  const body = multipart(await partsOf(form));
  const head = { type: body.type, channel: 'browser', form: begun.form.id, ...(begun.child === null ? {} : { child: begun.child.code }) };
  const key = fromBase64(begun.intake_key);
  const envelope = await sealInterview(join(utf8(`${JSON.stringify(head)}\n`), body.content), key, begun.delivery);
  const flag = await sealFlag(severity, key, begun.delivery);
  await write(vault.database, [queued(begun.delivery, flag, envelope, now), await vault.removal('draft', idOf(begun))]);
}

/** A draft whose form does not open any more: what was said goes as it lies there. */
export async function finishUnopened(vault: Vault, begun: Beginning, form: FormData, told: Told, now: number): Promise<void> {
  await told.goWith(form);
  await sealAway(vault, begun, form, now);
}
