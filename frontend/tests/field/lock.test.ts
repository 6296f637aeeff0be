import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Lock, TRIES } from '../../src/field/lock.ts';

const MINUTE = 60_000;
let locked: boolean[];
let lock: Lock;

beforeEach(() => {
  vi.useFakeTimers();
  locked = [];
  lock = new Lock({ minutes: () => 5, lock: (soft) => locked.push(soft), now: () => Date.now() });
  lock.start();
});

afterEach(() => {
  lock.stop();
  vi.useRealTimers();
});

const touch = (): boolean => window.dispatchEvent(new Event('pointerdown'));

test('it closes when nobody touches it for as long as the office says, once', () => {
  vi.advanceTimersByTime(4 * MINUTE);
  touch();
  vi.advanceTimersByTime(4 * MINUTE);
  expect(locked).toEqual([]);
  vi.advanceTimersByTime(MINUTE);
  expect(locked).toEqual([false]);
  vi.advanceTimersByTime(60 * MINUTE);
  touch();
  expect(locked).toEqual([false]);
});

test('a phone that slept is closed when it is looked at, before the first touch counts', () => {
  vi.setSystemTime(Date.now() + 6 * MINUTE);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(locked).toEqual([false]);
  lock.start();
  vi.setSystemTime(Date.now() + 6 * MINUTE);
  touch();
  expect(locked).toEqual([false, false]);
});

test('a short look away closes nothing', () => {
  vi.advanceTimersByTime(MINUTE);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(locked).toEqual([]);
});

test('with a PIN the key stays in memory, for five tries', () => {
  lock.setPin('1234');
  vi.advanceTimersByTime(5 * MINUTE);
  expect(locked).toEqual([true]);
  for (let left = TRIES - 1; left > 0; left -= 1) {
    expect(lock.tryPin('9999')).toBe(false);
    expect(lock.left).toBe(left);
  }
  expect(locked).toEqual([true]);
  expect(lock.tryPin('9999')).toBe(false);
  expect(locked).toEqual([true, false]);
  expect(lock.hasPin).toBe(false);
  expect(lock.tryPin('1234')).toBe(false);
});

test('the right PIN opens and gives all tries again', () => {
  lock.setPin('1234');
  lock.tryPin('9999');
  expect(lock.tryPin('1234')).toBe(true);
  expect(lock.left).toBe(TRIES);
});
