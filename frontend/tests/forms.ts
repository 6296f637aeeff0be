import * as engine from '@getodk/xforms-engine';
import type { AnyControlNode, RootNode } from '@getodk/xforms-engine';
import { Changes } from '../src/engine/changes.ts';
import { openForm } from '../src/engine/form.ts';
import { Media } from '../src/engine/media.ts';
import { controlsOf, isControl, leavesUnder, questionName, screensOf, type Screen } from '../src/screen/plan.ts';
import { Speech } from '../src/words/index.ts';
import type { Context } from '../src/controls/control.ts';
import allTypes from './fixtures/all-types.xml?raw';
import child from './fixtures/child.xml?raw';
import repeats from './fixtures/repeats.xml?raw';
import start from './fixtures/start.xml?raw';

export const FORMS = { allTypes, child, repeats, start };

export const CHILDREN = 'name,label\n482193067,482 193 067 · AB · 12-14\n100000023,100 000 023 · CD · 6-11\n';

/** Files of a form, answered from memory: what the page's server would send. */
export class Files extends Media {
  constructor(private readonly files: Readonly<Record<string, string>>) {
    super(Object.fromEntries(Object.keys(files).map((name) => [name, `/media/${name}`])));
  }

  override async fetch(resource: URL): Promise<Response> {
    const address = this.addressOf(resource);
    if (address === null) return new Response('', { status: 404 });
    return new Response(this.files[address.replace('/media/', '')], { headers: { 'Content-Type': 'text/csv' } });
  }
}

export const FILES = new Files({ 'children.csv': CHILDREN, 'house.svg': '', 'tent.svg': '', 'hello.wav': '' });

export function open(xml: string, changes = new Changes(), files: Media = FILES): Promise<RootNode> {
  return openForm(engine, xml, files, changes);
}

export function question(root: RootNode, name: string): AnyControlNode {
  const found = leavesUnder(root).filter(isControl).find((node) => questionName(node) === name);
  if (!found) throw new Error(`no question ${name}`);
  return found;
}

export function nameOf(screen: Screen | null): string {
  if (screen === null) return 'end';
  if (screen.kind === 'question') return questionName(screen.node);
  return `${screen.kind}:${screen.node.currentState.reference.split('/').pop() ?? ''}`;
}

export function names(root: RootNode): string[] {
  return screensOf(root).map(nameOf);
}

export function namesOn(screen: Screen): string[] {
  return controlsOf(screen).map(questionName);
}

export function context(language = 'en', labels = 'en'): Context {
  return { speech: new Speech(language), media: FILES, language: labels, advance: () => undefined, aria: { labelledBy: 'q', describedBy: 'h' } };
}

export function answersIn(root: RootNode): Document {
  return new DOMParser().parseFromString(root.instanceState.instanceXML, 'text/xml');
}

export function valueIn(root: RootNode, name: string): string | null {
  return answersIn(root).querySelector(name)?.textContent ?? null;
}
