import { face } from '../controls/faces.ts';
import { freshId, h } from '../dom.ts';
import type { Said, Voice } from '../voice.ts';
import type { Speech, Word } from '../words/index.ts';
import { bigKey, smallKey } from './keys.ts';
import type { Shown } from './pauses.ts';
import { tile } from './tiles.ts';

const FACES: readonly (readonly [Word, number])[] = [['faceGood', 15], ['faceMiddle', 0], ['faceBad', -15]];

/** A question that is in no form: how faces are tapped, as often as the child likes. Nobody keeps what it taps. */
export function practice(speech: Speech, voice: Voice, adult: Speech): Shown {
  const said = (text: string, element: Element | null): Said => ({ text, language: speech.code, sound: null, element });
  const heading = h('h2', { class: 'iv-label', id: freshId('practice'), tabindex: '-1', ...speech.marks }, speech.say('practiceAsk'));
  const intro = h('p', { class: 'iv-intro', ...speech.marks }, speech.say('practice'));
  const after = h('p', { class: 'iv-good', role: 'status', hidden: true, ...speech.marks });
  const name = freshId('practice');
  const tiles = h('div', { class: 'iv-tiles', role: 'radiogroup', 'aria-labelledby': heading.id, dir: speech.direction });
  const heard: Said[] = [said(speech.say('practice'), intro), said(speech.say('practiceAsk'), heading)];
  const read = (): void => voice.say(heard);
  const before = [h('p', { class: 'iv-aside iv-read', ...adult.marks }, adult.say('practiceAdult')), intro];
  const turn = (done: boolean): void => {
    for (const line of before) line.hidden = done;
    after.hidden = again.hidden = !done;
  };
  const again = bigKey(speech, 'again', 'practiceAgain', 'iv-again', () => {
    for (const input of tiles.querySelectorAll('input')) input.checked = false;
    turn(false);
    heading.focus();
    if (voice.on) read();
  });
  again.hidden = true;
  for (const [word, mood] of FACES) {
    const input = h('input', { type: 'radio', name, class: 'iv-tile-mark', value: word, autocomplete: 'off' });
    const element = tile(input, face(mood), [document.createTextNode(speech.say(word))], speech.marks, ' iv-tile-face');
    heard.push(said(speech.say(word), element));
    input.addEventListener('click', () => {
      turn(true);
      after.textContent = speech.say('practiceDone');
      if (voice.on) voice.say([said(speech.say(word), element), said(speech.say('practiceDone'), after)]);
    });
    tiles.append(element);
  }
  const element = h('div', { class: 'iv-screen' }, h('section', { class: 'iv-question' }, ...before, after, heading, listenTo(speech, voice, heard, adult), tiles, again));
  return { element, heading, read };
}

/** As at a question: a key, or a line for whoever sits beside the child. */
export function listenTo(speech: Speech, voice: Voice, heard: readonly Said[], adult: Speech): HTMLElement {
  if (heard.some((each) => voice.can(each))) return smallKey(speech, 'listen', 'listen', 'iv-listen', () => voice.say(heard));
  return h('p', { class: 'iv-aside iv-read', ...adult.marks }, adult.say('readAloud'));
}
