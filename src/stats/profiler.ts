import { ChannelCounter } from './channels';
import { Moments, type MomentsState, type StatsEngine } from './moments';
import { BeyondCounter, OutlierCounter, type OutlierState } from './outlierCounter';
import type { ChannelProfile, Chunk, Located, Profile } from './profile';
import { TopValues } from './topValues';

/** What a profiler is to find out. */
export interface ProfilerOptions {
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Values of a row, which is a channel. */
  readonly cols: number;
  /** Whether the largest values are wanted, with their places. */
  readonly top: boolean;
  readonly channels: boolean;
  /** Whether it will be shown the distinct values with their counts only; then there are neither `top` nor `channels`. */
  readonly isCounted?: boolean;
  /** Number of the first row that will come; 0 when absent. */
  readonly firstRow?: number | undefined;
  /** Does the loops over float32 values, where there is one. */
  readonly engine?: StatsEngine | undefined;
}

/** What a profiler found out: null where it was not asked to, and for the channels where there are too many. */
export interface Profiled {
  readonly profile: Profile;
  /** Empty when it was not asked for. */
  readonly top: readonly Located[];
  readonly channels: ChannelProfile | null;
}

/** What the first pass over some rows found, to be sent elsewhere and merged with what was found of the others. */
export interface ProfilerState {
  readonly moments: MomentsState;
  readonly outliers: OutlierState;
  /** Empty when it was not asked for. */
  readonly top: readonly Located[];
  readonly channels: ChannelProfile | null;
}

/**
 * Statistics of one tensor whose chunks stream past: once, and a second time in the rare case that it cannot tell the
 * outliers yet. Both passes bring the same chunks, or the second one the distinct values with their counts. Memory grows
 * with the rows, up to `maxChannels`, and only where channels are asked for.
 */
export class Profiler {
  /** Complete when the first pass has ended. */
  readonly moments: Moments;
  readonly #outliers: OutlierCounter;
  readonly #top: TopValues | null;
  readonly #rows: ChannelCounter | null;
  #channels: ChannelProfile | null = null;
  /** Counts the outliers, once it has come to that. */
  #again: BeyondCounter | undefined;
  /** Outliers that were found otherwise. */
  #beyond = 0;
  readonly #engine: StatsEngine | undefined;
  readonly #isCounted: boolean;

  constructor({ sigma, cols, top, channels, firstRow, isCounted, engine }: ProfilerOptions) {
    this.#engine = engine;
    this.#isCounted = isCounted ?? false;
    this.moments = new Moments(engine);
    this.#outliers = new OutlierCounter(sigma, this.moments, engine);
    this.#top = top ? new TopValues() : null;
    this.#rows = channels ? new ChannelCounter(cols, firstRow) : null;
  }

  /** Whether the next pass asks only how often each value occurs: then distinct values with their counts will do. */
  get isOrderless(): boolean {
    return this.#isCounted || this.#again !== undefined;
  }

  /** Takes a chunk in the current pass. */
  add(chunk: Chunk): void {
    if (this.#again) {
      this.#again.add(chunk);
      return;
    }
    const piece = this.moments.add(chunk.values, chunk.counts);
    if (!this.#isCounted) this.#outliers.add(chunk, piece);
    this.#top?.add(chunk);
    this.#rows?.add(chunk);
  }

  /** Ends a pass. @returns whether the result is known; else the chunks are needed once more */
  finish(): boolean {
    if (this.#again) return true;
    this.#channels = this.#rows?.finish() ?? null;
    const count = this.#isCounted ? null : this.#outliers.count;
    if (count === null) this.#again = new BeyondCounter(this.threshold, this.#engine);
    else this.#beyond = count;
    return count !== null;
  }

  /** Magnitude from which on values are outliers, once the first pass has ended. */
  get threshold(): number {
    return this.#outliers.threshold;
  }

  /** What the first pass found, once it has ended. */
  get state(): ProfilerState {
    return {
      moments: this.moments.state,
      outliers: this.#outliers.state,
      top: this.#top?.result ?? [],
      channels: this.#channels,
    };
  }

  /** The figures, once `finish` has returned true. */
  get result(): Profiled {
    return {
      profile: this.moments.profile(this.threshold, this.#beyond + (this.#again?.count ?? 0)),
      top: this.#top?.result ?? [],
      channels: this.#channels,
    };
  }

  /** Adds what the first pass over the rows that follow has found, in place of a look at them. */
  merge({ moments, outliers, top, channels }: ProfilerState): void {
    this.moments.merge(moments);
    this.#outliers.merge(outliers);
    for (const { index, value } of top) this.#top?.add({ values: Float64Array.of(value), index });
    this.#rows?.merge(channels);
  }

  /** Adds what was found beyond the threshold in place of the second pass. */
  addOutliers(count: number): void {
    this.#beyond += count;
  }
}
