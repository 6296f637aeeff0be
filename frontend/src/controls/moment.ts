import type { DateInputNode, DateTimeInputNode, TimeInputNode } from '@getodk/xforms-engine';
import { h } from '../dom.ts';
import { writeText } from '../engine/answers.ts';
import { appearancesOf } from '../screen/plan.ts';
import type { Word } from '../words/index.ts';
import { ariaOf, plainDigits, type Context, type Control } from './control.ts';

const OTHER_CALENDARS = ['ethiopian', 'coptic', 'islamic', 'bikram-sambat', 'myanmar', 'persian'];

/** A day; or, where the form asks for no more, a month or a year. */
export function dateControl(node: DateInputNode, context: Context): Control {
  const appearances = appearancesOf(node);
  if (appearances.has('year')) return yearControl(node, context, false);
  if (appearances.has('month-year')) return yearControl(node, context, true);
  const control = native(node, 'date', context, {
    read: (value) => value.slice(0, 10),
    write: (value) => value,
    spoken: (value) => context.speech.date(value),
  });
  if (OTHER_CALENDARS.some((calendar) => appearances.has(calendar))) {
    control.element.append(h('p', { class: 'iv-aside', ...context.speech.marks }, context.speech.say('otherCalendar')));
  }
  return control;
}

/** The hour at this place: the engine keeps it with the offset of today, as ODK Collect does. */
export function timeControl(node: TimeInputNode, context: Context): Control {
  return native(node, 'time', context, {
    read: (value) => value.slice(0, 5),
    write: (value) => new Date(`${localDay(new Date())}T${value}`),
  });
}

export function dateTimeControl(node: DateTimeInputNode, context: Context): Control {
  return native(node, 'datetime-local', context, {
    read: (value) => {
      const moment = new Date(value);
      return Number.isNaN(moment.getTime()) ? '' : `${localDay(moment)}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
    },
    write: (value) => new Date(value),
    spoken: (value) => context.speech.date(value.slice(0, 10)),
  });
}

type MomentNode = DateInputNode | TimeInputNode | DateTimeInputNode;

interface Shape {
  /** Value in the form -> value of the field. */
  readonly read: (value: string) => string;
  /** Value of the field -> answer. */
  readonly write: (value: string) => string | Date;
  /** The answer in words, below the field: browsers write dates in their own language, not in ours. */
  readonly spoken?: (value: string) => string;
}

function native(node: MomentNode, type: string, context: Context, shape: Shape): Control {
  const input = h('input', { class: 'iv-input iv-short', type, autocomplete: 'off', max: '9999-12-31', ...ariaOf(context) });
  if (type !== 'date') input.removeAttribute('max');
  const words = h('p', { class: 'iv-aside', 'aria-live': 'polite', ...context.speech.marks });
  input.addEventListener('input', () => writeText(node, input.value === '' ? '' : shape.write(input.value)));
  return {
    element: h('div', { class: 'iv-stack' }, input, words),
    update: () => {
      const value = shape.read(node.currentState.instanceValue);
      if (document.activeElement !== input && input.value !== value) input.value = value;
      words.textContent = value === '' ? '' : (shape.spoken?.(value) ?? '');
    },
    focus: () => input.focus(),
  };
}

/** A year, with its month when asked. Kept as the first day, as the form's type is a date. */
function yearControl(node: DateInputNode, context: Context, withMonth: boolean): Control {
  const { speech } = context;
  const year = h('input', {
    class: 'iv-input iv-short', type: 'text', inputmode: 'numeric', dir: 'ltr', autocomplete: 'off', maxlength: 6,
    'aria-label': speech.say('year'), 'aria-describedby': context.aria.describedBy,
  });
  const month = h('select', { class: 'iv-input iv-short', autocomplete: 'off', 'aria-label': speech.say('month') },
    h('option', { value: '' }, speech.say('month')),
    ...speech.months().map((name, index) => h('option', { value: two(index + 1) }, name)),
  );
  let trouble: Word | null = null;
  const write = (): void => {
    const digits = plainDigits(year.value).trim();
    const partly = digits !== '' || (withMonth && month.value !== '');
    const complete = /^[12]\d{3}$/.test(digits) && (!withMonth || month.value !== '');
    writeText(node, complete ? `${digits}-${withMonth ? month.value : '01'}-01` : '');
    trouble = partly && !complete ? 'notYear' : null;
  };
  year.addEventListener('input', write);
  month.addEventListener('change', write);
  return {
    element: h('div', { class: 'iv-row', role: 'group', 'aria-labelledby': context.aria.labelledBy }, withMonth && month, year),
    update: () => {
      const value = node.currentState.instanceValue;
      if (value === '' || document.activeElement === year) return;
      year.value = value.slice(0, 4);
      month.value = value.slice(5, 7);
    },
    trouble: () => trouble,
    focus: () => (withMonth ? month : year).focus(),
  };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function localDay(moment: Date): string {
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
