import type { AnyControlNode } from '@getodk/xforms-engine';

/** Codes by which somebody says that they would rather not say. */
const REFUSALS = /^skip$|(^|_)(refused|prefer_not(_to_say)?|no_answer)$/;

export function isRefusal(code: string): boolean {
  return REFUSALS.test(code);
}

/** Among the options of a question, the one for whoever would rather not say. */
export function refusalOf(node: AnyControlNode): string | null {
  if (node.nodeType !== 'select') return null;
  return node.currentState.valueOptions.find(({ value }) => isRefusal(value))?.value ?? null;
}
