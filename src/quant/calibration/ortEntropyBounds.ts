/** What a bin without values holds instead of 0, which would make the divergence infinite. */
export const smoothing = 1e-4;

/** What one search works with. Losses are times `total` here; running sums are over the i first bins. */
interface Search {
  readonly counts: Float64Array;
  readonly levels: number;
  readonly sums: Float64Array;
  /** How many bins hold something. */
  readonly filled: Float64Array;
  /** Sums of n log n. */
  readonly logs: Float64Array;
  /** Sums of log n + 1, the derivative of that. */
  readonly slopes: Float64Array;
  readonly total: number;
  /** By level: what its places hold in q, in the window that is looked at. */
  readonly heights: Float64Array;
  /** No window with a larger loss can be the plain algorithm's. */
  limit: number;
}

/** Bins `[from, to)` in `levels` levels of `width` bins; p and q are what the plain algorithm compares. */
interface Window {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  /** Where the levels end; the bins from here on are empty in q. */
  readonly levelsEnd: number;
  /** What smoothing takes from each filled bin of p. */
  readonly share: number;
  /** What the bins at the ends take in from outside. */
  readonly below: number;
  readonly above: number;
}

/**
 * The reaches from the middle that can be the plain algorithm's choice: in order, nearly always only one.
 *
 * With p and q scaled to the same sum, a divergence is a sum over the levels of p log(p / q) - p + q, no part of which is
 * negative: any of them are a lower bound, and a window is given up as soon as that exceeds the least loss so far by more
 * than rounding can do.
 *
 * Rounding, with u = 2^-24 and up to 8192 bins: each element of p and q is off by 6 u, its float32 sum by 32 u more, and
 * quotient, logarithm and the sum of the terms by 9 u and 32 u of the terms, whose magnitudes add up to at most
 * W = d + sqrt(2 d), d the divergence (Pinsker). So a loss is off by 92 u (1 + W), and two are compared: 200 u is allowed for.
 * The share that smoothing takes is carried to its first power only: what is left out is positive, and bounded in `lossOf`.
 */
export function leastReaches(counts: Float64Array, levels: number): number[] {
  const middle = Math.floor(counts.length / 2);
  const first = Math.floor(levels / 2);
  const reaches = Array.from({ length: Math.max(middle - first + 1, 0) }, (_, i) => first + i);
  if (levels < 2 || counts.length > 8192) return reaches;
  const search = openSearch(counts, levels);
  // Windows that are divided with little left over lose the least.
  for (let width = 1; width * levels <= counts.length; width++)
    lossOf(search, Math.min(Math.ceil((width * levels - 1) / 2), middle));
  const losses = reaches.map(reach => lossOf(search, reach));
  return reaches.filter((_, i) => losses[i]! <= search.limit && losses[i] !== Infinity);
}

type Sums = [Float64Array, Float64Array, Float64Array, Float64Array];

function openSearch(counts: Float64Array, levels: number): Search {
  const { length } = counts;
  const [sums, filled, logs, slopes] = [0, 1, 2, 3].map(() => new Float64Array(length + 1)) as Sums;
  for (let i = 0; i < length; i++) {
    const n = counts[i]!;
    const log = n > 1 ? Math.log(n) : 0;
    sums[i + 1] = sums[i]! + n;
    filled[i + 1] = filled[i]! + (n > 0 ? 1 : 0);
    logs[i + 1] = logs[i]! + n * log;
    slopes[i + 1] = slopes[i]! + (n > 0 ? log + 1 : 0);
  }
  const total = sums[length]!;
  const heights = new Float64Array(levels);
  return { counts, levels, sums, filled, logs, slopes, total, heights, limit: Infinity };
}

function windowOf({ counts, levels, sums, filled, total }: Search, reach: number): Window {
  const middle = Math.floor(counts.length / 2);
  const from = middle - reach;
  const to = Math.min(middle + reach + 1, counts.length);
  const width = Math.floor((to - from) / levels);
  const [below, above] = [sums[from]!, total - sums[to]!];
  let full = filled[to]! - filled[from]!;
  if (below > 0 && counts[from] === 0) full++;
  if (above > 0 && counts[to - 1] === 0) full++;
  const share = (smoothing * (to - from - full)) / full;
  return { from, to, width, levelsEnd: from + width * levels, share, below, above };
}

/**
 * The least that a window can lose; infinity where it loses that, or as soon as the limit is exceeded, which it may lower.
 * Zero, which nothing rules out, where smoothing takes so much that the bounds do not hold.
 */
function lossOf(search: Search, reach: number): number {
  const window = windowOf(search, reach);
  const { total } = search;
  const { from, to, share } = window;
  if (share > mostShare) return 0;
  if (leavesTooMuch(search, window)) return Infinity;
  const merged = mergedOf(search, window);
  if (merged.sum === 0) return Infinity;
  if (merged.share > mostShare) return 0;
  const loss = lossOfLevels(search, window, merged);
  if (!(loss <= search.limit)) return Infinity;
  // At most s^2 for each bin, s the share.
  const omitted = (to - from) * share * share;
  const d = Math.max(loss + omitted, 0) / total;
  const slack = 200 * 2 ** -24 * (1 + d + Math.sqrt(2 * d)) * total;
  search.limit = Math.min(search.limit, loss + omitted + slack);
  return loss;
}

/** Up to here the share that smoothing takes leaves half of the smallest count. */
const mostShare = 0.5;

