import './style/field.css';
import { h, replace } from './dom.ts';
import { takeCode } from './field/code.ts';
import { openDatabase } from './field/database.ts';
import { CACHE, keepForms, type Kept } from './field/forms.ts';
import type { Means } from './field/means.ts';
import { Notebook } from './field/notebook.ts';
import { back } from './field/screens/handing.ts';
import { page } from './field/screens/kit.ts';
import { pair } from './field/screens/pair.ts';
import { setup } from './field/screens/setup.ts';
import { today } from './field/screens/today.ts';
import { pin, unlock } from './field/screens/unlock.ts';
import { codeIsKept, keepCode, whenKept } from './field/worker.ts';
import { FieldSpeech } from './field/words/index.ts';

/** What browsers keep of blank forms; a browser without it fetches them each time. */
const kept: Kept = {
  match: async (address) => (typeof caches === 'undefined' ? undefined : (await caches.open(CACHE)).match(address)),
};

/** A browser that keeps nothing, as some do in private windows, or one without the means to seal. */
function impossible(host: HTMLElement, language: string): void {
  const speech = new FieldSpeech(language);
  replace(host, h('main', { class: 'iv fd' }, page(speech, speech.tell('setupTitle'), null, h('p', { class: 'iv-notice', role: 'alert' }, speech.tell('noCrypto')))));
}

async function start(host: HTMLElement, code: string): Promise<void> {
  const language = document.documentElement.lang.slice(0, 2) || 'en';
  const means = {
    engine: () => import('@getodk/xforms-engine'), kept, codeIsKept, whenKept, screens: { setup, unlock, pin, today, pair, back },
    keepForms: (...[forms, begun, get]: Parameters<Means['keepForms']>) => (typeof caches === 'undefined' ? Promise.resolve([...forms]) : keepForms(forms, begun, caches, get)),
  };
  const database = await openDatabase().catch(() => null);
  if (database === null || globalThis.crypto?.subtle === undefined) return impossible(host, language);
  keepCode();
  const notebook = new Notebook(host, database, means, language);
  window.addEventListener('hashchange', () => void notebook.offer(takeCode())); // scanned while the app was open
  await notebook.start(code);
}

const host = document.getElementById('field');
if (host) void start(host, takeCode());
