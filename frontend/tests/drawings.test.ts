import type { UploadNode } from '@getodk/xforms-engine';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSketch } from '../src/controls/draw.ts';
import { Placing } from '../src/controls/placing.ts';
import { LONGEST, recorder } from '../src/controls/record.ts';
import { HEIGHT, WIDTH } from '../src/controls/sheet.ts';
import { LIFELINE, PEOPLE, type Plan } from '../src/controls/tokens.ts';
import { Speech } from '../src/words/index.ts';
import { context, FORMS, open, question } from './forms.ts';

let node: UploadNode;

beforeEach(async () => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done(new Blob(['picture'], { type: 'image/png' })));
  node = question(await open(FORMS.allTypes), 'drawing') as UploadNode;
  document.body.replaceChildren();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function opened(plan: Plan, language = 'en'): Placing {
  const placing = new Placing(node, context(language, language), plan);
  document.body.replaceChildren(placing.element);
  placing.update();
  return placing;
}

async function put(kind: number, place: number, words = ''): Promise<void> {
  document.querySelectorAll<HTMLInputElement>('.iv-token input')[kind]!.click();
  document.querySelector('select')!.value = String(place);
  const written = document.querySelector<HTMLInputElement>('input[type=text]');
  if (written) written.value = words;
  document.querySelector<HTMLButtonElement>('details button')!.click();
  await vi.waitFor(() => expect(node.currentState.value).not.toBeNull());
}

const listed = (): string[] => [...document.querySelectorAll('.iv-tokens-put bdi')].map(({ textContent }) => textContent ?? '');

test.each([['lifeline', LIFELINE], ['people', PEOPLE]] as const)('%s: what is put by words stands where it says, in either direction, and on the paper', (_name, plan) => {
  for (const mirrored of [false, true]) {
    for (const kind of plan.kinds) {
      for (const place of plan.places.keys()) {
        for (let before = 0; before < 6; before += 1) {
          const at = plan.spotOf(kind, place, before, mirrored);
          expect(plan.placeAt(at, mirrored), `${kind.word} ${place} ${before}`).toBe(place);
          expect(at[0] > 0 && at[0] < WIDTH && at[1] > 0 && at[1] < HEIGHT).toBe(true);
        }
      }
    }
  }
});

test('two that are put at one place do not hide each other', () => {
  for (const plan of [LIFELINE, PEOPLE]) {
    const spots = Array.from({ length: 6 }, (_, before) => plan.spotOf(plan.kinds[0]!, 1, before, false));
    for (const [index, one] of spots.entries()) {
      for (const other of spots.slice(index + 1)) expect(Math.hypot(one[0] - other[0], one[1] - other[1])).toBeGreaterThan(20);
    }
  }
});

test('a line of a life by words alone: the answer is a picture, and each mark can be taken away', async () => {
  opened(LIFELINE);
  await put(2, 1, 'Alone');
  await put(0, 4);
  expect(listed()).toEqual(['Left home · Bad · Alone', 'Later · Good']);
  expect(node.currentState.value?.name).toMatch(/\.png$/);
  document.querySelector<HTMLButtonElement>('.iv-tokens-put button')!.click();
  expect(listed()).toEqual(['Later · Good']);
  document.querySelector<HTMLButtonElement>('.iv-tokens-put button')!.click();
  await vi.waitFor(() => expect(node.currentState.value).toBeNull());
});

test('no words can be written on a map of people', () => {
  opened(PEOPLE);
  expect(document.querySelector('input[type=text], textarea')).toBeNull();
});

test('who comes back to it finds what was put there', async () => {
  opened(PEOPLE, 'ar');
  await put(0, 0);
  const before = listed();
  opened(PEOPLE, 'ar');
  expect(listed()).toEqual(before);
  document.querySelector<HTMLButtonElement>('.iv-stack > .iv-row button')!.click();
  expect(listed()).toEqual([]);
  expect(node.currentState.value).toBeNull();
});

test('Enter in the words puts them and does not leave the screen', async () => {
  opened(LIFELINE);
  const words = document.querySelector<HTMLInputElement>('input[type=text]')!;
  words.value = 'Alone';
  const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true });
  words.dispatchEvent(enter);
  expect(enter.defaultPrevented).toBe(true);
  expect(listed()).toHaveLength(1);
  expect(listed()[0]).toContain('Alone');
  expect(words.value).toBe('');
});

test.each(['wipe', 'undo', 'update'] as const)('%s: a picture that is still being made does not come back', async (how) => {
  const later: BlobCallback[] = [];
  vi.mocked(HTMLCanvasElement.prototype.toBlob).mockImplementation((done) => void later.push(done));
  const sketch = openSketch(node, context(), false);
  document.body.replaceChildren(sketch.element);
  const canvas = document.querySelector('canvas')!;
  canvas.setPointerCapture = () => undefined;
  const [undo, wipe] = [...document.querySelectorAll<HTMLButtonElement>('.iv-row button')].slice(-2);
  const stroke = async (): Promise<void> => {
    canvas.dispatchEvent(new MouseEvent('pointerdown', { clientX: 1, clientY: 1 }));
    canvas.dispatchEvent(new MouseEvent('pointerup'));
  };
  const arrive = async (): Promise<void> => {
    for (const done of later.splice(0)) done(new Blob(['picture'], { type: 'image/png' }));
    await new Promise((done) => setTimeout(done, 20));
  };
  await stroke();
  await arrive();
  expect(node.currentState.value).not.toBeNull();
  const other = new File(['other'], 'other.png', { type: 'image/png' });
  if (how === 'undo') undo!.click();
  else await stroke();
  if (how === 'wipe') wipe!.click();
  if (how === 'update') {
    node.setValue(other);
    sketch.update();
  }
  await arrive();
  if (how === 'update') expect(node.currentState.value?.size).toBe(other.size);
  else expect(node.currentState.value).toBeNull();
});

test('a recording ends by itself after two minutes, is kept, and the microphone is let go', async () => {
  const stopped = vi.fn();
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia: async () => ({ getTracks: () => [{ stop: stopped }] }) } });
  vi.stubGlobal('MediaRecorder', class extends EventTarget {
    static isTypeSupported = (): boolean => true;
    mimeType = 'audio/webm;codecs=opus';
    start(): void {}
    stop(): void {
      this.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob(['voice']) }));
      this.dispatchEvent(new Event('stop'));
    }
  });
  vi.useFakeTimers();
  const kept = vi.fn(async () => undefined);
  const { element } = recorder(new Speech('en'), kept, () => undefined);
  element.querySelector('button')!.click();
  await vi.advanceTimersByTimeAsync(LONGEST - 1);
  expect(kept).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(kept).toHaveBeenCalledOnce();
  expect(stopped).toHaveBeenCalledOnce();
  expect(element.querySelector('[role=status]')!.textContent).toBe('Two minutes are kept: that is the most.');
  await vi.advanceTimersByTimeAsync(LONGEST);
  expect(kept).toHaveBeenCalledOnce();
});
