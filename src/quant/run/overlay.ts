import type { HistogramCounter } from '../../stats/histogram';
import type { Codes, QuantParams, Range } from '../arithmetic';
import type { CodeCountsState, Piece } from '../errorSums';
import { type GridEnds, gridEnds, levelsOfCodes, valuesOfEnds } from '../gridValues';
import type { Grid } from '../scheme';
import type { Settled } from './method';
import type { RowKernelRun, RowListener, RowTotals } from './rowKernelRun';
import type { RunListener } from './schemeRun';

/** How often each code occurs, from the first on; those of the lowest and the highest value beside it. */
export interface CodeUse {
  readonly first: number;
  readonly counts: number[];
  readonly used: number;
  readonly available: number;
  readonly ends: readonly [lowest: number, highest: number];
  readonly lowest: number;
  readonly highest: number;
}

/** More codes than this are no histogram: those of a cast to 16 bits. */
const mostCodes = 4096;

/** Counts dequantized values in bins, and finds the values that can be represented. */
export class Overlay implements RunListener {
  readonly #bins: HistogramCounter | null;
  readonly #ends: GridEnds;
  #lo = Infinity;
  #hi = -Infinity;

  /** @param bins over the range of the original values; null where there are none */
  constructor(grid: Grid, codes: Codes, bins: HistogramCounter | null) {
    this.#bins = bins;
    this.#ends = gridEnds(grid, codes);
  }

  piece({ values, results }: Piece): void {
    this.#bins?.addResults(results.subarray(0, values.length), values);
  }

  settled(_segment: number, { params }: Pick<Settled, 'params'>): void {
    const { lo, hi } = valuesOfEnds(this.#ends, params);
    if (lo < this.#lo) this.#lo = lo;
    if (hi > this.#hi) this.#hi = hi;
  }

  /** From the lowest value that some segment can represent to the highest; null where there is no segment. */
  get range(): Range | null {
    const isKnown = this.#lo <= this.#hi && Number.isFinite(this.#lo) && Number.isFinite(this.#hi);
    return isKnown ? { lo: this.#lo, hi: this.#hi } : null;
  }
}

/** Has an overlay told of rows: of their results or, where a row is of one scale, of its codes. */
export function overlayRows(
  run: RowKernelRun,
  { grid, overlay, bins }: { grid: Grid; overlay: Overlay; bins: HistogramCounter | null },
): RowListener {
  const { codes } = run;
  const levels = levelsOfCodes(grid, codes);
  const { isOffset } = gridEnds(grid, codes);
  const addCodes = (counts: ArrayLike<number>, { scale, zeroPoint }: QuantParams) => {
    const offset = isOffset ? zeroPoint : 0;
    for (let i = 0; i < counts.length; i++)
      if (counts[i]! > 0) bins?.addResult(Math.fround((levels[i]! - offset) * scale), counts[i]!);
  };
  if (run.params) overlay.settled(0, { params: run.params });
  return {
    row({ row, scales, zeroPoints, codeCounts }: RowTotals) {
      for (let i = 0; i < scales.length; i++)
        overlay.settled(row + i, { params: { scale: scales[i]!, zeroPoint: zeroPoints[i]! } });
      if (run.isUniform)
        addCodes(codeCounts, run.params ?? { scale: scales[0]!, zeroPoint: zeroPoints[0]! });
    },
    results: (results, values) => bins?.addResults(results, values),
  };
}

/** Counted codes as a histogram; null for a grid of more than one shows. */
export function codeUse(
  grid: Grid,
  codes: Codes,
  { places, counts: occurrences }: CodeCountsState,
): CodeUse | null {
  const { first, count, available = count } = codes;
  if (count > mostCodes) return null;
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < places.length; i++) counts[places[i]!] = occurrences[i]!;
  const { codes: ends } = gridEnds(grid, codes);
  return {
    ...{ first, counts, available, used: places.length, ends },
    lowest: counts[ends[0] - first] ?? 0,
    highest: counts[ends[1] - first] ?? 0,
  };
}
