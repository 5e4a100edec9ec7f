import { describe, expect, it } from 'vitest';
import type { PlaceMap } from '../../../../src/protocol/layer';
import {
  cellAt,
  cellSpan,
  isSingle,
  largestCell,
  nextCell,
  trailTo,
  windowAround,
} from '../../../../webview/layer/mapCells';

/** A map of the rows [10, 110) and columns [20, 50): cells of 30 x 8, the last ones smaller. */
const map: PlaceMap = {
  window: { row: 10, rows: 100, col: 20, cols: 30 },
  rows: 4,
  cols: 4,
  rowsPerCell: 30,
  colsPerCell: 8,
  mean: Float32Array.from({ length: 16 }, (_, i) => i),
  max: Float32Array.from({ length: 16 }, (_, i) => (i === 5 ? Number.NaN : 16 - i)),
};

describe('a cell of the map', () => {
  it('stands for rows and columns of the matrix', () => {
    expect(cellSpan(map, 0)).toEqual({ row: 10, rowEnd: 40, col: 20, colEnd: 28 });
    expect(cellSpan(map, 6)).toEqual({ row: 40, rowEnd: 70, col: 36, colEnd: 44 });
    expect(cellSpan(map, 15)).toEqual({ row: 100, rowEnd: 110, col: 44, colEnd: 50 });
  });

  it('is found by its place in the picture', () => {
    expect(cellAt(map, 0, 0)).toBe(0);
    expect(cellAt(map, 0.99, 0.26)).toBe(7);
    expect(cellAt(map, 1, 0.5)).toBeNull();
    expect(cellAt(map, 0.5, -0.01)).toBeNull();
  });

  it('with the largest value is found among those that are finite', () => {
    expect(largestCell(map.mean)).toBe(15);
    expect(largestCell(map.max)).toBe(0);
    expect(largestCell(new Float32Array(2).fill(Number.NaN))).toBeNull();
  });
});

describe('looking closer', () => {
  it('stays within the window and around the cell, until cells are single', () => {
    let current = map;
    for (let steps = 0; !isSingle(current); steps++) {
      expect(steps).toBeLessThan(10);
      const window = windowAround(current, 15);
      const { window: outer } = current;
      expect(window.row).toBeGreaterThanOrEqual(outer.row);
      expect(window.row + window.rows).toBeLessThanOrEqual(outer.row + outer.rows);
      expect(window.col + window.cols).toBeLessThanOrEqual(outer.col + outer.cols);
      const [rows, cols] = [Math.min(96, window.rows), Math.min(96, window.cols)];
      current = {
        ...map,
        ...{ window, rows, cols },
        rowsPerCell: Math.ceil(window.rows / 96),
        colsPerCell: Math.ceil(window.cols / 96),
      };
    }
    expect(current.window).toEqual({ row: 94, rows: 16, col: 34, cols: 16 });
  });

  it('of a matrix smaller than a window shows all of it', () => {
    const small = { ...map, window: { row: 0, rows: 3, col: 0, cols: 200 } };
    expect(windowAround(small, 0)).toMatchObject({ row: 0, rows: 3, cols: 25 });
  });
});

describe('the keys', () => {
  it('go from cell to cell and stop at the rim', () => {
    expect(nextCell('ArrowRight', null, map)).toBe(0);
    expect(nextCell('ArrowRight', 0, map)).toBe(1);
    expect(nextCell('ArrowDown', 1, map)).toBe(5);
    expect(nextCell('ArrowUp', 1, map)).toBe(1);
    expect(nextCell('ArrowLeft', 4, map)).toBe(4);
    expect(nextCell('End', 4, map)).toBe(7);
    expect(nextCell('Home', 7, map)).toBe(4);
    expect(nextCell('PageDown', 15, map)).toBe(15);
    expect(nextCell('Tab', 0, map)).toBeNull();
  });
});

describe('the windows that lead to one', () => {
  const at = (row: number, col: number, size: number) => ({ row, rows: size, col, cols: size });

  it('are all of those it is in', () => {
    const trail = [at(0, 0, 512), at(64, 64, 64)];
    expect(trailTo(trail, at(100, 64, 16))).toEqual([...trail, at(100, 64, 16)]);
  });

  it('are without one that was opened meanwhile and does not hold it', () => {
    const trail = [at(0, 0, 512), at(64, 64, 64)];
    expect(trailTo(trail, at(300, 64, 64))).toEqual([at(0, 0, 512), at(300, 64, 64)]);
    expect(trailTo(trail, at(64, 120, 16))).toEqual([at(0, 0, 512), at(64, 120, 16)]);
  });
});
