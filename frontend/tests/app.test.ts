import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { Changes } from '../src/engine/changes.ts';
import { Interview } from '../src/interview.ts';
import { FORMS, open, valueIn } from './forms.ts';

const CONFIG: Config = {
  mode: 'interview', title: { en: 'How are you?', ar: 'كيف حالك؟' }, form_url: '/form.xml', attachments: {}, submit_url: '/submit/', csrf_token: 'token',
  languages: ['en'], labels_language: 'en', language: 'en', child: null, prefill: { child_known: 'yes', child_listed: '482193067' }, return_url: '/children/', recipients: [], sealed_questions: [],
};

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement('div');
  document.body.replaceChildren(host);
  vi.stubGlobal('scrollTo', () => undefined);
});

afterEach(() => vi.unstubAllGlobals());

async function mount(xml: string, change: Partial<Config> = {}): Promise<App> {
  const changes = new Changes();
  const config = { ...CONFIG, ...change };
  const root = await open(xml, changes);
  return new App(host, '/config.json', config, new Interview(root, config.prefill), changes);
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const heading = (): string => host.querySelector('h2')?.textContent?.trim() ?? '';
const press = (selector: string): void => host.querySelector<HTMLElement>(selector)!.click();
const answer = (value: string): void => press(`input[value="${value}"]`);

async function toTheEnd(): Promise<void> {
  press('.iv-next');
  answer('yes');
  press('.iv-next');
  press('.iv-skip');
  press('.iv-next');
  answer('no');
  press('.iv-next');
  await settled();
}

/** What the server would answer to the one POST of the interview. */
function server(status: number, body: unknown, type = 'application/json'): { sent: FormData[]; tokens: string[] } {
  const seen = { sent: [] as FormData[], tokens: [] as string[] };
  vi.stubGlobal('fetch', async (_: string, options: RequestInit) => {
    if (options.method === 'POST') {
      seen.sent.push(options.body as FormData);
      seen.tokens.push((options.headers as Record<string, string>)['X-CSRFToken']!);
      return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } });
    }
    return new Response(JSON.stringify({ ...CONFIG, csrf_token: 'renewed' }), { headers: { 'Content-Type': 'application/json' } });
  });
  return seen;
}

test('the first screen is the first question that needs asking, and reading starts at its text', async () => {
  await mount(FORMS.start);
  expect(heading()).toBe('Date of this conversation');
  expect(document.activeElement?.textContent).toBe('Date of this conversation');
  expect(host.querySelector('h1')!.textContent).toBe('How are you?');
  expect(host.querySelector<HTMLButtonElement>('.iv-back')!.disabled).toBe(true);
});

test('the quick exit of the page is one tap away on every screen, and in no page without one', async () => {
  await mount(FORMS.start);
  expect(host.querySelector('.iv-exit')).toBeNull();
  const form = document.createElement('form');
  form.id = 'quick-exit';
  document.body.append(form);
  let left = 0;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    left += 1;
  });
  await mount(FORMS.start, { language: 'fr' });
  expect(host.querySelector('.iv-exit')!.getAttribute('aria-label')).toBe('Quitter');
  press('.iv-exit');
  press('.iv-next');
  press('.iv-exit');
  expect(left).toBe(2);
});

