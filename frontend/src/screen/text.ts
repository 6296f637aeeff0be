import type { TextRange } from '@getodk/xforms-engine';
import { append, h } from '../dom.ts';
import { directionOf } from '../engine/language.ts';
import type { Context } from '../controls/control.ts';

type AnyText = TextRange<'label'> | TextRange<'hint'> | TextRange<'item-label'>;

/** The marks that ODK's Markdown knows. Most labels have none, and then parsing is left out. */
const MARKS = /[*_#[<\\]|^\s*([-+]|\d+\.)\s/m;

interface MarkdownNode {
  readonly role: string;
  readonly elementName?: string;
  readonly value?: string;
  readonly unsafeHtml?: string;
  readonly url?: string;
  readonly children?: readonly MarkdownNode[];
}

const ALLOWED = new Set(['br', 'div', 'em', 'li', 'ol', 'p', 'span', 'strong', 'u', 'ul']);

/** Text of the form as nodes. HTML in it stays text, colours and fonts are left to our own sheet. */
export function formatted(text: AnyText | null): Node[] {
  const plain = text?.asString ?? '';
  if (text === null || !MARKS.test(plain)) return lines(plain);
  return (text.formatted as readonly MarkdownNode[]).map(toNode);
}

function lines(plain: string): Node[] {
  return plain.split('\n').flatMap((line, index) => {
    const node: Node = document.createTextNode(line);
    return index === 0 ? [node] : [document.createElement('br'), node];
  });
}

function toNode(node: MarkdownNode): Node {
  if (node.role === 'child') return document.createTextNode(node.value ?? '');
  if (node.role === 'html') return document.createTextNode(node.unsafeHtml ?? '');
  const children = (node.children ?? []).map(toNode);
  const name = node.elementName ?? 'span';
  if (name === 'a' && /^https?:/.test(node.url ?? '')) {
    return h('a', { href: node.url, target: '_blank', rel: 'noopener noreferrer' }, ...children);
  }
  // A heading inside a label would break the order of headings of the page.
  const element = document.createElement(/^h[1-6]$/.test(name) ? 'strong' : ALLOWED.has(name) ? name : 'span');
  append(element, children);
  return element;
}

export function spokenAttributes(context: Pick<Context, 'language'>): Record<string, string> {
  if (context.language === '') return { dir: 'auto' };
  return { lang: context.language, dir: directionOf(context.language) };
}

/** Pictures, sound and film that go with a text. Null when there are none. */
export function mediaOf(text: AnyText | null, context: Context, soundLabel?: string): HTMLElement | null {
  if (text === null) return null;
  const { media, speech } = context;
  const parts: HTMLElement[] = [];
  const missing = [text.imageSource, text.audioSource, text.videoSource].some((source) => source && media.addressOf(source as URL) === null);
  const image = media.addressOf(text.imageSource as URL | undefined);
  const sound = media.addressOf(text.audioSource as URL | undefined);
  const film = media.addressOf(text.videoSource as URL | undefined);
  if (image !== null) parts.push(h('img', { class: 'iv-picture', src: image, alt: '', decoding: 'async' }));
  if (sound !== null) parts.push(soundButton(sound, context, soundLabel));
  if (film !== null) parts.push(h('video', { class: 'iv-film', src: film, controls: true, preload: 'none', 'aria-label': speech.say('video') }));
  if (missing) parts.push(h('p', { class: 'iv-aside' }, speech.say('mediaMissing')));
  return parts.length === 0 ? null : h('div', { class: 'iv-media' }, ...parts);
}

let playing: { readonly sound: HTMLAudioElement; readonly ended: () => void } | null = null;

/** One voice at a time. */
export function hush(): void {
  playing?.sound.pause();
  playing?.ended();
  playing = null;
}

function soundButton(address: string, context: Context, label?: string): HTMLButtonElement {
  const { speech } = context;
  const name = label === undefined ? speech.say('listen') : speech.say('listenTo', { label });
  const caption = h('span', { class: label === undefined ? '' : 'iv-hidden' }, name);
  const element = h('button', { type: 'button', class: 'iv-button iv-plain iv-sound' }, h('span', { class: 'iv-speaker', 'aria-hidden': 'true' }), caption);
  element.addEventListener('click', (event) => {
    event.preventDefault();
    const mine = playing !== null && element.classList.contains('iv-playing');
    hush();
    if (mine) return;
    const sound = new Audio(address);
    const ended = (): void => {
      element.classList.remove('iv-playing');
      caption.textContent = name;
    };
    playing = { sound, ended };
    sound.addEventListener('ended', hush);
    element.classList.add('iv-playing');
    caption.textContent = speech.say('stopSound');
    sound.play().catch(ended);
  });
  return element;
}
