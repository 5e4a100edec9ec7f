import type { Matrix } from '../base/tile';
import type { Range } from '../quant/arithmetic';
import { codeRange } from '../quant/grids/integer';
import { levelGridOf } from '../quant/grids/levelGrids';
import type { Grid, Scheme } from '../quant/scheme';
import { parseScheme, printScheme } from '../quant/schemeText';
import { Capture, type Captured } from './capture';
import { openRun } from './steps';

/** Where the codes of a grid fall on the values' axis, once it is laid over a range. */
export interface Ruler {
  /** `levels`: the levels of a grid that are not integers. */
  readonly kind: 'symmetric' | 'asymmetric' | 'free' | 'levels';
  /** The scheme's shortest text. */
  readonly scheme: string;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Ascending by what they stand for. */
  readonly codes: Int32Array;
  /** By code: the value that it stands for, float32. */
  readonly marks: Float32Array;
  /** Codes at [first, last] are taken by values of the range; the others are never used. */
  readonly first: number;
  readonly last: number;
}

/** Several rulers over one range of values. */
export interface Rulers {
  readonly range: Range;
  readonly rulers: readonly Ruler[];
}

/**
 * Lays a symmetric, an asymmetric and a free range over values, with as many bits as the scheme's integers have, else 8; and
 * the scheme's own levels where it has some.
 * @param range both ends are values that occur
 */
export function rulersOf(range: Range, scheme: Scheme): Rulers {
  const bits = scheme.grid.kind === 'integer' ? scheme.grid.bits : 8;
  const { grid } = scheme;
  const own = grid.kind === 'named' || grid.kind === 'levels' ? grid : null;
  return {
    range,
    rulers: [
      integerRuler('symmetric', `int${bits} tensor`, range),
      integerRuler('asymmetric', `uint${bits} tensor`, range),
      integerRuler('free', `uint${bits} tensor zero=free`, range),
      ...(own ? [levelRuler(scheme, own, range)] : []),
    ],
  };
}

function integerRuler(kind: Ruler['kind'], text: string, range: Range): Ruler {
  const scheme = parseScheme(text);
  if (scheme.grid.kind !== 'integer') throw new TypeError(`${text} has no integers`);
  const { qmin, qmax } = codeRange({ ...scheme, ...scheme.grid });
  const ends = endsOf(scheme, range);
  const { scale, zeroPoint } = paramsOf(ends);
  const codes = Int32Array.from({ length: qmax - qmin + 1 }, (_, i) => qmin + i);
  return {
    ...{ kind, scheme: printScheme(scheme), scale, zeroPoint, codes },
    marks: Float32Array.from(codes, code => (code - zeroPoint) * scale),
    first: codes.indexOf(ends.codes[0]!),
    last: codes.indexOf(ends.codes[1]!),
  };
}

/** The levels over the whole range, whatever calibration the scheme has. */
function levelRuler(
  scheme: Scheme,
  named: Extract<Grid, { kind: 'named' | 'levels' }>,
  range: Range,
): Ruler {
  const grid = levelGridOf(named);
  const isMean = scheme.calibration.kind === 'absmean';
  const calibration = isMean ? scheme.calibration : ({ kind: 'minmax' } as const);
  const plain: Scheme = {
    ...{ ...scheme, calibration, outliers: null },
    ...{ granularity: { kind: 'tensor' }, runtime: null },
  };
  const ends = endsOf(plain, range);
  const { scale } = paramsOf(ends);
  return {
    ...{ kind: 'levels', scheme: printScheme(plain), scale, zeroPoint: 0 },
    codes: grid.codes,
    marks: Float32Array.from(grid.levels, level => level * scale),
    first: grid.codes.indexOf(ends.codes[0]!),
    last: grid.codes.indexOf(ends.codes[1]!),
  };
}

/** What becomes of the two ends of the range. */
function endsOf(scheme: Scheme, { lo, hi }: Range): Captured {
  const matrix: Matrix = { rows: 1, cols: 2 };
  const run = openRun(scheme, matrix);
  const capture = new Capture(run, matrix, { index: 0, count: 2 });
  run.listen(capture);
  do run.add({ values: Float64Array.of(lo, hi), index: 0 });
  while (!run.finish());
  return capture.captured;
}

function paramsOf({ segments }: Captured) {
  return segments[0]?.params ?? { scale: 1, zeroPoint: 0 };
}