test('whoever answers alone sees no badge and no way to sign in, is told whom it reaches, and leaves by the quick exit', async () => {
  const form = document.createElement('form');
  form.id = 'quick-exit';
  document.body.append(form);
  let left = 0;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    left += 1;
  });
  const app = await mount(FORMS.start, { mode: 'alone', title: { en: 'Questions' }, return_url: '/blank', recipients: [] });
  expect(host.querySelector('.iv-badge')).toBeNull();
  expect(host.querySelector('.iv-name')!.textContent).toBe('Questions');
  await toTheEnd();
  server(404, { status: 'refused', message: 'No more.', problems: [] });
  press('.iv-end .iv-main-action');
  await vi.waitFor(() => expect(host.querySelector('.iv-notice')!.textContent).toContain('No more.'));
  expect(host.querySelector('a')).toBeNull();
  for (const [status, type] of [[401, 'application/json'], [403, 'text/html']] as const) {
    server(status, {}, type);
    press('.iv-end .iv-main-action');
    await vi.waitFor(() => expect(host.querySelector('.iv-notice')!.textContent).toBe('The server had a problem. Wait a minute and try again.'));
    expect(host.querySelector('a')).toBeNull();
  }
  server(403, { status: 'refused', message: 'Not now.', problems: [] });
  press('.iv-end .iv-main-action');
  await vi.waitFor(() => expect(host.querySelector('.iv-notice')!.textContent).toContain('Not now.'));
  expect(host.querySelector('a')).toBeNull();
  server(201, { status: 'stored', message: 'Your answers have arrived.', next_url: '/blank', problems: [] });
  press('.iv-end .iv-main-action');
  await vi.waitFor(() => expect(host.querySelector('.iv-good')!.textContent).toBe('Your answers have arrived.'));
  expect(host.querySelector('a')).toBeNull();
  press('.iv-end .iv-main-action');
  expect(left).toBe(1);
  app.close();
});

test('a required question without answer holds, says why, aloud, and takes the keyboard', async () => {
  await mount(FORMS.start);
  press('.iv-next');
  press('.iv-next');
  expect(heading()).toBe('Do you want to answer?');
  expect(host.querySelector('.iv-error')!.textContent).toBe('Please answer this question, then go on.');
  expect(host.querySelector('[aria-live=assertive]')!.textContent).toContain('Please answer this question');
  expect(document.activeElement).toBe(host.querySelector('input[type=radio]'));
  answer('yes');
  await settled();
  expect(host.querySelector('.iv-error')!.textContent).toBe('');
});

