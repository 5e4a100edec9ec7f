import { expect, test } from 'vitest';
import { countAxis } from '../../../webview/charts/histogramPlot';

const axisOf = (area: number[], line: number[], isLog: boolean) =>
  countAxis({ lo: 0, hi: 1, area, line, isLog });

test('a count of one has a height on the logarithmic axis of counts', () => {
  const axis = axisOf([0, 1], [0, 900], true);
  expect(axis.min).toBeLessThan(1);
  expect(axis.max).toBeGreaterThanOrEqual(900);
  expect(axis.ticks).toContain(1);
  expect(axisOf([0], [0], true).max).toBeGreaterThan(axis.min);
});

test('a linear axis of counts begins at 0 and has whole numbers', () => {
  const axis = axisOf([3, 0], [0, 7], false);
  expect(axis.min).toBe(0);
  expect(axis.max).toBeGreaterThanOrEqual(7);
  expect(axis.ticks.every(Number.isInteger)).toBe(true);
});
