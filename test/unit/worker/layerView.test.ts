import { describe, expect, test } from 'vitest';
import type { RealDType } from '../../../src/formats/decode';
import { decoderFor, floatsFor } from '../../../src/formats/decode';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor } from '../../../src/worker/handlers';
import { lookAtLayer } from '../../../src/worker/layerView';
import { fixtureNames, openFixture, packedOf } from '../checkpoints/fixture';
import { entryOf } from '../formats/build';
import { binned, extent, isNear, layerOf, outcomeOf, type Stored } from './layer';
import { builtShelf, stored, weights } from './shared';

const shape = [24, 320] as const;
const [rows, cols] = shape;

/** Values with what makes trouble: NaN and infinities, a row of zeros, a large one. */
function troubled(dtype: RealDType): Float32Array {
  const values = weights(shape, row => (row === 5 ? 0 : 1 + (row % 4)));
  values[0] = NaN;
  // Written as 16 bits an infinity becomes the largest number.
  const isWide = dtype === 'F32' || dtype === 'F64';
  values[cols + 3] = isWide ? Infinity : NaN;
  values[2 * cols + 7] = isWide ? -Infinity : NaN;
  values[7 * cols + 100] = 9;
  values.fill(NaN, 9 * cols, 10 * cols);
  return values;
}

function decoded({ entry, file }: Stored) {
  const values = floatsFor(entry.dtype as RealDType, entry.count);
  const { offset, byteLength, byteOrder } = entry.data;
  decoderFor(entry.dtype as RealDType, byteOrder)(
    file.subarray(offset, offset + byteLength),
    0,
    values,
  );
  return values;
}

const schemes = [
  ...['int8', 'int4 group=128', 'uint4 asym group=48', 'int8 tensor', 'int8 asym channel=1'],
  ...['int8 block=16x64', 'uint8 asym tensor calib=percentile:0.1,99.9', 'nf4 group=64'],
  ...['bitsandbytes nf4', 'int4 group=32 outliers=0.5%', 'int8 tensor outliers=3sigma'],
  ...['mxfp4', 'nvfp4', 'nf4-double', 'q4_0', 'q8_0', 'fp16', 'bf16', 'ternary', 'fp8-e4m3 tensor'],
  ...['int4 tensor calib=entropy:ort,128,16', 'int8 tensor calib=mse', 'hqq uint4 group=64'],
  ...['int8 tensor calib=range:-0.1,0.1', 'int8 tensor scale=f16', 'binary tensor'],
  ...['onnxruntime uint8 asym tensor', 'uint4 asym zero=free group=64', 'iq4_nl', 'q4_1'],
];

describe.each(['F32', 'BF16', 'F16', 'F64'] as const)('%s', dtype => {
  const tensor = stored(troubled(dtype), shape, { dtype });
  const values = decoded(tensor);

  test.each(schemes)(
    '%s: what is shown is what the plain run over all values makes',
    async text => {
      const { view, rows: perRow } = await layerOf(tensor, text);
      const outcome = outcomeOf(text, values, shape);
      const { report } = view;
      expect(report!.sqnrDb).toBeCloseTo(outcome.report.sqnrDb!, 8);
      expect(report!.codesUsed).toBe(outcome.report.codesUsed);
      expect(report!.scale).toEqual(outcome.report.scale);
      expect(view.segments).toEqual(outcome.shape);
      const finite = Array.from(values).filter(Number.isFinite);
      const ends = [Math.min(...finite), Math.max(...finite)] as const;
      expect(view.histogram!.original).toEqual(binned(values, values, ends));
      expect(view.histogram!.dequantized).toEqual(binned(outcome.results, values, ends));
      expectCodes(view.codes, outcome);
      expectRows(perRow!, outcome);
      const within = Array.from(outcome.results).filter(
        (x, i) => Number.isFinite(values[i]) && !outcome.kept.includes(i) && !Number.isNaN(x),
      );
      // Formats with a scale and a minimum of 16 bits round twice, where the ends are rounded once.
      const slack = text === 'q4_1' ? 1e-6 : 0;
      expect(view.range!.lo).toBeLessThanOrEqual(Math.min(...within) + slack);
      expect(view.range!.hi).toBeGreaterThanOrEqual(Math.max(...within) - slack);
    },
  );

  function expectCodes(
    codes: Awaited<ReturnType<typeof layerOf>>['view']['codes'],
    outcome: ReturnType<typeof outcomeOf>,
  ) {
    if (codes === null) return;
    const counts = new Map<number, number>();
    outcome.codes.forEach((code, i) => {
      if (Number.isFinite(values[i]) && !outcome.kept.includes(i))
        counts.set(code, (counts.get(code) ?? 0) + 1);
    });
    const shown = codes.counts.flatMap((n, i) => (n > 0 ? [[codes.first + i, n]] : []));
    expect(shown).toEqual([...counts].sort(([a], [b]) => a - b));
    expect(codes.used).toBe(counts.size);
    expect(codes.lowest).toBe(counts.get(codes.ends[0]) ?? 0);
    expect(codes.highest).toBe(counts.get(codes.ends[1]) ?? 0);
  }

  function expectRows(
    perRow: NonNullable<Awaited<ReturnType<typeof layerOf>>['rows']>,
    outcome: ReturnType<typeof outcomeOf>,
  ) {
    const orNaN = (x: number | null | undefined) => x ?? NaN;
    for (let row = 0; row < rows; row++) {
      const own = Array.from(values.subarray(row * cols, (row + 1) * cols)).filter(Number.isFinite);
      const absMax = own.length ? Math.max(...own.map(Math.abs)) : NaN;
      expect(isNear(perRow.absMax[row]!, absMax), `absMax of ${row}`).toBe(true);
      const sqnr = orNaN(outcome.channels.sqnrDb[row]);
      expect(isNear(perRow.sqnrDb[row]!, sqnr), `SQNR of ${row}`).toBe(true);
      expect(isNear(perRow.mse[row]!, orNaN(outcome.channels.mse[row])), `MSE of ${row}`).toBe(
        true,
      );
    }
  }
});