test('what is wrong stands above its answers and is brought into view', async () => {
  const seen: string[] = [];
  Element.prototype.scrollIntoView = function () {
    seen.push(this.textContent ?? '');
  };
  await mount(FORMS.start);
  press('.iv-next');
  press('.iv-next');
  const [error, first] = [host.querySelector('.iv-error')!, host.querySelector('input[type=radio]')!];
  expect(error.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  expect(seen).toEqual(['Please answer this question, then go on.']);
});

test('the message of the form is said when it has one', async () => {
  await mount(FORMS.start);
  const date = host.querySelector<HTMLInputElement>('input[type=date]')!;
  date.value = '2999-01-01';
  date.dispatchEvent(new Event('input'));
  press('.iv-next');
  expect(host.querySelector('.iv-error')!.textContent).toBe('The date is in the future.');
  expect(date.getAttribute('aria-invalid')).toBe('true');
});

test('back and forth keeps the answers', async () => {
  await mount(FORMS.start);
  press('.iv-next');
  answer('yes');
  press('.iv-back');
  expect(heading()).toBe('Date of this conversation');
  press('.iv-next');
  expect(host.querySelector<HTMLInputElement>('input[value=yes]')!.checked).toBe(true);
});

test('questions of a group appear and go with the answers on the same screen', async () => {
  const app = await mount(FORMS.allTypes, { prefill: {} });
  const group = app.interview.screens().find(({ kind }) => kind === 'group')!;
  app.interview.goto(group.id);
  app.draw();
  const shown = (): string[] => [...host.querySelectorAll<HTMLElement>('.iv-question:not([hidden]) h3')].map((element) => element.textContent ?? '');
  expect(shown()).toEqual(['How many rooms?']);
  const rooms = host.querySelector<HTMLInputElement>('input')!;
  rooms.focus();
  rooms.value = '2';
  rooms.dispatchEvent(new Event('input'));
  await settled();
  expect(shown()).toEqual(['How many rooms?', 'Do you share a room?']);
  expect(document.activeElement).toBe(rooms);
});

test('a label that quotes an answer follows it', async () => {
  const app = await mount(FORMS.allTypes, { prefill: { age: '12' } });
  const told = app.interview.screens().find(({ node }) => node.currentState.reference === '/data/told')!;
  app.interview.goto(told.id);
  app.draw();
  expect(heading()).toBe('You are 12; twice that is 24.');
});

test('emphasis in a label is emphasis, and other HTML stays text', async () => {
  const xml = FORMS.start.replace('Date of this conversation', 'A *b* &lt;img src=x onerror=alert(1)&gt;');
  await mount(xml);
  expect(host.querySelector('h2 em')!.textContent).toBe('b');
  expect(host.querySelector('img')).toBeNull();
  expect(heading()).toContain('<img');
});

test('the direction of questions and that of buttons are chosen apart', async () => {
  const app = await mount(FORMS.allTypes, { prefill: {}, language: 'en' });
  press('.iv-globe');
  const [questions, buttons] = host.querySelectorAll<HTMLSelectElement>('dialog select');
  questions!.value = 'ar';
  buttons!.value = 'fr';
  press('dialog .iv-main-action');
  expect(host.dir).toBe('ltr');
  expect(host.querySelector('.iv-next')!.textContent).toBe('Suivant');
  expect(host.querySelector('section')!.dir).toBe('rtl');
  expect(host.querySelector('section')!.lang).toBe('ar');
  expect(heading()).toContain('مرحباً');
  expect(app.root.currentState.activeLanguage.language).toBe('العربية (ar)');
});

test('the answers go to the address of the page, with its token, and the end says what follows', async () => {
  const seen = server(201, { status: 'stored', message: 'Stored.', next_url: '/children/482193067/', problems: [] });
  const app = await mount(FORMS.start);
  await toTheEnd();
  expect(heading()).toBe('Those were all the questions');
  press('.iv-main-action');
  await vi.waitFor(() => expect(heading()).toBe('Thank you'));
  expect(seen.tokens).toEqual(['token']);
  const xml = await (seen.sent[0]!.get('xml_submission_file') as File).text();
  expect(xml).toContain('<child_code>482193067</child_code>');
  expect(xml).toContain('<q3>no</q3>');
  expect(valueIn(app.root, 'instanceID')).toMatch(/^uuid:/);
  expect(host.textContent).toContain('What happens next');
  expect(host.querySelector('a')!.getAttribute('href')).toBe('/children/482193067/');
});

test('an address of another site is not followed', async () => {
  server(201, { status: 'stored', message: '', next_url: '//elsewhere.example/x' });
  await mount(FORMS.start);
  await toTheEnd();
  press('.iv-main-action');
  await vi.waitFor(() => expect(heading()).toBe('Thank you'));
  expect(host.querySelector('a')!.getAttribute('href')).toBe('/');
});

test('a refusal keeps the answers and says what to do; the second attempt carries the same id', async () => {
  const seen = server(400, { status: 'refused', message: 'Refused.', problems: [{ message: 'The child is closed.', action: 'Ask your supervisor.' }] });
  await mount(FORMS.start);
  await toTheEnd();
  press('.iv-main-action');
  await vi.waitFor(() => expect(heading()).toBe('The answers were not sent'));
  expect(host.textContent).toContain('The child is closed. Ask your supervisor.');
  press('.iv-main-action');
  await vi.waitFor(() => expect(seen.sent).toHaveLength(2));
  const ids = await Promise.all(seen.sent.map(async (data) => /<instanceID>[^<]+/.exec(await (data.get('xml_submission_file') as File).text())?.[0]));
  expect(ids[0]).toBe(ids[1]);
  expect(seen.tokens).toEqual(['token', 'renewed']);
});

test('a lost session is told from a lost network', async () => {
  server(200, '<p>Sign in</p>', 'text/html');
  await mount(FORMS.start);
  await toTheEnd();
  press('.iv-main-action');
  await vi.waitFor(() => expect(host.textContent).toContain('had a problem'));
  vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('network')));
  press('.iv-main-action');
  await vi.waitFor(() => expect(host.textContent).toContain('no connection'));
});

