/** The counts of a histogram, and into how many levels the bins below each threshold are merged. */
export interface Merging {
  readonly counts: Float64Array;
  readonly levels: number;
  /** The first threshold to try: a number of bins, at least 1. */
  readonly startBin: number;
}

/** What one search works with. Losses are times `total` here. */
interface Search {
  readonly counts: Float64Array;
  readonly levels: number;
  /** Element i is the sum of the i first counts. */
  readonly sums: Float64Array;
  /** Element i is how many of the i first bins hold something. */
  readonly filled: Float64Array;
  /** Element i is the sum of n log n over the i first counts. */
  readonly logs: Float64Array;
  readonly total: number;
  /** By threshold: the loss, or infinity where it is not looked at, infinite, or known to exceed the least. */
  readonly losses: Float64Array;
  /** No threshold with a larger loss can be the plain algorithm's. */
  limit: number;
  /** How much larger than the least it may be. */
  readonly slack: number;
}

/** Thresholds that are tried first, so that there is a loss to exceed. */
const probes = 16;

/**
 * The thresholds, in bins, that can be the plain algorithm's choice: in order, nearly always only one.
 *
 * A loss is a sum of parts that are not negative (the chain rule of the divergence): of clipping, and for each level of
 * making its bins alike. Any of the parts are a lower bound, and a threshold is given up as soon as they exceed the
 * least loss so far by more than rounding can do.
 *
 * Rounding: the running sum of logarithms is off by at most u n L, n the number of bins, L = total log(total) + 1 and
 * u = 2^-53; the sum over the levels by as much again, as its parts add up to no more than 2 L; what the plain
 * algorithm adds up, by 40 u L. Two losses are compared, so 8 u (n + 40) L is allowed for.
 */
export function leastThresholds({ counts, levels, startBin }: Merging): number[] {
  if (startBin > counts.length) return [];
  const search = openSearch(counts, levels);
  const { sums, losses } = search;
  // Without a count below the threshold the loss is NaN, and numpy takes that for the least.
  let unfilled = counts.length;
  while (sums[unfilled]! > 0) unfilled--;
  if (unfilled >= startBin) return [unfilled];
  probe(search, startBin, counts.length);
  for (let end = startBin; end <= counts.length; end++) tryOut(search, end);
  const kept: number[] = [];
  for (let end = startBin; end <= counts.length; end++)
    if (losses[end]! <= search.limit) kept.push(end);
  return kept;
}

function openSearch(counts: Float64Array, levels: number): Search {
  const { length } = counts;
  const [sums, filled, logs] = [0, 1, 2].map(() => new Float64Array(length + 1)) as Triple;
  for (let i = 0; i < length; i++) {
    const n = counts[i]!;
    sums[i + 1] = sums[i]! + n;
    filled[i + 1] = filled[i]! + (n === 0 ? 0 : 1);
    logs[i + 1] = logs[i]! + (n > 1 ? n * Math.log(n) : 0);
  }
  const total = sums[length]!;
  const slack = 8 * 2 ** -53 * (length + 40) * (total * Math.log(total) + 1);
  const losses = new Float64Array(length + 1).fill(Infinity);
  return { counts, levels, sums, filled, logs, total, losses, limit: Infinity, slack };
}

type Triple = [Float64Array, Float64Array, Float64Array];

/** Tries thresholds evenly over [from, to], then ever nearer to the best one. */
function probe(search: Search, from: number, to: number): void {
  let step = (to - from) / probes;
  let best = to;
  const look = (end: number) => {
    if (end < from || end > to) return;
    tryOut(search, end);
    if (search.losses[end]! < search.losses[best]!) best = end;
  };
  for (let i = 0; i <= probes; i++) look(Math.round(to - i * step));
  for (; step > 1; step /= 2) {
    const middle = best;
    look(Math.round(middle - step / 2));
    look(Math.round(middle + step / 2));
  }
}

function tryOut(search: Search, end: number): void {
  const { losses } = search;
  if (losses[end] !== Infinity) return;
  losses[end] = lossOf(search, end);
  search.limit = Math.min(search.limit, losses[end]! + search.slack);
}

/**
 * Whether the share p of the last bin and its share q after merging are too far apart. Told from all others together it
 * loses no less than p log(p / q) + q - p, which is at least (p - q)^2 / (p + q) where p is larger.
 */
function isClipped({ counts, levels, sums, filled, total, limit }: Search, end: number): boolean {
  const rest = total - sums[end]!;
  if (rest === 0) return false;
  const last = counts[end - 1]!;
  if (last === 0) return true;
  const start = lastLevel(end, levels);
  const mean = (sums[end]! - sums[start]!) / (filled[end]! - filled[start]!);
  const p = last + rest;
  const q = (mean * total) / sums[end]!;
  return p > q && (p - q) * (p - q) > limit * (p + q);
}

/** The loss of a threshold; infinity as soon as it exceeds the limit. */
function lossOf(search: Search, end: number): number {
  if (isClipped(search, end)) return Infinity;
  const { levels, sums, filled, logs, limit } = search;
  const width = end / levels;
  let loss = lossAtEnd(search, end, lastLevel(end, levels));
  let [sum, bins, log] = [0, 0, 0];
  for (let level = 1; level < levels && loss <= limit; level++) {
    const to = Math.ceil(level * width);
    const inLevel = sums[to]! - sum;
    if (filled[to]! - bins > 1)
      loss += logs[to]! - log - inLevel * Math.log(inLevel / (filled[to]! - bins));
    sum = sums[to]!;
    bins = filled[to]!;
    log = logs[to]!;
  }
  return loss <= limit ? loss : Infinity;
}

/** What clipping loses, and merging in the last level, which starts at bin `start`. */
function lossAtEnd(
  { counts, sums, filled, logs, total }: Search,
  end: number,
  start: number,
): number {
  const sum = sums[end]! - sums[start]!;
  if (sum === 0) return 0;
  const mean = sum / (filled[end]! - filled[start]!);
  const merged = logs[end]! - logs[start]! - sum * Math.log(mean);
  const rest = total - sums[end]!;
  if (rest === 0) return merged;
  const last = counts[end - 1]!;
  const clipped = rest * Math.log((last + rest) / mean) + last * Math.log((last + rest) / last);
  return merged + clipped + total * Math.log(sums[end]! / total);
}

/** Where the level of the last bin starts: with more levels than bins, the last levels have none. */
function lastLevel(end: number, levels: number): number {
  return Math.min(Math.ceil((levels - 1) * (end / levels)), end - 1);
}
