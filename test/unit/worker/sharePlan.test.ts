import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TensorEntry, ZipMember } from '../../../src/formats/tensorFile';
import type { AnalysisRequest } from '../../../src/protocol/worker';
import { planOf } from '../../../src/worker/sharePlan';
import { entryOf } from '../formats/build';

const blockBytes = 1024;

function requestOf(
  entry: TensorEntry,
  more: Partial<Omit<AnalysisRequest, 'entry'>> = {},
): AnalysisRequest {
  return { entry, fileSize: entry.data.byteLength, sigma: 6, schemes: [], ...more };
}

/** Rows of 64 float32 numbers, 256 bytes each. */
const rows = (count: number, data: Partial<TensorEntry['data']> = {}) =>
  entryOf('F32', [count, 64], { byteLength: count * 256, ...data });

/** More weights than are held of one segment at a time. */
const large = (dtype: 'F32' | 'BF16') =>
  entryOf(dtype, [2048, 1024], { byteLength: 2048 * 1024 * (dtype === 'F32' ? 4 : 2) });

const zip: ZipMember = {
  name: 'w.npy',
  method: 'stored',
  headerOffset: 0,
  compressedSize: 1,
  size: 1,
  crc32: 0,
};

describe('not shared', () => {
  test.each([
    ['a member of a zip', rows(100, { zip }), {}],
    ['one row', entryOf('F32', [100_000], { byteLength: 400_000 }), {}],
    ['a scalar', entryOf('F32', [], { byteLength: 4 }), {}],
    ['a sample', rows(100), { sampleBytes: 4096 }],
    ['less than two blocks', rows(7), {}],
    ['complex numbers', entryOf('C64', [100, 64], { byteLength: 51_200 }), {}],
    ['nothing', entryOf('F32', [0, 64], { byteLength: 0 }), {}],
    ['rows of nothing', entryOf('F32', [64, 0], { byteLength: 0 }), {}],
  ] as const)('%s', (_, entry, more) => {
    expect(planOf(requestOf(entry, more), blockBytes)).toBeNull();
  });
});

test('two blocks are shared', () => {
  expect(planOf(requestOf(rows(8)), blockBytes)!.blocks).toEqual([
    { row: 0, rows: 4 },
    { row: 4, rows: 4 },
  ]);
});

test('rows longer than a block are a block each', () => {
  expect(planOf(requestOf(rows(3)), 100)!.blocks).toEqual([
    { row: 0, rows: 1 },
    { row: 1, rows: 1 },
    { row: 2, rows: 1 },
  ]);
});

test('blocks hold every row once, in order, about as many bytes as they should, and are few', () => {
  const sizes = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(sizes, sizes, sizes, (height, cols, bytes) => {
      const entry = entryOf('I8', [height, cols], { byteLength: height * cols });
      const plan = planOf(requestOf(entry), bytes);
      if (!plan) return height === 1 || height * cols < 2 * bytes;
      let next = 0;
      for (const { row, rows: each } of plan.blocks) {
        const most = 1.5 * Math.max(bytes, (height * cols) / 16);
        if (row !== next || each < 1 || (each > 1 && each * cols > most)) return false;
        next += each;
      }
      return next === height && plan.blocks.length <= 32;
    }),
    { seed: 3, numRuns: 300 },
  );
});

describe('ways', () => {
  const waysOf = (
    entry: TensorEntry,
    schemes: readonly string[],
    more: Partial<AnalysisRequest> = {},
  ) => planOf(requestOf(entry, { schemes, ...more }), blockBytes)!.ways;

  test.each(['int8', 'int4 group=24', 'nf4', 'bitsandbytes nf4', 'mxfp4', 'q4_0'])(
    '%s goes by rows',
    scheme => {
      expect(waysOf(large('F32'), [scheme])).toEqual(['rows']);
      expect(waysOf(large('BF16'), [scheme], { channels: true })).toEqual(['rows']);
    },
  );

  test.each([
    ['int8 tensor', 'counts', 'range'],
    ['fp16', 'counts', 'rows'],
    ['int8 asym tensor calib=range:-1,2', 'counts', 'rows'],
    ['int8 tensor calib=percentile:99', 'counts', 'whole'],
    ['int8 tensor outliers=6sigma', 'counts', 'whole'],
    ['int8 tensor outliers=abs:3', 'counts', 'whole'],
    ['int8 tensor outliers=1%', 'whole', 'whole'],
    ['int8 tensor outliers=columns:3', 'whole', 'whole'],
    ['int8 tensor round=stochastic:1', 'whole', 'whole'],
    ['int8 channel=1', 'whole', 'whole'],
    ['int8 block=128x128', 'whole', 'whole'],
    ['int8 outliers=6sigma', 'whole', 'whole'],
    ['nvfp4', 'whole', 'whole'],
    ['nf4-double', 'whole', 'whole'],
  ])('%s: of bfloat16 %s, of float32 %s', (scheme, counts, range) => {
    expect(waysOf(large('BF16'), ['int8', scheme])).toEqual(['rows', counts]);
    expect(waysOf(large('F32'), ['int8', scheme])).toEqual(['rows', range]);
    // A row's figures cannot be told from counts of the tensor.
    const perRow = waysOf(large('BF16'), ['int8', scheme], { channels: true });
    expect(perRow).toEqual(['rows', range]);
    // Who reads it all for the one does everything.
    const alone = planOf(requestOf(large('F32'), { schemes: [scheme] }), blockBytes);
    expect(alone === null).toBe(range === 'whole');
  });

  test('groups through the flat tensor go by rows only where they come out even', () => {
    const entry = entryOf('F32', [100, 96], { byteLength: 38_400 });
    expect(waysOf(entry, ['bitsandbytes nf4', 'bitsandbytes nf4 group=32'])).toEqual([
      'whole',
      'rows',
    ]);
  });

  test('what does not fit, and whole numbers, have no way', () => {
    expect(waysOf(rows(100), ['q4_k', 'int8'])).toEqual(['none', 'rows']);
    const ints = entryOf('I16', [100, 256], { byteLength: 51_200 });
    expect(waysOf(ints, ['int8', 'int8 tensor'])).toEqual(['none', 'none']);
  });
});

test('the detail needs one worker only where values cannot be counted', () => {
  const isWhole = (entry: TensorEntry, detail: boolean) =>
    planOf(requestOf(entry, { detail, schemes: ['int8'] }), blockBytes)!.isDetailWhole;
  expect(isWhole(large('F32'), true)).toBe(true);
  expect(isWhole(large('BF16'), true)).toBe(false);
  expect(isWhole(large('F32'), false)).toBe(false);
  expect(planOf(requestOf(large('F32'), { detail: true }), blockBytes)).toBeNull();
});
