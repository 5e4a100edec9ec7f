import { expect, test } from 'vitest';
import type { Window } from '../../../src/protocol/layer';
import { mapLayer } from '../../../src/worker/layerMap';
import { memoryFiles } from '../countingSource';
import { isNear, layerOf, outcomeOf, type Stored } from './layer';
import { stored, weights } from './shared';

const shape = [30, 200] as const;
const [rows, cols] = shape;

function values(): Float32Array {
  const values = weights(shape, row => 1 + (row % 5));
  values[3] = NaN;
  values[7 * cols + 11] = Infinity;
  values.fill(NaN, 20 * cols, 21 * cols);
  return values;
}

/** A map, and how many bytes were read for it. */
async function map(
  { entry, file }: Stored,
  asked: { scheme?: string; of?: 'weight' | 'error'; window?: Window | null; cells?: number },
  isKnown = false,
) {
  const { scheme = 'int4', of = 'error', window = null, cells = 8 } = asked;
  const tensor = { entry, file };
  const statistics = isKnown ? (await layerOf(tensor, scheme)).statistics : null;
  const files = memoryFiles({ f: file });
  const task = { entry, fileSize: file.length, sigma: 6, scheme, of, window, cells, statistics };
  const result = await mapLayer(files, task, { chunkBytes: 1000 });
  return { result, files };
}

/** Mean and largest magnitude of a cell, by its definition. */
function expectMap(
  result: Awaited<ReturnType<typeof map>>['result'],
  magnitude: (element: number) => number,
) {
  const { window, rowsPerCell, colsPerCell } = result;
  expect(result.rows).toBe(Math.ceil(window.rows / rowsPerCell));
  expect(result.cols).toBe(Math.ceil(window.cols / colsPerCell));
  for (let i = 0; i < result.rows; i++)
    for (let j = 0; j < result.cols; j++) {
      const found: number[] = [];
      const [top, left] = [window.row + i * rowsPerCell, window.col + j * colsPerCell];
      for (let r = top; r < Math.min(top + rowsPerCell, window.row + window.rows); r++)
        for (let c = left; c < Math.min(left + colsPerCell, window.col + window.cols); c++) {
          const m = magnitude(r * cols + c);
          if (Number.isFinite(m)) found.push(m);
        }
      const cell = i * result.cols + j;
      const mean = found.length ? found.reduce((a, b) => a + b, 0) / found.length : NaN;
      const max = found.length ? Math.max(...found) : NaN;
      expect(isNear(result.mean[cell]!, mean), `mean of cell ${i}, ${j}`).toBe(true);
      expect(isNear(result.max[cell]!, max), `maximum of cell ${i}, ${j}`).toBe(true);
    }
}

const windows: readonly (Window | null)[] = [
  null,
  { row: 4, rows: 5, col: 10, cols: 7 },
  { row: 28, rows: 100, col: 190, cols: 100 },
  { row: 20, rows: 1, col: 0, cols: 3 },
];

test.each(windows)('magnitudes of values in %j', async window => {
  const data = values();
  for (const dtype of ['F32', 'F64'] as const) {
    const { result } = await map(stored(data, shape, { dtype }), { of: 'weight', window });
    expectMap(result, i => Math.abs(data[i]!));
  }
});

test.each(
  ['int4', 'int4 tensor', 'int8 block=7x9', 'uint4 asym group=48', 'int4 channel=1'].flatMap(
    scheme => windows.map(window => ({ scheme, window })),
  ),
)('errors of $scheme in $window', async ({ scheme, window }) => {
  const data = values();
  const { results } = outcomeOf(scheme, data, shape);
  for (const isKnown of [false, true]) {
    const { result } = await map(stored(data, shape), { scheme, window }, isKnown);
    expectMap(result, i => (Number.isFinite(data[i]) ? Math.abs(data[i]! - results[i]!) : NaN));
  }
});

test('a window no larger than the cells has a cell for each value', async () => {
  const data = values();
  const window = { row: 2, rows: 6, col: 100, cols: 8 };
  const { result } = await map(stored(data, shape), { of: 'weight', window });
  expect([result.rows, result.cols, result.rowsPerCell, result.colsPerCell]).toEqual([6, 8, 1, 1]);
  expect(result.mean).toEqual(result.max);
  expect(result.mean[0]).toBe(Math.abs(data[2 * cols + 100]!));
});

test('only the rows of the window are read where each row is done by itself', async () => {
  const tensor = stored(values(), shape);
  const window = { row: 10, rows: 2, col: 0, cols };
  const read = async (of: 'weight' | 'error', scheme: string) =>
    (await map(tensor, { of, scheme, window })).files.counts.get('f')!.bytes;
  const two = 2 * cols * 4;
  expect(await read('weight', 'int4 tensor')).toBe(two);
  expect(await read('error', 'int4')).toBe(two);
  expect(await read('error', 'int4 channel=1')).toBeGreaterThan(rows * cols * 4);
});

test('a window outside the matrix is empty', async () => {
  const window = { row: 99, rows: 5, col: 0, cols: 5 };
  const { result } = await map(stored(values(), shape), { window });
  expect(result).toMatchObject({ rows: 0, window: { row: rows, rows: 0 } });
});

test('where there are no errors, that is said', async () => {
  const tensor = stored(values(), shape);
  await expect(map(tensor, { scheme: 'q4_k' })).rejects.toMatchObject({ tag: 'unsupported' });
  const integers = { ...tensor, entry: { ...tensor.entry, dtype: 'I32' as const } };
  await expect(map(integers, {})).rejects.toMatchObject({ tag: 'unsupported' });
  expect((await map(integers, { of: 'weight' })).result.rows).toBe(8);
});
