import { describe, expect, test } from 'vitest';
import {
  isMerged,
  rangeOfMarks,
  revealing,
  shownCount,
  zoomed,
} from '../../../webview/charts/zoom';

const series = (start: number[], count: number) => ({ start: Int32Array.from(start), count });

describe('a stretch of marks', () => {
  test('is the positions they stand for, in either direction', () => {
    const merged = series([0, 10, 20, 30, 40, 50], 50);
    expect(rangeOfMarks(merged, 1, 2)).toEqual({ from: 10, to: 30 });
    expect(rangeOfMarks(merged, 2, 1)).toEqual({ from: 10, to: 30 });
  });

  test('is never too short, nor beyond the ends', () => {
    const each = series(
      Array.from({ length: 41 }, (_, i) => 100 + i),
      140,
    );
    expect(rangeOfMarks(each, 5, 5)).toEqual({ from: 105, to: 109 });
    expect(rangeOfMarks(each, 39, 39)).toEqual({ from: 136, to: 140 });
  });

  test('that is everything is no range', () => {
    expect(rangeOfMarks(series([0, 1, 2, 3, 4, 5], 5), 0, 4)).toBeNull();
    expect(rangeOfMarks(series([0, 1, 2], 2), 0, 0)).toBeNull();
  });
});

describe('zooming', () => {
  test('in and out around a layer keeps its place', () => {
    const near = zoomed({ from: 0, to: 100 }, { at: 50, factor: 0.5, count: 100 })!;
    expect(near).toEqual({ from: 25, to: 75 });
    expect(zoomed(near, { at: 50, factor: 2, count: 100 })).toBeNull();
    expect(zoomed({ from: 0, to: 100 }, { at: 0, factor: 0.5, count: 100 })).toEqual({
      from: 0,
      to: 50,
    });
    expect(zoomed({ from: 0, to: 100 }, { at: 99, factor: 0.5, count: 100 })).toEqual({
      from: 50,
      to: 100,
    });
  });

  test('ends at four layers and at all of them', () => {
    const range = { from: 10, to: 14 };
    expect(zoomed(range, { at: 12, factor: 0.5, count: 100 })).toEqual(range);
    expect(zoomed({ from: 10, to: 70 }, { at: 12, factor: 2, count: 100 })).toBeNull();
  });
});

test('a range moves to what it has to show, and no further', () => {
  const range = { from: 10, to: 20 };
  expect(revealing(range, 19, 100)).toBe(range);
  expect(revealing(range, 50, 100)).toEqual({ from: 45, to: 55 });
  expect(revealing(range, 99, 100)).toEqual({ from: 90, to: 100 });
});

test('marks are merged where one stands for several, whatever else the view has', () => {
  expect(isMerged({ name: ['a', 'b'], start: Int32Array.of(7, 8, 9) })).toBe(false);
  expect(isMerged({ name: ['a', 'b'], start: Int32Array.of(7, 9, 11) })).toBe(true);
  expect(shownCount({ start: Int32Array.of(7, 9, 11) })).toBe(4);
});
