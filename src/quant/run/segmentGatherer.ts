import type { Values } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { Looker } from './chunks';
import type { IsKept } from './outlierPicker';
import type { SegmentPlace } from './segments';

/** How the values of a segment are gathered. */
export interface Gathering {
  /** Columns of the matrix. */
  readonly cols: number;
  /** Values to keep, at most: of more, evenly spaced ones. */
  readonly most: number;
  /** Which are left out. */
  readonly isKept: IsKept | undefined;
}

/**
 * Gathers the values of one segment in the order of their places. Where only some are taken, each stands for as many as it
 * was taken of, and the extremes of all stand beside them once: without them the range would be another.
 */
export class SegmentGatherer implements Looker {
  /** Values of the segment. */
  readonly of: number;
  readonly #place: SegmentPlace;
  readonly #gathering: Gathering;
  readonly #step: number;
  #values: Values = new Float32Array(0);
  #count = 0;
  /** Values of the segment so far. */
  #seen = 0;
  #lo = Infinity;
  #hi = -Infinity;

  constructor(place: SegmentPlace, gathering: Gathering) {
    this.#place = place;
    this.#gathering = gathering;
    this.of = Math.min(place.rows * place.cols, place.to - place.from);
    this.#step = Math.ceil(this.of / gathering.most);
  }

  add({ values, index }: Chunk): void {
    const { cols } = this.#gathering;
    const { row: top, rows, col, cols: width } = this.#place;
    if (this.#values.length === 0)
      this.#values = roomLike(values, Math.ceil(this.of / this.#step) + 2);
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((index + from) / cols);
      const rowAt = row * cols - index;
      const to = Math.min(rowAt + cols, values.length);
      if (row >= top && row < top + rows) {
        const first = Math.max(from, rowAt + col, this.#place.from - index);
        const last = Math.min(to, rowAt + col + width, this.#place.to - index);
        this.#take(values, first, last, index);
      }
      from = to;
    }
  }

  #take(values: Values, first: number, last: number, index: number): void {
    const { isKept } = this.#gathering;
    for (let i = first; i < last; i++) {
      const isTaken = this.#seen++ % this.#step === 0;
      const x = values[i]!;
      if (x - x !== 0 || isKept?.(x, index + i)) continue;
      if (isTaken) this.#values[this.#count++] = x;
      if (x < this.#lo) this.#lo = x;
      if (x > this.#hi) this.#hi = x;
    }
  }

  finish(): boolean {
    if (this.#step === 1 || this.#lo > this.#hi) return true;
    this.#values[this.#count++] = this.#lo;
    this.#values[this.#count++] = this.#hi;
    return true;
  }

  /** What was gathered: finite values. */
  get values(): Values {
    return this.#values.subarray(0, this.#count);
  }

  /** How many each of them stands for; undefined where each is itself. */
  get counts(): Float64Array | undefined {
    if (this.#step === 1) return undefined;
    const counts = new Float64Array(this.#count).fill(this.#step);
    return counts.fill(1, Math.max(0, this.#count - 2));
  }
}

function roomLike(values: Values, length: number): Values {
  return values instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}
