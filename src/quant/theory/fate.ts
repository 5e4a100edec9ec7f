import type { QuantParams } from '../arithmetic';
import { elementGrids } from '../gridValues';
import { type Method, methodOf, type Output } from '../run/method';
import type { Grid, Scheme } from '../scheme';
import { type Cells, integerCells, levelCells, squaredError } from './cells';
import type { FateOf } from './extremes';

/** Of a grid without a scale. */
export const noParams: QuantParams = { scale: 1, zeroPoint: 0 };

/**
 * Finds the fate of segments by the scheme's own arithmetic: it is shown the smallest and the largest value as if they
 * were all, and from the scale and zero point that it makes of them follow the cells of the others.
 * @param sigma standard deviation of the weights
 * @param method of a scheme whose grid is integers or levels
 */
export function fateBy(scheme: Scheme, sigma: number, method: Method = methodOf(scheme)): FateOf {
  const values = new Float32Array(2);
  const out: Output = {
    codes: new Int32Array(2),
    results: new Float32Array(2),
    clipped: new Uint8Array(2),
    scales: new Float32Array(2),
  };
  const cellsOf = cellsBy(scheme, method);
  let params = noParams;
  return (lo, hi) => {
    values[0] = lo * sigma;
    values[1] = hi * sigma;
    const both = { values, from: 0, to: 2, index: 0, stride: 1 };
    method.quantize(both, out, (_, settled) => {
      params = settled.params ?? noParams;
    });
    const [atLo, atHi] = [values[0] - out.results[0]!, values[1] - out.results[1]!];
    return {
      between: squaredError(cellsOf(params.zeroPoint), params.scale / sigma, [lo, hi]),
      ends: (atLo * atLo + atHi * atHi) / (2 * sigma * sigma),
    };
  };
}

/** The cells of a scheme by its zero point. */
export function cellsBy(scheme: Scheme, { codes }: Method): (zeroPoint: number) => Cells {
  const { grid, rounding } = scheme;
  const levels = levelsOf(grid);
  if (levels) {
    const cells = levelCells(levels, rounding);
    return () => cells;
  }
  const last = codes.first + codes.count - 1;
  const known = new Map<number, Cells>();
  return zeroPoint => {
    let cells = known.get(zeroPoint);
    if (!cells) {
      cells = integerCells(scheme, codes.first, last, zeroPoint);
      // Real zero points are all different.
      if (known.size < mostKnown) known.set(zeroPoint, cells);
    }
    return cells;
  };
}

/** Zero points whose cells are held. */
const mostKnown = 64;

/** The grid of levels of a scheme or of the elements of a format; undefined where there is none. */
function levelsOf(grid: Grid): Extract<Grid, { kind: 'named' | 'levels' }> | undefined {
  if (grid.kind === 'named' || grid.kind === 'levels') return grid;
  if (grid.kind !== 'format' || !(grid.name in elementGrids)) return undefined;
  return { kind: 'named', name: elementGrids[grid.name as keyof typeof elementGrids] };
}
