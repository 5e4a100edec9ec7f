import type { HistogramCounter } from '../../stats/histogram';
import type { Codes, Range } from '../arithmetic';
import { CodeCounts, type Piece } from '../errorSums';
import { type GridEnds, gridEnds, valuesOfEnds } from '../gridValues';
import type { Grid } from '../scheme';
import type { Settled } from './method';
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

/** Counts dequantized values in bins, and the codes; finds the values that can be represented. */
export class Overlay implements RunListener {
  readonly #bins: HistogramCounter | null;
  readonly #codes: Codes;
  readonly #counts: CodeCounts;
  readonly #ends: GridEnds;
  #lo = Infinity;
  #hi = -Infinity;

  /** @param bins over the range of the original values; null where there are none */
  constructor(grid: Grid, codes: Codes, bins: HistogramCounter | null) {
    this.#bins = bins;
    this.#codes = codes;
    this.#counts = new CodeCounts(codes);
    this.#ends = gridEnds(grid, codes);
  }

  piece(piece: Piece): void {
    const { values, results } = piece;
    this.#bins?.addResults(results.subarray(0, values.length), values);
    if (this.#codes.count <= mostCodes) this.#counts.add(piece, 0, values.length);
  }

  settled(_segment: number, { params }: Settled): void {
    const { lo, hi } = valuesOfEnds(this.#ends, params);
    if (lo < this.#lo) this.#lo = lo;
    if (hi > this.#hi) this.#hi = hi;
  }

  /** From the lowest value that some segment can represent to the highest; null where there is no segment. */
  get range(): Range | null {
    const isKnown = this.#lo <= this.#hi && Number.isFinite(this.#lo) && Number.isFinite(this.#hi);
    return isKnown ? { lo: this.#lo, hi: this.#hi } : null;
  }

  /** Null for a grid of more codes than a histogram shows. */
  get codes(): CodeUse | null {
    const { first, count, available = count } = this.#codes;
    if (count > mostCodes) return null;
    const counts = new Array<number>(count).fill(0);
    const { places, counts: occurrences } = this.#counts.state;
    for (let i = 0; i < places.length; i++) counts[places[i]!] = occurrences[i]!;
    const [lowest, highest] = this.#ends.codes;
    return {
      ...{ first, counts, available, used: this.#counts.used, ends: this.#ends.codes },
      lowest: counts[lowest - first] ?? 0,
      highest: counts[highest - first] ?? 0,
    };
  }
}
