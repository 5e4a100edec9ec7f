import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { DType } from '../../../src/formats/dtype';
import { dtypeInfo } from '../../../src/formats/dtype';
import { matrixOf, type RowOptions, type RowStream, streamRows } from '../../../src/formats/rows';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { bytesSource, countingSource, noCounts } from '../countingSource';
import { entryOf } from './build';

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Where an element is stored, by numpy's formula for either order. */
function place(index: readonly number[], shape: readonly number[], fortran: boolean): number {
  return index.reduce(
    (sum, i, k) => sum + i * product(fortran ? shape.slice(0, k) : shape.slice(k + 1)),
    0,
  );
}

/** The indices of element n in C order. */
function indexOf(n: number, shape: readonly number[]): number[] {
  return shape.map((d, k) => Math.floor(n / product(shape.slice(k + 1))) % d);
}

/** An array whose element n, in C order, is n + 1. */
function counted(
  shape: readonly number[],
  fortran: boolean,
): { entry: TensorEntry; bytes: Uint8Array } {
  const count = product(shape);
  const values = new Float32Array(count);
  for (let n = 0; n < count; n++) values[place(indexOf(n, shape), shape, fortran)] = n + 1;
  const entry = entryOf('F32', shape, { byteLength: 4 * count, fortranOrder: fortran });
  return { entry, bytes: new Uint8Array(values.buffer) };
}

/** All elements by way of the tiles, with the promises of the stream checked on the way. */
async function gather(stream: RowStream): Promise<number[]> {
  const { rows, cols } = stream.matrix;
  const out = new Array<number>(rows * cols).fill(Number.NaN);
  let row = 0;
  for (const panel of stream.panels()) {
    expect(panel.row).toBe(row);
    expect(panel.tiles === 1 || panel.rows === 1).toBe(true);
    let tiles = 0;
    let col = 0;
    for await (const tile of stream.tiles(panel)) {
      expect(tile).toMatchObject({ row: panel.row, rows: panel.rows, col });
      expect(tile.col % stream.tileCols).toBe(0);
      expect(tile.data.length).toBe(tile.rows * tile.cols);
      tile.data.forEach((x, i) => {
        out[(tile.row + Math.floor(i / tile.cols)) * cols + tile.col + (i % tile.cols)] = x;
      });
      col += tile.cols;
      tiles++;
    }
    expect(tiles).toBe(panel.tiles);
    expect(col).toBe(cols);
    row += panel.rows;
  }
  expect(row).toBe(cols === 0 ? 0 : rows);
  return out;
}

const shapes: number[][] = [
  [],
  [1],
  [7],
  [1, 1],
  [1, 9],
  [9, 1],
  [2, 3],
  [5, 7],
  [13, 4],
  [3, 41],
  [41, 3],
  [1, 1, 6],
  [6, 1, 1],
  [1, 4, 5],
  [4, 1, 5],
  [2, 3, 4],
  [5, 3, 7],
  [3, 2, 4, 5],
  [1, 3, 1, 5, 2],
  [2, 2, 2, 2, 2],
  [0],
  [0, 5],
  [5, 0],
  [2, 0, 3],
];

describe.each([
  ['C', false],
  ['Fortran', true],
] as const)('%s order', (_, fortran) => {
  test.each(shapes.map(s => [s]))('%j, every chunk size', async shape => {
    const { entry, bytes } = counted(shape, fortran);
    const expected = Array.from({ length: entry.count }, (_x, n) => n + 1);
    for (const chunkBytes of [1, 2, 3, 4, 5, 7, 8, 11, 12, 16, 20, 29, 33, 64, 100, 333, 2 ** 20]) {
      const stream = streamRows(bytesSource(bytes), entry, { chunkBytes });
      expect(stream.matrix).toEqual(matrixOf(shape));
      expect(stream.elements).toBe(entry.count);
      expect(await gather(stream)).toEqual(expected);
    }
  });
});

test('matrixOf: rank 0 and 1 are one row, above rank 2 the rest is joined', () => {
  expect(matrixOf([])).toEqual({ rows: 1, cols: 1 });
  expect(matrixOf([5])).toEqual({ rows: 1, cols: 5 });
  expect(matrixOf([5, 3])).toEqual({ rows: 5, cols: 3 });
  expect(matrixOf([5, 3, 2, 4])).toEqual({ rows: 5, cols: 24 });
});

