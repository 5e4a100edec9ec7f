import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ByteSource } from '../../../src/base/bytes';
import { WeightError } from '../../../src/base/errors';
import type { DType } from '../../../src/formats/dtype';
import { openModel } from '../../../src/formats/model';
import { npyHeader } from '../../../src/formats/npyHeader';
import { streamRows } from '../../../src/formats/rows';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { parseScheme } from '../../../src/quant/schemeText';
import { analyzeRows } from '../../../src/worker/analysis';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor } from '../../../src/worker/handlers';

const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-analysis-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

function entryOf(
  shape: number[],
  dtype: DType,
  byteLength: number,
  fortranOrder = false,
): TensorEntry {
  return {
    name: 'w',
    dtype,
    shape,
    count: shape.reduce((a, b) => a * b, 1),
    data: { path: 'memory', offset: 0, byteLength, byteOrder: 'little', fortranOrder },
  };
}

function memory(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, into) {
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
}

/** Values that look like weights: most are small, a few columns are not. */
function weights(rows: number, cols: number): Float32Array {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  return Float32Array.from(
    { length: rows * cols },
    (_, i) => (random() + random() + random()) * (i % cols === 5 ? 40 : 1),
  );
}

const schemes = ['int8', 'int8 asym tensor', 'int4 group=128', 'uint4 group=48', 'uint4 group=7'];

async function analyze(
  values: Float32Array,
  shape: number[],
  options: { chunkBytes?: number; fortran?: boolean } = {},
) {
  const bytes = new Uint8Array(values.buffer);
  const entry = entryOf(shape, 'F32', bytes.length, options.fortran);
  const stream = streamRows(memory(bytes), entry, { chunkBytes: options.chunkBytes ?? 2 ** 20 });
  return analyzeRows(entry, stream, { sigma: 6, schemes: schemes.map(parseScheme) });
}

describe('however the tensor is cut, the figures are the same', () => {
  const shape = [9, 4100];
  const values = weights(9, 4100);
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-12 * Math.abs(b);

  test.each([64, 1000, 4096, 16_400, 40_000])('chunks of %d bytes', async chunkBytes => {
    const whole = await analyze(values, shape);
    const cut = await analyze(values, shape, { chunkBytes });
    expect(cut.profile).toMatchObject({
      count: 36900,
      min: whole.profile!.min,
      max: whole.profile!.max,
      outliers: { count: whole.profile!.outliers.count },
    });
    expect(whole.profile!.outliers.count).toBeGreaterThan(0);
    expect(close(cut.profile!.std!, whole.profile!.std!)).toBe(true);
    for (const [i, report] of cut.reports.entries()) {
      const { sqnrDb, cosine, meanAbsError, relativeFrobenius, ...rest } = report!;
      const { mse, rmse, rmseOverScale, ...exact } = rest;
      const other = whole.reports[i]!;
      expect(other).toMatchObject(exact);
      expect(close(mse!, other.mse!), schemes[i]).toBe(true);
      expect(close(rmse!, other.rmse!), schemes[i]).toBe(true);
      expect(close(rmseOverScale!, other.rmseOverScale!), schemes[i]).toBe(true);
    }
  });

  test('Fortran order is the same tensor', async () => {
    const transposed = Float32Array.from(
      { length: values.length },
      (_, i) => values[(i % 9) * 4100 + Math.floor(i / 9)]!,
    );
    const whole = await analyze(values, shape);
    for (const chunkBytes of [200, 40_000, 2 ** 20]) {
      const { reports } = await analyze(transposed, shape, { fortran: true, chunkBytes });
      for (const [i, report] of reports.entries()) {
        expect(report!.scale).toEqual(whole.reports[i]!.scale);
        expect(report!.maxAbsError).toBe(whole.reports[i]!.maxAbsError);
        expect(close(report!.mse!, whole.reports[i]!.mse!)).toBe(true);
      }
    }
  });

  test('a segment each: the number of scales', async () => {
    const { reports } = await analyze(values, shape, { chunkBytes: 1000 });
    expect(reports.map(r => r!.scale.count)).toEqual([9, 1, 9 * 33, 9 * 86, 9 * 586]);
    expect(reports[2]!.bitsPerWeight).toBe(4 + (32 * 9 * 33) / 36900);
    expect(reports[3]!.bitsPerWeight).toBe(4 + (36 * 9 * 86) / 36900);
  });
});

