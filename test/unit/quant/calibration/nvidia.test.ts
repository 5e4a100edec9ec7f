import { describe, expect, test } from 'vitest';
import type { Calibrator } from '../../../../src/quant/calibration/calibrator';
import { nvEntropy } from '../../../../src/quant/calibration/nvEntropy';
import { nvMse } from '../../../../src/quant/calibration/nvMse';
import { nvPercentile } from '../../../../src/quant/calibration/nvPercentile';
import { calibrate, goldenJson, referenceValues, valuesOf } from './calibrate';

interface Search {
  readonly threshold: number;
  readonly losses: readonly (number | null)[];
}

interface Case {
  readonly name: string;
  readonly entropy: readonly (Search & { bins: number; levels: number; start: number })[];
  readonly mse: readonly (Search & { bits: number })[];
  readonly percentile: readonly number[];
}

const { kept, percents, cases } = await goldenJson<{
  readonly kept: number;
  readonly percents: readonly number[];
  readonly cases: readonly Case[];
}>('nvidia-calibrators.json');
const reference = await goldenJson<Record<string, number>>('reference.expected.json');
const flat = await referenceValues();

const thresholdOf = (calibrator: Calibrator, values: Float32Array) => {
  const { range, passes } = calibrate(calibrator, values);
  expect(range.lo).toBe(0 - range.hi);
  expect(passes).toBe(2);
  return range.hi;
};

/** Losses are float64: processors' logarithms, and orders of summing, may differ in the last places. */
function expectSearch(calibrator: Calibrator, values: Float32Array, golden: Search): void {
  const { range, curve } = calibrate(calibrator, values);
  expect(range).toEqual({ lo: -golden.threshold, hi: golden.threshold });
  const losses = curve.filter((_, i) => i % kept === 0).map(([, loss]) => loss);
  expect(losses).toHaveLength(golden.losses.length);
  for (const [i, loss] of golden.losses.entries())
    if (loss === null) expect(Number.isFinite(losses[i])).toBe(false);
    else expect(Math.abs(losses[i]! - loss)).toBeLessThanOrEqual(1e-14 * loss);
}

describe.each(cases)('NVIDIA’s calibrators on $name', golden => {
  const values = valuesOf(golden.name, flat);

  test.each(golden.entropy)('entropy of $bins bins in $levels levels', search =>
    expectSearch(nvEntropy(search.bins, search.levels, search.start), values, search),
  );

  test.each(golden.mse)('error with $bits bits', search =>
    expectSearch(nvMse(search.bits), values, search),
  );

  test.each(percents.map((percent, i) => [percent, i] as const))('percentile %d', (percent, i) => {
    expect(thresholdOf(nvPercentile(percent), values)).toBe(golden.percentile[i]);
  });
});

describe('the thresholds of the reference tensor', () => {
  test('entropy', () => {
    expect(thresholdOf(nvEntropy(2048), flat)).toBe(reference['nv.entropy.8b(2048 bins,start128)']);
  });

  test.each([4, 8])('error with %d bits', bits => {
    expect(thresholdOf(nvMse(bits), flat)).toBe(reference[`nv.mse.${bits}b`]);
  });

  test.each([99.9, 99.99, 99.999])('percentile %d', percent => {
    expect(thresholdOf(nvPercentile(percent), flat)).toBe(reference[`nv.percentile.${percent}`]);
  });
});

test('magnitudes too small for a scale quantize to zero', () => {
  const tiny = flat.map(x => x * 2 ** -30);
  const { range, curve } = calibrate(nvMse(8), tiny);
  // All candidates cost the same, and the first is taken.
  expect(new Set(curve.map(([, loss]) => loss)).size).toBe(1);
  expect(range.hi).toBe(curve[0]![0]);
});

test('no edge to try leaves the magnitudes’ range', () => {
  const { range, curve } = calibrate(nvEntropy(64), flat);
  expect(range).toEqual({ lo: -1.25, hi: 1.25 });
  expect(curve).toEqual([]);
});
