import { ChannelCounter } from './channels';
import { DetailProfiler } from './detailProfiler';
import { countBeyond, Moments, type StatsEngine, type Values } from './moments';
import type { ChannelProfile, Chunk, Profile, ProfileDetail } from './profile';

/** What a profiler is to find out. */
export interface ProfilerOptions {
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Values of a row, which is a channel. */
  readonly cols: number;
  readonly detail: boolean;
  readonly channels: boolean;
  /** Does the loops over float32 values, where there is one. */
  readonly engine?: StatsEngine | undefined;
}

/** What a profiler found out: null where it was not asked to, and for the channels where there are too many. */
export interface Profiled {
  readonly profile: Profile;
  readonly detail: ProfileDetail | null;
  readonly channels: ChannelProfile | null;
}

/**
 * Statistics of one tensor whose chunks stream past: once, a second time when values may lie beyond the outlier
 * threshold, and three times for the detail. Every pass brings the same chunks. Memory grows with the rows, up to
 * `maxChannels`, and only where channels are asked for.
 */
export class Profiler {
  readonly #sigma: number;
  readonly #moments: Moments;
  readonly #engine: StatsEngine | undefined;
  readonly #detail: DetailProfiler | undefined;
  #counter: ChannelCounter | undefined;
  #channels: ChannelProfile | null = null;
  #pass = 1;
  #outliers = 0;

  constructor({ sigma, cols, detail, channels, engine }: ProfilerOptions) {
    this.#sigma = sigma;
    this.#engine = engine;
    this.#moments = new Moments(engine);
    if (detail) this.#detail = new DetailProfiler(this.#moments);
    if (channels) this.#counter = new ChannelCounter(cols);
  }

  /** Takes a chunk in the current pass. */
  add(chunk: Chunk): void {
    if (this.#pass === 1) {
      this.#moments.add(chunk.values);
      this.#counter?.add(chunk);
    } else if (this.#pass === 2) this.#outliers += this.#countBeyond(chunk.values);
    this.#detail?.add(chunk);
  }

  #countBeyond(values: Values): number {
    return this.#engine && values instanceof Float32Array
      ? this.#engine.countBeyond(values, this.#threshold)
      : countBeyond(values, this.#threshold);
  }

  /** Ends a pass. @returns whether the result is known; else the chunks are needed once more */
  finish(): boolean {
    const detailed = this.#detail?.finish() ?? true;
    if (this.#pass++ > 1) return detailed;
    this.#channels = this.#counter?.finish() ?? null;
    this.#counter = undefined;
    return detailed && !(this.#threshold > 0 && this.#moments.absMax > this.#threshold);
  }

  get #threshold(): number {
    return this.#sigma * this.#moments.std;
  }

  /** The figures, once `finish` has returned true. */
  get result(): Profiled {
    return {
      profile: this.#moments.profile(this.#threshold, this.#outliers),
      detail: this.#detail?.result ?? null,
      channels: this.#channels,
    };
  }
}
