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
  /** Who may answer it. */
  readonly respondents: readonly string[];
}

export interface Due {
  readonly point: string;
  readonly from: string;
  readonly on: string;
  readonly to: string;
  readonly state: string;
  readonly forms: readonly string[];
  readonly respondents: readonly string[];
  /** Of these: asked only if the child allows it. */
  readonly permission: readonly string[];
}

/** Something agreed that is still open: by whom and until when, without its words. */
export interface Action {
  readonly state: string;
  readonly by_when: string;
  readonly who: string;
}

export interface Card {
  /** None: there is no card. */
  readonly ways: readonly string[] | null;
  readonly safe_days: readonly string[];
  readonly safe_parts: readonly string[];
  readonly quiet: readonly (readonly string[])[];
}

/** Who answered, the dimension, and in which third of the scale it lay. */
export type Thirds = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface FieldChild {
  readonly code: string;
  readonly label: string;
  readonly initials: string;
  readonly age_band: string;
  readonly language: string;
  readonly due: readonly Due[];
  readonly actions: readonly Action[];
  readonly bands: Thirds;
  readonly may_begin: boolean;
  readonly why_not: string;
  /** Who is to be asked again, apart from others, and since when; others listened on that day. */
  readonly apart: { readonly respondent: string; readonly on: string } | null;
  readonly card: Card;
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
  /** What the server takes at once. */
  readonly most_bytes: number;
  readonly recipients: readonly string[];
  readonly forms: readonly FieldForm[];
  readonly words: Readonly<Record<string, string>>;
  /** What has become of children that were registered on a phone of this person. */
  readonly newcomers: readonly { readonly delivery: string; readonly code: string; readonly state: string }[];
  /** For a new child; fetched beside the list. */
  readonly registering?: Registering;
}

/** Of the form for a new child, and of nobody. */
export interface Registering {
  /** Where a child may live. */
  readonly places: readonly { readonly id: string; readonly name: string }[];
  /** What is read out to whoever is asked to agree: key -> language -> text. */
  readonly read_out: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Payload extends Frame {
  readonly children: readonly FieldChild[];
}

/** One child's last months, for a visit: days and thirds, never an answer. */
export interface History {
  readonly visits: readonly { readonly on: string; readonly way: string; readonly actions: readonly Action[] }[];
  readonly scores: readonly { readonly on: string; readonly respondent: string; readonly bands: Readonly<Record<string, string>> }[];
  readonly next_due: string | null;
}

export function titleOf(form: FieldForm, language: string): string {
  return form.titles[language] ?? form.titles[form.default_language] ?? Object.values(form.titles)[0] ?? form.instrument;
}

/** The forms that a child's points ask for first, then the others of its age; none for a group. */
export function formsFor(child: FieldChild, forms: readonly FieldForm[]): FieldForm[] {
  const asked = new Set(child.due.flatMap((each) => each.forms));
  const meant = (form: FieldForm): boolean => form.subject !== 'group' && (form.bands.length === 0 || form.bands.includes(child.age_band));
  const fits = forms.filter((form) => asked.has(form.id) || meant(form));
  return fits.sort((one, other) => Number(asked.has(other.id)) - Number(asked.has(one.id)));
}
