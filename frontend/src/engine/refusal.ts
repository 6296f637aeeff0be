import type { AnyControlNode } from '@getodk/xforms-engine';

/** Codes by which somebody says that they would rather not say; as the end of a longer code they may mean anything. */
const REFUSALS: ReadonlySet<string> = new Set(['skip', 'refused', 'prefer_not', 'prefer_not_to_say', 'no_answer']);

/** Among the options of a question, the one for whoever would rather not say. Of two nobody can tell which is meant. */
export function refusalOf(node: AnyControlNode): string | null {
  if (node.nodeType !== 'select') return null;
  const found = node.currentState.valueOptions.filter(({ value }) => REFUSALS.has(value));
  return found.length === 1 ? (found[0]?.value ?? null) : null;
}
