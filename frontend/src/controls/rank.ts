import type { RankNode } from '@getodk/xforms-engine';
import { h, replace } from '../dom.ts';
import { formatted, textAttributes } from '../screen/text.ts';
import { ariaOf, button, ownButton, type Context, type Control } from './control.ts';

/** An order made with arrow buttons: works by touch, by keyboard and by ear, which dragging does not. */
export function rankControl(node: RankNode, context: Context): Control {
  const { speech } = context;
  const list = h('ol', { class: 'iv-rank', ...ariaOf(context) });
  const news = h('p', { class: 'iv-hidden', role: 'status', ...speech.marks });
  const keep = ownButton(speech, 'rankKeep', 'plain', () => node.setValues(order()));

  const order = (): string[] => {
    const chosen = node.currentState.value;
    return chosen.length > 0 ? [...chosen] : node.currentState.valueOptions.map(({ value }) => value);
  };
  const move = (value: string, by: number): void => {
    const values = order();
    const from = values.indexOf(value);
    values.splice(from, 1);
    values.splice(from + by, 0, value);
    node.setValues(values);
    news.textContent = speech.say('rankMoved', { label: node.getValueLabel(value)?.asString ?? '', n: from + by + 1 });
    draw();
    const row = list.children[from + by];
    const same = row?.querySelector<HTMLButtonElement>(by < 0 ? '.iv-up' : '.iv-down');
    (same?.disabled ? row?.querySelector<HTMLButtonElement>('button:not(:disabled)') : same)?.focus();
  };
  const arrow = (value: string, by: number, label: string, off: boolean): HTMLElement =>
    button(by < 0 ? '↑' : '↓', 'plain', () => move(value, by), {
      class: `iv-button iv-plain iv-arrow ${by < 0 ? 'iv-up' : 'iv-down'}`,
      'aria-label': speech.say(by < 0 ? 'rankUp' : 'rankDown', { label }),
      disabled: off,
    });
  const draw = (): void => {
    const values = order();
    const rows = values.map((value, index) => {
      const label = node.getValueLabel(value);
      const text = label?.asString ?? value;
      return h('li', { class: 'iv-rank-row' },
        h('span', { class: 'iv-rank-number', 'aria-hidden': 'true' }, speech.number(index + 1)),
        h('span', { class: 'iv-rank-text', ...textAttributes(text, context) }, ...(label ? formatted(label) : [])),
        arrow(value, -1, text, index === 0),
        arrow(value, 1, text, index === values.length - 1),
      );
    });
    replace(list, ...rows);
  };
  let drawn = '';
  return {
    element: h('div', { class: 'iv-stack' }, h('p', { class: 'iv-aside', ...speech.marks }, speech.say('rankHelp')), list, news, keep),
    update: () => {
      keep.hidden = node.currentState.value.length > 0;
      const now = order().join(' ');
      if (now !== drawn) {
        drawn = now;
        if (!list.contains(document.activeElement)) draw();
      }
    },
    focus: () => keep.focus(),
  };
}
