import { describe, expect, test } from 'vitest';
import {
  type Axes,
  axesShowing,
  cellOf,
  clampCell,
  elementAt,
  fitAxes,
  flatIndex,
  indicesOf,
  placeOf,
  sliceOf,
} from '../../../../webview/values/slice';

const shape = [3, 4, 5, 6];
const at = (indices: readonly number[]) => indices.reduce((sum, i, k) => sum * shape[k]! + i, 0);

test('any two axes make a grid, whatever the others are fixed to', () => {
  for (let rowAxis = 0; rowAxis < 4; rowAxis++)
    for (let colAxis = 0; colAxis < 4; colAxis++) {
      if (rowAxis === colAxis) continue;
      const fixed = [2, 3, 4, 5];
      const slice = sliceOf(shape, { rowAxis, colAxis, fixed });
      expect([slice.rows, slice.cols]).toEqual([shape[rowAxis], shape[colAxis]]);
      for (let row = 0; row < slice.rows; row++)
        for (let col = 0; col < slice.cols; col++) {
          const indices = fixed.with(rowAxis, row).with(colAxis, col);
          expect(elementAt(slice, { row, col })).toBe(at(indices));
        }
    }
});

test('without a choice the grid is the matrix that schemes see', () => {
  const axes = fitAxes(shape, { rowAxis: 0, colAxis: 'rest', fixed: [] });
  const slice = sliceOf(shape, axes);
  expect([slice.rows, slice.cols]).toEqual([3, 120]);
  expect(elementAt(slice, { row: 2, col: 119 })).toBe(359);
});

test.each<[string, Axes, Axes]>([
  [
    'axes of a larger rank',
    { rowAxis: 5, colAxis: 7, fixed: [9, 9] },
    { rowAxis: 0, colAxis: 'rest', fixed: [2, 3, 0, 0] },
  ],
  [
    'the same axis twice',
    { rowAxis: 2, colAxis: 2, fixed: [] },
    { rowAxis: 2, colAxis: 0, fixed: [0, 0, 0, 0] },
  ],
  [
    'the rest without the first',
    { rowAxis: 1, colAxis: 'rest', fixed: [] },
    { rowAxis: 1, colAxis: 0, fixed: [0, 0, 0, 0] },
  ],
])('%s become axes that there are', (_, wanted, fitted) => {
  expect(fitAxes(shape, wanted)).toEqual(fitted);
});

test('indices and numbers are each other’s inverse', () => {
  for (const index of [0, 1, 77, 359])
    expect(flatIndex(shape, indicesOf(shape, index))).toBe(index);
  expect(indicesOf([], 0)).toEqual([]);
});

describe('a vector', () => {
  const slice = sliceOf([100], { rowAxis: 0, colAxis: 'rest', fixed: [0] });

  test('goes on in the next row, and ends in the midst of one', () => {
    expect([slice.rows, slice.cols]).toEqual([7, 16]);
    expect(elementAt(slice, { row: 6, col: 3 })).toBe(99);
    expect(elementAt(slice, { row: 6, col: 4 })).toBeNull();
    expect(clampCell(slice, { row: 6, col: 15 })).toEqual({ row: 6, col: 3 });
  });

  test('has places of columns only', () => {
    expect(cellOf(slice, { row: 0, col: 50 })).toEqual({ row: 3, col: 2 });
    expect(placeOf(slice, { row: 3, col: 2 })).toEqual({ row: 0, col: 50 });
  });

  test('a scalar is one cell', () => {
    const scalar = sliceOf([], { rowAxis: 0, colAxis: 'rest', fixed: [] });
    expect([scalar.rows, scalar.cols, elementAt(scalar, { row: 0, col: 0 })]).toEqual([1, 1, 0]);
  });
});

test('an element in another slice is shown by fixing the other axes to it', () => {
  const axes: Axes = { rowAxis: 3, colAxis: 1, fixed: [0, 0, 0, 0] };
  const shown = axesShowing(shape, axes, at([1, 2, 3, 4]));
  expect(shown).toEqual({ axes: { ...axes, fixed: [1, 0, 3, 0] }, place: { row: 4, col: 2 } });
  const matrix = axesShowing(shape, { rowAxis: 0, colAxis: 'rest', fixed: [] }, at([1, 2, 3, 4]));
  expect(matrix.place).toEqual({ row: 1, col: 82 });
});