/** Whether the bins that the levels leave over lose too much, by what they lose at least: with q as large as it can be. */
function leavesTooMuch(search: Search, window: Window): boolean {
  const { sums, filled, total, limit } = search;
  const { from, to, width, levelsEnd: end, above } = window;
  const full = filled[end]! - filled[from]!;
  // Cutting a level's mean to an integer takes no more than its number of filled bins, and leaves each of them one, but for
  // the levels at the ends, which may hold nothing of their own.
  const leastSum = Math.max(sums[end]! - sums[from]! - full, full - 2 * width);
  const q = (smoothing / leastSum) * total;
  // Below its mean p, the larger q the smaller the loss.
  const isLess = 2 * (to - end) * q < sums[to]! - sums[end]! + above;
  return end < to && isLess && lossOfBins(search, window, { from: end, to, q }) > limit;
}

/** Sum of q before smoothing, and what that takes from each filled place. Notes the heights. */
function mergedOf(search: Search, window: Window): Merged {
  const { levels, heights, sums, filled } = search;
  const { from, to, width } = window;
  heights[0] = heightOf(search, window, 0);
  heights[levels - 1] = heightOf(search, window, levels - 1);
  let sum = heights[0] + heights[levels - 1]!;
  let full = (heights[0] > 0 ? 1 : 0) + (heights[levels - 1]! > 0 ? 1 : 0);
  let start = from + width;
  for (let level = 1; level < levels - 1; level++) {
    const end = start + width;
    // No bin, no count: the level is empty.
    const bins = filled[end]! - filled[start]! || 1;
    const height = Math.floor((sums[end]! - sums[start]!) / bins);
    heights[level] = height;
    sum += height;
    if (height > 0) full++;
    start = end;
  }
  const places = full * width;
  return { sum: sum * width, share: (smoothing * (to - from - places)) / places };
}

interface Merged {
  readonly sum: number;
  readonly share: number;
}

/** The loss of a window, or a lower bound that exceeds the limit. */
function lossOfLevels(search: Search, window: Window, merged: Merged): number {
  const { levels, heights, sums, filled, logs, slopes, total, limit } = search;
  const { from, to, width, levelsEnd, share } = window;
  const scale = total / merged.sum;
  const qOf = (height: number) => (height === 0 ? smoothing : height - merged.share) * scale;
  let loss = lossOfBins(search, window, { from, to: from + width, q: qOf(heights[0]!) });
  const last = { from: levelsEnd - width, to: levelsEnd, q: qOf(heights[levels - 1]!) };
  loss += lossOfBins(search, window, last);
  if (levelsEnd < to) loss += lossOfBins(search, window, { from: levelsEnd, to, q: qOf(0) });
  // Those between, as in lossOfBins but for what comes from outside. Most is lost in the middle.
  let level = Math.floor((levels * 3) / 8);
  for (let i = 0; i < levels && loss <= limit; i++) {
    if (level > 0 && level < levels - 1) {
      const start = from + level * width;
      const end = start + width;
      const full = filled[end]! - filled[start]!;
      const empty = width - full;
      const q = qOf(heights[level]!);
      const p = sums[end]! - sums[start]! - full * share + empty * smoothing;
      loss += logs[end]! - logs[start]! - share * (slopes[end]! - slopes[start]!);
      loss += empty * emptyLog - p * (Math.log(q) + 1) + width * q;
    }
    level = level === levels - 1 ? 0 : level + 1;
  }
  return loss;
}

/** Bins `[from, to)` for which q is the same. */
interface Bins {
  readonly from: number;
  readonly to: number;
  readonly q: number;
}

/** The sum of p log(p / q) - p + q over bins, or a little less. */
function lossOfBins(search: Search, window: Window, { from, to, q }: Bins): number {
  const { counts, sums, filled, logs, slopes } = search;
  const { share } = window;
  const full = filled[to]! - filled[from]!;
  const empty = to - from - full;
  let p = sums[to]! - sums[from]! - full * share + empty * smoothing;
  let log = logs[to]! - logs[from]! - share * (slopes[to]! - slopes[from]!) + empty * emptyLog;
  if (from === window.from && window.below > 0) {
    const n = counts[from]!;
    p += massOf(n + window.below, share) - massOf(n, share);
    log += logOf(n + window.below, share) - logOf(n, share);
  }
  if (to === window.to && window.above > 0) {
    const n = counts[to - 1]!;
    p += massOf(n + window.above, share) - massOf(n, share);
    log += logOf(n + window.above, share) - logOf(n, share);
  }
  return log - p * Math.log(q) - p + (to - from) * q;
}

const emptyLog = smoothing * Math.log(smoothing);

/** What p is of a bin with n values. */
function massOf(n: number, share: number): number {
  return n === 0 ? smoothing : n - share;
}

/** p log p of a bin with n values, to the first power of the share. */
function logOf(n: number, share: number): number {
  return n === 0 ? emptyLog : n * Math.log(n) - share * (Math.log(n) + 1);
}

/**
 * What each place of the first or the last level holds in q before smoothing. The last level takes in what the division leaves over. A bin at
 * an end of the window is filled when it takes in something from outside, though that does not count.
 */
function heightOf(search: Search, window: Window, level: number): number {
  const { counts, levels, sums, filled } = search;
  const { from, to, width, below, above } = window;
  const start = from + level * width;
  const isLast = level === levels - 1;
  let full = filled[start + width]! - filled[start]!;
  if (level === 0 && below > 0 && counts[from] === 0) full++;
  if (isLast && start + width === to && above > 0 && counts[to - 1] === 0) full++;
  if (full === 0) return 0;
  return Math.floor((sums[isLast ? to : start + width]! - sums[start]!) / full);
}
