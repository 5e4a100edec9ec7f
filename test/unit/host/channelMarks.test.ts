import { expect, test } from 'vitest';
import { channelMarks } from '../../../src/host/editor/channelMarks';
import type { LayerRows } from '../../../src/protocol/layer';

const numbers = (of: (row: number) => number, length = 10) =>
  Float32Array.from({ length }, (_, row) => of(row));

const rows: LayerRows = {
  absMax: numbers(row => row),
  sqnrDb: numbers(row => (row === 3 ? NaN : 10 * row)),
  mse: Float64Array.from({ length: 10 }, () => NaN),
  hasZeroPoint: true,
  params: {
    rowsPerBand: 4,
    scale: {
      low: numbers(b => b, 3),
      median: numbers(b => b + 1, 3),
      high: numbers(b => b + 2, 3),
    },
    zeroPoint: {
      low: numbers(() => -1, 3),
      median: numbers(() => 0, 3),
      high: numbers(() => 1, 3),
    },
  },
};

test('marks hold the smallest, median and largest of their rows', () => {
  const series = channelMarks(rows, { from: 2, to: 9, marks: 3 });
  expect(series).toMatchObject({ rows: 10, from: 2, to: 9, start: Int32Array.of(2, 4, 6, 9) });
  expect(series.absMax).toEqual({
    low: Float64Array.of(2, 4, 6),
    median: Float64Array.of(2.5, 4.5, 7),
    high: Float64Array.of(3, 5, 8),
  });
});

test('rows without a figure are passed over; NaN stands for none at all', () => {
  const { sqnrDb, mse } = channelMarks(rows, { from: 2, to: 4, marks: 1 });
  expect(sqnrDb).toEqual({
    low: Float64Array.of(20),
    median: Float64Array.of(20),
    high: Float64Array.of(20),
  });
  expect(mse.median).toEqual(Float64Array.of(NaN));
});

test('rows of a band share their scales', () => {
  const { scale, zeroPoint } = channelMarks(rows, { from: 0, to: 10, marks: 2 });
  expect(scale).toEqual({
    low: Float64Array.of(0, 1),
    median: Float64Array.of(1, 2),
    high: Float64Array.of(3, 4),
  });
  expect(zeroPoint!.high).toEqual(Float64Array.of(1, 1));
  expect(
    channelMarks({ ...rows, hasZeroPoint: false }, { from: 0, to: 10, marks: 2 }).zeroPoint,
  ).toBeNull();
});

test('no more marks than rows, and rows that are there', () => {
  expect(channelMarks(rows, { from: 8, to: 99, marks: 50 }).start).toEqual(Int32Array.of(8, 9, 10));
  expect(channelMarks(rows, { from: 20, to: 30, marks: 5 })).toMatchObject({ from: 10, to: 10 });
  expect(channelMarks(rows, { from: 20, to: 30, marks: 5 }).absMax.low).toHaveLength(0);
});

test('a million rows are reduced while a page waits', () => {
  const many = 2 ** 20;
  const long = numbers(row => Math.sin(row), many);
  const figures = { absMax: long, sqnrDb: long, mse: Float64Array.from(long) };
  const series = channelMarks(
    { ...figures, params: null, hasZeroPoint: false },
    { from: 0, to: many, marks: 2000 },
  );
  expect(series.absMax.low).toHaveLength(2000);
  expect(Math.min(...series.absMax.low)).toBe(long.reduce((a, b) => Math.min(a, b)));
});
