import { type SmallFloat, smallFloats, smallFloatTable } from '../../base/smallFloat';
import type { Grid, NamedGrid } from '../scheme';

/** A grid that is a list of levels, which the scale multiplies. */
export interface LevelGrid {
  /** Float32 numbers, ascending. Zero stands twice where the format has two codes for it. */
  readonly levels: Float64Array;
  /** The code of each level: the format's bit pattern, or the level's place where there is none. */
  readonly codes: Int32Array;
  /** Bits of a code. */
  readonly bits: number;
  /** Where a value goes that lies just between two levels: to the lower one, or to the one with the even code. */
  readonly tie: 'lower' | 'even';
}

/** Grid of a small float: all finite values, -0 just below 0. Saturates where the format has infinities. */
function floatGrid(layout: SmallFloat): LevelGrid {
  const values = smallFloatTable(layout);
  const half = values.length / 2;
  const positive = Int32Array.from({ length: half }, (_, code) => code).filter(code =>
    Number.isFinite(values[code]!),
  );
  const negative = positive.map(code => code + half).reverse();
  const codes = Int32Array.of(...negative, ...positive);
  return {
    levels: Float64Array.from(codes, code => values[code]!),
    codes,
    bits: 1 + layout.exponentBits + layout.mantissaBits,
    tie: 'even',
  };
}

/** Grid of ascending levels, numbered from 0. */
function listedGrid(bits: number, levels: readonly number[]): LevelGrid {
  return {
    levels: Float64Array.from(levels, Math.fround),
    codes: Int32Array.from(levels, (_, i) => i),
    bits,
    tie: 'lower',
  };
}

/** NF4's levels: quantiles of the normal distribution. */
const nf4 = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
  0.7229568362236023, 1,
];

/** The magnitudes of bitsandbytes' FP4, ascending, in twelfths; and the codes they have. Bit 3 is the sign. */
const bnbTwelfths = [0, 0.0625, 2, 3, 4, 6, 8, 12];
const bnbCodes = [0, 1, 6, 7, 4, 5, 2, 3];

/** bitsandbytes' FP4 has the codes of 0 the other way round: 8, the one with the sign, is taken for what lies just above. */
const bnbGrid: LevelGrid = {
  levels: Float64Array.of(
    ...bnbTwelfths.map(m => Math.fround(-m / 12)).reverse(),
    ...bnbTwelfths.map(m => Math.fround(m / 12)),
  ),
  codes: Int32Array.of(
    ...bnbCodes
      .slice(1)
      .map(code => code + 8)
      .reverse(),
    0,
    8,
    ...bnbCodes.slice(1),
  ),
  bits: 4,
  tie: 'lower',
};

/** BitNet rounds half to even, so both halves become 0; codes are the levels themselves. */
const ternaryGrid: LevelGrid = {
  levels: Float64Array.of(-1, 0, 1),
  codes: Int32Array.of(-1, 0, 1),
  bits: 2,
  tie: 'even',
};

/**
 * The level grids that have a name.
 * @source OCP 8-bit Floating Point Specification 1.0 and Microscaling Formats 1.0 (FP8, FP6, FP4);
 * bitsandbytes-foundation/bitsandbytes bitsandbytes/functional.py, get_4bit_type, and backends/default/ops.py (nf4, fp4-bnb)
 */
export const levelGrids = {
  nf4: listedGrid(4, nf4),
  fp4: floatGrid(smallFloats.e2m1),
  'fp4-bnb': bnbGrid,
  'fp6-e2m3': floatGrid(smallFloats.e2m3),
  'fp6-e3m2': floatGrid(smallFloats.e3m2),
  'fp8-e4m3': floatGrid(smallFloats.e4m3),
  'fp8-e5m2': floatGrid(smallFloats.e5m2),
  ternary: ternaryGrid,
  binary: listedGrid(1, [-1, 1]),
} satisfies Record<NamedGrid, LevelGrid>;

/** The level grid of a scheme. */
export function levelGridOf(grid: Extract<Grid, { kind: 'named' | 'levels' }>): LevelGrid {
  return grid.kind === 'named' ? levelGrids[grid.name] : gridOfLevels(grid.levels);
}

/** The grid of levels of one's own: ascending, at least one, rounded to float32. */
export function gridOfLevels(levels: readonly number[]): LevelGrid {
  return listedGrid(Math.max(1, Math.ceil(Math.log2(levels.length))), levels);
}
