import { expect, test } from 'vitest';
import { bandAxis, markOf } from '../../../webview/charts/bandPlot';
import { lossAxis, nearestIndex, thinCurve } from '../../../webview/charts/curvePlot';

test('the point nearest to a place', () => {
  const xs = Float64Array.of(0, 1, 4);
  expect([-9, 0.4, 0.5, 0.6, 2.5, 2.6, 99].map(x => nearestIndex(xs, x))).toEqual([
    0, 0, 0, 1, 1, 2, 2,
  ]);
});

test('a long curve keeps its ends of each stretch, its valley and what is to be kept', () => {
  const ys = Float64Array.from({ length: 5000 }, (_, i) => (i === 1234 ? -5 : Math.abs(i - 2500)));
  const kept = thinCurve(ys, 200, [777]);
  expect(kept.length).toBeLessThanOrEqual(201);
  expect(kept).toContain(1234);
  expect(kept).toContain(777);
  expect(kept).toContain(4999);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
  expect(thinCurve(Float64Array.of(1, 2), 200, [0])).toEqual([0, 1]);
});

test('losses are on a logarithmic axis where they can be', () => {
  expect(lossAxis([1e-6, 1, Number.POSITIVE_INFINITY]).isLog).toBe(true);
  expect(lossAxis([0, 1e-3, 1]).axis.min).toBeGreaterThan(0);
  expect(lossAxis([-1, 1]).isLog).toBe(false);
  expect(lossAxis([0, 0]).isLog).toBe(false);
  expect(lossAxis([Number.NaN]).axis.ticks).toEqual([]);
});

test('a band is on a logarithmic axis where its values lie far apart', () => {
  expect(bandAxis({ low: [1e-4, 1], high: [1, 2] }).isLog).toBe(true);
  expect(bandAxis({ low: [1, 1.5], high: [2, 2] }).isLog).toBe(false);
  expect(bandAxis({ low: [0, 1e-4], high: [1, 2] }).isLog).toBe(false);
  expect(bandAxis({ low: [Number.NaN], high: [Number.NaN] }).axis.ticks).toEqual([]);
});

test('the mark that a row belongs to', () => {
  const start = Int32Array.of(10, 20, 25, 40);
  expect([10, 19, 20, 24.5, 39, 40, 5].map(row => markOf(start, row))).toEqual([
    0, 0, 1, 1, 2, 2, 0,
  ]);
});