test.each(['F4', 'F6_E2M3', 'F6_E3M2'] as const)(
  '%s tiles begin in the middle of a byte',
  async dtype => {
    const { bits } = dtypeInfo(dtype as DType);
    const shape = [7, 8];
    const bytes = Uint8Array.from({ length: (56 * bits) / 8 }, (_, i) => (i * 37 + 11) & 255);
    const entry = entryOf(dtype, shape, { byteLength: bytes.length });
    const whole = await gather(streamRows(bytesSource(bytes), entry));
    for (const chunkBytes of [1, 2, 3, 5, 9]) {
      expect(await gather(streamRows(bytesSource(bytes), entry, { chunkBytes }))).toEqual(whole);
    }
  },
);

test('panels are made lazily: a tensor of 2^50 rows has a first panel at once', () => {
  const entry = entryOf('U8', [2 ** 50, 1], { byteLength: 2 ** 50 });
  const [first] = streamRows(bytesSource(new Uint8Array(0)), entry).panels();
  expect(first).toEqual({ row: 0, rows: 2 ** 20, tiles: 1 });
});

test('a buffer is reused between tiles', async () => {
  const { entry, bytes } = counted([4, 4], false);
  const stream = streamRows(bytesSource(bytes), entry, { chunkBytes: 16 });
  const buffers = new Set<ArrayBufferLike>();
  for (const panel of stream.panels())
    for await (const { data } of stream.tiles(panel)) buffers.add(data.buffer);
  expect(buffers.size).toBe(1);
});

test('a cancelled signal ends the tiles', async () => {
  const { entry, bytes } = counted([4, 4], false);
  const stream = streamRows(bytesSource(bytes), entry, { chunkBytes: 16 });
  const control = new AbortController();
  const read = async () => {
    for (const panel of stream.panels())
      for await (const _ of stream.tiles(panel, control.signal)) control.abort();
  };
  await expect(read()).rejects.toMatchObject({ tag: 'cancelled' });
});

test('complex numbers are refused', () => {
  const entry = entryOf('C64', [2], { byteLength: 16 });
  expect(() => streamRows(bytesSource(new Uint8Array(16)), entry)).toThrow(WeightError);
});

describe('costs', () => {
  async function costOf(shape: number[], fortran: boolean, options?: RowOptions) {
    const entry = entryOf('U8', shape, { byteLength: product(shape), fortranOrder: fortran });
    const counts = noCounts();
    const zeros = { size: product(shape), read: async () => {} };
    const stream = streamRows(countingSource(zeros, counts), entry, options);
    let largest = 0;
    let elements = 0;
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) {
        largest = Math.max(largest, data.byteLength);
        elements += data.length;
      }
    expect(elements).toBe(stream.elements);
    return { ...counts, largest, elements };
  }

  test('C order reads every byte once, a chunk at a time', async () => {
    const cost = await costOf([3000, 3000], false);
    expect(cost.bytes).toBe(9_000_000);
    expect(cost.reads).toBe(9);
  });

  test.each([
    ['tall', [1_000_000, 6], 100, 1],
    ['wide', [6, 1_000_000], 100, 2],
    ['square', [3000, 3000], 100, 3],
    ['a stack of matrices', [40, 300, 300], 100, 1],
    ['one long row of two axes', [1, 3000, 3000], 100, 5],
    ['a vector', [9_000_000], 100, 1],
  ])('Fortran order, %s: few reads, few walks, bounded tiles', async (_, shape, reads, walks) => {
    const cost = await costOf(shape, true);
    expect(cost.reads).toBeLessThanOrEqual(reads);
    expect(cost.bytes).toBeLessThanOrEqual(walks * product(shape));
    expect(cost.largest).toBeLessThanOrEqual(16 * 2 ** 20);
  });

  test.each([
    ['rows', [10_000, 1000], 1_000_000],
    ['long rows', [30, 500_000], 7_000_000],
    ['tiles of long rows', [3, 5_000_000], 3_500_000],
    ['tiles of one row', [20_000_000], 4_500_000],
  ])('a sample of %s reads about as much as asked', async (_, shape, sampleBytes) => {
    const cost = await costOf(shape, false, { sampleBytes });
    expect(cost.bytes).toBeLessThanOrEqual(sampleBytes);
    expect(cost.bytes).toBeGreaterThan(0.55 * sampleBytes);
    const starts = cost.ranges.map(([from]) => from);
    expect(new Set(starts).size).toBe(starts.length);
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(product(shape) / 3);
  });

  test('a sample larger than the tensor is the tensor; the smallest is one row', async () => {
    expect((await costOf([100, 100], false, { sampleBytes: 10_000 })).elements).toBe(10_000);
    expect((await costOf([100, 100], false, { sampleBytes: 1 })).elements).toBe(100);
    expect((await costOf([100, 100], true, { sampleBytes: 1 })).elements).toBe(100);
  });
});
