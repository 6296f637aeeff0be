import './style/field.css';
import { openDatabase } from './field/database.ts';
import { CACHE, keepForms, type Kept } from './field/forms.ts';
import { Notebook } from './field/notebook.ts';
import { setup } from './field/screens/setup.ts';
import { today } from './field/screens/today.ts';
import { pin, unlock } from './field/screens/unlock.ts';
import { keepCode } from './field/worker.ts';

/** What browsers keep of blank forms; a browser without it fetches them each time. */
const kept: Kept = {
  match: async (address) => (typeof caches === 'undefined' ? undefined : (await caches.open(CACHE)).match(address)),
};

async function start(host: HTMLElement): Promise<void> {
  const language = document.documentElement.lang.slice(0, 2) || 'en';
  const means = {
    engine: () => import('@getodk/xforms-engine'), kept, screens: { setup, unlock, pin, today },
    keepForms: (forms: Parameters<typeof keepForms>[0], begun: Parameters<typeof keepForms>[1]) => (typeof caches === 'undefined' ? Promise.resolve([...forms]) : keepForms(forms, begun)),
  };
  await new Notebook(host, await openDatabase(), means, language).start();
  keepCode();
}

const host = document.getElementById('field');
if (host) void start(host);
