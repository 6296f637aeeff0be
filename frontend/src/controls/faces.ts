import { svg } from '../dom.ts';

/** Codes that name a mood carry its face, wherever they stand in the list; all others of that list carry none. */
const NAMED: Readonly<Record<string, number>> = {
  very_good: 20, good: 15, middle: 0, so_so: 0, okay: 0, bad: -15, very_bad: -20,
};

/** In other lists the order decides, and these codes are no point on the scale: they stand below, without a face. */
const OFF_SCALE = /^(dk|na|skip)$|(^|_)(dont_know|refused|not_applicable|prefer_not(_to_say)?|no_answer)$/;

/** Mouths from glad to sad: how far the middle of the mouth hangs below its corners. */
const IN_ORDER: Readonly<Record<number, readonly number[]>> = {
  2: [15, -15],
  3: [15, 0, -15],
  4: [18, 8, -8, -18],
  5: [20, 10, 0, -10, -20],
};

/** The mood of each option, null for an option without a face; null when these options are no scale of faces. */
export function moodsOf(codes: readonly string[], sadFirst: boolean): readonly (number | null)[] | null {
  const named = codes.map((code) => NAMED[code] ?? null);
  if (named.some((mood) => (mood ?? 0) > 0) && named.some((mood) => (mood ?? 0) < 0)) return named;
  const scale = codes.filter((code) => !OFF_SCALE.test(code));
  const moods = IN_ORDER[scale.length];
  if (moods === undefined) return null;
  const ordered = sadFirst ? [...moods].reverse() : moods;
  return codes.map((code) => ordered[scale.indexOf(code)] ?? null);
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
