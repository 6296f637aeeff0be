import type {
  AnyControlNode,
  GeneralChildNode,
  GroupNode,
  RepeatInstanceNode,
  RepeatRangeNode,
} from '@getodk/xforms-engine';
import { button, ownButton } from '../controls/control.ts';
import { h, replace } from '../dom.ts';
import { isAnswered } from '../engine/answers.ts';
import type { Interview } from '../interview.ts';
import type { GroupScreen, QuestionScreen, RepeatScreen, Screen, Section } from './plan.ts';
import { isControl } from './plan.ts';
import { Question, type Surroundings } from './question.ts';
import { spokenAttributes } from './text.ts';

export interface View {
  readonly element: HTMLElement;
  update(): void;
  /** The first question that cannot stay so, after its error was written; null when all is well. */
  check(): Question | null;
  /** Where reading starts. */
  focus(): void;
  /** Aloud, where that is how it is asked. */
  read?(): void;
  dispose(): void;
}

type Base = Pick<Surroundings, 'speech' | 'media' | 'language' | 'advance' | 'manner' | 'voice' | 'adult'>;

export function viewOf(screen: Screen, interview: Interview, base: Base, show: (id: string) => void): View {
  switch (screen.kind) {
    case 'question':
      return questionView(screen, interview, base);
    case 'group':
      return new GroupView(screen, interview, base);
    case 'repeat':
      return repeatView(screen, interview, base, show);
  }
}

export function trail(sections: readonly Section[], base: Base): HTMLElement | null {
  const texts = sections.map((section) => sectionTitle(section, base)).filter((text) => text !== '');
  if (texts.length === 0) return null;
  return h('p', { class: 'iv-trail', ...spokenAttributes(base) }, texts.join(' · '));
}

/** The label of a group, or of one of several repeats with its number. */
function sectionTitle(section: Section, base: Base): string {
  const own = section.currentState.label?.asString ?? '';
  if (section.nodeType !== 'repeat-instance') return own;
  const number = base.speech.say('repeatNumber', { n: instanceNumber(section) });
  const name = own || (section.parent.currentState.label?.asString ?? '');
  return name === '' ? number : `${name} · ${number}`;
}

function instanceNumber(instance: RepeatInstanceNode): number {
  return instance.parent.currentState.children.findIndex(({ nodeId }: RepeatInstanceNode) => nodeId === instance.nodeId) + 1;
}

function questionView(screen: QuestionScreen, interview: Interview, base: Base): View {
  const { node } = screen;
  const question = new Question(node, { ...base, level: 2, clearable: false, veiled: isVeiled(node, interview, base) });
  return {
    element: h('div', { class: 'iv-screen' }, trail(screen.sections, base), question.element),
    update: () => question.update(),
    check: () => (question.check() ? question : null),
    focus: () => question.heading.focus(),
    read: () => question.read(),
    dispose: () => question.dispose(),
  };
}

/** A young person's answer from before; a default that was never on the page is none. */
function isVeiled(node: AnyControlNode, interview: Interview, base: Base): boolean {
  return base.manner === 'private' && isAnswered(node) && !interview.isFresh(node.nodeId);
}

/** Several questions on one screen. Questions and repeats that come and go are drawn as the engine says. */
class GroupView implements View {
  readonly element: HTMLElement;
  readonly #body = h('div', { class: 'iv-stack iv-group' });
  readonly #questions = new Map<string, Question>();
  readonly #title: HTMLHeadingElement | null;
  #shape = '';
  /** What is added while it is open was not answered before. */
  #open = false;

