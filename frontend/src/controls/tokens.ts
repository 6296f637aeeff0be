import type { Speech, Word } from '../words/index.ts';
import { svg } from '../dom.ts';
import { HEIGHT, WIDTH, type Spot } from './sheet.ts';

/** On a field of 100 by 100, for the page and for the paper alike. */
interface Stroke {
  readonly d: string;
  readonly fill?: string;
}

/** Something that can be put on a prepared sheet. */
export interface Kind {
  readonly word: Word;
  readonly strokes: readonly Stroke[];
}

export interface Token {
  readonly kind: Kind;
  readonly at: Spot;
  readonly words: string;
}

/** A sheet that is no longer empty when it is opened. Places are in the order in which they are offered. */
export interface Plan {
  readonly label: Word;
  readonly help: Word;
  readonly kinds: readonly Kind[];
  readonly places: readonly Word[];
  /** Under a face a few words may stand; under somebody stands who it is. */
  readonly writes: boolean;
  prepare(pen: CanvasRenderingContext2D, speech: Speech): void;
  /** Where it goes that is put by words: `before` of the same kind of place are there already. */
  spotOf(kind: Kind, place: number, before: number, mirrored: boolean): Spot;
  placeAt(at: Spot, mirrored: boolean): number;
}

const INK = '#1d1d1f';
const FAINT = '#8a8f98';
const SIZE = 84;
const MOST_WIDE = 152; // from one stop of the line to the next

export function pictureOf(kind: Kind): SVGElement {
  return svg('svg', { viewBox: '0 0 100 100', class: 'iv-token-picture', 'aria-hidden': 'true', focusable: 'false' },
    ...kind.strokes.map(({ d, fill }) => svg('path', { d, fill: fill ?? 'none', stroke: INK, 'stroke-width': 5, 'stroke-linecap': 'round' })));
}

export function paint(pen: CanvasRenderingContext2D, { kind, at: [x, y] }: Token): void {
  pen.save();
  pen.translate(x - SIZE / 2, y - SIZE / 2);
  pen.scale(SIZE / 100, SIZE / 100);
  Object.assign(pen, { strokeStyle: INK, lineWidth: 5, lineCap: 'round' });
  for (const { d, fill } of kind.strokes) {
    const path = new Path2D(d);
    if (fill !== undefined) {
      pen.fillStyle = fill;
      pen.fill(path);
    }
    pen.stroke(path);
  }
  pen.restore();
}

export function write(pen: CanvasRenderingContext2D, speech: Speech, text: string, [x, y]: Spot, colour = INK): void {
  if (text === '') return;
  Object.assign(pen, { font: '32px system-ui, sans-serif', textAlign: 'center', direction: speech.direction, lineWidth: 6, strokeStyle: '#fff', fillStyle: colour });
  pen.strokeText(text, x, y, MOST_WIDE);
  pen.fillText(text, x, y, MOST_WIDE);
}

export function below({ at: [x, y] }: Token): Spot {
  return [x, Math.min(HEIGHT - 8, y + SIZE / 2 + 28)];
}

function faceOf(word: Word, mouth: number): Kind {
  const corner = 66 - mouth * 0.35;
  return { word, strokes: [
    { d: 'M50 5 A45 45 0 1 1 49.9 5 Z', fill: '#ffdf80' }, { d: 'M35 36 L35 44 M65 36 L65 44' },
    { d: `M28 ${corner} Q50 ${corner + mouth * 1.35} 72 ${corner}` },
  ] };
}

const STOPS: readonly Word[] = ['lifeBorn', 'lifeLeft', 'lifeBack', 'lifeNow', 'lifeLater'];
const STOP_X = [90, 245, 400, 555, 710];
const FEELINGS = [faceOf('faceGood', 18), faceOf('faceMiddle', 0), faceOf('faceBad', -18)];
const FEELING_Y = [150, 290, 430];

