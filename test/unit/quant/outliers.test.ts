import { describe, expect, test } from 'vitest';
import { cols, reference, rows } from './reference';
import { runScheme } from './runScheme';

/** Row-major positions of the values that `isKept` is true of. */
const where = (values: ArrayLike<number>, isKept: (x: number, i: number) => boolean) =>
  Array.from(values, (_, i) => i).filter(i => isKept(values[i]!, i));

const row = (...x: number[]) => Float32Array.from(x);

describe('which values are kept apart', () => {
  test.each([3, 4, 6, 40])('%d sigma', k => {
    let sum = 0;
    for (const x of reference) sum += x;
    let squares = 0;
    for (const x of reference) squares += (x - sum / reference.length) ** 2;
    const threshold = k * Math.sqrt(squares / reference.length);
    const { kept, report } = runScheme(`int8 outliers=${k}sigma`, reference, [rows, cols]);
    expect(kept).toEqual(where(reference, x => Math.abs(x) > threshold));
    expect(report.outliersKept).toBe(kept.length);
  });

  test('sigma is not centred on the mean', () => {
    // Mean 10, deviation 1: every |x| is beyond 6 deviations, and so kept.
    const x = row(9, 11, 9, 11);
    expect(runScheme('int8 outliers=6sigma', x, [1, 4]).kept).toEqual([0, 1, 2, 3]);
    expect(runScheme('int8 outliers=9sigma', x, [1, 4]).kept).toEqual([1, 3]);
    expect(runScheme('int8 outliers=11sigma', x, [1, 4]).kept).toEqual([]);
  });

  test('sigma is that of the tensor, not of what shares a scale', () => {
    const x = row(1, -1, 1, -1, 100, -100, 100, -100);
    const sigma = Math.sqrt((1 + 10_000) / 2);
    const { kept } = runScheme('int8 outliers=1sigma', x, [2, 4]);
    expect(kept).toEqual(where(x, v => Math.abs(v) > sigma));
  });

  test('a constant has no deviation, and so no outliers', () => {
    expect(runScheme('int8 outliers=6sigma', new Float32Array(9).fill(5), [3, 3]).kept).toEqual([]);
  });

  test.each([0.05, 0.9, 1.25])('a threshold of %d is part of what is kept', threshold => {
    const { kept } = runScheme(`int8 outliers=abs:${threshold}`, reference, [rows, cols]);
    expect(kept).toEqual(where(reference, x => Math.abs(x) >= threshold));
  });

  test.each([0.01, 0.5, 12.5, 99])('%d per cent of the values, the largest', percent => {
    const { kept } = runScheme(`int8 outliers=${percent}%`, reference, [rows, cols]);
    const most = Math.floor((percent / 100) * reference.length);
    // Sorting is stable: of equal magnitudes those of higher index come last.
    const byMagnitude = Array.from(reference, (_, i) => i).sort(
      (a, b) => Math.abs(reference[a]!) - Math.abs(reference[b]!),
    );
    expect(kept).toEqual(byMagnitude.slice(byMagnitude.length - most).sort((a, b) => a - b));
    expect(kept.length).toBe(most);
  });

  test('of ties at the edge those of higher index are kept, as many as are wanted', () => {
    const x = row(1, 4, -4, 4, 9, 2, 3, 0, 0, 0);
    expect(runScheme('int8 outliers=10%', x, [1, 10]).kept).toEqual([4]);
    expect(runScheme('int8 outliers=20%', x, [1, 10]).kept).toEqual([3, 4]);
    expect(runScheme('int8 outliers=30%', x, [1, 10], 3).kept).toEqual([2, 3, 4]);
    expect(runScheme('int8 outliers=40%', x, [1, 10], 1).kept).toEqual([1, 2, 3, 4]);
    expect(runScheme('int8 outliers=50%', new Float32Array(8).fill(-2), [2, 4], 3).kept).toEqual([
      4, 5, 6, 7,
    ]);
  });

  test('less than one value is none', () => {
    expect(runScheme('int8 outliers=9%', row(1, 2, 3), [1, 3]).kept).toEqual([]);
  });

  test('whole columns that hold a large value', () => {
    const threshold = 0.5;
    const { kept } = runScheme('int8 outliers=columns:0.5', reference, [rows, cols]);
    const columns = new Set(where(reference, x => Math.abs(x) >= threshold).map(i => i % cols));
    expect([...columns].sort((a, b) => a - b)).toEqual([17, 200]);
    expect(kept).toEqual(where(reference, (_, i) => columns.has(i % cols)));
    expect(kept).toHaveLength(2 * rows);
  });

  test.each(['abs:2', '1sigma', '25%', 'columns:2'])(
    '%s: NaN and infinities are no outliers',
    outliers => {
      const x = row(Number.NaN, Infinity, 3, 0.5, -Infinity, 0.25, 0.25, 0.25);
      const { kept, codes, report } = runScheme(`int8 tensor outliers=${outliers}`, x, [1, 8]);
      expect(kept).toEqual([2]);
      expect([codes[0], codes[1], codes[4]]).toEqual([0, 127, -127]);
      expect(report.outliersKept).toBe(1);
    },
  );
});

