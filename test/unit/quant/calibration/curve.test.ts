import { expect, test } from 'vitest';
import type { Candidate } from '../../../../src/quant/calibration/calibrator';
import { thresholdCurve } from '../../../../src/quant/calibration/curve';

const mse = { kind: 'mse', grid: 100, shrink: 0.8, norm: 2.4 } as const;
const entropy = { kind: 'entropy-ort', bins: 128, levels: 128 } as const;
const nvidia = { kind: 'entropy-nv', bins: 2048 } as const;

test('shares of the range become thresholds, ascending, and sums become means', () => {
  const curve: Candidate[] = [
    [1, 8],
    [0.75, 4],
    [0.5, 12],
  ];
  expect(thresholdCurve({ calibration: mse, curve, absMax: 2, count: 4 }, 2000)).toEqual({
    loss: 'mean of |error|^2.4',
    thresholds: Float64Array.of(1, 1.5, 2),
    losses: Float64Array.of(3, 1, 2),
    chosen: 1,
  });
});

test.each([
  ['the first', entropy, 1],
  ['the last', nvidia, 2],
] as const)(
  'of equal losses %s is chosen where the calibration does so',
  (_, calibration, chosen) => {
    const curve: Candidate[] = [
      [1, 3],
      [2, 1],
      [3, 1],
      [4, 2],
    ];
    const found = thresholdCurve({ calibration, curve, absMax: 4, count: 9 }, 2000)!;
    expect(found.chosen).toBe(chosen);
  },
);

test('losses that are not finite are left out; where there are no others there is no curve', () => {
  const curve: Candidate[] = [
    [1, Infinity],
    [2, NaN],
    [3, 5],
  ];
  const figures = { calibration: nvidia, absMax: 3, count: 9 };
  expect(thresholdCurve({ ...figures, curve }, 2000)).toMatchObject({ chosen: 0 });
  expect(thresholdCurve({ ...figures, curve: curve.slice(0, 2) }, 2000)).toBeNull();
  expect(thresholdCurve({ ...figures, curve: [] }, 2000)).toBeNull();
});

test('a long curve is thinned out, and keeps the chosen point', () => {
  const curve = Array.from({ length: 7777 }, (_, i): Candidate => [i, Math.abs(i - 5003)]);
  const found = thresholdCurve({ calibration: entropy, curve, absMax: 1, count: 1 }, 2000)!;
  expect(found.thresholds).toHaveLength(2000);
  expect(found.thresholds[found.chosen]).toBe(5003);
  expect(found.losses[found.chosen]).toBe(0);
  expect([...found.thresholds]).toEqual([...new Set(found.thresholds)].sort((a, b) => a - b));
});