/** The segment of an element, row by row, by the words of a scheme. */
const segmentOf: Readonly<Record<string, (row: number, col: number, cols: number) => number>> = {
  'int8 asym': row => row,
  'int8 asym tensor': () => 0,
  'int8 asym channel=1': (_, col) => col,
  'int8 asym group=48': (row, col, width) => row * Math.ceil(width / 48) + Math.floor(col / 48),
  'int8 asym block=5x64': (row, col, width) =>
    Math.floor(row / 5) * Math.ceil(width / 64) + Math.floor(col / 64),
  'bitsandbytes nf4': (row, col, width) => Math.floor((row * width + col) / 64),
  q4_1: (row, col, width) => row * (width / 32) + Math.floor(col / 32),
};

test.each(
  Object.keys(segmentOf).flatMap(text => [[text, [12, 320]] as const, [text, [9, 100]] as const]),
)(
  '%s on %j: each row has the smallest, median and largest of its scales and zero points',
  async (text, size) => {
    if (text === 'q4_1' && size[1] % 32 !== 0) return;
    const values = weights(size, row => 1 + (row % 3));
    const { rows: perRow } = await layerOf(stored(values, size), text, { chunkBytes: 1000 });
    const { scales, zeroPoints } = outcomeOf(text, values, size);
    const { params, hasZeroPoint } = perRow!;
    expect(hasZeroPoint).toBe(text !== 'bitsandbytes nf4');
    for (let row = 0; row < size[0]; row++) {
      const own = new Set<number>();
      for (let col = 0; col < size[1]; col++) own.add(segmentOf[text]!(row, col, size[1]));
      const band = Math.floor(row / params!.rowsPerBand);
      for (const [key, of] of [
        ['scale', scales],
        ['zeroPoint', zeroPoints],
      ] as const) {
        const { low, median, high } = params![key];
        const expected = extent([...own].map(segment => of[segment]!)).map(Math.fround);
        expect([low[band], median[band], high[band]], `${key} of row ${row}`).toEqual(expected);
      }
    }
  },
);

test('known statistics are not made again, and change nothing', async () => {
  const tensor = stored(troubled('F32'), shape);
  const first = await layerOf(tensor, 'int4 group=64');
  const again = await layerOf(tensor, 'int4 group=64', { statistics: first.statistics });
  expect(again).toEqual(first);
  expect(again.statistics).toBe(first.statistics);
});

