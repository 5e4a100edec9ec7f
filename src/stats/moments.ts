import type { Profile } from './profile';

/** A run of values: float32, or float64 where the dtype needs it. */
export type Values = Float32Array | Float64Array;

/** How often each value occurs, parallel to the values: integers of at least 1. Absent: once each. */
export type Counts = Float64Array;

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

/** What is known of the values of `Moments`, to be sent elsewhere: just what is found of a piece, but of all of them. */
export type MomentsState = PieceMoments;

/** Magnitudes (floor, ceiling]; the ceiling may be Infinity. */
export interface Band {
  readonly floor: number;
  readonly ceiling: number;
}

/** Fast twins of the loops of this file, for float32 values. */
export interface StatsEngine {
  /** @param pivot near the mean, where that is known, and then one look is enough; else NaN */
  stats(values: Float32Array, pivot: number): PieceMoments;
  countBeyond(values: Float32Array, threshold: number): number;
  /** What it returns is good until the next call. */
  collectBetween(values: Float32Array, band: Band): Float32Array;
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

  /** Adds a piece. With `counts` it is never the engine that does the loops. @returns what was found of the piece */
  add(values: Values, counts?: Counts): PieceMoments {
    const piece =
      this.#engine && !counts && values instanceof Float32Array
        ? this.#engine.stats(values, this.#pivot + this.#mean)
        : momentsOf(values, this.#pivot, counts);
    this.merge(piece);
    return piece;
  }

  /** Adds what is known of other values, which come after those so far. */
  merge({ nan, infinite, zeros, finite, min, max, pivot, offset, m2 }: MomentsState): void {
    this.nan += nan;
    this.infinite += infinite;
    this.zeros += zeros;
    // Of equal ones the first stays: -0 and 0 are equal.
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
    if (finite === 0) return;
    if (this.finite === 0) this.#pivot = pivot;
    // From pivot to pivot: sums with either one would round the digits of the means away.
    this.#mergeAbout(offset + (pivot - this.#pivot), finite, m2);
  }

  #mergeAbout(mean: number, count: number, m2: number): void {
    const total = this.finite + count;
    const delta = mean - this.#mean;
    this.#mean += (delta * count) / total;
    this.#m2 += m2 + ((delta * delta * this.finite) / total) * count;
    this.finite = total;
  }

  /** What is known so far. */
  get state(): MomentsState {
    const { nan, infinite, zeros, finite, min, max } = this;
    const [pivot, offset, m2] = [this.#pivot, this.#mean, this.#m2];
    return { nan, infinite, zeros, finite, min, max, pivot, offset, m2 };
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
    return absMaxOf(this);
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

/** Largest finite |x|; 0 when there is none. */
export function absMaxOf({
  finite,
  min,
  max,
}: Pick<PieceMoments, 'finite' | 'min' | 'max'>): number {
  return finite === 0 ? 0 : Math.max(Math.abs(min), Math.abs(max));
}

function momentsOf(values: Values, given: number, counts?: Counts): PieceMoments {
  const piece = pieceMoments(values, given);
  return counts ? counted(piece, values, counts) : piece;
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

/** What is found of distinct values becomes what is found of all: apart from the loops above, which counts would slow. */
function counted(distinct: PieceMoments, values: Values, counts: Counts): PieceMoments {
  const { pivot } = distinct;
  const sumOf = (term: (x: number) => number) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += counts[i]! * term(values[i]!);
    return sum;
  };
  const nan = sumOf(x => Number(Number.isNaN(x)));
  const infinite = sumOf(x => Number(Math.abs(x) === Infinity));
  const finite = sumOf(() => 1) - nan - infinite;
  const offset = finite === 0 ? 0 : sumOf(x => (Number.isFinite(x) ? x - pivot : 0)) / finite;
  const m2 = sumOf(x => {
    const d = x - pivot - offset;
    return d - d === 0 ? d * d : 0;
  });
  return { ...distinct, nan, infinite, finite, zeros: sumOf(x => Number(x === 0)), offset, m2 };
}

/** Counts the finite values with |x| > threshold; none when the threshold is 0 (a constant has no outliers). */
export function countBeyond(values: Values, threshold: number, counts?: Counts): number {
  if (threshold === 0) return 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const a = Math.abs(values[i]!);
    if (a > threshold && a !== Infinity) count += counts === undefined ? 1 : counts[i]!;
  }
  return count;
}

/** |x| of the finite values with floor < |x| <= ceiling, in their order. */
export function collectBetween(values: Values, { floor, ceiling }: Band): Values {
  const most = Math.min(ceiling, Number.MAX_VALUE);
  return values.filter(x => Math.abs(x) > floor && Math.abs(x) <= most).map(Math.abs);
}

/** NaN and infinities have no JSON form: they are null. */
export function finiteOrNull(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
