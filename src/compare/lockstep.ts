import { throwIfCancelled } from '../base/errors';
import type { RowBlock, RowStream } from '../formats/rows';
import { HistogramCounter } from '../stats/histogram';
import type { Values } from '../stats/moments';
import { type Comparison, ComparisonSums, comparedMatrix } from './comparison';
import { type RowOrder, storedRow } from './rowOrder';

/** Rows that are compared. */
export interface ComparedRows {
  /** Of the block, when there is one. */
  readonly stream: RowStream;
  readonly block?: RowBlock | undefined;
  /** How the rows, of the block, are stored; absent: one after another. */
  readonly order?: RowOrder | undefined;
}

/** What is compared, and how that is followed. */
export interface CompareOptions {
  readonly shape: readonly number[];
  /** Also heat map and histograms: another pass. */
  readonly detail?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the pairs passed so far and those expected in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Awaited after each tile of the first. */
  readonly afterTile?: (() => Promise<void>) | undefined;
}

/**
 * Compares two weights while both stream past, whatever their dtypes and tiles. Memory is bounded by a tile of each.
 * @throws WeightError 'cancelled', and what reading throws
 */
export async function compareRows(
  a: ComparedRows,
  b: ComparedRows,
  options: CompareOptions,
): Promise<Comparison> {
  const { shape, detail = false, onProgress } = options;
  const matrix = comparedMatrix(shape);
  const count = matrix.rows * matrix.cols;
  const passes = detail ? 2 : 1;
  const told = (pass: number) => (done: number) =>
    onProgress?.(pass * count + done, passes * count);
  const sums = new ComparisonSums(matrix, detail);
  const range = new FiniteRange();
  await inLockstep(a, b, { ...options, onDone: told(0) }, (x, y, index) => {
    sums.add(x, y, index);
    if (!detail) return;
    range.add(x);
    range.add(y);
  });
  const counters = detail ? range.counters : null;
  if (!counters) return sums.result(null);
  await inLockstep(a, b, { ...options, onDone: told(1) }, (x, y) => {
    counters[0].add(x);
    counters[1].add(y);
  });
  return sums.result({ a: counters[0].result, b: counters[1].result });
}

/** The smallest and the largest finite value. */
class FiniteRange {
  #min = Infinity;
  #max = -Infinity;

  add(values: Values): void {
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (x - x !== 0) continue;
      if (x < this.#min) this.#min = x;
      if (x > this.#max) this.#max = x;
    }
  }

  /** Two histograms over the range; null where there is none that can be cut into bins. */
  get counters(): [HistogramCounter, HistogramCounter] | null {
    if (this.#min > this.#max) return null;
    const [a, b] = [this.#min, this.#min].map(min => HistogramCounter.over(min, this.#max));
    return a && b ? [a, b] : null;
  }
}

type LockstepOptions = Pick<CompareOptions, 'signal' | 'afterTile'> & {
  onDone(pairs: number): void;
};

/** Shows the values of both, equally many at a time; the arrays are good during the call. */
async function inLockstep(
  a: ComparedRows,
  b: ComparedRows,
  { signal, afterTile, onDone }: LockstepOptions,
  show: (x: Values, y: Values, index: number) => void,
): Promise<void> {
  const others = valuesOf(b, signal);
  let theirs: Values = new Float32Array(0);
  let index = 0;
  for await (const mine of valuesOf(a, signal)) {
    for (let at = 0; at < mine.length; ) {
      if (theirs.length === 0) theirs = await nextOf(others);
      const length = Math.min(mine.length - at, theirs.length);
      show(mine.subarray(at, at + length), theirs.subarray(0, length), index);
      theirs = theirs.subarray(length);
      at += length;
      index += length;
    }
    throwIfCancelled(signal);
    await afterTile?.();
    onDone(index);
  }
}

async function nextOf(values: AsyncGenerator<Values>): Promise<Values> {
  const { value, done } = await values.next();
  if (done) throw new RangeError('one of the weights that are compared has fewer values');
  return value;
}

/** All values in the order of the model that they come from. */
async function* valuesOf(
  { stream, block, order }: ComparedRows,
  signal: AbortSignal | undefined,
): AsyncGenerator<Values> {
  if (!order) {
    for (const panel of stream.panels())
      for await (const tile of stream.tiles(panel, signal)) yield tile.data;
    return;
  }
  const { row: from, rows } = block ?? { row: 0, rows: stream.matrix.rows };
  const [first] = stream.panels();
  if (!first) return;
  for (let row = 0; row < rows; row++) {
    const panel = { row: from + storedRow(order, row), rows: 1, tiles: first.tiles };
    for await (const tile of stream.tiles(panel, signal)) yield tile.data;
  }
}
