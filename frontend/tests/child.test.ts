import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { Changes } from '../src/engine/changes.ts';
import { Interview } from '../src/interview.ts';
import { mannerOf } from '../src/manner.ts';
import { hush } from '../src/voice.ts';
import { Device, sounds } from './device.ts';
import { FORMS, open, valueIn } from './forms.ts';

const CONFIG: Config = {
  mode: 'interview', title: { en: 'How are you?' }, form_url: '/form.xml', attachments: { 'house.svg': '/media/house.svg', 'hello.wav': '/media/hello.wav' }, submit_url: '/submit/', csrf_token: 'token',
  languages: ['en'], labels_language: 'en', language: 'en', child: null, prefill: {}, return_url: '/children/', recipients: [], sealed_questions: [],
};

let host: HTMLElement;

beforeEach(() => {
  host = document.createElement('div');
  document.body.replaceChildren(host);
  vi.stubGlobal('scrollTo', () => undefined);
  sounds();
});

afterEach(() => {
  hush();
  vi.unstubAllGlobals();
});

const GIVE_BACK = 'That was all. Thank you for telling us! Please give the device back now.';
const PLAIN = FORMS.child.replace('class="hw-child"', '');
const english = (xml: string): string => xml.replaceAll('lang="default"', 'lang="English (en)"');

