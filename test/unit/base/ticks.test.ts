import { expect, test } from 'vitest';
import { formatTick, linearAxis, logAxis } from '../../../src/base/ticks';

test('a linear axis has round ends around the data', () => {
  expect(linearAxis(31.2, 47.8, { count: 5, zero: false })).toEqual({
    min: 30,
    max: 50,
    ticks: [30, 35, 40, 45, 50],
  });
  expect(linearAxis(31.2, 47.8, { count: 4, zero: true })).toEqual({
    min: 0,
    max: 50,
    ticks: [0, 20, 40],
  });
});

test('an axis of one value still has an extent', () => {
  for (const value of [0, 5, -0.002, 1e-300, 1e300])
    for (const zero of [true, false]) {
      const { min, max, ticks } = linearAxis(value, value, { count: 4, zero });
      expect(min).toBeLessThan(max);
      expect(min).toBeLessThanOrEqual(value);
      expect(max).toBeGreaterThanOrEqual(value);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
    }
});

test('codes have whole ticks', () => {
  const { ticks } = linearAxis(0, 1, { count: 6, zero: true, integers: true });
  expect(ticks).toEqual([0, 1]);
  expect(linearAxis(0, 0, { count: 4, zero: true, integers: true }).ticks).toEqual([-1, 0, 1]);
});

test('ticks have no dust of floating point, and no minus zero', () => {
  const { ticks } = linearAxis(-0.3, 0.3, { count: 7, zero: true });
  expect(ticks).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
  expect(ticks.some(tick => Object.is(tick, -0))).toBe(false);
});

test('a linear axis never has many more ticks than fit', () => {
  for (let i = 1; i < 200; i++)
    for (const count of [2, 4, 7]) {
      const { ticks } = linearAxis(0, i * 0.37, { count, zero: true });
      expect(ticks.length).toBeLessThanOrEqual(count + 1);
    }
});

test('a log axis over decades has powers of ten only', () => {
  const { min, max, ticks } = logAxis(3e-9, 2e-4, 6);
  expect([min, max]).toEqual([2e-9, 2e-4]);
  expect(ticks).toEqual([1e-8, 1e-7, 1e-6, 1e-5, 1e-4]);
});

test('many decades are thinned evenly', () => {
  const { ticks } = logAxis(1e-12, 1, 4);
  expect(ticks.length).toBeLessThanOrEqual(4);
  const steps = ticks.slice(1).map((tick, i) => Math.round(Math.log10(tick / ticks[i]!)));
  expect(new Set(steps).size).toBe(1);
});

test('less than a decade has 1-2-5 steps', () => {
  const { min, max, ticks } = logAxis(0.0022, 0.0071, 5);
  expect([min, max]).toEqual([0.002, 0.01]);
  expect(ticks).toEqual([0.002, 0.005, 0.01]);
});

test('a log axis of one value, and of the ends of float64, holds it', () => {
  for (const value of [1, 3e-7, 1e-300, 1e300, 5e-324]) {
    const { min, max } = logAxis(value, value, 4);
    expect(min).toBeLessThanOrEqual(value);
    expect(max).toBeGreaterThanOrEqual(value);
    expect(min).toBeLessThan(max);
  }
});

test.each([
  [0, '0'],
  [0.025, '0.025'],
  [-20, '−20'],
  [1e-4, '1e-4'],
  [5e-10, '5e-10'],
  [100_000, '1e5'],
])('tick %d', (value, text) => {
  expect(formatTick(value)).toBe(text);
});
