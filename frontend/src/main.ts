import './style/interview.css';
import { App } from './app.ts';
import { fetchConfig, SignedOut, type Config } from './config.ts';
import { button } from './controls/control.ts';
import { h, replace } from './dom.ts';
import { Changes } from './engine/changes.ts';
import { FormError, openForm } from './engine/form.ts';
import { chooseLanguage } from './engine/language.ts';
import { Media } from './engine/media.ts';
import { Interview } from './interview.ts';
import { mannerOf } from './manner.ts';
import { Speech, type Word } from './words/index.ts';

/** The engine is most of the weight: it is on its way before anything else is known. */
const engine = import('@getodk/xforms-engine');

async function fetchForm(config: Config): Promise<string> {
  const response = await fetch(config.form_url, { credentials: 'same-origin' });
  if (response.redirected) throw new SignedOut();
  if (!response.ok) throw new Error(`${response.status}`);
  return response.text();
}

async function start(host: HTMLElement, address: string): Promise<void> {
  const config = await fetchConfig(address);
  const changes = new Changes();
  const [loaded, xml] = await Promise.all([engine, fetchForm(config)]);
  const root = await openForm(loaded, xml, new Media(config.attachments), changes);
  chooseLanguage(root, config.labels_language);
  // Whoever keys in from paper reads the paper, whoever answered it.
  const manner = config.mode === 'paper' ? 'plain' : (config.manner ?? mannerOf(root));
  new App(host, address, config, new Interview(root, config.prefill, null, manner), changes);
}

/** The page says its language until the configuration, which may not have come, says another. */
function explain(host: HTMLElement, error: unknown): void {
  const speech = new Speech(document.documentElement.lang.slice(0, 2) || 'en');
  const ended: Word = host.dataset['alone'] === undefined ? 'openSignedOut' : 'serverTrouble'; // by a link nobody is signed in
  const word: Word = error instanceof FormError ? 'openFailedForm' : error instanceof SignedOut ? ended : 'openFailedNet';
  const detail = error instanceof Error ? error.message : String(error);
  const heading = h('h1', { class: 'iv-label', tabindex: '-1' }, speech.say('openFailed'));
  const more = h('details', { class: 'iv-details' }, h('summary', {}, speech.say('details')), h('pre', { class: 'iv-pre', dir: 'ltr' }, detail));
  const again = button(speech.say('again'), 'main', () => window.location.reload(), { class: 'iv-button iv-main-action' });
  host.classList.add('iv');
  host.setAttribute('lang', speech.code);
  host.setAttribute('dir', speech.direction);
  replace(host, h('div', { class: 'iv-form' }, h('div', { class: 'iv-main' },
    h('div', { class: 'iv-screen iv-question', role: 'alert' }, heading, h('p', {}, speech.say(word)), detail !== '' && more, h('div', { class: 'iv-actions' }, again)))));
  heading.focus();
}

const host = document.getElementById('interview');
const address = host?.dataset['config'];
if (host && address) start(host, address).catch((error: unknown) => explain(host, error));
