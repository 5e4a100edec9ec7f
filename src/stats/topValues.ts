import type { Chunk, Located } from './profile';

/** Values kept. */
const topCount = 16;

/** The largest finite |x| with their places, of chunks in ascending order; of equals the lower index first. */
export class TopValues {
  /** Descending by magnitude; the first `#count` are in use. */
  readonly #values = new Float64Array(topCount);
  readonly #indexes = new Float64Array(topCount);
  #count = 0;

  /** Takes a chunk. */
  add({ values, index }: Chunk): void {
    let floor = this.#floor;
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      const magnitude = Math.abs(x);
      if (magnitude > floor && magnitude !== Infinity) {
        this.#insert(index + i, x);
        floor = this.#floor;
      }
    }
  }

  /** What a magnitude must exceed to be kept. An equal one came later, so it stays out. */
  get #floor(): number {
    return this.#count < topCount ? -1 : Math.abs(this.#values[topCount - 1]!);
  }

  #insert(index: number, value: number): void {
    if (this.#count < topCount) this.#count++;
    let at = this.#count - 1;
    for (; at > 0 && Math.abs(this.#values[at - 1]!) < Math.abs(value); at--) {
      this.#values[at] = this.#values[at - 1]!;
      this.#indexes[at] = this.#indexes[at - 1]!;
    }
    this.#values[at] = value;
    this.#indexes[at] = index;
  }

  /** The values so far, largest first. */
  get result(): Located[] {
    const indexes = [...this.#indexes.subarray(0, this.#count)];
    return indexes.map((index, i) => ({ index, value: this.#values[i]! }));
  }
}
