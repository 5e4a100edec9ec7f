import { describe, expect, test } from 'vitest';
import type { Range } from '../../../../src/quant/arithmetic';
import { torchHistogram } from '../../../../src/quant/calibration/torchHistogram';
import { calibrate, goldenJson, referenceValues, valuesOf } from './calibrate';

const reference =
  await goldenJson<Record<string, [scale: number, zeroPoint: number]>>('reference.expected.json');
const flat = await referenceValues();

/** PyTorch's parameters for codes of [qmin, qmin + 255], in float32. */
function affine({ lo, hi }: Range, qmin: number) {
  const low = Math.min(lo, 0);
  const scale = Math.fround(Math.fround(Math.max(hi, 0) - low) / 255);
  return [scale, qmin - Math.round(Math.fround(low / scale))];
}

describe('the HistogramObserver of the reference tensor', () => {
  const { range, curve, passes } = calibrate(torchHistogram(8), flat);

  test('range', () => {
    expect(affine(range, 0)).toEqual(reference['torch.HistogramObserver.quint8_affine']);
    expect(affine(range, -128)).toEqual(reference['torch.HistogramObserver.qint8_affine']);
    const [scale] = reference['torch.HistogramObserver.qint8_sym']!;
    expect(Math.fround(Math.max(-range.lo, range.hi) / 127.5)).toBe(scale);
    expect(passes).toBe(2);
  });

  test('the search ends where the error has grown', () => {
    const losses = curve.map(([, loss]) => loss);
    expect(losses.at(-1)).toBeGreaterThan(losses.at(-2)!);
    expect(losses.slice(0, -1)).toEqual(losses.slice(0, -1).sort((a, b) => b - a));
    expect(curve.at(-2)![0]).toBeCloseTo(range.hi - range.lo, 6);
  });
});

test.each(['row 3', 'cubes', 'thirds', 'shifted up', 'shifted down'])('stays within %s', name => {
  const values = valuesOf(name, flat);
  for (const bits of [2, 4, 8]) {
    const { range, curve } = calibrate(torchHistogram(bits), values);
    expect(range.lo).toBeGreaterThanOrEqual(Math.min(...values));
    expect(range.hi).toBeGreaterThan(range.lo);
    // One float32 rounding of the last edge.
    expect(range.hi).toBeLessThanOrEqual(Math.max(...values) * (1 + 2 ** -23));
    expect(curve.length).toBeGreaterThan(0);
  }
});
