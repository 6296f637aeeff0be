import type { RootNode } from '@getodk/xforms-engine';
import type { Config } from '../config.ts';
import type { Changes } from '../engine/changes.ts';
import { openForm, type Engine } from '../engine/form.ts';
import { chooseLanguage } from '../engine/language.ts';
import { Interview } from '../interview.ts';
import { Told } from '../told.ts';
import type { Change } from './database.ts';
import { idOf, keptDraft, keptDrafts, type Beginning, type KeptDraft } from './drafts.ts';
import { finish, finishUnopened } from './finishing.ts';
import { formText, KeptMedia, type Kept } from './forms.ts';
import type { Hands } from './hands.ts';
import { formOf } from './parts.ts';
import { titleOf, type FieldChild, type FieldForm, type Frame } from './payload.ts';
import type { Vault } from './vault.ts';

/** A form that is not here, and cannot be had without network. */
export class NoForm extends Error {}

export interface Opened {
  readonly root: RootNode;
  readonly interview: Interview;
  readonly told: Told;
  readonly media: KeptMedia;
}

export function begin(frame: Frame, form: FieldForm, child: FieldChild, respondent = ''): Beginning {
  const { code, label, initials, age_band } = child;
  const { intake_key, most_bytes, recipients } = frame;
  return { delivery: crypto.randomUUID(), form, child: { code, label, initials, age_band }, intake_key, most_bytes, recipients, ...(respondent === '' ? {} : { respondent }) };
}

/** As the page of the server would have it. The child was chosen, so the form need not ask. */
export function prefillOf({ form, child, respondent }: Beginning): Record<string, string> {
  if (child === null) return { ...form.prefill };
  const answers = respondent === undefined || form.respondent_question === '' ? {} : { [form.respondent_question]: respondent };
  const known = { child_known: 'yes', child_listed: child.code, ...(form.child_question === '' ? {} : { [form.child_question]: child.code }) };
  return { ...known, ...answers, ...form.prefill };
}

export function configOf(begun: Beginning, language: string): Config {
  const { form, child } = begun;
  return {
    mode: 'interview', title: { ...form.titles, [language]: titleOf(form, language) }, form_url: form.url, attachments: {}, submit_url: '', csrf_token: '',
    languages: form.languages, labels_language: '', language, child: child && { code: child.code, label: child.label },
    prefill: prefillOf(begun), return_url: '/app/', recipients: begun.recipients, sealed_questions: form.sealed_questions,
  };
}

/** A new interview, or one that goes on where it stood. */
export async function open(engine: Engine, begun: Beginning, labels: string, kept: Kept, changes: Changes, before: KeptDraft | null): Promise<Opened> {
  const text = await formText(begun.form, kept);
  if (text === null) throw new NoForm();
  const media = await KeptMedia.of(begun, kept);
  const root = await openForm(engine, text, media, changes, before === null ? null : formOf(before.parts));
  chooseLanguage(root, before?.draft.labels || labels);
  const told = toldOf(begun, before);
  return { root, interview: new Interview(root, prefillOf(begun), before?.draft.mark ?? null), told, media };
}

function toldOf(begun: Beginning, before: KeptDraft | null): Told {
  const told = new Told(begun.recipients, begun.child?.code ?? '', begun.form.sealed_questions);
  if (before !== null) told.recall(before.draft.told);
  return told;
}

export interface Sealing {
  readonly engine: Engine;
  readonly vault: Vault;
  readonly kept: Kept;
  readonly hands: Hands;
  readonly changes: () => Changes;
}

/** Drafts that nobody may go on with here, or those of them that are meant. How many were sealed: not one that is asked on just now. */
export async function sealDrafts(means: Sealing, now: number, meant: (draft: Beginning) => boolean = () => true): Promise<number> {
  let count = 0;
  for (const { draft } of await keptDrafts(means.vault)) {
    if (meant(draft) && (await sealDraft(means, idOf(draft), now))) count += 1;
  }
  return count;
}

/** As an interview that was stopped; `more` is written with it. False where there is none any more, or it is asked on. */
export function sealDraft(means: Sealing, id: string, now: number, more: readonly Change[] = []): Promise<boolean> {
  return means.hands.seal(id, async () => {
    const before = await keptDraft(means.vault, id);
    if (before === null) return false;
    await stopped(means, before, now, more);
    return true;
  });
}

async function stopped({ engine, vault, kept, changes }: Sealing, before: KeptDraft, now: number, more: readonly Change[]): Promise<void> {
  const { draft } = before;
  const opened = await open(engine, draft, '', kept, changes(), before).catch(() => null);
  if (opened === null) return finishUnopened(vault, draft, formOf(before.parts), toldOf(draft, before), now, more);
  opened.interview.stop();
  await finish(vault, draft, opened.root, opened.told, now, more);
  opened.media.release();
}
