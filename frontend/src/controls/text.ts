import type { AnyInputNode, StringInputNode } from '@getodk/xforms-engine';
import { h } from '../dom.ts';
import { writeText } from '../engine/answers.ts';
import { appearancesOf } from '../screen/plan.ts';
import type { Word } from '../words/index.ts';
import { ariaOf, plainDigits, type Context, type Control } from './control.ts';

/** Words: one line, or several. Also what has no control of its own but is text underneath (barcode). */
export function textControl(node: AnyInputNode, context: Context): Control {
  const appearances = appearancesOf(node);
  const rows = (node as StringInputNode).nodeOptions?.rows ?? null;
  const numeric = appearances.has('numbers');
  const several = !numeric && (appearances.has('multiline') || (rows ?? 1) > 1);
  const shared = { class: 'iv-input', autocomplete: 'off', autocapitalize: 'sentences', dir: numeric ? 'ltr' : 'auto', ...ariaOf(context) };
  const input = several
    ? h('textarea', { ...shared, rows: rows ?? 4 })
    : h('input', { ...shared, type: 'text', spellcheck: 'false', inputmode: numeric ? 'numeric' : false });
  input.addEventListener('input', () => writeText(node, numeric ? plainDigits(input.value) : input.value));
  return {
    element: input,
    update: () => follow(input, node.currentState.instanceValue),
    focus: () => input.focus(),
  };
}

/** Take over the engine's value, except under the hands of the person who types it. */
function follow(input: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  if (document.activeElement !== input && input.value !== value) input.value = value;
}

const PATTERN = { int: /^[+-]?\d+$/, decimal: /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/ };

/**
 * Numbers are typed in a text field: `type=number` swallows what it does not understand without a word, changes its
 * value when a page is scrolled, and refuses Arabic digits.
 */
export function numberControl(node: AnyInputNode, kind: 'int' | 'decimal', context: Context): Control {
  const input = h('input', {
    class: 'iv-input iv-short',
    type: 'text',
    dir: 'ltr',
    inputmode: kind === 'int' ? 'numeric' : 'decimal',
    autocomplete: 'off',
    ...ariaOf(context),
  });
  let trouble: Word | null = null;
  input.addEventListener('input', () => {
    const typed = plainDigits(input.value).replace(/\s/g, '');
    const fits = PATTERN[kind].test(typed);
    writeText(node, fits ? typed.replace(',', '.') : '');
    const lost = typed !== '' && node.currentState.instanceValue === '';
    trouble = lost ? (kind === 'int' ? 'notWhole' : 'notNumber') : null;
  });
  return {
    element: input,
    update: () => {
      if (trouble === null) follow(input, node.currentState.instanceValue);
    },
    trouble: () => trouble,
    focus: () => input.focus(),
  };
}
