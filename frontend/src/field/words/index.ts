import { Speech } from '../../words/index.ts';
import { ar } from './ar.ts';
import { en, type FieldWord, type FieldWords } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';

export type { FieldWord } from './en.ts';

export const FIELD_CATALOGUES: Readonly<Record<string, FieldWords>> = { en, fr, es, ar };

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Words of the interview and those of the app around it. */
export class FieldSpeech extends Speech {
  tell(word: FieldWord, values: Readonly<Record<string, string | number>> = {}): string {
    return this.filled((FIELD_CATALOGUES[this.code] ?? en)[word], values);
  }

  /** What the server calls by a code. One that is not known here stays as it is. */
  named(code: string): string {
    const word = `c_${code}`;
    return word in en ? this.tell(word as FieldWord) : code;
  }

  codes(list: readonly string[]): string {
    return new Intl.ListFormat(this.code, { type: 'conjunction' }).format(list.map((code) => this.named(code)));
  }

  /** `mon` as people say it. */
  weekdays(list: readonly string[]): string {
    const format = new Intl.DateTimeFormat(this.code, { weekday: 'long', timeZone: 'UTC' });
    const names = list.map((code) => (WEEK.includes(code) ? format.format(new Date(Date.UTC(2024, 0, 1 + WEEK.indexOf(code), 12))) : code));
    return new Intl.ListFormat(this.code, { type: 'conjunction' }).format(names);
  }

  /** A day with its time, as it is here. */
  moment(iso: string): string {
    const moment = new Date(iso);
    if (Number.isNaN(moment.getTime())) return '';
    return new Intl.DateTimeFormat(this.#dated, { dateStyle: 'medium', timeStyle: 'short' }).format(moment);
  }

  /** A calendar day, as the site writes it. */
  day(iso: string): string {
    const day = new Date(`${iso.slice(0, 10)}T12:00:00Z`);
    if (Number.isNaN(day.getTime())) return '';
    return new Intl.DateTimeFormat(this.#dated, { dateStyle: this.code === 'en' ? 'medium' : 'long', timeZone: 'UTC' }).format(day);
  }

  get #dated(): string {
    return this.code === 'en' ? 'en-GB' : this.code;
  }
}
