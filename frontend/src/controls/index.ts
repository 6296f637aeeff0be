import type {
  AnyControlNode,
  AnyInputNode,
  DateInputNode,
  DateTimeInputNode,
  GeopointInputNode,
  RangeNode,
  TimeInputNode,
} from '@getodk/xforms-engine';
import { h } from '../dom.ts';
import { formatted, spokenAttributes } from '../screen/text.ts';
import { choiceControl } from './choice.ts';
import type { Context, Control } from './control.ts';
import { uploadControl } from './file.ts';
import { dateControl, dateTimeControl, timeControl } from './moment.ts';
import { placeControl } from './place.ts';
import { rankControl } from './rank.ts';
import { rangeControl, triggerControl } from './scale.ts';
import { numberControl, textControl } from './text.ts';

/** The control for a question. A note has none; what we cannot ask says so in words. */
export function controlFor(node: AnyControlNode, context: Context): Control | null {
  if (node.nodeType === 'note') return node.currentState.instanceValue === '' ? null : shown(node, context);
  if (node.currentState.readonly) return shown(node, context);
  switch (node.nodeType) {
    case 'select':
      return choiceControl(node, context);
    case 'rank':
      return rankControl(node, context);
    case 'range':
      return rangeControl(node as RangeNode, context);
    case 'trigger':
      return triggerControl(node, context);
    case 'upload':
      return uploadControl(node, context);
    case 'input':
      return inputControl(node, context);
    default:
      return unsupported((node as { nodeType: string }).nodeType, context);
  }
}

function inputControl(node: AnyInputNode, context: Context): Control {
  switch (node.valueType) {
    case 'int':
    case 'decimal':
      return numberControl(node, node.valueType, context);
    case 'date':
      return dateControl(node as DateInputNode, context);
    case 'time':
      return timeControl(node as TimeInputNode, context);
    case 'dateTime':
      return dateTimeControl(node as DateTimeInputNode, context);
    case 'geopoint':
      return placeControl(node as GeopointInputNode, context);
    case 'string':
    case 'boolean':
    case 'barcode':
      return textControl(node, context);
    default:
      return unsupported(node.valueType, context);
  }
}

function unsupported(kind: string, context: Context): Control {
  const element = h('p', { class: 'iv-notice', tabindex: '-1', ...context.speech.marks }, context.speech.say('unsupported', { kind }));
  return { element, update: () => undefined, focus: () => element.focus() };
}

/** An answer that may be read but not changed. */
function shown(node: AnyControlNode, context: Context): Control {
  const element = h('p', { class: 'iv-said', ...spokenAttributes(context) });
  const update = (): void => {
    if (node.nodeType === 'select') {
      element.replaceChildren(...node.currentState.value.flatMap((value) => formatted(node.getValueOption(value)?.label ?? null)));
    } else {
      element.textContent = node.currentState.instanceValue;
    }
  };
  return { element, update, focus: () => undefined };
}
