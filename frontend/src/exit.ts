import { h, svg } from './dom.ts';
import { silence } from './voice.ts';
import type { Speech } from './words/index.ts';

/** The page's own way out, which stands in its hidden form: signed out at once, an empty page. For a finger, beside Esc twice. */
export function quickExit(speech: Speech): HTMLButtonElement | null {
  if (wayOut() === null) return null;
  const word = speech.say('exit');
  return h('button', { type: 'button', class: 'iv-button iv-plain iv-exit', 'aria-label': word, title: word, on: { click: leaveQuickly } }, sign());
}

/** Also where somebody who answered alone is done: nothing of the page stays. */
export function leaveQuickly(): void {
  silence();
  wayOut()?.requestSubmit();
}

function wayOut(): HTMLFormElement | null {
  return document.querySelector<HTMLFormElement>('form#quick-exit');
}

/** A door with an arrow out of it, as on the other pages. */
function sign(): SVGElement {
  return svg('svg', { viewBox: '0 0 24 24', class: 'iv-exit-sign', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: 'M10 4.5H5v15h5M14.5 8l4 4-4 4M18.5 12H9.5' }));
}