  constructor(
    readonly screen: GroupScreen,
    readonly interview: Interview,
    readonly base: Base,
  ) {
    const title = sectionTitle(screen.node, base);
    this.#title = title === '' ? null : h('h2', { class: 'iv-title', tabindex: '-1', ...spokenAttributes(base) }, title);
    this.element = h('div', { class: 'iv-screen' }, trail(screen.sections, base), this.#title, this.#body);
    this.update();
    this.#open = true;
  }

  update(): void {
    const shape = shapeUnder(this.screen.node);
    if (shape !== this.#shape) {
      this.#shape = shape;
      replace(this.#body, ...this.#draw(this.screen.node));
    }
    for (const question of this.#questions.values()) question.update();
  }

  check(): Question | null {
    const wrong = [...this.#questions.values()].filter((question) => question.element.isConnected && question.check());
    return wrong[0] ?? null;
  }

  focus(): void {
    const first = [...this.#questions.values()].find((question) => !question.element.hidden);
    (this.#title ?? first?.heading)?.focus();
  }

  dispose(): void {
    for (const question of this.#questions.values()) question.dispose();
  }

  #draw(parent: GroupNode | RepeatInstanceNode): Node[] {
    return parent.currentState.children.flatMap((node: GeneralChildNode): Node[] => {
      switch (node.nodeType) {
        case 'model-value':
          return [];
        case 'group':
          return this.#subgroup(node);
        case 'repeat-range:controlled':
        case 'repeat-range:uncontrolled':
          return [this.#repeat(node)];
        default:
          return isControl(node) && !this.interview.isSettled(node.nodeId) ? [this.#question(node).element] : [];
      }
    });
  }

  #question(node: AnyControlNode): Question {
    const known = this.#questions.get(node.nodeId);
    if (known) return known;
    const level = this.#title === null ? 2 : 3;
    const veiled = !this.#open && isVeiled(node, this.interview, this.base);
    const question = new Question(node, { ...this.base, level, clearable: true, veiled });
    this.#questions.set(node.nodeId, question);
    return question;
  }

  #subgroup(node: GroupNode): Node[] {
    const title = sectionTitle(node, this.base);
    return [title !== '' && h('p', { class: 'iv-trail', ...spokenAttributes(this.base) }, title), ...this.#draw(node)].filter((part) => part !== false);
  }

  #repeat(range: RepeatRangeNode): HTMLElement {
    const { speech } = this.base;
    const free = range.nodeType === 'repeat-range:uncontrolled' ? range : null;
    const parts = range.currentState.children.map((instance: RepeatInstanceNode, index: number) =>
      h('div', { class: 'iv-instance iv-stack', role: 'group', 'aria-label': sectionTitle(instance, this.base) },
        h('p', { class: 'iv-trail', ...spokenAttributes(this.base) }, sectionTitle(instance, this.base)),
        ...this.#draw(instance),
        free && ownButton(speech, 'repeatRemove', 'quiet', () => free.removeInstances(index)),
      ),
    );
    return h('div', { class: 'iv-stack' }, ...parts, free && ownButton(speech, 'repeatAdd', 'plain', () => free.addInstances()));
  }
}

/** What a group is made of; the answers are not part of it. */
function shapeUnder(parent: GroupNode | RepeatInstanceNode | RepeatRangeNode): string {
  const children: readonly (GeneralChildNode | RepeatInstanceNode)[] = parent.currentState.children;
  return children
    .map((node) => {
      if (!('children' in node.currentState) || node.currentState.children === null) return node.nodeId;
      return `${node.nodeId}(${shapeUnder(node as GroupNode)})`;
    })
    .join(',');
}

/** After the last of several: look over them, add one, go on. */
function repeatView(screen: RepeatScreen, interview: Interview, base: Base, show: (id: string) => void): View {
  const { speech } = base;
  const range = screen.node;
  const label = range.currentState.label?.asString ?? '';
  const title = h('h2', { class: 'iv-label', tabindex: '-1', ...(label === '' ? {} : spokenAttributes(base)) }, label || speech.say('repeatTitle'));
  const have = h('p', { class: 'iv-said', role: 'status' });
  const list = h('ul', { class: 'iv-instances' });
  const firstScreen = (instance: RepeatInstanceNode): string | undefined =>
    interview.screens().find(({ id, sections }) => id === instance.nodeId || sections.some(({ nodeId }) => nodeId === instance.nodeId))?.id;
  const add = button(speech.say('repeatAdd'), 'plain', () => {
    if (range.nodeType !== 'repeat-range:uncontrolled') return;
    range.addInstances();
    const instance = range.currentState.children.at(-1);
    const id = instance && firstScreen(instance);
    if (id) show(id);
  });
  const row = (instance: RepeatInstanceNode, index: number): HTMLElement => {
    const name = sectionTitle(instance, base);
    const change = button(speech.say('repeatChange'), 'plain', () => show(firstScreen(instance) ?? screen.id), { 'aria-label': `${speech.say('repeatChange')}: ${name}` });
    const remove = button(speech.say('repeatRemove'), 'quiet', () => {
      if (range.nodeType === 'repeat-range:uncontrolled') range.removeInstances(index);
      title.focus();
    }, { 'aria-label': `${speech.say('repeatRemove')}: ${name}` });
    return h('li', { class: 'iv-instance-row' }, h('span', spokenAttributes(base), name), change, remove);
  };
  let shape = '';
  const update = (): void => {
    const instances: readonly RepeatInstanceNode[] = range.currentState.children;
    const now = instances.map(({ nodeId }) => nodeId).join();
    if (now === shape && have.textContent !== '') return;
    shape = now;
    have.textContent = speech.say('repeatHave', { n: instances.length });
    replace(list, ...instances.map(row));
  };
  update();
  return {
    element: h('div', { class: 'iv-screen' }, trail(screen.sections, base), h('section', { class: 'iv-question' }, title, have, list, add)),
    update,
    check: () => null,
    focus: () => title.focus(),
    dispose: () => undefined,
  };
}
