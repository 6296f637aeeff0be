import type { RangeNode, TriggerNode } from '@getodk/xforms-engine';
import { freshId, h } from '../dom.ts';
import { ariaOf, type Context, type Control } from './control.ts';

/** Up to this many steps a range is a row of buttons: easier to hit than a slider, and nothing is chosen before the tap. */
const FEW = 11;

interface Bounds {
  readonly start: bigint | number;
  readonly end: bigint | number;
  readonly step: bigint | number;
}

export function rangeControl(node: RangeNode, context: Context): Control {
  const bounds = node.definition.bounds as Bounds;
  const [start, end, step] = [Number(bounds.start), Number(bounds.end), Math.abs(Number(bounds.step)) || 1];
  const points = Math.floor(Math.abs(end - start) / step + 1e-9) + 1;
  return points <= FEW ? steps(node, context, start, end < start ? -step : step, points) : slider(node, context, start, end, step);
}

function write(node: RangeNode, value: number | null): void {
  (node.setValue as (value: string | null) => unknown)(value === null ? null : String(value));
}

function valueOf(node: RangeNode): number | null {
  return node.currentState.value === null ? null : Number(node.currentState.value);
}

function steps(node: RangeNode, context: Context, start: number, step: number, points: number): Control {
  const name = freshId('range');
  const inputs: HTMLInputElement[] = [];
  const options = Array.from({ length: points }, (_, index) => {
    const value = Number((start + index * step).toFixed(6));
    const input = h('input', { type: 'radio', name, value, class: 'iv-mark', autocomplete: 'off', on: { change: () => write(node, value) } });
    inputs.push(input);
    return h('label', { class: 'iv-choice' }, input, h('span', { class: 'iv-choice-text' }, context.speech.number(value)));
  });
  return {
    element: h('div', { class: 'iv-choices iv-steps', role: 'radiogroup', ...ariaOf(context) }, ...options),
    update: () => {
      const value = valueOf(node);
      for (const input of inputs) input.checked = value !== null && Number(input.value) === value;
    },
    focus: () => (inputs.find(({ checked }) => checked) ?? inputs[0])?.focus(),
  };
}

/** A slider always stands somewhere; until it was touched it says that nothing is chosen. */
function slider(node: RangeNode, context: Context, start: number, end: number, step: number): Control {
  const [min, max] = start < end ? [start, end] : [end, start];
  const input = h('input', { type: 'range', class: 'iv-slider', min, max, step, autocomplete: 'off', ...ariaOf(context) });
  const said = h('output', { class: 'iv-said', ...context.speech.marks });
  const take = (): void => write(node, Number(input.value));
  input.addEventListener('input', take);
  // A tap or key on the very place where it stands changes nothing, yet is an answer.
  input.addEventListener('click', take);
  input.addEventListener('keydown', (event) => {
    if (event.key === ' ') take();
  });
  const ends = h('div', { class: 'iv-ends', 'aria-hidden': 'true' }, h('span', {}, context.speech.number(min)), h('span', {}, context.speech.number(max)));
  return {
    element: h('div', { class: 'iv-stack' }, said, input, ends),
    update: () => {
      const value = valueOf(node);
      const text = value === null ? context.speech.say('notYet') : context.speech.say('value', { value });
      input.classList.toggle('iv-unset', value === null);
      input.setAttribute('aria-valuetext', value === null ? text : context.speech.number(value));
      said.textContent = text;
      if (value !== null && Number(input.value) !== value) input.value = String(value);
    },
    focus: () => input.focus(),
  };
}

export function triggerControl(node: TriggerNode, context: Context): Control {
  const input = h('input', { type: 'checkbox', class: 'iv-mark', autocomplete: 'off', 'aria-describedby': `${context.aria.labelledBy} ${context.aria.describedBy}` });
  input.addEventListener('change', () => node.setValue(input.checked));
  return {
    element: h('div', { class: 'iv-choices' }, h('label', { class: 'iv-choice' }, input, h('span', { class: 'iv-choice-text', ...context.speech.marks }, context.speech.say('understood')))),
    update: () => {
      input.checked = node.currentState.value;
    },
    focus: () => input.focus(),
  };
}
