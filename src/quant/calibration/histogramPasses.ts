import type { Counts, Values } from '../../stats/moments';
import type { Calibrated, Calibrator } from './calibrator';

/** What the first pass finds of the finite values, as float32. */
export interface Extremes {
  readonly lo: number;
  readonly hi: number;
  /** The smallest magnitude. */
  readonly least: number;
  /** The largest magnitude. */
  readonly most: number;
}

/** A histogram being counted. */
export interface Bins {
  /** How many values fell into each bin. */
  readonly counts: Float64Array;
  /** Counts the values at [from, to). `occurrences` is indexed like them: how often each occurs; absent: once. */
  add(values: Values, from: number, to: number, occurrences?: Counts): void;
}

/**
 * Calibration by a histogram, in two passes: the first finds the extremes, the second counts.
 * @param open makes the bins for values with these extremes; null when they are too near each other, or too far, for the
 * bins to be told apart in float32: then the range is that of the values
 * @param choose picks the range when everything is counted
 */
export function histogramCalibrator<B extends Bins>(
  open: (extremes: Extremes) => B | null,
  choose: (bins: B, extremes: Extremes) => Calibrated,
): Calibrator {
  const found = { lo: Infinity, hi: -Infinity, least: Infinity, most: 0 };
  let bins: B | null = null;
  return {
    add(values, from, to, counts) {
      if (bins === null) widen(found, values.subarray(from, to));
      else bins.add(values, from, to, counts);
    },
    finish() {
      if (bins !== null) return choose(bins, found);
      if (found.lo > found.hi) return { range: { lo: 0, hi: 0 }, curve: [] };
      bins = open(found);
      return bins === null ? { range: { lo: found.lo, hi: found.hi }, curve: [] } : null;
    },
  };
}

function widen(found: { -readonly [K in keyof Extremes]: number }, values: Values): void {
  let { lo, hi, least } = found;
  for (let i = 0; i < values.length; i++) {
    // -0 + 0 is 0.
    const x = Math.fround(values[i]!) + 0;
    if (x - x !== 0) continue;
    if (x < lo) lo = x;
    if (x > hi) hi = x;
    if (Math.abs(x) < least) least = Math.abs(x);
  }
  Object.assign(found, { lo, hi, least, most: Math.max(-lo, hi, 0) });
}
