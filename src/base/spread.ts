/** Smallest, median and largest of numbers; NaN where there is none. */
export interface Extent {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** The numbers among the first `length`, sorted: it changes their order. NaN is passed over, others are not. */
export function extentOf(numbers: Float64Array, length = numbers.length): Extent {
  // NaN is sorted to the end.
  const sorted = numbers.subarray(0, length).sort();
  const count = countBeforeNaN(sorted);
  if (count === 0) return { low: Number.NaN, median: Number.NaN, high: Number.NaN };
  const [below, above] = [sorted[(count - 1) >> 1]!, sorted[count >> 1]!];
  const median = below === above ? below : below / 2 + above / 2;
  return { low: sorted[0]!, median, high: sorted[count - 1]! };
}

function countBeforeNaN(sorted: Float64Array): number {
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1])) count--;
  return count;
}
