import type { Profile } from './profile';

/** A run of values: float32, or float64 where the dtype needs it. */
export type Values = Float32Array | Float64Array;

/** What is found of one piece of values. */
export interface PieceMoments {
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  readonly finite: number;
  /** Infinity and -Infinity when nothing is finite. */
  readonly min: number;
  readonly max: number;
  /** The pivot that was given, else the first finite value; NaN when there is none. */
  readonly pivot: number;
  /** The mean's distance from the pivot. */
  readonly offset: number;
  /** Sum of squared distances from the mean. */
  readonly m2: number;
}

/** Fast twins of the loops of this file, for float32 values. */
export interface StatsEngine {
  stats(values: Float32Array, pivot: number): PieceMoments;
  countBeyond(values: Float32Array, threshold: number): number;
}

/**
 * Running statistics of values that arrive in pieces. Sums are float64, of distances from the first value: a mean far
 * from zero costs no digits. Each piece is centred on its own mean before squaring, and the pieces are merged.
 * @source Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances (1979)
 */
export class Moments {
  nan = 0;
  infinite = 0;
  zeros = 0;
  /** Finite values so far. */
  finite = 0;
  min = Infinity;
  max = -Infinity;
  /** The first finite value. */
  #pivot = Number.NaN;
  /** The mean's distance from the pivot. */
  #mean = 0;
  /** Sum of squared distances from the mean. */
  #m2 = 0;

  readonly #engine: StatsEngine | undefined;

  /** @param engine does the loops over float32 values, where there is one */
  constructor(engine?: StatsEngine) {
    this.#engine = engine;
  }

  /** Adds a piece. */
  add(values: Values): void {
    const piece =
      this.#engine && values instanceof Float32Array
        ? this.#engine.stats(values, this.#pivot)
        : pieceMoments(values, this.#pivot);
    this.#pivot = piece.pivot;
    this.nan += piece.nan;
    this.infinite += piece.infinite;
    this.zeros += piece.zeros;
    // Of equal ones the first stays: -0 and 0 are equal.
    if (piece.min < this.min) this.min = piece.min;
    if (piece.max > this.max) this.max = piece.max;
    if (piece.finite > 0) this.#merge(piece.finite, piece.offset, piece.m2);
  }

  #merge(count: number, mean: number, m2: number): void {
    const total = this.finite + count;
    const delta = mean - this.#mean;
    this.#mean += (delta * count) / total;
    this.#m2 += m2 + ((delta * delta * this.finite) / total) * count;
    this.finite = total;
  }

  /** Values so far, finite or not. */
  get count(): number {
    return this.finite + this.nan + this.infinite;
  }

  /** The mean as the sum of two numbers, of which one alone may not hold its digits; NaN when there is none. */
  get centre(): { readonly pivot: number; readonly offset: number } {
    return { pivot: this.#pivot, offset: this.#mean };
  }

  /** Largest finite |x|; 0 when there is none. */
  get absMax(): number {
    return this.finite === 0 ? 0 : Math.max(Math.abs(this.min), Math.abs(this.max));
  }

  /** Population standard deviation. Exactly 0 for a constant, where rounding of the mean would leave a residue. */
  get std(): number {
    if (this.finite === 0 || this.min === this.max) return 0;
    return Math.sqrt(this.#m2 / this.finite);
  }

  /** The result, given how many values lie beyond `threshold`. */
  profile(threshold: number, outliers: number): Profile {
    const some = this.finite > 0;
    return {
      count: this.count,
      nan: this.nan,
      infinite: this.infinite,
      zeros: this.zeros,
      min: some ? this.min : null,
      max: some ? this.max : null,
      absMax: some ? this.absMax : null,
      mean: some ? finiteOrNull(this.#pivot + this.#mean) : null,
      std: some ? finiteOrNull(this.std) : null,
      outliers: { threshold: some ? finiteOrNull(threshold) : null, count: outliers },
    };
  }
}

function pieceMoments(values: Values, given: number): PieceMoments {
  const pivot = Number.isNaN(given) ? (values.find(Number.isFinite) ?? Number.NaN) : given;
  let min = Infinity;
  let max = -Infinity;
  let nan = 0;
  let infinite = 0;
  let zeros = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x - x !== 0) {
      if (Number.isNaN(x)) nan++;
      else infinite++;
      continue;
    }
    if (x < min) min = x;
    if (x > max) max = x;
    if (x === 0) zeros++;
    sum += x - pivot;
  }
  const finite = values.length - nan - infinite;
  const offset = finite === 0 ? 0 : sum / finite;
  const m2 = finite === 0 ? 0 : squaredDistances(values, pivot, offset);
  return { nan, infinite, zeros, finite, min, max, pivot, offset, m2 };
}

function squaredDistances(values: Values, pivot: number, mean: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - pivot - mean;
    if (d - d === 0) sum += d * d;
  }
  return sum;
}

/** Counts the finite values with |x| > threshold; none when the threshold is 0 (a constant has no outliers). */
export function countBeyond(values: Values, threshold: number): number {
  if (threshold === 0) return 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const a = Math.abs(values[i]!);
    if (a > threshold && a !== Infinity) count++;
  }
  return count;
}

/** NaN and infinities have no JSON form: they are null. */
export function finiteOrNull(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
