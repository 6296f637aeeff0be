import type { AnyControlNode, RootNode } from '@getodk/xforms-engine';
import { isControl, leavesUnder, questionName } from '../screen/plan.ts';

export function isAnswered(node: AnyControlNode): boolean {
  return node.nodeType !== 'note' && node.currentState.instanceValue !== '';
}

/** Take the answer away. A note has none. */
export function clearAnswer(node: AnyControlNode): void {
  switch (node.nodeType) {
    case 'note':
      return;
    case 'select':
      node.selectValues([]);
      return;
    case 'rank':
      node.setValues([]);
      return;
    case 'trigger':
      node.setValue(false);
      return;
    case 'upload':
      node.setValue(null);
      return;
    case 'range':
      node.setValue(null);
      return;
    case 'input':
      writeText(node, '');
  }
}

type InputNode = Extract<AnyControlNode, { nodeType: 'input' }>;

/** Every type of input takes its text; the union of their setters is what TypeScript cannot call. */
export function writeText(node: InputNode, text: string | Date): void {
  (node.setValue as (value: string | Date) => unknown)(text);
}

/** Give an answer as the text that stands in a submission. False when this question cannot hold it. */
export function setAnswer(node: AnyControlNode, text: string): boolean {
  switch (node.nodeType) {
    case 'select': {
      const values = node.selectType === 'select1' ? [text] : text.split(/\s+/).filter(Boolean);
      if (!values.every((value) => node.getValueOption(value) !== null)) return false;
      node.selectValues(values);
      break;
    }
    case 'input':
      writeText(node, text);
      break;
    case 'range':
      (node.setValue as (value: string) => unknown)(text);
      break;
    case 'trigger':
      node.setValue(text.toLowerCase() === 'ok');
      break;
    default:
      return false;
  }
  return node.currentState.instanceValue !== '';
}

/**
 * Answer what the page already knows (which child it is) and return the questions that need no asking any more. In the
 * order of the form, so that a question made relevant by the one before it is there to be answered.
 */
export function prefill(root: RootNode, answers: Readonly<Record<string, string>>): Set<string> {
  const settled = new Set<string>();
  for (const node of leavesUnder(root)) {
    if (!isControl(node) || node.nodeType === 'note') continue;
    const answer = answers[questionName(node)];
    if (answer === undefined || !node.currentState.relevant || node.currentState.readonly) continue;
    if (setAnswer(node, answer) && node.validationState.violation === null) settled.add(node.nodeId);
  }
  return settled;
}

/** How many of the questions put so far have an answer. */
export function answeredCount(root: RootNode, asked: ReadonlySet<string>): number {
  return leavesUnder(root).filter(
    (node) => isControl(node) && asked.has(node.nodeId) && node.currentState.relevant && isAnswered(node),
  ).length;
}

/**
 * Leave only what was said: a default on a question that nobody has seen yet is not an answer, and an answer that its
 * own question refuses is none either.
 */
export function keepOnlyWhatWasSaid(root: RootNode, seen: ReadonlySet<string>): void {
  for (const node of leavesUnder(root)) {
    if (!isControl(node) || node.currentState.readonly || !isAnswered(node)) continue;
    const refused = node.validationState.violation?.condition === 'constraint';
    if (refused || !seen.has(node.nodeId)) clearAnswer(node);
  }
}
