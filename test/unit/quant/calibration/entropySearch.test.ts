import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../../src/quant/calibration/calibrator';
import { nvEntropy } from '../../../../src/quant/calibration/nvEntropy';
import { ortEntropy } from '../../../../src/quant/calibration/ortEntropy';
import { seeded } from '../../formats/build';
import { calibrate } from './calibrate';

/** Values of one kind, from numbers that are uniform in (0, 1). */
type Draw = (random: () => number, i: number) => number;

const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const kinds: Record<string, Draw> = {
  gaussian: normal,
  'heavy tails': random => normal(random) / Math.abs(normal(random)),
  'an exponential': random => -Math.log(1 - random()) * (random() < 0.5 ? -1 : 1),
  uniform: random => random() * 2 - 1,
  'one side': random => random(),
  'far outliers': random => normal(random) * (random() < 0.01 ? 30 : 1),
  'mostly zeros': random => (random() < 0.9 ? 0 : normal(random)),
  'few values': random => Math.round(3 * normal(random)),
  'two values': random => (random() < 0.5 ? -1 : 0.25),
  'a spike': random => (random() < 0.3 ? 0.5 : normal(random)),
  'two clusters': random => 5 + normal(random) / 10 - (random() < 0.1 ? 9 : 0),
  powers: random => 2 ** -Math.floor(20 * random()),
  'a constant': () => 0.75,
  'a constant and one more': (_, i) => (i === 7 ? 1 : 0.001),
};

/** Counts from a handful, which leaves most bins empty, to many. */
const sizes = [3, 40, 300, 3000, 30_000];
const shapes = [
  [300, 32],
  [257, 16],
  [500, 33],
] as const;

const valuesOf = (draw: Draw, count: number, seed: number): Float32Array => {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, (_, i) => draw(random, i));
};

/** As numpy.argmin over the reversed losses has it: the last of the least, and NaN before all. */
function lastLeast(curve: readonly Candidate[]): number {
  let [best, least] = [Number.NaN, Infinity];
  for (const [threshold, loss] of curve)
    if (loss <= least || Number.isNaN(loss)) [best, least] = [threshold, loss];
  return best;
}

/** The first of the least losses. */
const firstLeast = (curve: readonly Candidate[]): number =>
  curve.reduce((best, next) => (next[1] < best[1] ? next : best))[0];

function expectNv(values: Float32Array, bins: number, levels: number, start = levels): void {
  const { range, curve } = calibrate(nvEntropy(bins, levels, start), values);
  if (curve.length > 0) expect(range.hi).toBe(lastLeast(curve));
}

function expectOrt(values: Float32Array, bins: number, levels: number): void {
  const { range, curve } = calibrate(ortEntropy(bins, levels), values);
  const [lo, hi] = [Math.min(...values), Math.max(...values)];
  // A range that ends where the values do, or that crosses them, does not tell the threshold.
  if (curve.length > 0 && range.hi < hi && range.hi > lo) expect(range.hi).toBe(firstLeast(curve));
  if (curve.length > 0 && range.hi === hi && lo < 0 && hi > 0)
    expect(firstLeast(curve)).toBeGreaterThanOrEqual(hi);
}

describe.each(Object.entries(kinds))('the least of all losses is chosen: %s', (_, draw) => {
  test.each(shapes)('%d bins in %d levels', (bins, levels) => {
    for (const [i, size] of sizes.entries()) {
      for (let seed = 0; seed < 3; seed++) {
        const values = valuesOf(draw, size, 100 * i + seed);
        expectNv(values, bins, levels);
        expectOrt(values, bins, levels);
      }
    }
  });

  test('2048 bins in 128 levels', () => {
    const values = valuesOf(draw, 20_000, 1);
    expectNv(values, 2048, 128);
    expectOrt(values, 2048, 128);
  });
});

test('one level, two levels, and as many levels as bins', () => {
  const values = valuesOf(normal, 1000, 5);
  for (const levels of [1, 2, 3, 63, 64]) {
    expectNv(values, 64, levels);
    expectOrt(values, 64, levels);
  }
});

test('more levels than bins below the first thresholds, or below all', () => {
  for (const draw of Object.values(kinds))
    for (const levels of [20, 100, 200, 2 ** 15])
      for (const start of [1, 2, 50]) expectNv(valuesOf(draw, 1000, start), 150, levels, start);
});

test('the curve is made when it is asked for, and every time the same', () => {
  for (const calibrator of [nvEntropy(256, 16, 16), ortEntropy(256, 16)]) {
    const values = valuesOf(normal, 1000, 3);
    calibrator.add(values, 0, values.length);
    expect(calibrator.finish()).toBeNull();
    calibrator.add(values, 0, values.length);
    const calibrated = calibrator.finish()!;
    expect(typeof Object.getOwnPropertyDescriptor(calibrated, 'curve')!.get).toBe('function');
    expect(calibrated.curve.length).toBeGreaterThan(100);
    expect(calibrated.curve).toEqual(calibrated.curve);
  }
});
