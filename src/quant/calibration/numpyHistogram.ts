import type { Order } from '../../stats/orderStatistics';
import type { Range } from '../arithmetic';
import type { Bins } from './histogramPasses';

/** The counts of values between `edges`; the last bin holds its upper edge too. */
export interface NumpyHistogram extends Bins {
  /** [counts.length + 1] */
  readonly edges: Float32Array;
}

/**
 * An empty histogram of float32 values, counted to the bit like numpy's: the bin is computed in float32, then put right
 * where the rounded edges say otherwise. A range of one value is widened by a half on both sides.
 * @param range float32 numbers, around all values; the magnitudes where the order is by them
 * @returns null where numpy refuses: when the edges are not finite and all different
 * @source numpy/numpy numpy/lib/_histograms_impl.py, histogram and _get_bin_edges; numpy/_core/function_base.py, linspace
 */
export function numpyHistogram(range: Range, binCount: number, by: Order): NumpyHistogram | null {
  const empty = range.lo === range.hi;
  const first = empty ? Math.fround(range.lo - 0.5) : range.lo;
  const last = empty ? Math.fround(range.hi + 0.5) : range.hi;
  const width = Math.fround(last - first);
  const edges = evenSteps(first, last, binCount);
  if (!isIncreasing(edges)) return null;
  const counts = new Float64Array(binCount);
  const magnitudes = by === 'magnitude';
  return {
    counts,
    edges,
    add(values, from, to, occurrences) {
      for (let i = from; i < to; i++) {
        const x = Math.fround(magnitudes ? Math.abs(values[i]!) : values[i]!);
        if (x - x !== 0) continue;
        const place = Math.fround(Math.fround(Math.fround(x - first) / width) * binCount);
        let bin = Math.min(Math.trunc(place), binCount - 1);
        if (x < edges[bin]!) bin--;
        if (x >= edges[bin + 1]! && bin !== binCount - 1) bin++;
        if (occurrences === undefined) counts[bin]!++;
        else counts[bin]! += occurrences[i]!;
      }
    },
  };
}

/** `count` + 1 float32 numbers from first to last, which are both exact. */
function evenSteps(first: number, last: number, count: number): Float32Array {
  const step = Math.fround(Math.fround(last - first) / count);
  const edges = new Float32Array(count + 1);
  for (let i = 0; i < count; i++) edges[i] = Math.fround(i * step) + first;
  edges[count] = last;
  return edges;
}

/** Not so either where a step has overflowed and left NaNs. */
function isIncreasing(edges: Float32Array): boolean {
  for (let i = 1; i < edges.length; i++) if (!(edges[i - 1]! < edges[i]!)) return false;
  return true;
}

/**
 * The first bin that, with all before it, holds at least this fraction of the values; the number of bins when rounding
 * keeps the sum below. Sums are float64, of the bins' shares in order.
 * @source numpy/numpy numpy.searchsorted(numpy.cumsum(counts / total), fraction)
 */
export function binOfFraction(counts: Float64Array, fraction: number): number {
  const total = sumOf(counts);
  let share = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    share += counts[bin]! / total;
    if (share >= fraction) return bin;
  }
  return counts.length;
}

/** Sum of counts: exact. */
export function sumOf(counts: Float64Array): number {
  return counts.reduce((sum, n) => sum + n, 0);
}
