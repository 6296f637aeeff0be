import type { RootNode } from '@getodk/xforms-engine';
import type { Media } from './engine/media.ts';
import type { Outcome } from './send.ts';
import type { Told } from './told.ts';

/** Words around the end of an interview that is not sent at once. */
export interface EndWords {
  readonly text: string;
  readonly key: string;
  readonly working: string;
  readonly failed: string;
}

/** What is different where an interview does not stand in a page of the server: the app for the field. */
export interface Ways {
  readonly media: Media;
  readonly told: Told;
  readonly finish: (root: RootNode, told: Told, stopped: boolean) => Promise<Outcome>;
  /** After each answer and each step. */
  readonly changed: () => void;
  readonly drop: () => Promise<void>;
  /** Back to where the interview was begun. */
  readonly leave: () => void;
  readonly words: (language: string) => EndWords;
}
