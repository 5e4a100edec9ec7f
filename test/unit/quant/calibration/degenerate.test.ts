import { describe, expect, test } from 'vitest';
import type { Calibrator } from '../../../../src/quant/calibration/calibrator';
import { minmax } from '../../../../src/quant/calibration/minmax';
import { nvEntropy } from '../../../../src/quant/calibration/nvEntropy';
import { nvMse } from '../../../../src/quant/calibration/nvMse';
import { nvPercentile } from '../../../../src/quant/calibration/nvPercentile';
import { ortEntropy } from '../../../../src/quant/calibration/ortEntropy';
import { ortPercentile } from '../../../../src/quant/calibration/ortPercentile';
import { percentile } from '../../../../src/quant/calibration/percentile';
import { torchHistogram } from '../../../../src/quant/calibration/torchHistogram';
import { calibrate, referenceValues } from './calibrate';

const calibrators: Record<string, () => Calibrator> = {
  minmax,
  percentile: () => percentile(0.1, 99.9),
  'ort entropy': () => ortEntropy(2048, 128),
  'ort percentile, symmetric': () => ortPercentile(99.9, true),
  'ort percentile': () => ortPercentile(99.9, false),
  'nv entropy': () => nvEntropy(2048),
  'nv percentile': () => nvPercentile(99.9),
  'nv mse': () => nvMse(8),
  'torch histogram': () => torchHistogram(8),
};

const zero = { lo: 0, hi: 0 };

describe.each(Object.entries(calibrators))('%s', (name, make) => {
  const rangeOf = (...values: number[]) => {
    const { lo, hi } = calibrate(make(), Float64Array.from(values)).range;
    expect(Number.isFinite(lo) && Number.isFinite(hi)).toBe(true);
    expect(lo).toBeLessThanOrEqual(hi);
    return { lo: lo + 0, hi: hi + 0 };
  };

  test('without a finite value the range is [0, 0]', () => {
    expect(rangeOf()).toEqual(zero);
    expect(rangeOf(Number.NaN, Number.NaN)).toEqual(zero);
    expect(rangeOf(Infinity, -Infinity, Number.NaN)).toEqual(zero);
  });

  test('zeros of either sign have the range [0, 0]', () => {
    expect(rangeOf(0, 0, 0)).toEqual(zero);
    expect(rangeOf(-0, 0)).toEqual(zero);
  });

  test.each([
    ['one', 1],
    ['a large negative', -3e9],
    ['the largest float32', 3.4028234663852886e38],
    ['the smallest float32', 2 ** -149],
    ['one between', -0.1],
  ])('constant: %s', (_, value) => {
    const { lo, hi } = rangeOf(value, value, value);
    expect(Math.max(-lo, hi)).toBeLessThanOrEqual(Math.abs(value) * (1 + 2 ** -23));
  });

  test('the ends of float32', () => {
    rangeOf(-3.4028234663852886e38, 0, 1, 3.4028234663852886e38);
    rangeOf(0, 2 ** -149, 2 ** -148);
    rangeOf(-(2 ** -126), 2 ** -126);
  });

  test('NaN and infinities are passed over', async () => {
    const flat = (await referenceValues()).subarray(0, 4096);
    const mixed = new Float32Array(flat.length * 2).fill(Number.NaN);
    for (const [i, x] of flat.entries()) mixed[2 * i] = x;
    for (let i = 1; i < mixed.length; i += 10) mixed[i] = i % 4 === 1 ? Infinity : -Infinity;
    expect(calibrate(make(), mixed)).toEqual(calibrate(make(), flat));
  });

  test('float64 values count as float32, and pieces do not matter', async () => {
    const flat = (await referenceValues()).subarray(0, 4096);
    const whole = calibrate(make(), flat, flat.length);
    expect(calibrate(make(), flat, 1)).toEqual(whole);
    expect(calibrate(make(), Float64Array.from(flat))).toEqual(whole);
    const nearby = Float64Array.from(flat, x => x * (1 + 2 ** -30));
    if (name !== 'minmax') expect(calibrate(make(), nearby)).toEqual(whole);
  });
});

test('the smallest and the largest value are exact', () => {
  const values = Float64Array.of(0.1, Number.NaN, -0.3, Infinity);
  expect(calibrate(minmax(), values)).toEqual({
    range: { lo: -0.3, hi: 0.1 },
    curve: [],
    passes: 1,
  });
});
