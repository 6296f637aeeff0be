import { h, svg } from './dom.ts';
import { silence } from './voice.ts';
import type { Speech } from './words/index.ts';

/** The page's own way out, which stands in its hidden form: signed out at once, an empty page. For a finger, beside Esc twice. */
export function quickExit(speech: Speech): HTMLButtonElement | null {
  const form = document.querySelector<HTMLFormElement>('form#quick-exit');
  if (form === null) return null;
  const word = speech.say('exit');
  const leave = (): void => {
    silence();
    form.requestSubmit();
  };
  return h('button', { type: 'button', class: 'iv-button iv-plain iv-exit', 'aria-label': word, title: word, on: { click: leave } }, sign());
}

/** A door with an arrow out of it, as on the other pages. */
function sign(): SVGElement {
  return svg('svg', { viewBox: '0 0 24 24', class: 'iv-exit-sign', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: 'M10 4.5H5v15h5M14.5 8l4 4-4 4M18.5 12H9.5' }));
}
