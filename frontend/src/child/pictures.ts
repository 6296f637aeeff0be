import { svg } from '../dom.ts';

/** Lines on a field of 100 by 100. What codes of our instruments mean, and what the keys of a child do. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  yes: ['M20 54 L42 76 L82 26'],
  no: ['M26 26 L74 74 M74 26 L26 74'],
  shoes: ['M14 42 L14 74 L86 74 Q88 58 70 56 Q54 54 44 40 L36 46 Q24 50 14 42 Z M14 64 L86 64 M50 46 L43 52 M57 51 L51 57'],
  clothes: ['M36 18 L14 32 L22 48 L31 43 L31 82 L69 82 L69 43 L78 48 L86 32 L64 18 Q50 32 36 18 Z'],
  blanket: ['M16 30 L84 30 L84 76 Q76 68 68 76 Q59 84 50 76 Q41 68 33 76 Q24 84 16 76 Z M16 44 L84 44 M38 30 L38 44 M62 30 L62 44'],
  soap: ['M18 52 Q18 42 30 42 L70 42 Q82 42 82 52 L82 68 Q82 78 70 78 L30 78 Q18 78 18 68 Z M34 58 L66 58', 'M36 26 A7 7 0 1 1 35.9 26 M58 20 A9 9 0 1 1 57.9 20'],
  school_things: ['M50 30 Q34 20 14 24 L14 74 Q34 70 50 80 Q66 70 86 74 L86 24 Q66 20 50 30 Z M50 30 L50 80 M24 38 L40 42 M24 52 L40 56 M60 42 L76 38 M60 56 L76 52'],
  none: ['M50 14 A36 36 0 1 1 49.9 14 M25 25 L75 75'],
  holiday: ['M14 48 L50 20 L86 48 M22 44 L22 82 L78 82 L78 44 M40 82 L40 56 L60 56 L60 82 M30 46 L70 86 M70 46 L30 86'],
  dont_know: ['M34 36 Q34 18 50 18 Q67 18 67 34 Q67 44 57 50 Q50 54 50 64 M50 78 L50 80'],
  stop: ['M34 56 L34 30 Q34 24 39 24 Q44 24 44 30 L44 48 L44 20 Q44 14 49 14 Q54 14 54 20 L54 48 L54 24 Q54 18 59 18 Q64 18 64 24 L64 52 L64 34 Q64 28 69 28 Q74 28 74 34 L74 62 Q74 86 52 86 Q40 86 34 76 L22 58 Q19 52 24 50 Q29 48 34 56'],
  skip: ['M12 62 Q40 8 74 50 M78 26 L76 54 L49 49', 'M12 80 A4 4 0 1 1 12.1 80 M50 78 A7 7 0 1 1 49.9 78 M86 80 A4 4 0 1 1 86.1 80'],
  next: ['M14 50 L82 50 M56 22 L84 50 L56 78'],
  back: ['M86 50 L18 50 M44 22 L16 50 L44 78'],
  rest: ['M20 36 L20 64 Q20 80 36 80 L56 80 Q72 80 72 64 L72 36 Z M72 44 Q90 44 88 56 Q87 66 72 66 M36 26 Q30 20 36 14 M54 26 Q48 20 54 14'],
  listen: ['M12 38 L12 62 L28 62 L50 80 L50 20 L28 38 Z M62 36 Q72 50 62 64 M72 24 Q90 50 72 76'],
  silent: ['M12 38 L12 62 L28 62 L50 80 L50 20 L28 38 Z M64 38 L88 62 M88 38 L64 62'],
  again: ['M80 34 A34 34 0 1 0 84 58 M84 16 L82 36 L62 34'],
  globe: ['M50 12 A38 38 0 1 1 49.9 12 M12 50 L88 50 M50 12 Q24 50 50 88 M50 12 Q76 50 50 88'],
  cover: ['M10 50 Q50 8 90 50 Q50 92 10 50 Z M50 36 A14 14 0 1 1 49.9 36 M18 18 L82 82'],
};

/** Arrows follow the direction of reading. */
const TURNS = new Set(['skip', 'next', 'back', 'shoes']);

/** By its place in the list: enough to tell one answer from the next where nothing is drawn for it. */
const SHAPES = [
  'M50 18 A32 32 0 1 1 49.9 18', 'M22 22 L78 22 L78 78 L22 78 Z', 'M50 16 L86 80 L14 80 Z', 'M50 12 L84 50 L50 88 L16 50 Z',
  'M50 12 L60 40 L90 40 L66 58 L75 88 L50 70 L25 88 L34 58 L10 40 L40 40 Z', 'M38 14 L62 14 L62 38 L86 38 L86 62 L62 62 L62 86 L38 86 L38 62 L14 62 L14 38 L38 38 Z',
];

export function picture(name: string): SVGElement {
  return drawn(DRAWN[name] ?? [], TURNS.has(name) ? ' iv-turns' : '');
}

export function pictureOfCode(code: string, index: number): SVGElement {
  return drawn(DRAWN[code] ?? [SHAPES[index % SHAPES.length] ?? ''], TURNS.has(code) ? ' iv-turns' : '');
}

function drawn(paths: readonly string[], more: string): SVGElement {
  return svg('svg', { viewBox: '0 0 100 100', class: `iv-drawn${more}`, 'aria-hidden': 'true', focusable: 'false' }, ...paths.map((d) => svg('path', { d })));
}
