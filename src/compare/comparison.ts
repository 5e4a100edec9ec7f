import type { Matrix } from '../base/tile';
import { type ErrorFigures, errorFigures } from '../quant/errorReport';
import { type ErrorSums, noErrors } from '../quant/errorSums';
import type { Values } from '../stats/moments';
import type { Histogram } from '../stats/profile';
import { HeatMap, type HeatMapResult } from './heatMap';
import { blockCols, type WorstBlock, WorstBlockFinder } from './worstBlock';

/** How far a weight is from another: figures of a - b, where a is the signal. Rows and columns are those of `shape`. */
export interface Comparison
  extends Pick<
    ErrorFigures,
    'mse' | 'sqnrDb' | 'cosine' | 'relativeFrobenius' | 'maxAbsError' | 'meanAbsError'
  > {
  /** Pairs of finite values, which the figures are about. */
  readonly count: number;
  /** Pairs left out, because one or both are NaN or infinite. */
  readonly nonFinite: number;
  /** Where the largest error is; null where there is no error. */
  readonly maxAt: { readonly row: number; readonly col: number } | null;
  /** Null where there is no error. */
  readonly worstBlock: WorstBlock | null;
  /** Set when it was asked for. */
  readonly detail?: ComparisonDetail;
}

/** What a chart shows of two weights. */
export interface ComparisonDetail {
  readonly heat: HeatMapResult;
  /** Of the finite values of both, over the same bins; null where there are none, or their range cannot be cut into bins. */
  readonly histograms: { readonly a: Histogram; readonly b: Histogram } | null;
}

/** Rows of columns: all dimensions but the last together are rows. */
export function comparedMatrix(shape: readonly number[]): Matrix {
  const cols = shape.at(-1) ?? 1;
  return { rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), cols };
}

/** Sums over pairs of values that come in row-major order, in float64. */
export class ComparisonSums {
  readonly #sums = noErrors();
  readonly #matrix: Matrix;
  readonly #worst: WorstBlockFinder;
  readonly #heat: HeatMap | null;
  readonly #step: number;
  #nonFinite = 0;
  #maxIndex = -1;

  constructor(matrix: Matrix, detail: boolean) {
    this.#matrix = matrix;
    this.#worst = new WorstBlockFinder(matrix);
    this.#heat = detail ? new HeatMap(matrix) : null;
    // Both are powers of two: a run of the shorter one's columns lies in one of each.
    this.#step = Math.min(blockCols(matrix), this.#heat?.colsPerCell ?? Infinity);
  }

  /** Adds pairs. @param index of the first, in row-major order; just behind those added before */
  add(a: Values, b: Values, index: number): void {
    const { cols } = this.#matrix;
    let row = Math.floor(index / cols);
    let col = index - row * cols;
    for (let i = 0; i < a.length; ) {
      const end = Math.min(cols, col - (col % this.#step) + this.#step);
      const to = Math.min(a.length, i + end - col);
      const run = this.#addRun(a, b, { from: i, to, index });
      this.#worst.add(row, col, run);
      this.#heat?.add(row, col, run);
      col += to - i;
      i = to;
      if (col < cols) continue;
      col = 0;
      row++;
    }
  }

  #addRun(a: Values, b: Values, { from, to, index }: Span): RunSums {
    const sums = this.#sums;
    let { maxError } = sums;
    let maxIndex = -1;
    let count = 0;
    let squaredError = 0;
    let absError = 0;
    let squaredValue = 0;
    let squaredResult = 0;
    let product = 0;
    for (let i = from; i < to; i++) {
      const x = a[i]!;
      const y = b[i]!;
      const error = Math.abs(x - y);
      if (error - error !== 0) continue;
      count++;
      if (error > maxError) {
        maxError = error;
        maxIndex = i;
      }
      squaredError += error * error;
      absError += error;
      squaredValue += x * x;
      squaredResult += y * y;
      product += x * y;
    }
    if (maxIndex >= 0) this.#maxIndex = index + maxIndex;
    this.#nonFinite += to - from - count;
    sums.maxError = maxError;
    sums.count += count;
    sums.squaredError += squaredError;
    sums.absError += absError;
    sums.squaredValue += squaredValue;
    sums.squaredResult += squaredResult;
    sums.product += product;
    return { count, squaredError, absError };
  }

  /** The figures, when all pairs were added. @param histograms for the detail, when it was asked for */
  result(histograms: ComparisonDetail['histograms']): Comparison {
    const { cols } = this.#matrix;
    const at = this.#maxIndex;
    const heat = this.#heat?.result;
    return {
      count: this.#sums.count,
      nonFinite: this.#nonFinite,
      ...comparedFigures(this.#sums),
      maxAt: at < 0 ? null : { row: Math.floor(at / cols), col: at % cols },
      worstBlock: this.#worst.result,
      ...(heat && { detail: { heat, histograms } }),
    };
  }
}

/** Places [from, to) of arrays whose first value has this index. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

/** What is known of some neighbouring columns of a row. */
export type RunSums = Readonly<Pick<ErrorSums, 'count' | 'squaredError' | 'absError'>>;

function comparedFigures(sums: ErrorSums) {
  const { mse, sqnrDb, cosine, relativeFrobenius, maxAbsError, meanAbsError } = errorFigures(sums);
  return { mse, sqnrDb, cosine, relativeFrobenius, maxAbsError, meanAbsError };
}
