/**
 * The renderer has no framework. The engine already recomputes relevance, labels and options by itself and tells when
 * something changed (`engine/changes.ts`); what is left is one screen of a few controls, each with an `update()`. A
 * framework would add its own reactive graph beside the engine's, and weight, for nothing.
 */
type Child = Node | string | null | undefined | false;

export interface Attributes {
  class?: string;
  on?: Readonly<Record<string, (event: Event) => void>>;
  [name: string]: unknown;
}

/** Make an element. Attributes are set one by one, never as HTML, so that text of a form stays text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  append(element, children);
  return element;
}

function setAttribute(element: Element, name: string, value: unknown): void {
  if (name === 'on') {
    for (const [type, listener] of Object.entries(value as Record<string, (event: Event) => void>)) {
      element.addEventListener(type, listener);
    }
  } else if (value === true) {
    element.setAttribute(name, '');
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, String(value));
  }
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(typeof child === 'string' ? document.createTextNode(child) : child);
    }
  }
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

let lastId = 0;

/** An id for aria references, unique within the page and meaning nothing. */
export function freshId(prefix: string): string {
  lastId += 1;
  return `iv-${prefix}-${lastId}`;
}
