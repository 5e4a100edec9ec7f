import type { Counts, Values } from './moments';
import type { Histogram } from './profile';

/** Bins of a histogram: more than a chart has columns for, few enough to send anywhere. */
const binCount = 256;

/** Counts values in 256 equal bins. */
export class HistogramCounter {
  readonly #edges: Float64Array;
  readonly #counts = new Float64Array(binCount);

  private constructor(edges: Float64Array) {
    this.#edges = edges;
  }

  /**
   * Bins over the range of the values, both ends included; half a unit to both sides of a constant.
   * @returns null where float64 cannot cut the range into bins that all have a width (numpy refuses it too)
   */
  static over(min: number, max: number): HistogramCounter | null {
    const [lo, hi] = min === max ? [min - 0.5, max + 0.5] : [min, max];
    const edges = edgesOf(lo, hi);
    return edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)
      ? new HistogramCounter(edges)
      : null;
  }

  /**
   * Takes values within the range; NaN and infinities are passed over.
   * @source numpy/numpy numpy/lib/_histograms_impl.py, histogram: an edge belongs to the bin above it
   */
  add(values: Values, occurrences?: Counts): void {
    const edges = this.#edges;
    const counts = this.#counts;
    const lo = edges[0]!;
    const width = edges[binCount]! - lo;
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (x - x !== 0) continue;
      // The quotient may be one bin off next to an edge, so the edges have the last word.
      let bin = Math.min(Math.floor(((x - lo) / width) * binCount), binCount - 1);
      if (x < edges[bin]!) bin--;
      else if (bin < binCount - 1 && x >= edges[bin + 1]!) bin++;
      if (occurrences === undefined) counts[bin]!++;
      else counts[bin]! += occurrences[i]!;
    }
  }

  /**
   * Takes what has become of values: results may lie anywhere, and those beyond the bins count in the ones at the ends.
   * Those of values that are not finite are passed over, and so is NaN.
   */
  addResults(results: Float32Array, originals: Values): void {
    const edges = this.#edges;
    const counts = this.#counts;
    const lo = edges[0]!;
    const hi = edges[binCount]!;
    const perBin = binCount / (hi - lo);
    for (let i = 0; i < results.length; i++) {
      const x = results[i]!;
      if (originals[i]! - originals[i]! !== 0 || Number.isNaN(x)) continue;
      let bin = x <= lo ? 0 : x >= hi ? binCount - 1 : Math.floor((x - lo) * perBin);
      if (bin >= binCount) bin = binCount - 1;
      if (bin > 0 && x < edges[bin]!) bin--;
      else if (bin < binCount - 1 && x >= edges[bin + 1]!) bin++;
      counts[bin]!++;
    }
  }

  /** Takes one result so many times; see `addResults`. */
  addResult(x: number, count: number): void {
    const edges = this.#edges;
    if (Number.isNaN(x)) return;
    const share = (x - edges[0]!) / (edges[binCount]! - edges[0]!);
    let bin = Math.min(Math.max(Math.floor(share * binCount), 0), binCount - 1);
    if (bin > 0 && x < edges[bin]!) bin--;
    else if (bin < binCount - 1 && x >= edges[bin + 1]!) bin++;
    this.#counts[bin]! += count;
  }

  /** The counts so far. */
  get result(): Histogram {
    return { lo: this.#edges[0]!, hi: this.#edges[binCount]!, counts: [...this.#counts] };
  }
}

/** Equally spaced edges, rounded as numpy's linspace rounds them. */
function edgesOf(lo: number, hi: number): Float64Array {
  const step = (hi - lo) / binCount;
  const edges = Float64Array.from({ length: binCount + 1 }, (_, i) => i * step + lo);
  edges[binCount] = hi;
  return edges;
}
