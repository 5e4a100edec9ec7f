import { CastCounter } from './casts';
import { HigherMoments } from './higherMoments';
import { HistogramCounter } from './histogram';
import type { Counts, Moments, Values } from './moments';
import { OrderStatistics, quantile, quantileRanks } from './orderStatistics';
import type { Chunk, ProfileDetail, Quantile } from './profile';

/** The fractions whose quantiles are given. */
const fractions = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1] as const;

/**
 * Values that all counters see before the next ones: they stay in the cache, and the counters are called often enough to
 * be compiled early, where a few long loops would run slowly for most of a tensor.
 */
const blockLength = 8192;

/** What needs the range, the mean or the spread of all values, and so a second pass. */
interface SecondPass {
  readonly histogram: HistogramCounter | null;
  readonly higher: HigherMoments;
}

/**
 * A closer look at a tensor, in three passes over the same chunks, or over the distinct values with their counts; one when
 * nothing is finite.
 */
export class DetailProfiler {
  readonly #moments: Moments;
  readonly #casts = new CastCounter();
  readonly #order = new OrderStatistics(
    count => fractions.flatMap(p => quantileRanks(p, count)),
    'value',
  );
  #pass: 1 | 2 | 3 = 1;
  #second: SecondPass | undefined;

  /** @param moments complete when the first pass has ended; whoever adds to them does so before `finish` */
  constructor(moments: Moments) {
    this.#moments = moments;
  }

  /** Each pass asks only how often each value occurs: distinct values with their counts will do. */
  readonly isOrderless = true;

  /** Takes a chunk in the current pass. */
  add({ values, counts }: Chunk): void {
    for (let at = 0; at < values.length; at += blockLength)
      this.#addBlock(values.subarray(at, at + blockLength), counts?.subarray(at, at + blockLength));
  }

  #addBlock(values: Values, counts?: Counts): void {
    this.#order.add(values, 0, values.length, counts);
    if (this.#pass === 1) this.#casts.add(values, counts);
    else if (this.#pass === 2) {
      this.#second?.histogram?.add(values, counts);
      this.#second?.higher.add(values, counts);
    }
  }

  /** Ends a pass. @returns whether the result is known; else the chunks are needed once more */
  finish(): boolean {
    const ordered = this.#order.finish();
    if (this.#pass > 1) {
      this.#pass = 3;
      return ordered;
    }
    const { finite, min, max } = this.#moments;
    if (finite === 0) return true;
    this.#second = {
      histogram: HistogramCounter.over(min, max),
      higher: new HigherMoments(this.#moments),
    };
    this.#pass = 2;
    return false;
  }

  /** The figures, once `finish` has returned true. */
  get result(): Omit<ProfileDetail, 'top'> {
    const unknown = { skewness: null, kurtosis: null };
    return {
      ...(this.#second?.higher.result ?? unknown),
      quantiles: this.#quantiles(),
      histogram: this.#second?.histogram?.result ?? null,
      casts: this.#casts.result,
    };
  }

  #quantiles(): Quantile[] {
    const { count } = this.#order;
    if (count === 0 || count < this.#moments.finite) return [];
    return fractions.map(p => ({ p, value: quantile(this.#order, p) }));
  }
}
