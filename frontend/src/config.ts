/** What the page says about this interview: see the view that serves `config.json`. */
export interface Config {
  readonly mode: 'interview' | 'paper' | 'preview' | 'alone';
  /** Who answers alone says how the questions are put; elsewhere the form does. */
  readonly manner?: 'private' | 'plain';
  readonly title: Readonly<Record<string, string>>;
  readonly form_url: string;
  readonly attachments: Readonly<Record<string, string>>;
  readonly submit_url: string;
  readonly csrf_token: string;
  readonly languages: readonly string[];
  readonly labels_language: string;
  readonly language: string;
  readonly child: { readonly code: string; readonly label: string } | null;
  readonly prefill: Readonly<Record<string, string>>;
  readonly return_url: string;
  /** Public keys of those who receive what is told in confidence; none where fewer than two do. */
  readonly recipients: readonly string[];
  /** Questions whose answers go to them alone. */
  readonly sealed_questions: readonly string[];
}

/** The session is over: the server answered with its sign-in page. */
export class SignedOut extends Error {}

export async function fetchConfig(address: string): Promise<Config> {
  const response = await fetch(address, { credentials: 'same-origin', cache: 'no-store', headers: { Accept: 'application/json' } });
  if (response.status === 401 || response.redirected || !isJson(response)) throw new SignedOut();
  if (!response.ok) throw new Error(`${response.status}`);
  return (await response.json()) as Config;
}

export function isJson(response: Response): boolean {
  return (response.headers.get('Content-Type') ?? '').includes('json');
}
