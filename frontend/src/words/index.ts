import { directionOf } from '../engine/language.ts';
import { ar } from './ar.ts';
import { en, type Word, type Words } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';

export type { Word } from './en.ts';

export const CATALOGUES: Readonly<Record<string, Words>> = { en, fr, es, ar };

export const INTERFACE_LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'fr', name: 'Français' },
  { code: 'es', name: 'Español' },
  { code: 'ar', name: 'العربية' },
] as const;

/** Words, numbers and dates in the language of the interface. */
export class Speech {
  constructor(readonly code: string) {}

  get direction(): 'rtl' | 'ltr' {
    return directionOf(this.code);
  }

  /** For our own words among those of the form, which may have another language and direction. */
  get marks(): { readonly lang: string; readonly dir: string } {
    return { lang: this.code, dir: this.direction };
  }

  say(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
    return this.filled((CATALOGUES[this.code] ?? en)[word], values);
  }

  protected filled(text: string, values: Readonly<Record<string, string | number>>): string {
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? this.number(value) : (value ?? '');
    });
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.code, { maximumFractionDigits: 5 }).format(value);
  }

  /** `2025-03-09` as people say it. The day is a calendar day: no time zone may move it. */
  date(isoDay: string): string {
    const day = new Date(`${isoDay}T12:00:00Z`);
    if (Number.isNaN(day.getTime())) return '';
    return new Intl.DateTimeFormat(this.code, { dateStyle: 'full', timeZone: 'UTC' }).format(day);
  }

  months(): string[] {
    const format = new Intl.DateTimeFormat(this.code, { month: 'long', timeZone: 'UTC' });
    return Array.from({ length: 12 }, (_, month) => format.format(new Date(Date.UTC(2024, month, 15))));
  }
}