/** From being born to later on; up is good, down is bad. In the direction of reading. */
export const LIFELINE: Plan = {
  label: 'lifeline',
  help: 'lifelineHelp',
  kinds: FEELINGS,
  places: STOPS,
  writes: true,
  prepare(pen, speech) {
    const mirrored = speech.direction === 'rtl';
    const across = (x: number): number => (mirrored ? WIDTH - x : x);
    Object.assign(pen, { strokeStyle: FAINT, lineWidth: 4, lineCap: 'round' });
    pen.stroke(new Path2D(`M20 290 L780 290 M${across(755)} 272 L${across(780)} 290 L${across(755)} 308`));
    pen.setLineDash([4, 12]);
    for (const x of STOP_X) pen.stroke(new Path2D(`M${x} 70 L${x} 530`));
    pen.setLineDash([]);
    STOPS.forEach((word, index) => write(pen, speech, speech.say(word), [across(STOP_X[index]!), 575]));
  },
  spotOf(kind, place, before, mirrored) {
    const x = STOP_X[place]! + (before % 3) * 44 - (before > 0 ? 22 : 0);
    return [mirrored ? WIDTH - x : x, FEELING_Y[FEELINGS.indexOf(kind)]! + Math.floor(before / 3) * 30];
  },
  placeAt([x], mirrored) {
    const along = mirrored ? WIDTH - x : x;
    const far = STOP_X.map((stop) => Math.abs(stop - along));
    return far.indexOf(Math.min(...far));
  },
};

const ADULT = 'M50 6 A15 15 0 1 1 49.9 6 Z M22 94 Q20 44 50 44 Q80 44 78 94 Z';
const CHILD = 'M50 24 A14 14 0 1 1 49.9 24 Z M28 94 Q26 58 50 58 Q74 58 72 94 Z';
const ANIMAL = 'M14 88 L20 52 L64 52 L66 30 L76 22 L92 34 L86 46 L78 48 L76 88 L66 88 L64 70 L32 70 L26 88 Z';
const somebody = (word: Word, d: string, fill: string): Kind => ({ word, strokes: [{ d, fill }] });
const RINGS = [125, 195, 265];
const MIDDLE: Spot = [WIDTH / 2, HEIGHT / 2];

/** Whoever matters, around the child: the nearer, the closer. Chosen from a list, so that no name stands on it. */
export const PEOPLE: Plan = {
  label: 'people',
  help: 'peopleHelp',
  kinds: [
    somebody('mother', ADULT, '#f4b6a6'), somebody('father', ADULT, '#a6c8f4'), somebody('sister', CHILD, '#f7d488'),
    somebody('brother', CHILD, '#a9dfb8'), somebody('grandparent', ADULT, '#d5d5dc'), somebody('relative', ADULT, '#e3c7f2'),
    somebody('friend', CHILD, '#ffec8a'), somebody('teacher', ADULT, '#9ddcd6'), somebody('neighbour', ADULT, '#e0c9a3'),
    somebody('animal', ANIMAL, '#c9a27a'), somebody('somebodyElse', ADULT, '#ffffff'),
  ],
  places: ['nearClose', 'nearMiddle', 'nearFar'],
  writes: false,
  prepare(pen, speech) {
    Object.assign(pen, { strokeStyle: FAINT, lineWidth: 3 });
    for (const radius of RINGS) {
      pen.beginPath();
      pen.arc(...MIDDLE, radius, 0, Math.PI * 2);
      pen.stroke();
    }
    paint(pen, { kind: somebody('me', CHILD, '#ffffff'), at: MIDDLE, words: '' });
    write(pen, speech, speech.say('me'), [MIDDLE[0], MIDDLE[1] + 70]);
  },
  /** A full turn would come back to its beginning; this angle never does. */
  spotOf(_kind, place, before, mirrored) {
    const angle = before * 2.4 - Math.PI / 2;
    const side = mirrored ? -1 : 1;
    const radius = RINGS[place]! - 12;
    return [MIDDLE[0] + side * Math.cos(angle) * radius, MIDDLE[1] + Math.sin(angle) * (radius - 15)];
  },
  placeAt([x, y]) {
    const distance = Math.hypot(x - MIDDLE[0], y - MIDDLE[1]);
    const ring = RINGS.findIndex((radius) => distance <= radius + 10);
    return ring === -1 ? RINGS.length - 1 : ring;
  },
};
