import { Moments } from './moments';
import type { ChannelProfile, Chunk } from './profile';

/**
 * Rows whose figures are kept. More is no layer's output but an embedding or a list of numbers, and no chart shows
 * them: five figures each are some 50 MB here.
 */
export const maxChannels = 2 ** 20;

type Column = (number | null)[];

/** Statistics of each row. A row's pieces follow one another, so only one row is open at a time. */
export class ChannelCounter {
  readonly #cols: number;
  readonly #absMax: Column = [];
  readonly #mean: Column = [];
  readonly #std: Column = [];
  readonly #min: Column = [];
  readonly #max: Column = [];
  /** The open row; those before it are written down. */
  #row: number;
  #tooMany = false;
  #moments = new Moments();

  /**
   * @param cols values of a row
   * @param first number of the row whose figures come first
   */
  constructor(cols: number, first = 0) {
    this.#cols = cols;
    this.#row = first;
  }

  /** Takes a chunk, which may begin and end within a row. */
  add({ values, index }: Chunk): void {
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((index + from) / this.#cols);
      this.#tooMany ||= row >= maxChannels;
      if (this.#tooMany) return;
      while (this.#row < row) this.#close();
      const to = Math.min(values.length, (row + 1) * this.#cols - index);
      this.#moments.add(values.subarray(from, to));
      from = to;
    }
  }

  /** Writes down the open row and opens the next. */
  #close(): void {
    const { absMax, mean, std, min, max } = this.#moments.profile(0, 0);
    this.#absMax.push(absMax);
    this.#mean.push(mean);
    this.#std.push(std);
    this.#min.push(min);
    this.#max.push(max);
    this.#row++;
    this.#moments = new Moments();
  }

  /** Adds the figures of the rows that follow, none of which is open; null where there are too many. */
  merge(rows: ChannelProfile | null): void {
    this.#tooMany ||= rows === null;
    if (!rows) return;
    append(this.#absMax, rows.absMax);
    append(this.#mean, rows.mean);
    append(this.#std, rows.std);
    append(this.#min, rows.min);
    append(this.#max, rows.max);
  }

  /** Ends the last row. @returns null when there were more than `maxChannels` */
  finish(): ChannelProfile | null {
    if (this.#tooMany) return null;
    if (this.#moments.count > 0) this.#close();
    return {
      absMax: this.#absMax,
      mean: this.#mean,
      std: this.#std,
      min: this.#min,
      max: this.#max,
    };
  }
}

/** One by one: a call takes fewer arguments than there may be rows. */
function append(column: Column, more: Readonly<Column>): void {
  for (const x of more) column.push(x);
}
