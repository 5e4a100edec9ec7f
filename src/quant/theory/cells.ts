import { levelGridOf } from '../grids/levelGrids';
import { levelSearch } from '../grids/levelSearch';
import type { Rounding } from '../rounding';
import type { Grid, Scheme } from '../scheme';
import { runtimeOf } from '../schemeRules';
import { tabulate } from './normal';

/** What becomes of values, in units of the scale. */
export interface Cells {
  /** What values are rounded to, ascending. */
  readonly levels: Float64Array;
  /**
   * Where cells end: values up to `ends[i]` and above the end before become `levels[i]`; the last is infinite. Null where
   * chance rounds each value up or down so that its expectation is the value itself.
   */
  readonly ends: Float64Array | null;
}

/** The cells of integers from `first` to `last`, less the zero point. */
export function integerCells(
  scheme: Scheme,
  first: number,
  last: number,
  zeroPoint: number,
): Cells {
  const { rounding } = scheme;
  const levels = Float64Array.from({ length: last - first + 1 }, (_, i) => first + i - zeroPoint);
  if (rounding.kind === 'stochastic') return { levels, ends: null };
  // Where the zero point is added first, codes are rounded; else steps are.
  const isBefore = scheme.runtime === 'hqq' || runtimeOf(scheme.runtime)?.zeroPoint === 'before';
  const shift = isBefore ? zeroPoint : 0;
  const ends = levels.map(level => endOf(level + shift, rounding) - shift);
  ends[ends.length - 1] = Infinity;
  return { levels, ends };
}

/** Where the integer k ends. */
function endOf(k: number, { kind }: Rounding): number {
  if (kind === 'down') return k + 1;
  if (kind === 'toward-zero') return k < 0 ? k : k + 1;
  return k + 0.5;
}

/** The cells of a table of levels. */
export function levelCells(
  grid: Extract<Grid, { kind: 'named' | 'levels' }>,
  rounding: Rounding,
): Cells {
  const levelGrid = levelGridOf(grid);
  const levels = Float64Array.from(new Set(Array.from(levelGrid.levels, level => level + 0)));
  if (rounding.kind === 'stochastic') return { levels, ends: null };
  const { levels: results, thresholds } = levelSearch({ ...levelGrid, rounding });
  return { levels: Float64Array.from(results), ends: Float64Array.from(thresholds) };
}

const most = 512;
const places = new Float64Array(most);
const values = { below: new Float64Array(most), density: new Float64Array(most) };

/**
 * The integral of (x - x^)^2 over the normal density from `lo` to `hi`, at a scale. Exact: a cell's integral follows from
 * the probability and the density at its ends. Absolute error about 1e-13.
 */
export function squaredError(
  { levels, ends }: Cells,
  scale: number,
  [lo, hi]: readonly [number, number],
): number {
  const inner = ends ?? levels;
  const count = ends ? ends.length - 1 : levels.length;
  places[0] = lo;
  for (let i = 0; i < count; i++) {
    const end = inner[i]! * scale;
    places[i + 1] = end < lo ? lo : end > hi ? hi : end;
  }
  places[count + 1] = hi;
  tabulate(places, count + 2, values);
  return ends ? ofNearest(levels, scale, count) : ofChance(levels, scale, count);
}

/** The integrals of 1, x and x^2 from place i to the next. */
function ofNearest(levels: Float64Array, scale: number, count: number): number {
  const { below, density } = values;
  let sum = secondMoment(0, count + 1);
  for (let i = 0; i <= count; i++) {
    const level = levels[i]! * scale;
    const first = density[i + 1]! - density[i]!;
    sum += level * (2 * first + level * (below[i + 1]! - below[i]!));
  }
  return sum;
}

/** Between two levels chance makes a mean squared error of (x - lower) (upper - x). */
function ofChance(levels: Float64Array, scale: number, count: number): number {
  const { below, density } = values;
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    const lower = levels[Math.max(i - 1, 0)]! * scale;
    const upper = levels[Math.min(i, count - 1)]! * scale;
    const mass = below[i + 1]! - below[i]!;
    const first = density[i]! - density[i + 1]!;
    const error = secondMoment(i, i + 1) - (lower + upper) * first + lower * upper * mass;
    sum += i === 0 || i === count ? error : -error;
  }
  return sum;
}

/** The integral of x^2 from one place to another; x * density vanishes at infinity. */
function secondMoment(from: number, to: number): number {
  const { below, density } = values;
  const moment = (i: number) => below[i]! - (density[i] === 0 ? 0 : places[i]! * density[i]!);
  return moment(to) - moment(from);
}