test.each(
  [
    ...[
      'int8',
      'int4 group=128',
      'uint4 asym group=48',
      'int8 tensor',
      'uint8 asym',
      'nf4 group=64',
    ],
    ...[
      'fp8-e4m3',
      'nf4 tensor',
      'ternary',
      'int8 tensor calib=range:-0.1,0.2',
      'q4_0',
      'int4 calib=mse',
    ],
    ...['uint4 asym tensor calib=percentile:1,99', 'bitsandbytes nf4', 'levels{0,2,4} tensor'],
  ].flatMap(text => (['F32', 'BF16', 'F64'] as const).map(dtype => [text, dtype] as const)),
)(
  'kernels make the same view of %s on %s, up to what the order of sums does',
  async (text, dtype) => {
    const tensor = stored(troubled(dtype), shape, { dtype });
    const plain = await layerOf(tensor, text);
    const fast = await layerOf(tensor, text, { kernels: shelf });
    expect(fast.view.histogram).toEqual(plain.view.histogram);
    expect(fast.view.codes).toEqual(plain.view.codes);
    expect(fast.view.range).toEqual(plain.view.range);
    expect(fast.view.segments).toEqual(plain.view.segments);
    expect(fast.rows!.params).toEqual(plain.rows!.params);
    expect(fast.rows!.absMax).toEqual(plain.rows!.absMax);
    // Kernels add 64 values up in float32: sums are within 2^-18, and decibels are the logarithm of two of them.
    const decibels = (2 * 10 * 2 ** -18) / Math.LN10;
    for (const [i, mse] of plain.rows!.mse.entries()) {
      expect(isNear(fast.rows!.mse[i]!, mse, 2 ** -18), `MSE of row ${i}`).toBe(true);
      const [sqnr, expected] = [fast.rows!.sqnrDb[i]!, plain.rows!.sqnrDb[i]!];
      const isClose = Object.is(sqnr, expected) || Math.abs(sqnr - expected) <= decibels;
      expect(isClose, `SQNR of row ${i}`).toBe(true);
    }
    const { report } = plain.view;
    expect(fast.view.report).toMatchObject({
      ...{ scale: report!.scale, zeroPoint: report!.zeroPoint, codesUsed: report!.codesUsed },
      ...{ clippedFraction: report!.clippedFraction, bitsPerWeight: report!.bitsPerWeight },
    });
    expect(isNear(fast.view.report!.mse!, report!.mse!, 2 ** -18)).toBe(true);
  },
);

const shelf = builtShelf();

describe('tensors that schemes do not apply to', () => {
  const integers = { ...entryOf('I16', [2, 3], { byteLength: 12, path: 'f' }) };
  const file = new Uint8Array(Int16Array.of(1, -2, 3, 4, 5, 6).buffer);

  test('of integers there are statistics, and a word why there is no more', async () => {
    const { view, rows: perRow } = await layerOf({ entry: integers, file }, 'int8');
    expect(view.profile).toMatchObject({ count: 6, min: -2, max: 6 });
    expect(view.detail!.histogram).not.toBeNull();
    expect(view).toMatchObject({ report: null, histogram: null, codes: null, range: null });
    expect(view).toMatchObject({ segments: [0, 0], hasChannels: false });
    expect(view.findings.map(f => f.message)).toEqual([
      '"x" is of I16: schemes apply to floating-point tensors that hold values',
    ]);
    expect(perRow).toBeNull();
  });

  test('of complex numbers and of nothing there is a view all the same', async () => {
    const complex = entryOf('C64', [1], { byteLength: 8, path: 'f' });
    const { view } = await layerOf({ entry: complex, file }, 'int8');
    expect(view).toMatchObject({ profile: null, detail: null, report: null });
    expect(view.findings).toHaveLength(1);
    const empty = entryOf('F32', [0, 4], { byteLength: 0, path: 'f' });
    const nothing = await layerOf({ entry: empty, file: new Uint8Array(0) }, 'int8');
    expect(nothing.view).toMatchObject({ report: null, profile: { count: 0 } });
    expect(nothing.view.findings.map(f => f.message)[0]).toContain('holds no values');
  });

  test('a format whose blocks do not fit says so', async () => {
    const { view } = await layerOf(stored(weights([2, 40]), [2, 40]), 'q4_k');
    expect(view).toMatchObject({ report: null, segments: [0, 0] });
    expect(view.findings[0]!.message).toContain('packs blocks of 256 weights');
  });

  test('only NaN: no bins, and no failure', async () => {
    const { view } = await layerOf(stored(new Float32Array(64).fill(NaN), [2, 32]), 'int8');
    expect(view).toMatchObject({ histogram: null, report: { sqnrDb: null } });
    expect(view.findings.map(f => f.severity)).toContain('warning');
  });
});

describe('packed weights', () => {
  test.each(fixtureNames)(
    '%s: the report is that of an analysis, the bins hold all',
    async name => {
      const model = await openFixture(name);
      for (const weight of packedOf(model)) {
        const fileSize = model.files.find(f => f.path === weight.data.path)!.byteLength;
        const task = { entry: weight, fileSize, sigma: 6, scheme: 'int4 group=32' };
        const { view } = await lookAtLayer(nodeFileSystem, { ...task, statistics: null });
        const analysis = await analyzeTensor(nodeFileSystem, {
          ...{ ...task, schemes: [task.scheme], detail: true },
        });
        expect(view.report).toEqual(analysis.reports[0]);
        expect(view.profile).toEqual(analysis.profile);
        const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
        expect(total(view.histogram!.dequantized)).toBe(total(view.histogram!.original));
        const { count, nan, infinite } = view.profile!;
        expect(total(view.codes!.counts)).toBe(count - nan - infinite);
      }
    },
  );
});