describe('what cannot be computed is null', () => {
  const run = (values: number[], dtype: DType = 'F32') => {
    const bytes = new Uint8Array(Float32Array.from(values).buffer);
    const entry = entryOf([values.length], dtype, bytes.length);
    return analyzeRows(entry, streamRows(memory(bytes), entry), {
      sigma: 6,
      schemes: [parseScheme('int8'), parseScheme('int8 asym tensor')],
    });
  };

  test('no error at all: SQNR is null, not infinite', async () => {
    const { reports } = await run([127, -127, 0]);
    for (const r of [reports[0]])
      expect(r).toMatchObject({
        mse: 0,
        sqnrDb: null,
        cosine: 1,
        relativeFrobenius: 0,
        clippedFraction: 0,
      });
  });

  test('zeros: no signal', async () => {
    const { reports, profile } = await run([0, 0]);
    expect(profile).toMatchObject({ zeros: 2, std: 0, outliers: { count: 0 } });
    for (const r of reports)
      expect(r).toMatchObject({
        mse: 0,
        sqnrDb: null,
        cosine: null,
        relativeFrobenius: null,
        scale: { count: 1, min: 1, median: 1, max: 1 },
        zeroPoint: { min: 0, median: 0, max: 0 },
      });
  });

  test('NaN and infinities only', async () => {
    const { profile, reports, findings } = await run([NaN, Infinity]);
    expect(profile).toMatchObject({
      nan: 1,
      infinite: 1,
      min: null,
      outliers: { threshold: null, count: 0 },
    });
    expect(reports[1]).toMatchObject({ mse: null, maxAbsError: null, clippedFraction: null });
    expect(findings).toEqual([
      {
        severity: 'warning',
        tensor: 'w',
        message: '"w" holds 1 NaN and 1 infinite of 2 values; they are left out of its figures',
      },
    ]);
  });

  test('an infinity in a channel does not widen its range', async () => {
    const values = Float32Array.of(127, -127, Infinity, 1, 2, -Infinity, NaN, 4);
    const { reports } = await analyze(values, [2, 4]);
    expect(reports[0]!.scale).toMatchObject({ count: 2, min: Math.fround(4 / 127), max: 1 });
    expect(reports[0]!.maxAbsError).toBeLessThan(0.02);
  });

  test('empty', async () => {
    const { profile, reports, sampled } = await run([]);
    expect(profile).toMatchObject({ count: 0, mean: null });
    expect(reports).toEqual([null, null]);
    expect(sampled).toBe(1);
  });

  test('integers have statistics and no reports', async () => {
    const { profile, reports } = await run([0], 'I32');
    expect(profile!.zeros).toBe(1);
    expect(reports).toEqual([null, null]);
  });
});

describe('from a file', () => {
  const file = (name: string, values: Float32Array, shape: number[]) => {
    const full = path.join(temp, name);
    writeFileSync(full, Buffer.concat([npyHeader('<f4', shape), new Uint8Array(values.buffer)]));
    return full;
  };
  const request = async (full: string) => {
    const model = await openModel(nodeFileSystem, full);
    return {
      entry: model.tensors[0]!,
      fileSize: model.files[0]!.byteLength,
      sigma: 6,
      schemes: ['int8'],
    };
  };
  const caught = (p: Promise<unknown>) =>
    p.then(
      () => undefined,
      (e: unknown) => e,
    );

  test('a sample reads about what was asked for, spread over the rows', async () => {
    const asked = await request(file('sample.npy', weights(512, 1024), [512, 1024]));
    const { profile, sampled } = await analyzeTensor(nodeFileSystem, {
      ...asked,
      sampleBytes: 2 ** 18,
    });
    expect(sampled).toBeCloseTo(0.125, 2);
    expect(profile!.count).toBe(Math.round(sampled * 512 * 1024));
    expect(profile!.std).toBeGreaterThan(0.5);
  });

  test('progress rises, and cancelling stops between two chunks', async () => {
    const asked = await request(file('cancel.npy', weights(3000, 1024), [3000, 1024]));
    const seen: number[] = [];
    await analyzeTensor(nodeFileSystem, asked, { progress: f => seen.push(f) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBeLessThanOrEqual(1);

    const control = new AbortController();
    const calls: number[] = [];
    const progress = (f: number) => {
      calls.push(f);
      control.abort();
    };
    const e = await caught(
      analyzeTensor(nodeFileSystem, asked, { signal: control.signal, progress }),
    );
    expect(WeightError.is(e, 'cancelled')).toBe(true);
    expect(calls).toHaveLength(1);
  });

  test('a file that shrank since it was opened is an error, not a wrong figure', async () => {
    const full = file('shrunk.npy', weights(4, 64), [4, 64]);
    const asked = await request(full);
    truncateSync(full, asked.fileSize - 4);
    const e = await caught(analyzeTensor(nodeFileSystem, asked));
    expect(WeightError.is(e, 'io')).toBe(true);
    expect((e as Error).message).toMatch(/changed on disk/);
  });

  test('a bad scheme or sigma is refused before the file is touched', async () => {
    const asked = await request(file('bad.npy', weights(1, 4), [4]));
    rmSync(path.join(temp, 'bad.npy'));
    expect(
      WeightError.is(
        await caught(analyzeTensor(nodeFileSystem, { ...asked, schemes: ['int88'] })),
        'unsupported',
      ),
    ).toBe(true);
    expect(
      WeightError.is(
        await caught(analyzeTensor(nodeFileSystem, { ...asked, sigma: 0 })),
        'unsupported',
      ),
    ).toBe(true);
  });

  test('complex numbers have no figures, and it says so', async () => {
    const entry = entryOf([2], 'C64', 16);
    const { profile, reports, findings } = await analyzeTensor(nodeFileSystem, {
      entry,
      fileSize: 16,
      sigma: 6,
      schemes: ['int8'],
    });
    expect([profile, reports]).toEqual([null, [null]]);
    expect(findings[0]!.message).toMatch(/complex/);
  });
});
