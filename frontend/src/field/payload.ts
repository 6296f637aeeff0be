/** What the server gives a case worker for the field: the own caseload, and of each child no more than this. */
export interface FieldForm {
  readonly id: string;
  readonly instrument: string;
  readonly version: string;
  readonly titles: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly respondent_question: string;
  readonly child_question: string;
  readonly languages: readonly string[];
  readonly default_language: string;
  readonly sealed_questions: readonly string[];
  readonly prefill: Readonly<Record<string, string>>;
  readonly url: string;
  readonly sha256: string;
  readonly media: readonly { readonly name: string; readonly url: string; readonly sha256: string; readonly size: number }[];
  readonly uses_list: boolean;
  readonly bands: readonly string[];
}

export interface Due {
  readonly point: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly forms: readonly string[];
  readonly respondents: readonly string[];
}

export interface Action {
  readonly what: string;
  readonly by_when: string;
  readonly who: string;
}

export interface FieldChild {
  readonly code: string;
  readonly label: string;
  readonly initials: string;
  readonly age_band: string;
  readonly language: string;
  readonly due: readonly Due[];
  readonly actions: readonly Action[];
  readonly bands: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly may_begin: boolean;
  readonly why_not: string;
  readonly card: Readonly<Record<string, unknown>>;
}

/** Of the whole payload without its children: what screens and sealing need. */
export interface Frame {
  readonly made_at: string;
  readonly server_time: string;
  readonly person: string;
  readonly organisation: string;
  readonly language: string;
  readonly idle_minutes: number;
  readonly intake_key: string;
  readonly recipients: readonly string[];
  readonly forms: readonly FieldForm[];
  readonly words: Readonly<Record<string, string>>;
}

export interface Payload extends Frame {
  readonly children: readonly FieldChild[];
}

export interface Day {
  readonly day: string;
  readonly way: string;
  readonly actions: readonly { readonly what: string; readonly state: string }[];
}

/** One child's last months, for a visit: days and bands, never an answer. */
export interface History {
  readonly visits?: readonly Day[];
  readonly scores?: readonly { readonly day: string; readonly respondent: string; readonly bands: Readonly<Record<string, string>> }[];
  readonly next_due?: string | null;
}

export function titleOf(form: FieldForm, language: string): string {
  return form.titles[language] ?? form.titles[form.default_language] ?? Object.values(form.titles)[0] ?? form.instrument;
}

/** The forms that a child's points ask for first, then the others of its age. */
export function formsFor(child: FieldChild, forms: readonly FieldForm[]): FieldForm[] {
  const asked = new Set(child.due.flatMap((each) => each.forms));
  const fits = forms.filter((form) => asked.has(form.id) || form.bands.length === 0 || form.bands.includes(child.age_band));
  return fits.sort((one, other) => Number(asked.has(other.id)) - Number(asked.has(one.id)));
}