describe('what is kept', () => {
  // The float16 of the first four by numpy: 1000.5, 0.300048828125, 65504, 5.9604644775390625e-08.
  const x = row(1000.3, 0.3, 65504, 2 ** -25 * 1.01, 65504.004, 1e30, -7e4);
  const { results, report, kept } = runScheme('int8 outliers=abs:1e-9', x, [1, 7]);

  test('is float16, or float32 where that ends', () => {
    expect(kept).toHaveLength(7);
    const float16 = [1000.5, 0.300048828125, 65504, 2 ** -24];
    expect([...results]).toEqual([...float16, ...x.subarray(4)]);
    expect(report.outliersKeptFp32).toBe(3);
  });

  test('has an error of its own, and no error in steps', () => {
    expect(report.maxAbsError).toBe(Math.abs(1000.5 - x[0]!));
    expect(report.rmseOverScale).toBeNull();
    expect(report.codesUsed).toBe(0);
    expect(report.codeEntropy).toBeNull();
    expect(report.clippedFraction).toBe(0);
  });

  test('a float64 beyond float16 is rounded to float32', () => {
    const exact = 1e5 + 0.001;
    const { results } = runScheme('int8 outliers=abs:1', Float64Array.of(exact), [1, 1]);
    expect([...results]).toEqual([Math.fround(exact)]);
  });
});

describe('the others', () => {
  test.each([
    'int8 tensor',
    'int8',
    'uint4 group=32',
    'int4 channel=1',
    'fp4 block=16x48',
    'int4 group=64 calib=mse:20',
    'int8 tensor calib=percentile:99',
    'hqq int4 group=64',
    'bitsandbytes nf4',
    'nvfp4',
    'nf4-double',
    'torch-eager int8 asym',
  ])('%s: are quantized as if the kept ones were not there', text => {
    const { kept, scales, zeroPoints, codes } = runScheme(`${text} outliers=abs:0.1`, reference, [
      rows,
      cols,
    ]);
    const isKept = new Set(kept);
    const without = reference.map((x, i) => (isKept.has(i) ? Number.NaN : x));
    const expected = runScheme(text, without, [rows, cols]);
    expect(kept.length).toBeGreaterThan(50);
    expect(scales).toEqual(expected.scales);
    expect(zeroPoints).toEqual(expected.zeroPoints);
    expect(codes).toEqual(expected.codes);
  });

  test('their range is smaller, and so is the error', () => {
    const all = runScheme('int8 tensor', reference, [rows, cols]);
    const apart = runScheme('int8 tensor outliers=6sigma', reference, [rows, cols]);
    expect(apart.kept).toEqual([3 * cols + 17, 40 * cols + 200]);
    const largest = Math.max(
      ...reference.map((x, i) => (apart.kept.includes(i) ? 0 : Math.abs(x))),
    );
    expect(apart.scales).toEqual([Math.fround(largest / 127)]);
    expect(apart.report.mse! * 20).toBeLessThan(all.report.mse!);
  });
});

describe('bits per weight', () => {
  test.each([
    ['int4 group=128', 4 + 32 / 128],
    ['uint8', 8 + (32 + 8) / cols],
    ['bf16', 16],
    ['q8_0', 8.5],
  ])('%s: 48 bits more for each value kept, 64 beyond float16', (text, plain) => {
    const values = reference.slice();
    values[7] = 70_000;
    values[8] = -65_504;
    const { report } = runScheme(`${text} outliers=abs:0.5`, values, [rows, cols]);
    expect([report.outliersKept, report.outliersKeptFp32]).toEqual([4, 1]);
    expect(report.bitsPerWeight).toBeCloseTo(plain + (3 * 48 + 64) / (rows * cols), 12);
  });

  test('a scheme without outliers does not tell of them', () => {
    const { report } = runScheme('int8', reference, [rows, cols]);
    expect(report).not.toHaveProperty('outliersKept');
    expect(report).not.toHaveProperty('outliersKeptFp32');
  });
});
