import { button } from '../controls/control.ts';
import { face } from '../controls/faces.ts';
import { h } from '../dom.ts';
import type { Said, Voice } from '../voice.ts';
import type { Speech, Word } from '../words/index.ts';
import type { Pause } from './course.ts';
import { bigKey } from './keys.ts';
import { picture } from './pictures.ts';
import { listenTo, practice } from './practice.ts';

/** What stands in the place of a question. */
export interface Shown {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  readonly read: () => void;
}

export interface Ways {
  /** To the question, as it was left. */
  readonly goOn: () => void;
  readonly rest: () => void;
  readonly stop: () => void;
  readonly stopped: () => void;
  /** Null in a preview, from which nothing is sent. */
  readonly send: (() => void) | null;
  readonly drop: () => void;
  readonly told: number; // in confidence
}

/** `speech` speaks to the child, `adult` to whoever sits beside it. */
export interface Voices {
  readonly speech: Speech;
  readonly adult: Speech;
  readonly voice: Voice;
}

export function pauseOf(kind: Pause, voices: Voices, ways: Ways): Shown {
  const { speech, adult, voice } = voices;
  switch (kind) {
    case 'practice':
      return practice(speech, voice, adult);
    case 'offer':
      return page(voices, 'rest', 'restAsk', null, bigKey(speech, 'yes', 'restYes', 'iv-yes', ways.rest), bigKey(speech, 'next', 'goOnNo', 'iv-go-on', ways.goOn), bigKey(speech, 'stop', 'stop', 'iv-stop', ways.stop));
    case 'rest':
      return page(voices, 'rest', 'restTitle', 'restText', bigKey(speech, 'next', 'goOn', 'iv-go-on', ways.goOn), bigKey(speech, 'stop', 'stop', 'iv-stop', ways.stop));
    case 'stop':
      return page(voices, 'stop', 'stopKind', null, bigKey(speech, 'yes', 'stopYes', 'iv-yes', ways.stopped), bigKey(speech, 'next', 'goOnNo', 'iv-go-on', ways.goOn));
    case 'stopped':
      return stopped(voices, ways);
    case 'giveBack':
      return giveBack(voices, ways);
  }
}

function page({ speech, adult, voice }: Voices, drawing: string, title: Word, text: Word | null, ...keys: HTMLElement[]): Shown {
  const heading = h('h2', { class: 'iv-label', tabindex: '-1', ...speech.marks }, speech.say(title));
  const more = text === null ? null : h('p', speech.marks, speech.say(text));
  const heard: Said[] = [heading, more].flatMap((element) => (element === null ? [] : [{ text: element.textContent ?? '', language: speech.code, sound: null, element }]));
  const words = keys.map((element): Said => ({ text: element.textContent ?? '', language: speech.code, sound: null, element }));
  const all = [...heard, ...words];
  const element = h('div', { class: 'iv-screen' },
    h('section', { class: 'iv-question iv-pause' }, h('div', { class: 'iv-pause-picture' }, picture(drawing)), heading, more, listenTo(speech, voice, all, adult), h('div', { class: 'iv-keys', dir: speech.direction }, ...keys)));
  return { element, heading, read: () => voice.say(all) };
}

/** To the child first, without a question; then to whoever takes the device back. */
function parting({ speech, adult, voice }: Voices, word: Word, ...rest: (HTMLElement | false)[]): Shown {
  const heading = h('h2', { class: 'iv-label', tabindex: '-1', ...speech.marks }, speech.say(word));
  const thanks: Said[] = [{ text: speech.say(word), language: speech.code, sound: null, element: heading }];
  const element = h('div', { class: 'iv-screen' },
    h('section', { class: 'iv-question iv-pause' }, h('div', { class: 'iv-pause-picture' }, face(15)), heading),
    h('section', { class: 'iv-question', ...adult.marks }, ...rest));
  return { element, heading, read: () => voice.say(thanks) };
}

function stopped(voices: Voices, ways: Ways): Shown {
  const { adult } = voices;
  return parting(voices, 'stoppedKind',
    h('p', { class: 'iv-read' }, adult.say(ways.send === null ? 'endPreview' : 'stoppedAdult')),
    ways.told > 0 && ways.send !== null && h('p', { class: 'iv-notice' }, adult.say('stopTold')),
    h('div', { class: 'iv-actions' },
      ways.send !== null && button(adult.say('stopSend'), 'main', ways.send, { class: 'iv-button iv-main-action iv-stop-send' }),
      button(adult.say('stopDrop'), 'plain', ways.drop, { class: 'iv-button iv-plain iv-danger' }),
      button(adult.say('stopBack'), 'plain', ways.goOn, { class: 'iv-button iv-plain iv-go-on' })));
}

/** After the child's last question, where others follow that are not the child's. */
function giveBack(voices: Voices, ways: Ways): Shown {
  const { adult } = voices;
  return parting(voices, 'childEnd',
    h('p', { class: 'iv-read' }, adult.say('givenBackText')),
    h('div', { class: 'iv-actions' }, button(adult.say('givenBack'), 'plain', ways.goOn, { class: 'iv-button iv-plain iv-go-on' })));
}
