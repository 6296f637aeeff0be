import type { GeopointInputNode } from '@getodk/xforms-engine';
import { h } from '../dom.ts';
import { writeText } from '../engine/answers.ts';
import type { Word } from '../words/index.ts';
import { ownButton, plainDigits, type Context, type Control } from './control.ts';

/** Where this is: from the device, or as two numbers from a map or a card. */
export function placeControl(node: GeopointInputNode, context: Context): Control {
  const { speech } = context;
  const said = h('p', { class: 'iv-said', role: 'status', ...speech.marks });
  const take = ownButton(speech, 'placeTake', 'plain', () => ask());
  const [latitude, longitude] = [field('latitude'), field('longitude')];
  let trouble: Word | null = null;
  let waiting = false;

  function field(word: 'latitude' | 'longitude'): HTMLInputElement {
    const input = h('input', { class: 'iv-input iv-short', type: 'text', inputmode: 'text', dir: 'ltr', autocomplete: 'off' });
    input.dataset['word'] = word;
    input.addEventListener('input', () => write());
    return input;
  }
  function write(): void {
    const [lat, lon] = [number(latitude, 90), number(longitude, 180)];
    const empty = latitude.value.trim() === '' && longitude.value.trim() === '';
    trouble = !empty && (lat === null || lon === null) ? 'notPlace' : null;
    writeText(node, lat === null || lon === null ? '' : `${lat} ${lon} 0 0`);
  }
  function ask(): void {
    waiting = true;
    said.textContent = speech.say('placeTaking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        waiting = false;
        trouble = null;
        writeText(node, [coords.latitude, coords.longitude, coords.altitude ?? 0, coords.accuracy].join(' '));
        update();
      },
      () => {
        waiting = false;
        said.textContent = speech.say('placeNone');
      },
      { enableHighAccuracy: true, timeout: 30_000 },
    );
  }
  function update(): void {
    if (waiting) return;
    const [lat, lon, , metres] = node.currentState.instanceValue.split(' ').map(Number);
    if (lat === undefined || lon === undefined || Number.isNaN(lat + lon) || node.currentState.instanceValue === '') {
      said.textContent = '';
      return;
    }
    said.textContent = speech.say('placeIs', { lat, lon, m: Math.round(metres ?? 0) });
    if (document.activeElement !== latitude && document.activeElement !== longitude) {
      latitude.value = String(lat);
      longitude.value = String(lon);
    }
  }
  const row = ([['latitude', latitude], ['longitude', longitude]] as const).map(([word, input]) =>
    h('label', { class: 'iv-stack' }, h('span', speech.marks, speech.say(word)), input),
  );
  const numbers = h('details', { class: 'iv-details' }, h('summary', speech.marks, speech.say('placeWrite')), h('div', { class: 'iv-row' }, ...row));
  return {
    element: h('div', { class: 'iv-stack', role: 'group', 'aria-labelledby': context.aria.labelledBy, 'aria-describedby': context.aria.describedBy },
      'geolocation' in navigator && take, said, numbers),
    update,
    trouble: () => trouble,
    focus: () => take.focus(),
  };
}

function number(input: HTMLInputElement, limit: number): number | null {
  const text = plainDigits(input.value).trim().replace(',', '.');
  const value = Number(text);
  return text === '' || Number.isNaN(value) || Math.abs(value) > limit ? null : value;
}
