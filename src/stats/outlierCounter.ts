import {
  absMaxOf,
  type Band,
  collectBetween,
  countBeyond,
  type Moments,
  type PieceMoments,
  type StatsEngine,
  type Values,
} from './moments';
import type { Chunk } from './profile';

/** Magnitudes that are kept, half a megabyte; one block more for a moment. */
const capacity = 65_536;
/** Values that are looked at together. */
const blockLength = 65_536;

/** Values after which the spread so far begins to tell that of the whole: some hundred rows. */
const early = 2 ** 19;

/**
 * How far the band reaches below and above the threshold so far, as shares of it, when there are too many magnitudes for
 * a wider one. First nothing above is given up: what filled the list may be from before the spread grew.
 */
const narrower = [
  [0.2, Infinity],
  [0.2, 0.2],
  [0.05, 0.05],
  [0.01, 0.01],
  [0.001, 0.001],
  [0.0001, 0.0001],
] as const;

/** What a counter knows, to be sent elsewhere. */
export interface OutlierState extends Band {
  readonly sure: number;
  readonly magnitudes: Float64Array;
}

/**
 * Counts the finite values with |x| > sigma * std in the pass that finds std. Magnitudes in a band about where the
 * threshold is expected, (floor, ceiling], are kept; what is above it is counted at once, what is below it forgotten. A
 * count is exact when the threshold ends within the band, and not known otherwise. The band only narrows: floor rises
 * with the threshold so far, both ends close in when the list is full. Memory is bounded by `capacity`.
 */
export class OutlierCounter {
  readonly #sigma: number;
  readonly #moments: Moments;
  readonly #engine: StatsEngine | undefined;
  #floor = 0;
  #ceiling = Infinity;
  /** Values above the ceiling. */
  #sure = 0;
  /** All magnitudes of the band, and some that the floor has passed since. */
  readonly #magnitudes: number[] = [];

  /**
   * @param moments of the values so far; whoever adds or merges does so there first
   * @param engine does the loops over float32 values, where there is one
   */
  constructor(sigma: number, moments: Moments, engine?: StatsEngine) {
    this.#sigma = sigma;
    this.#moments = moments;
    this.#engine = engine;
  }

  /** sigma * std of the values so far. */
  get threshold(): number {
    return this.#sigma * this.#moments.std;
  }

  /** Takes a chunk, of which `piece` was found. */
  add(chunk: Chunk, piece: PieceMoments): void {
    const absMax = absMaxOf(piece);
    this.#floor = Math.max(this.#floor, Math.min(absMax, this.#guess));
    const canBeKnown = this.#floor <= this.#ceiling;
    if (absMax > this.#floor && canBeKnown) this.#collect(chunk);
  }

  /** Below any threshold that is likely in the end; the more values there were, the nearer. */
  get #guess(): number {
    const { threshold } = this;
    const margin = 0.1 + 0.4 * Math.sqrt(Math.min(1, early / this.#moments.finite));
    // All are alike so far: keeping what they are would fill the list.
    return threshold > 0 ? (1 - margin) * threshold : Infinity;
  }

  #collect(chunk: Chunk): void {
    const { length } = chunk.values;
    for (let at = 0; at < length; at += blockLength) {
      // Taken anew for each block: the engine's memory may have moved.
      this.#collectBlock(chunk.values.subarray(at, at + blockLength));
      if (this.#magnitudes.length > capacity) this.#narrow();
    }
  }

  #collectBlock(values: Values): void {
    const band: Band = { floor: this.#floor, ceiling: this.#ceiling };
    // Counted first: what is collected is good until the next call.
    if (band.ceiling < Infinity) {
      const above = new BeyondCounter(band.ceiling, this.#engine);
      above.add({ values });
      this.#sure += above.count;
    }
    const found =
      this.#engine && values instanceof Float32Array
        ? this.#engine.collectBetween(values, band)
        : collectBetween(values, band);
    for (let i = 0; i < found.length; i++) this.#magnitudes.push(found[i]!);
  }

  /** Makes the list half empty; where no band does, the count is given up. */
  #narrow(): void {
    const { threshold } = this;
    for (const [below, above] of narrower) {
      this.#sift((1 - below) * threshold, (1 + above) * threshold);
      if (this.#magnitudes.length <= capacity / 2) return;
    }
    this.#sift(Infinity, Infinity);
  }

  /** Closes the band in and takes out what is no longer within. */
  #sift(floor: number, ceiling: number): void {
    this.#floor = Math.max(this.#floor, floor);
    this.#ceiling = Math.min(this.#ceiling, ceiling);
    let kept = 0;
    for (const a of this.#magnitudes) {
      if (a > this.#ceiling) this.#sure++;
      else if (a > this.#floor) this.#magnitudes[kept++] = a;
    }
    this.#magnitudes.length = kept;
  }

  /** How many of the values so far lie beyond the threshold; null when only another look at them can tell. */
  get count(): number | null {
    const { threshold } = this;
    // A constant has no outliers.
    if (!(threshold > 0 && this.#moments.absMax > threshold)) return 0;
    const isWithin = this.#floor <= threshold && threshold <= this.#ceiling;
    if (!isWithin) return null;
    return this.#sure + this.#magnitudes.filter(a => a > threshold).length;
  }

  /** What is known so far. */
  get state(): OutlierState {
    this.#sift(this.#floor, this.#ceiling);
    const [floor, ceiling, sure] = [this.#floor, this.#ceiling, this.#sure];
    return { floor, ceiling, sure, magnitudes: Float64Array.from(this.#magnitudes) };
  }

  /** Adds what is known of other values, whose moments were merged already. */
  merge({ floor, ceiling, sure, magnitudes }: OutlierState): void {
    this.#sure += sure;
    for (const a of magnitudes) this.#magnitudes.push(a);
    this.#sift(floor, ceiling);
    if (this.#magnitudes.length > capacity) this.#narrow();
  }
}

/** Counts the finite values beyond a threshold that is known. */
export class BeyondCounter {
  count = 0;
  readonly #threshold: number;
  readonly #engine: StatsEngine | undefined;

  /** @param engine does the loops over float32 values, where there is one */
  constructor(threshold: number, engine?: StatsEngine) {
    this.#threshold = threshold;
    this.#engine = engine;
  }

  /** Takes values, in any order. */
  add({ values, counts }: Pick<Chunk, 'values' | 'counts'>): void {
    this.count +=
      this.#engine && !counts && values instanceof Float32Array
        ? this.#engine.countBeyond(values, this.#threshold)
        : countBeyond(values, this.#threshold, counts);
  }

  /** One look is enough. */
  finish(): boolean {
    return true;
  }
}
