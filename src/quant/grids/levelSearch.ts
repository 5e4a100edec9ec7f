import { nextBelow } from '../../base/floatBits';
import type { Rounding } from '../rounding';
import type { LevelGrid } from './levelGrids';

/**
 * Levels made ready to be found. One more stands at either end, as far from the last as its neighbour is: what would be
 * rounded to it lies outside the grid. So an FP8 or integer-like grid is left where the next code would be taken.
 */
export interface LevelSearch {
  /** The levels with the two beyond, n + 2, ascending. */
  readonly places: Float64Array;
  /** What each place gives: its level, or the last one at the ends. */
  readonly levels: Float32Array;
  readonly codes: Int32Array;
  /** A value v belongs to the first place i with not v > thresholds[i]; float32 numbers, infinity behind them. */
  readonly thresholds: Float32Array;
  /** Where to begin looking, by the highest 12 bits of v. */
  readonly start: Uint16Array;
}

/** Levels and how values between them are rounded. */
export interface LevelRounding extends Pick<LevelGrid, 'levels' | 'codes' | 'tie'> {
  /** `even` follows the grid's own rule for ties; see `levelSearch`. */
  readonly rounding: Rounding;
}

/**
 * Prepares a search. `even` is the nearest level, ties by the grid's rule; `up` the nearest, a tie upwards; `away` a
 * tie away from zero (upwards at zero); `down` the level at or below; `toward-zero` the next level towards zero, or the
 * nearest where zero lies between two levels; `stochastic` finds the one below, and its caller may go up.
 * Midpoints are rounded to float32, as the float32 values that are compared with them.
 */
export function levelSearch(grid: LevelRounding): LevelSearch {
  const n = grid.levels.length;
  const first = grid.levels[0]!;
  const last = grid.levels[n - 1]!;
  // A grid of one level has no neighbour to measure by: nothing lies outside.
  const before = n === 1 ? -Infinity : 2 * first - grid.levels[1]!;
  const behind = n === 1 ? Infinity : 2 * last - grid.levels[n - 2]!;
  const places = Float64Array.of(before, ...grid.levels, behind);
  const thresholds = thresholdsOf(places, grid);
  return {
    places,
    levels: Float32Array.of(first, ...grid.levels, last),
    codes: Int32Array.of(grid.codes[0]!, ...grid.codes, grid.codes[n - 1]!),
    thresholds,
    start: startOf(thresholds),
  };
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The place of v, a float32 number that is not NaN: 1 to n for the levels, 0 and n + 1 outside. */
export function findLevel({ thresholds, start }: LevelSearch, v: number): number {
  float[0] = v;
  let place = start[bits[0]! >>> 20]!;
  while (v > thresholds[place]!) place++;
  return place;
}

/** By sign, exponent and 3 bits of the mantissa: how many thresholds the smallest such number exceeds. */
function startOf(thresholds: Float32Array): Uint16Array {
  const start = new Uint16Array(4096);
  let place = 0;
  for (let i = 0; i < start.length; i++) {
    // In ascending order of the numbers: the negative ones backwards. A NaN exceeds nothing, and moves nothing.
    const key = i < 2048 ? 4095 - i : i - 2048;
    bits[0] = key < 2048 ? key << 20 : (key << 20) | 0xfffff;
    const least = float[0]!;
    while (least > thresholds[place]!) place++;
    start[key] = place;
  }
  return start;
}

/** The largest float32 that still belongs to the lower of each two neighbours. */
function thresholdsOf(places: Float64Array, grid: LevelRounding): Float32Array {
  const thresholds = new Float32Array(places.length);
  for (let i = 0; i + 1 < places.length; i++)
    thresholds[i] = threshold(
      places[i]!,
      places[i + 1]!,
      tieGoesUp(places, i, grid),
      grid.rounding,
    );
  thresholds[places.length - 1] = Infinity;
  return thresholds;
}

function threshold(lower: number, upper: number, tieUp: boolean, { kind }: Rounding): number {
  const isDown = kind === 'down' || kind === 'stochastic';
  if (isDown || (kind === 'toward-zero' && lower >= 0)) return nextBelow(Math.fround(upper));
  if (kind === 'toward-zero' && upper <= 0) return lower;
  const middle = Math.fround((lower + upper) / 2);
  return tieUp ? nextBelow(middle) : middle;
}

/** Whether the value in the middle of places i and i + 1 belongs to the latter. */
function tieGoesUp(
  places: Float64Array,
  i: number,
  { codes, tie, rounding }: LevelRounding,
): boolean {
  if (rounding.kind === 'up') return true;
  if (rounding.kind === 'away') return places[i]! + places[i + 1]! >= 0;
  if (rounding.kind !== 'even' || tie === 'lower') return false;
  // The place behind the last level has the parity that the level has not.
  return i < codes.length ? codes[i]! % 2 === 0 : codes[i - 1]! % 2 === 1;
}