test('stopping asks, counts what was said and sends only that', async () => {
  const seen = server(202, { status: 'waiting', message: 'Waiting.', next_url: '/children/', problems: [] });
  await mount(FORMS.start);
  press('.iv-next');
  answer('yes');
  press('.iv-next');
  press('.iv-stop');
  expect(host.querySelector('dialog')!.textContent).toContain('Answers given so far: 2');
  [...host.querySelectorAll<HTMLButtonElement>('dialog button')].find((element) => element.textContent!.includes('send'))!.click();
  await vi.waitFor(() => expect(heading()).toBe('Thank you'));
  expect(host.textContent).toContain('You have stopped. That is fine.');
  expect(host.textContent).toContain('looks at this interview first');
  const xml = await (seen.sent[0]!.get('xml_submission_file') as File).text();
  expect(xml).toContain('<agree>yes</agree>');
  expect(xml).toContain('<q2/>');
});

test('throwing away sends nothing and lets go of the page', async () => {
  const seen = server(201, {});
  await mount(FORMS.start);
  /** Pages of earlier tests warn in the same window: what counts is that this one stops. */
  const warnings = (): number => {
    const event = new Event('beforeunload', { cancelable: true });
    const prevent = vi.spyOn(event, 'preventDefault');
    window.dispatchEvent(event);
    return prevent.mock.calls.length;
  };
  const before = warnings();
  expect(before).toBeGreaterThan(0);
  press('.iv-stop');
  press('dialog .iv-danger');
  expect(host.querySelector('dialog')!.textContent).toContain('It cannot be brought back.');
  press('dialog .iv-main-action');
  expect([host.querySelector('dialog'), host.textContent!.includes('Nothing was sent')]).toEqual([null, false]);
  press('.iv-stop');
  press('dialog .iv-danger');
  press('dialog .iv-drop');
  expect(host.textContent).toContain('Nothing was sent');
  expect(warnings()).toBe(before - 1);
  expect(seen.sent).toHaveLength(0);
});

test('keying in from paper starts in the field', async () => {
  await mount(FORMS.start, { mode: 'paper' });
  expect(document.activeElement).toBe(host.querySelector('input[type=date]'));
  expect(host.querySelector('.iv-badge')!.textContent).toBe('Keying in a paper form');
});

test('a preview never sends', async () => {
  const seen = server(201, {});
  await mount(FORMS.start, { mode: 'preview' });
  await toTheEnd();
  expect(host.textContent).toContain('This was a preview');
  expect(host.querySelector('.iv-end button.iv-main-action')).toBeNull();
  expect(seen.sent).toHaveLength(0);
});

test('what is missing is listed before sending and leads to its question', async () => {
  const app = await mount(FORMS.start);
  while (app.interview.screen !== null) app.interview.next();
  app.draw();
  expect(host.textContent).toContain('Before sending');
  press('.iv-open');
  expect(heading()).toBe('Do you want to answer?');
});

test('people are added, changed and removed one by one', async () => {
  const app = await mount(FORMS.repeats, { prefill: {} });
  const range = app.interview.screens().find((screen) => screen.kind === 'repeat' && screen.node.currentState.reference.endsWith('person'))!;
  app.interview.goto(range.id);
  app.draw();
  expect(host.textContent).toContain('Added so far: 1');
  [...host.querySelectorAll('button')].find((element) => element.textContent === 'Add one more')!.click();
  await settled();
  expect(heading()).toBe('Name');
  expect(host.querySelector('.iv-trail')!.textContent).toBe('Person · Number 2');
  app.interview.goto(range.id);
  app.draw();
  [...host.querySelectorAll('button')].filter((element) => element.textContent === 'Remove')[0]!.click();
  await settled();
  expect(host.textContent).toContain('Added so far: 1');
});
