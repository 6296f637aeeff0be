import type { Engine } from '../engine/form.ts';
import type { Kept } from './forms.ts';
import type { Notebook } from './notebook.ts';
import type { Pair } from './pairs.ts';
import type { FieldForm } from './payload.ts';

export type Screen = (notebook: Notebook) => HTMLElement;

/** Something open that has to be put away before another screen is shown: an interview, or the screen after it. */
export interface Open {
  /** Of the interview that goes on. */
  readonly delivery?: string;
  save(): Promise<void>;
  close(): Promise<void>;
}

export interface Screens {
  readonly setup: Screen;
  readonly unlock: Screen;
  readonly pin: Screen;
  readonly today: Screen;
  /** Where two are asked one after the other: what comes next with them. */
  readonly pair: (notebook: Notebook, pair: Pair) => HTMLElement;
  /** The phone goes back to whose it is. */
  readonly back: Screen;
}

export interface Stand {
  readonly left: number;
  readonly refused: number;
  readonly sent: number;
  readonly reached: boolean | null;
}

export interface Means {
  readonly engine: () => Promise<Engine>;
  readonly kept: Kept;
  readonly keepForms: (forms: readonly FieldForm[], begun: readonly FieldForm[], get: (address: string) => Promise<Response>) => Promise<FieldForm[]>;
  /** It would open without network too. */
  readonly codeIsKept: () => Promise<boolean>;
  readonly whenKept: () => Promise<void>;
  readonly screens: Screens;
}

/** Somebody else is signed in at the office than the one whose phone this is. */
export class OtherPerson extends Error {}

/** A code is needed, and there is none here: it was used up, or never scanned. */
export class NoCode extends Error {}

/** The server does not know the token of this phone. */
export class Unknown extends Error {}

/** Something sealed waits here that its own token could send. */
export class UnsentFirst extends Error {}
