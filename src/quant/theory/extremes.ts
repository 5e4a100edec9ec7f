import { density, logWithin, upperQuantile, upperTail } from './normal';
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

/** The value that max |x| does not exceed with a probability. */
export function largestAt({ count, bound }: Population, probability: number): number {
  const tail = upperTail(bound);
  const above = -Math.expm1(Math.log(probability) / count);
  return upperQuantile(tail + (0.5 - tail) * above);
}

/**
 * The expectation of the mean squared error of a segment whose parameters follow from max |x| alone: over the distribution
 * of that, the error of the others, which are normal values within it, and of the largest itself.
 */
export function overLargest(
  { count, bound }: Population,
  fateOf: FateOf,
  { count: places, edges = [] }: Places,
): number {
  const whole = logWithin(bound);
  const logBelow = (m: number) => count * (logWithin(m) - whole);
  const end = Math.min(bound, farthest);
  const from = beginning(0, end, m => logBelow(m) > Math.log(left));
  const to = beginning(0, end, m => logBelow(m) > -left);
  const inner = edges.filter(edge => edge > from && edge < to);
  let [sum, weights] = [0, 0];
  eachPlace([from, ...inner, to], places, (m, step) => {
    const logOthers = logWithin(m);
    const weight = step * density(m) * Math.exp(logBelow(m) - logOthers);
    const { between, ends } = fateOf(-m, m);
    sum += (weight * ((count - 1) * between * Math.exp(-logOthers) + ends)) / count;
    weights += weight;
  });
  return sum / weights;
}

/** Steps of a sequence that fills the unit square evenly. @source Martin Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018), R2 */
const [stepAcross, stepDown] = [0.7548776662466927, 0.5698402909980532];

/**
 * The same where parameters follow from the smallest and the largest value, which are taken together: the mean over
 * `points` evenly spread pairs of them. A grid of places would not do, as zero points are rounded: its lines meet the ties.
 * @param population of 2 or more
 */
export function overBoth({ count, bound }: Population, fateOf: FateOf, points: number): number {
  const tail = upperTail(bound);
  const mass = 1 - 2 * tail;
  let sum = 0;
  for (let i = 1; i <= points; i++) {
    // Shares of the population: above the largest, and below the smallest of those that are below the largest.
    const above = -Math.expm1(Math.log((i * stepAcross) % 1) / count);
    const below = -Math.expm1(Math.log((i * stepDown) % 1) / (count - 1)) * (1 - above);
    const hi = upperQuantile(tail + mass * above);
    const lo = -upperQuantile(tail + mass * below);
    const { between, ends } = fateOf(lo, hi);
    sum += ((count - 2) * between) / (mass * (1 - above - below)) + 2 * ends;
  }
  return sum / points / count;
}
