import { density, logWithin, upperTail } from './normal';
import { beginning, eachPlace } from './quadrature';

/** What a segment's smallest and largest value make of the segment. */
export interface Fate {
  /** The integral of (x - x^)^2 over the normal density between the two. */
  readonly between: number;
  /** The mean of (x - x^)^2 of the two themselves. */
  readonly ends: number;
}

/** Finds the fate of a segment whose values lie between `lo` and `hi`, both of which occur. */
export type FateOf = (lo: number, hi: number) => Fate;

/** Values that share parameters: normal ones within [-bound, bound]. */
export interface Population {
  /** How many; need not be whole. */
  readonly count: number;
  readonly bound: number;
}

/** Probability that extremes lie beyond the range of an integral. */
const left = 1e-11;

/** No weight lies beyond so many standard deviations. */
const farthest = 40;

/** How an integral is made. */
export interface Places {
  /** Between two edges. */
  readonly count: number;
  /** Values of max |x| at which the integrand jumps, ascending. */
  readonly edges?: readonly number[];
}

/** The expectation of a function of max |x|. */
export function expectLargest(
  { count, bound }: Population,
  { count: places, edges = [] }: Places,
  valueAt: (m: number) => number,
): number {
  const whole = logWithin(bound);
  const logBelow = (m: number) => count * (logWithin(m) - whole);
  const end = Math.min(bound, farthest);
  const from = beginning(0, end, m => logBelow(m) > Math.log(left));
  const to = beginning(0, end, m => logBelow(m) > -left);
  const inner = edges.filter(edge => edge > from && edge < to);
  let [sum, weights] = [0, 0];
  eachPlace([from, ...inner, to], places, (m, step) => {
    const weight = step * density(m) * Math.exp(logBelow(m) - logWithin(m));
    sum += weight * valueAt(m);
    weights += weight;
  });
  return sum / weights;
}

/**
 * The expectation of the mean squared error of a segment whose parameters follow from max |x| alone: over the distribution
 * of that, the error of the others, which are normal values within it, and of the largest itself.
 */
export function overLargest(population: Population, fateOf: FateOf, places: Places): number {
  const { count } = population;
  return expectLargest(population, places, m => {
    const { between, ends } = fateOf(-m, m);
    return ((count - 1) * between * Math.exp(-logWithin(m)) + ends) / count;
  });
}

/** The same where parameters follow from the smallest and the largest value, which are taken together. `count` is 2 or more. */
export function overBoth({ count, bound }: Population, fateOf: FateOf, places: number): number {
  const mass = 1 - 2 * upperTail(bound);
  const above = (x: number) => upperTail(x) - upperTail(bound);
  const end = Math.min(bound, farthest);
  const logBelow = (x: number) => count * Math.log1p(-above(x) / mass);
  const from = beginning(-end, end, x => logBelow(x) > Math.log(left));
  const to = beginning(-end, end, x => logBelow(x) > -left);
  let [sum, weights] = [0, 0];
  const add = (lo: number, hi: number, step: number) => {
    const within = mass - above(hi) - above(-lo);
    if (!(within > 0)) return;
    const log = (count - 2) * Math.log1p(-(above(hi) + above(-lo)) / mass);
    const weight = step * density(lo) * density(hi) * Math.exp(log);
    if (weight === 0) return;
    const { between, ends } = fateOf(lo, hi);
    sum += (weight * ((count - 2) * (between / within) + 2 * ends)) / count;
    weights += weight;
  };
  // The rule changes where an end passes zero.
  const split = (a: number, b: number) => (a < 0 && b > 0 ? [a, 0, b] : [a, b]);
  eachPlace(split(from, to), places, (hi, hiStep) =>
    eachPlace(split(-to, Math.min(-from, hi)), places, (lo, loStep) =>
      add(lo, hi, hiStep * loStep),
    ),
  );
  return sum / weights;
}
