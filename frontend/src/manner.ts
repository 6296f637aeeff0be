import type { RootNode } from '@getodk/xforms-engine';
import { appearancesOf, type Screen, type Section } from './screen/plan.ts';

/** How the questions are put: to a child by pictures and sound, to a young person quietly, or plainly. */
export type Manner = 'plain' | 'child' | 'private';

const CLASSES: Readonly<Record<string, Manner>> = { 'hw-child': 'child', 'hw-private': 'private' };

/** The form says it, in the class of its body, which XLSForm calls `style`. */
export function mannerOf(root: RootNode): Manner {
  for (const name of root.classes as unknown as Iterable<string>) {
    const manner = CLASSES[name];
    if (manner !== undefined) return manner;
  }
  return 'plain';
}

const FOR_ADULT = 'hw-adult';

/** Asked of whoever sits beside the child: the group with which every form begins, and what the form marks so. */
export function isForAdult(screen: Screen): boolean {
  const [outermost] = screen.sections;
  return (outermost !== undefined && isStart(outermost)) || [...screen.sections, screen.node].some((node) => appearancesOf(node).has(FOR_ADULT));
}

function isStart(section: Section): boolean {
  return section.nodeType === 'group' && /^\/[^/]+\/start$/.test(section.currentState.reference);
}
