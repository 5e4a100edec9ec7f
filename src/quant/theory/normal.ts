/** The normal distribution with mean 0 and variance 1. */

/** Its density. */
export function density(x: number): number {
  return Math.exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI);
}

/** Where the series below gives way to the continued fraction: both are exact to about 1e-14 there. */
const seriesReach = 3;

/**
 * The probability of a value above x; relative error about 1e-14 in the upper tail, so that high powers of its complement
 * can be taken.
 * @source Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.11 (series of positive terms) and 26.2.14
 * (continued fraction)
 */
export function upperTail(x: number): number {
  if (x < 0) return 1 - upperTail(-x);
  if (x === Infinity) return 0;
  return x < seriesReach ? 0.5 - density(x) * oddSeries(x) : density(x) / fraction(x);
}

/** x + x^3 / 3 + x^5 / (3 * 5) + ... */
function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}

/** x + 1 / (x + 2 / (x + 3 / (x + ...))), from the inside. */
function fraction(x: number): number {
  let value = x;
  for (let k = 100; k >= 1; k--) value = x + k / value;
  return value;
}

/** The logarithm of the probability of |x| <= m, exact where that is near 1 too. */
export function logWithin(m: number): number {
  return Math.log1p(-2 * upperTail(m));
}

/**
 * The value that is exceeded with probability `p` of (0, 1).
 * @source Abramowitz and Stegun, 26.2.23 (error below 4.5e-4), mended by two of Halley's steps
 */
export function upperQuantile(p: number): number {
  if (p > 0.5) return -upperQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let x =
    t -
    (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 2; i++) {
    const step = (upperTail(x) - p) / density(x);
    x += step / (1 - (x * step) / 2);
  }
  return x;
}

/** Beyond, the probability of the tail is below 1e-18. */
const reach = 9;
const perUnit = 128;
/** At the multiples of 1 / 128: the probability below, and the density. */
let table: { readonly below: Float64Array; readonly density: Float64Array } | undefined;

function makeTable() {
  const xs = Float64Array.from({ length: 2 * reach * perUnit + 1 }, (_, i) => i / perUnit - reach);
  return { below: xs.map(x => upperTail(-x)), density: xs.map(density) };
}

/** The values that `tabulate` fills: the probability below x, and the density at x. */
export interface NormalValues {
  readonly below: Float64Array;
  readonly density: Float64Array;
}

/**
 * Probability below and density of ascending `xs`, by Taylor's series from the nearest place of a table: absolute error
 * below 1e-15, at a tenth of the time of the functions above.
 */
export function tabulate(xs: Float64Array, count: number, out: NormalValues): void {
  table ??= makeTable();
  const { below, density: densities } = table;
  for (let i = 0; i < count; i++) {
    const x = xs[i]!;
    if (!(Math.abs(x) < reach)) {
      out.below[i] = x > 0 ? 1 : 0;
      out.density[i] = 0;
      continue;
    }
    const place = Math.round((x + reach) * perUnit);
    const y = place / perUnit - reach;
    const d = x - y;
    const at = densities[place]!;
    const e = -d * (y + d / 2);
    const y2 = y * y;
    out.density[i] = at * (1 + e * (1 + (e / 2) * (1 + (e / 3) * (1 + (e / 4) * (1 + e / 5)))));
    out.below[i] =
      below[place]! +
      at *
        d *
        (1 -
          d *
            (y / 2 -
              d * ((y2 - 1) / 6 - d * ((y * (y2 - 3)) / 24 - (d * (y2 * (y2 - 6) + 3)) / 120))));
  }
}
