import type { TextRange } from '@getodk/xforms-engine';
import { append, h } from '../dom.ts';
import { directionOf, directionOfText } from '../engine/language.ts';
import type { Context } from '../controls/control.ts';
import { hush, play, type Said } from '../voice.ts';

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

/** Language of a text, with the direction that its own letters ask for. */
export function textAttributes(text: string, context: Pick<Context, 'language'>): Record<string, string | false> {
  return { lang: context.language || false, dir: directionOfText(text, context.language) };
}

/** Sound and film that go with a text, and a word for what is missing. Null when there is nothing. */
export function mediaOf(text: AnyText | null, context: Context, soundLabel?: string): HTMLElement | null {
  if (text === null) return null;
  const { media, speech } = context;
  const parts: HTMLElement[] = [];
  const sources = [text.imageSource, text.audioSource, text.videoSource] as (URL | undefined)[];
  const [, sound, film] = sources.map((source) => media.addressOf(source));
  // Where the question is read aloud as a whole, its sound is part of that.
  if (sound && context.manner !== 'child') parts.push(soundButton(sound, context, soundLabel));
  if (film) parts.push(h('video', { class: 'iv-film', src: film, controls: true, preload: 'none', 'aria-label': speech.say('video') }));
  if (sources.some((source) => source !== undefined && media.addressOf(source) === null)) {
    parts.push(h('p', { class: 'iv-aside', ...speech.marks }, speech.say('mediaMissing')));
  }
  return parts.length === 0 ? null : h('div', { class: 'iv-media' }, ...parts);
}

/** The picture of a text. The text stands beside it, so readers need not hear of it twice. */
export function pictureOf(text: AnyText | null, context: Context): HTMLElement | null {
  const address = context.media.addressOf(text?.imageSource as URL | undefined);
  return address === null ? null : h('img', { class: 'iv-picture', src: address, alt: '', decoding: 'async' });
}

function soundButton(address: string, context: Context, label?: string): HTMLButtonElement {
  const { speech } = context;
  const name = label === undefined ? speech.say('listen') : speech.say('listenTo', { label });
  const caption = h('span', { class: label === undefined ? '' : 'iv-hidden', ...speech.marks }, name);
  const element = h('button', { type: 'button', class: 'iv-button iv-plain iv-sound' }, h('span', { class: 'iv-speaker', 'aria-hidden': 'true' }), caption);
  element.addEventListener('click', (event) => {
    event.preventDefault();
    const mine = element.classList.contains('iv-playing');
    hush();
    if (mine) return;
    element.classList.add('iv-playing');
    caption.textContent = speech.say('stopSound');
    play(address, () => {
      element.classList.remove('iv-playing');
      caption.textContent = name;
    });
  });
  return element;
}

/** A text as it is heard: the form's own sound, or its words without their marks. */
export function saidOf(text: AnyText | null, context: Pick<Context, 'language' | 'media'>, element: Element | null = null): Said {
  const words = formatted(text).map((node) => node.textContent ?? '').join(' ').trim();
  return { text: words, language: context.language, sound: context.media.addressOf(text?.audioSource as URL | undefined), element };
}
