import type {
  AnyControlNode,
  AnyLeafNode,
  GeneralChildNode,
  GroupNode,
  RepeatInstanceNode,
  RepeatRangeNode,
  RootNode,
} from '@getodk/xforms-engine';

/** Where a screen stands: the labelled groups around it, outermost first. */
export type Section = GroupNode | RepeatInstanceNode;

interface Place {
  readonly id: string;
  readonly sections: readonly Section[];
}
export interface QuestionScreen extends Place {
  readonly kind: 'question';
  readonly node: AnyControlNode;
}
export interface GroupScreen extends Place {
  readonly kind: 'group';
  readonly node: GroupNode | RepeatInstanceNode;
}
export interface RepeatScreen extends Place {
  readonly kind: 'repeat';
  readonly node: RepeatRangeNode;
}
export type Screen = QuestionScreen | GroupScreen | RepeatScreen;

type Appearances = Iterable<string> | null;

export function appearancesOf(node: { readonly appearances: unknown }): ReadonlySet<string> {
  return new Set((node.appearances as Appearances) ?? []);
}

function oneScreen(node: { readonly appearances: unknown }): boolean {
  const appearances = appearancesOf(node);
  return appearances.has('field-list') || appearances.has('table-list');
}

/** The grid of a table is one question in several rows, whose first row holds the words of all. */
function isTable(node: { readonly appearances: unknown } & Parent): boolean {
  return appearancesOf(node).has('table-list') || leavesUnder(node).some((leaf) => isControl(leaf) && appearancesOf(leaf).has('list-nolabel'));
}

/**
 * Every screen of the form in its order, relevant or not: one a question, except groups asked together. `apart`: these
 * too one by one.
 */
export function screensOf(root: RootNode, apart = false): Screen[] {
  return root.currentState.children.flatMap((child) => screensUnder(child, [], apart));
}

function together(node: GroupNode | RepeatInstanceNode | RepeatRangeNode, apart: boolean): boolean {
  return oneScreen(node) && !(apart && !isTable(node));
}

function screensUnder(node: GeneralChildNode, sections: readonly Section[], apart: boolean): Screen[] {
  switch (node.nodeType) {
    case 'model-value':
      return [];
    case 'group':
      if (together(node, apart)) return [{ kind: 'group', id: node.nodeId, node, sections }];
      return node.currentState.children.flatMap((child: GeneralChildNode) => screensUnder(child, [...sections, node], apart));
    case 'repeat-range:controlled':
    case 'repeat-range:uncontrolled':
      return screensOfRepeat(node, sections, apart);
    default:
      return [{ kind: 'question', id: node.nodeId, node, sections }];
  }
}

function screensOfRepeat(range: RepeatRangeNode, sections: readonly Section[], apart: boolean): Screen[] {
  const whole = together(range, apart);
  const screens = range.currentState.children.flatMap((instance: RepeatInstanceNode): Screen[] => {
    if (whole) return [{ kind: 'group', id: instance.nodeId, node: instance, sections }];
    return instance.currentState.children.flatMap((child: GeneralChildNode) => screensUnder(child, [...sections, instance], apart));
  });
  if (range.nodeType === 'repeat-range:uncontrolled') {
    screens.push({ kind: 'repeat', id: range.nodeId, node: range, sections });
  }
  return screens;
}

/** The questions of a screen that can be answered or read, repeats inside a group included. */
export function controlsOf(screen: Screen): AnyControlNode[] {
  if (screen.kind === 'question') return [screen.node];
  if (screen.kind === 'repeat') return [];
  return leavesUnder(screen.node).filter(isControl);
}

type Parent = RootNode | GroupNode | RepeatInstanceNode | RepeatRangeNode;

export function leavesUnder(node: Parent): AnyLeafNode[] {
  const children: readonly (GeneralChildNode | RepeatInstanceNode)[] = node.currentState.children;
  return children.flatMap((child) => {
    switch (child.nodeType) {
      case 'group':
      case 'repeat-instance':
      case 'repeat-range:controlled':
      case 'repeat-range:uncontrolled':
        return leavesUnder(child);
      default:
        return [child];
    }
  });
}

export function isControl(node: AnyLeafNode): node is AnyControlNode {
  return node.nodeType !== 'model-value';
}

/** `/data/start/child_known` -> `child_known` */
export function questionName(node: AnyLeafNode): string {
  return (node.currentState.reference.split('/').pop() ?? '').replace(/\[\d+\]$/, '');
}

export function isShown(screen: Screen, hidden: ReadonlySet<string>): boolean {
  if (!screen.node.currentState.relevant) return false;
  if (screen.kind === 'repeat') return true;
  return controlsOf(screen).some((node) => node.currentState.relevant && !hidden.has(node.nodeId));
}

/** Names a screen by its place in the form. */
export function placeOf(screen: Screen): string {
  return `${screen.kind}:${screen.node.currentState.reference}`;
}

/** The screen on which a question is asked. */
export function screenWith(screens: readonly Screen[], nodeId: string): Screen | undefined {
  return screens.find((screen) => controlsOf(screen).some((node) => node.nodeId === nodeId));
}
