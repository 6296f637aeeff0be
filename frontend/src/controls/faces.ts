import { svg } from '../dom.ts';

/** Options that are no point on the scale: they stand below the faces, without one. */
const OFF_SCALE = /^(dk|na|skip)$|(^|_)(dont_know|refused|not_applicable|prefer_not(_to_say)?|no_answer)$/;

export function isOnScale(code: string): boolean {
  return !OFF_SCALE.test(code);
}

/** Mouths from glad to sad: the control point of a curve below (glad) or above (sad) the corners. */
const MOODS: Readonly<Record<number, readonly number[]>> = {
  2: [16, -16],
  3: [16, 0, -16],
  4: [18, 8, -8, -18],
  5: [18, 9, 0, -9, -18],
};

export function moodsFor(count: number, sadFirst: boolean): readonly number[] | null {
  const moods = MOODS[count];
  if (moods === undefined) return null;
  return sadFirst ? [...moods].reverse() : moods;
}

/**
 * A face of lines. Its meaning lies in the mouth alone, drawn large; the text of the option stands under it, so the
 * picture is hidden from screen readers.
 */
export function face(mood: number): SVGElement {
  const corner = 66 - mood * 0.35;
  return svg('svg', { viewBox: '0 0 100 100', class: 'iv-face', 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { cx: 50, cy: 50, r: 45, class: 'iv-face-skin' }),
    svg('ellipse', { cx: 35, cy: 40, rx: 4.5, ry: 6.5, class: 'iv-face-eye' }),
    svg('ellipse', { cx: 65, cy: 40, rx: 4.5, ry: 6.5, class: 'iv-face-eye' }),
    svg('path', { d: `M 28 ${corner} Q 50 ${corner + mood * 1.35} 72 ${corner}`, class: 'iv-face-mouth' }),
  );
}