async function mount(xml: string, change: Partial<Config> = {}): Promise<App> {
  const changes = new Changes();
  const config = { ...CONFIG, ...change };
  const root = await open(english(xml), changes);
  return new App(host, '/config.json', config, new Interview(root, config.prefill), changes);
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const heading = (): string => host.querySelector('h2')?.textContent?.trim() ?? '';
const has = (selector: string): boolean => host.querySelector(selector) !== null;
const press = (selector: string): void => host.querySelector<HTMLElement>(selector)!.click();
const tap = (value: string): void => press(`input[value="${value}"]`);

async function next(): Promise<void> {
  press('.iv-next');
  await settled();
}

/** Past what is for the adult, and past the practice. */
async function toTheChild(private_ = 'yes'): Promise<void> {
  tap(private_);
  await next();
  await next();
}

test('the form says how it is put, by its style', async () => {
  expect(mannerOf(await open(FORMS.child))).toBe('child');
  expect(mannerOf(await open(FORMS.child.replace('hw-child', 'pages hw-private')))).toBe('private');
  expect(mannerOf(await open(PLAIN))).toBe('plain');
  expect(mannerOf(await open(FORMS.child.replace('hw-child', 'hw-plain')))).toBe('plain');
});

test('what is for the adult is plain; then comes a practice question that no answer knows of, as often as wanted', async () => {
  const app = await mount(FORMS.child);
  const before = app.root.instanceState.instanceXML;
  expect(has('.iv-with-child')).toBe(false);
  tap('yes');
  await next();
  expect(heading()).toBe('How is the weather today?');
  expect(has('.iv-with-child .iv-stop')).toBe(true);
  tap('faceGood');
  expect(host.querySelector('.iv-good')!.textContent).toMatch(/^Well done!/);
  press('.iv-again');
  expect(host.querySelector<HTMLInputElement>('input:checked')).toBeNull();
  expect(host.querySelector<HTMLElement>('.iv-good')!.hidden).toBe(true);
  tap('faceBad');
  await next();
  expect(heading()).toBe('How do you feel?');
  expect(app.root.instanceState.instanceXML).toBe(before.replace('<in_private/>', '<in_private>yes</in_private>'));
});

test('a child goes back to its first question without another practice', async () => {
  await mount(FORMS.child);
  await toTheChild();
  tap('good');
  await next();
  press('.iv-back');
  expect(heading()).toBe('How do you feel?');
});

test('faces and pictures are the answers; rather not saying is the key below, with the form’s own answer', async () => {
  const app = await mount(FORMS.child);
  await toTheChild();
  expect([...host.querySelectorAll('.iv-tile-face')].length).toBe(3);
  expect([...host.querySelectorAll<HTMLInputElement>('.iv-tile input')].map(({ value }) => value)).toEqual(['good', 'middle', 'bad', 'dont_know']);
  press('.iv-skip');
  await settled();
  expect(valueIn(app.root, 'mood')).toBe('skip');
  press('.iv-back');
  expect(host.querySelector('.iv-skip')!.getAttribute('aria-pressed')).toBe('true');
  tap('bad');
  await next();
  expect(valueIn(app.root, 'mood')).toBe('bad');
});

test('a question without such an answer is passed by empty, and several asked together come one by one', async () => {
  const app = await mount(FORMS.child);
  await toTheChild();
  for (let question = 0; question < 2; question += 1) {
    tap('good');
    await next();
  }
  expect(heading()).toBe('Do you swim?');
  expect(host.querySelectorAll('.iv-tile-face').length).toBe(0);
  tap('no');
  press('.iv-skip');
  await settled();
  expect(heading()).toBe('What do you have?');
  expect(valueIn(app.root, 'swim')).toBe('');
  tap('house');
  tap('drum');
  await settled();
  expect(valueIn(app.root, 'things')).toBe('house drum');
  expect(host.querySelector<HTMLImageElement>('.iv-picture')!.getAttribute('src')).toBe('/media/house.svg');
  press('.iv-skip');
  await settled();
  expect(valueIn(app.root, 'things')).toBe('refused');
});

test.each([
  ['an option that only ends like one', ['school_refused'], null],
  ['two of them, of which nobody can tell which is meant', ['refused', 'no_answer'], null],
  ['one, beside an option that only ends like one', ['family_refused', 'prefer_not'], 'prefer_not'],
])('the answer for rather not saying: %s', async (_, codes, refusal) => {
  const item = (code: string): string => `<item><itextId>things-3</itextId><name>${code}</name></item>`;
  const app = await mount(FORMS.child.replace(item('refused'), codes.map(item).join('')));
  await toTheChild();
  for (let question = 0; question < 3; question += 1) {
    press('.iv-tile input');
    await next();
  }
  const shown = [...host.querySelectorAll<HTMLInputElement>('.iv-tile input')].map(({ value }) => value);
  expect(shown).toEqual(['house', 'shoes', 'drum', ...codes.filter((code) => code !== refusal)]);
  tap('house');
  press('.iv-skip');
  await settled();
  expect(valueIn(app.root, 'things')).toBe(refusal ?? '');
});

test('nothing tapped: it says so kindly, and aloud', async () => {
  const device = new Device('en-GB');
  await mount(FORMS.child);
  await toTheChild();
  await next();
  expect(host.querySelector('.iv-error')!.textContent).toBe('Tap what fits you. Or skip this question.');
  expect(device.spoken.at(-1)).toBe('Tap what fits you. Or skip this question.');
});

test('the question is heard, by the form’s own sound where it has one; a tapped face says its word', async () => {
  const [device, played] = [new Device('en-GB'), sounds()];
  await mount(FORMS.child);
  tap('yes');
  await next();
  expect(device.spoken[0]).toMatch(/^Let’s try it first/);
  tap('faceMiddle');
  expect(device.spoken.at(-1)).toBe('In between');
  device.finish();
  await next();
  await settled();
  expect(played).toEqual(['/media/hello.wav']);
  device.finish();
  expect(device.spoken.slice(-4)).toEqual(['Good', 'In between', 'Bad', 'I don\'t know']);
  tap('bad');
  expect(device.spoken.at(-1)).toBe('Bad');
  await next();
  expect(device.spoken.at(-1)).toBe('How are things with bad friends?');
  expect(host.querySelector<HTMLElement>('.iv-read')!.hidden).toBe(true);
  expect(host.querySelector<HTMLElement>('.iv-listen')!.hidden).toBe(false);
});

test.each(['.iv-globe', '.iv-tell'])('a dialog (%s) silences the question', async (key) => {
  const device = new Device('en-GB');
  await mount(FORMS.child, { attachments: {} });
  await toTheChild();
  expect(device.spoken.at(-1)).toBe('How do you feel?');
  press(key);
  device.finish();
  expect(device.spoken.at(-1)).toBe('How do you feel?');
});

test('without any voice there is no key for it, and a line for whoever sits beside the child', async () => {
  await mount(FORMS.child, { attachments: {} });
  await toTheChild();
  expect(host.querySelector<HTMLElement>('.iv-listen')!.hidden).toBe(true);
  expect(host.querySelector<HTMLElement>('.iv-read')!.textContent).toBe('Please read it aloud.');
  expect(has('.iv-voice')).toBe(false);
});

test('the voices of a device may come after the page', async () => {
  const device = new Device();
  await mount(FORMS.child, { attachments: {} });
  await toTheChild();
  device.learn('en-GB');
  expect(host.querySelector<HTMLElement>('.iv-listen')!.hidden).toBe(false);
  expect(has('.iv-voice')).toBe(true);
});

test('they may come while the child practises, or after the interview is over', async () => {
  const device = new Device();
  const app = await mount(FORMS.child, { attachments: {} });
  tap('yes');
  await next();
  expect(has('.iv-listen')).toBe(false);
  device.learn('en-GB');
  expect(has('.iv-listen')).toBe(true);
  app.close();
  const spoken = device.spoken.length;
  device.learn('fr-FR');
  expect(device.spoken.length).toBe(spoken);
});

test('where others listen nothing is said until somebody turns the sound on', async () => {
  const device = new Device('en-GB');
  await mount(FORMS.child, { attachments: {} });
  await toTheChild('no');
  tap('good');
  expect(device.spoken).toEqual([]);
  host.querySelector<HTMLElement>('.iv-voice')!.focus();
  press('.iv-voice');
  expect(document.activeElement?.classList.contains('iv-voice')).toBe(true);
  tap('bad');
  expect(device.spoken).toEqual(['Bad']);
});

test('a break hides the question and its answers, at any time; it is offered half way, once', async () => {
  await mount(FORMS.child);
  await toTheChild();
  tap('good');
  await settled();
  press('.iv-rest');
  expect(heading()).toBe('We take a break');
  expect(host.textContent).not.toContain('How do you feel?');
  expect(has('input')).toBe(false);
  press('.iv-go-on');
  expect(host.querySelector<HTMLInputElement>('input:checked')!.value).toBe('good');
  const offers: string[] = [];
  for (let step = 0; step < 9 && !has('.iv-end'); step += 1) {
    if (has('.iv-pause')) {
      offers.push(heading());
      press('.iv-go-on');
      await settled();
    } else {
      if (has('.iv-tile')) press('.iv-tile input');
      await next();
    }
  }
  expect(offers).toEqual(['Do you want a break?', GIVE_BACK]);
});

/** What is sent, without what differs each time. */
const sentBy = (app: App): string => app.root.instanceState.instanceXML.replace(/uuid:[0-9a-f-]+/, '');

async function answerAll(app: App): Promise<string> {
  const [mood, things] = ['bad', ['house', 'drum']];
  tap('yes');
  for (let step = 0; step < 40 && !has('.iv-end'); step += 1) {
    if (has('.iv-pause')) press('.iv-go-on');
    else {
      if (has(`input[value=${mood}]`)) tap(mood);
      for (const thing of things) if (has(`input[value=${thing}]`)) tap(thing);
      if (!has('input[value=bad]') && has('input[value=no]')) tap('no');
      const area = host.querySelector('textarea');
      if (area) {
        area.value = 'The river';
        area.dispatchEvent(new Event('input'));
      }
      press('.iv-next');
    }
    await settled();
  }
  return sentBy(app);
}

test('the same answers are the same bytes, asked plainly or by faces', async () => {
  const plain = await answerAll(await mount(PLAIN.replace('field-list', '')));
  const together = await answerAll(await mount(PLAIN));
  const faces = await answerAll(await mount(FORMS.child));
  expect(faces).toBe(plain);
  expect(together).toBe(plain);
  expect(faces).toContain('<things>house drum</things>');
  expect(faces).toContain('<more>The river</more>');
});

test('at the end the child is thanked, and whoever takes the device back sends', async () => {
  await answerAll(await mount(FORMS.child.replace('hw-adult', '')));
  expect(host.querySelector('.iv-end')!.textContent).toContain('Thank you for telling us!');
});

/** As it was asked, one heading after the other, to the end. */
async function headings(): Promise<string[]> {
  const asked: string[] = [];
  for (; asked.length < 20 && !has('.iv-end'); await settled()) {
    asked.push(heading());
    if (!has('.iv-pause') && has('.iv-tile')) press('.iv-tile input');
    press(has('.iv-pause') ? '.iv-go-on' : '.iv-next');
  }
  return [...asked, host.querySelector('.iv-end')!.textContent.includes('give the device back') ? 'thanked again' : 'end'];
}

test('before what the adult is asked at the end, the device is given back, once', async () => {
  const app = await mount(FORMS.child);
  await toTheChild();
  const asked = await headings();
  expect(asked.slice(-4)).toEqual(['Thank you', GIVE_BACK, 'Was the child tired?', 'end']);
  expect(asked.filter((each) => each === GIVE_BACK).length).toBe(1);
  app.interview.back();
  app.interview.back();
  app.draw();
  expect(heading()).toBe('Thank you');
  expect(await headings()).toEqual(['Thank you', 'Was the child tired?', 'end']);
});

test('while the device is given back nothing of the next question is there, and the back key leads to the child’s last', async () => {
  const device = new Device('en-GB');
  const app = await mount(FORMS.child.replace('<tired/>', '<tired>yes</tired>'), { language: 'fr' });
  await toTheChild();
  while (heading() !== GIVE_BACK) {
    if (has('.iv-tile')) press('.iv-tile input');
    press(has('.iv-pause') ? '.iv-go-on' : '.iv-next');
    await settled();
  }
  expect(device.spoken.at(-1)).toBe(GIVE_BACK);
  expect([has('input'), has('.iv-next'), host.querySelector('.iv-go-on')!.textContent]).toEqual([false, false, 'J’ai repris l’appareil']);
  host.querySelector('form')!.requestSubmit();
  expect(heading()).toBe(GIVE_BACK);
  expect(app.interview.mark().seen).not.toContain('/data/main/tired');
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(heading()).toBe('Thank you');
  await next();
  expect(heading()).toBe(GIVE_BACK);
  app.close();
});

test('an adult who is asked in the middle gives the child no farewell', async () => {
  await mount(FORMS.child.replace('ref="/data/main/more" appearance="', 'ref="/data/main/more" appearance="hw-adult ').replace('appearance="hw-adult"', ''));
  await toTheChild();
  const asked = await headings();
  expect(asked.slice(-4)).toEqual(['What else?', 'Thank you', 'Was the child tired?', 'thanked again']);
  expect(asked).not.toContain(GIVE_BACK);
});

test.each([[true, 'Was the child tired?'], [false, GIVE_BACK]])('a draft that goes on with the adult’s question, seen before: %s', async (seen, first) => {
  const changes = new Changes();
  const root = await open(english(FORMS.child), changes);
  const before = new Interview(root);
  while (before.mark().at !== 'question:/data/main/tired') before.next();
  if (!seen) before.unsee();
  const app = new App(host, '', CONFIG, new Interview(root, {}, before.mark()), changes);
  expect(heading()).toBe(first);
  app.interview.back();
  app.interview.back();
  app.draw();
  expect(has('input[value=faceGood]')).toBe(false);
});

test('stop is asked kindly, keeps what was said, and nothing of what was only about to be asked', async () => {
  const sent: FormData[] = [];
  vi.stubGlobal('fetch', async (_: string, options: RequestInit) => {
    sent.push(options.body as FormData);
    return new Response(JSON.stringify({ status: 'stored', message: '' }), { status: 201, headers: { 'Content-Type': 'application/json' } });
  });
  const app = await mount(FORMS.child);
  await toTheChild();
  tap('middle');
  await settled();
  press('.iv-stop');
  expect(heading()).toBe('Shall we stop? That is fine.');
  press('.iv-go-on');
  expect(heading()).toBe('How do you feel?');
  press('.iv-stop');
  press('.iv-yes');
  expect(heading()).toBe('We stop here. You did well. Thank you!');
  expect(has('input')).toBe(false);
  press('.iv-stop-send');
  await vi.waitFor(() => expect(sent.length).toBe(1));
  expect([valueIn(app.root, 'mood'), valueIn(app.root, 'goats')]).toEqual(['middle', '']);
});

test('a default on the question that a break was offered before is no answer when the child stops there', async () => {
  vi.stubGlobal('fetch', async () => new Response('{}', { status: 201, headers: { 'Content-Type': 'application/json' } }));
  const app = await mount(FORMS.child);
  await toTheChild();
  for (let question = 0; question < 6 && !has('.iv-pause'); question += 1) {
    press('.iv-tile input');
    await next();
  }
  expect(valueIn(app.root, 'goats')).toBe('3');
  const before = heading();
  press('.iv-stop');
  press('.iv-yes');
  press('.iv-stop-send');
  await settled();
  expect(before).toBe('Do you want a break?');
  expect(valueIn(app.root, 'goats')).toBe('');
});

test('from a preview nothing is sent when a child stops', async () => {
  await mount(FORMS.child, { mode: 'preview' });
  await toTheChild();
  press('.iv-stop');
  press('.iv-yes');
  expect(has('.iv-stop-send')).toBe(false);
});

test('after stop the back key leads nowhere, and throwing away is asked once more', async () => {
  const app = await mount(FORMS.child);
  await toTheChild();
  tap('good');
  await next();
  press('.iv-stop');
  press('.iv-yes');
  const parted = heading();
  for (let times = 0; times < 3; times += 1) window.dispatchEvent(new PopStateEvent('popstate'));
  expect([heading(), has('.iv-tile'), has('.iv-next')]).toEqual([parted, false, false]);
  press('.iv-danger');
  expect(host.querySelector('dialog')!.textContent).toContain('Throw away what was said?');
  press('dialog .iv-main-action');
  expect([heading(), has('dialog')]).toEqual([parted, false]);
  press('.iv-danger');
  press('dialog .iv-drop');
  expect(host.textContent).toContain('The answers were thrown away');
  app.close();
});

test('the back key leads out of a break, and the language of the questions speaks to the child', async () => {
  await mount(FORMS.child, { language: 'ar' });
  await toTheChild();
  expect(host.querySelector('.iv-stop')!.textContent).toBe('Stop');
  expect(host.querySelector('.iv-read')!.getAttribute('lang')).toBe('ar');
  press('.iv-rest');
  window.dispatchEvent(new PopStateEvent('popstate'));
  expect(heading()).toBe('How do you feel?');
});

test('who goes on with a draft in the middle is not asked to practise', async () => {
  const changes = new Changes();
  const root = await open(english(FORMS.child), changes);
  const first = new Interview(root);
  for (let step = 0; step < 2; step += 1) first.next();
  const mark = first.mark();
  new App(host, '', CONFIG, new Interview(root, {}, mark), changes);
  expect(heading()).toMatch(/^How are things with/);
});
