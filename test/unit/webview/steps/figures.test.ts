import { expect, test } from 'vitest';
import { alignFigures, stepFigure } from '../../../../webview/steps/figures';
import { nextPlace } from '../../../../webview/steps/head';
import { axisOf, thinning, wastedCodes } from '../../../../webview/steps/rulerPlot';

test.each([
  [0.0275590550154, '0.0275591'],
  [-42.5, '−42.5'],
  [4, '4'],
  [0.10000000149011612, '0.1'],
  [1 / 3, '0.333333'],
  [127, '127'],
  [65504, '65504'],
  [100139008, '1.00139e8'],
  [2 ** -24, '5.96046e-8'],
  [1e-5, '1e-5'],
  [Infinity, '∞'],
  [Number.NaN, 'NaN'],
  [-0, '0'],
])('%d is shown as %s', (x, text) => {
  expect(stepFigure(x)).toBe(text);
});

test('points of a column stand below each other', () => {
  expect(alignFigures(['1', '0.25', null, '−3.5'])).toEqual([
    '1\u2008\u2007\u2007',
    '0.25',
    null,
    '−3.5\u2007',
  ]);
  expect(alignFigures(['1', '22'])).toEqual(['1', '22']);
  expect(alignFigures([])).toEqual([]);
});

test('values before and behind, over the ends of rows and of the tensor', () => {
  const matrix = { rows: 3, cols: 40 };
  expect(nextPlace({ row: 0, col: 0, matrix }, 1)).toEqual({ row: 0, col: 16 });
  expect(nextPlace({ row: 0, col: 32, matrix }, 1)).toEqual({ row: 1, col: 0 });
  expect(nextPlace({ row: 2, col: 32, matrix }, 1)).toEqual({ row: 0, col: 0 });
  expect(nextPlace({ row: 0, col: 0, matrix }, -1)).toEqual({ row: 2, col: 32 });
  expect(nextPlace({ row: 1, col: 5, matrix }, -1)).toEqual({ row: 1, col: 0 });
});

test('marks of a ruler stay apart', () => {
  expect(thinning(256, 1000)).toBe(1);
  expect(thinning(256, 500)).toBe(2);
  expect(thinning(65536, 500)).toBe(512);
  expect(thinning(256, 0)).toBe(256);
});

test('all rulers share an axis that holds the values and 0', () => {
  const ruler = {
    ...({ kind: 'free', scheme: 'uint2 tensor zero=free', scale: 1, zeroPoint: -3 } as const),
    codes: Int32Array.of(0, 1, 2, 3),
    marks: Float32Array.of(3, 4, 5, 6),
    ...{ first: 1, last: 2 },
  };
  expect(axisOf([ruler], { lo: 4, hi: 5 })).toEqual({ lo: 0, hi: 6 });
  expect(wastedCodes(ruler)).toBe(2);
  expect(axisOf([], { lo: 0, hi: 0 })).toEqual({ lo: -1, hi: 1 });
});
