import type { Matrix, Tile } from '../base/tile';
import { finiteOrNull } from '../stats/moments';
import {
  addErrors,
  affineParams,
  type CodeRange,
  codeRange,
  noErrors,
  type QuantParams,
} from './affine';
import { type ErrorReport, errorFigures } from './errorReport';
import { printScheme, type Scheme } from './scheme';

/**
 * One affine scheme laid over one tensor that streams past as tiles. Weights that share parameters form a segment of a
 * row (a channel or a group), or the whole tensor. Of each segment the range must be known before any of it is quantized:
 * `observe` its tiles, then `apply` the same tiles.
 */
export class AffineRun {
  readonly #scheme: Scheme;
  readonly #codes: CodeRange;
  readonly #cols: number;
  /** Columns of a segment. */
  readonly #width: number;
  readonly #sums = noErrors();
  readonly #scale = { count: 0, min: Infinity, max: -Infinity };
  readonly #zeroPoint = { min: Infinity, max: -Infinity };
  /** Ranges of the segments observed since `begin`, row by row. */
  #lo = new Float64Array(0);
  #hi = new Float64Array(0);
  #params: QuantParams[] = [];
  #region = { row: 0, col: 0, perRow: 0 };

  constructor(scheme: Scheme, matrix: Matrix) {
    this.#scheme = scheme;
    this.#codes = codeRange(scheme);
    this.#cols = matrix.cols;
    const g = scheme.granularity;
    this.#width = g.kind === 'group' ? Math.min(g.size, matrix.cols) : matrix.cols;
  }

  /** True when one pair of parameters serves the whole tensor, so that all of it must be observed first. */
  get wholeTensor(): boolean {
    return this.#scheme.granularity.kind === 'tensor';
  }

  /** True when no segment crosses the left or right edge of a tile with these columns. */
  holdsWholeSegments({ col, cols }: Pick<Tile, 'col' | 'cols'>): boolean {
    const end = col + cols;
    return col % this.#width === 0 && (end === this.#cols || end % this.#width === 0);
  }

  /** Forgets earlier segments and starts on those of these rows and columns. */
  begin({ row, rows, col, cols }: Omit<Tile, 'data'>): void {
    const perRow = Math.ceil(cols / this.#width);
    this.#region = { row, col, perRow };
    this.#params = [];
    const count = rows * perRow;
    if (this.#lo.length !== count) {
      this.#lo = new Float64Array(count);
      this.#hi = new Float64Array(count);
    }
    this.#lo.fill(Infinity);
    this.#hi.fill(-Infinity);
  }

  /** Takes the ranges of the segments that a tile touches. */
  observe(tile: Tile): void {
    const { data } = tile;
    this.#eachSegment(tile, (segment, from, to) => {
      let lo = this.#lo[segment]!;
      let hi = this.#hi[segment]!;
      for (let i = from; i < to; i++) {
        const x = data[i]!;
        if (x < lo && x !== -Infinity) lo = x;
        if (x > hi && x !== Infinity) hi = x;
      }
      this.#lo[segment] = lo;
      this.#hi[segment] = hi;
    });
  }

  /** For a whole-tensor scheme: the range, once all of the tensor was seen. */
  setRange(lo: number, hi: number): void {
    this.#params = [this.#settle(lo, hi)];
  }

  /** Quantizes a tile whose segments were all observed, and adds up the errors. */
  apply(tile: Tile): void {
    if (this.wholeTensor) {
      const stretch = { values: tile.data, from: 0, to: tile.data.length };
      addErrors(stretch, this.#params[0]!, this.#codes, this.#sums);
      return;
    }
    this.#eachSegment(tile, (segment, from, to) => {
      this.#params[segment] ??= this.#settle(this.#lo[segment]!, this.#hi[segment]!);
      addErrors({ values: tile.data, from, to }, this.#params[segment], this.#codes, this.#sums);
    });
  }

  #eachSegment(tile: Tile, visit: (segment: number, from: number, to: number) => void): void {
    const { row, col, perRow } = this.#region;
    const end = tile.col + tile.cols;
    for (let r = 0; r < tile.rows; r++) {
      const first = (tile.row + r - row) * perRow;
      const start = r * tile.cols - tile.col;
      for (let c = tile.col; c < end; ) {
        const segment = Math.floor((c - col) / this.#width);
        const next = Math.min(col + (segment + 1) * this.#width, end);
        visit(first + segment, start + c, start + next);
        c = next;
      }
    }
  }

  #settle(lo: number, hi: number): QuantParams {
    // A segment without a finite value has the parameters of zeros.
    const params = lo > hi ? affineParams(this.#scheme, 0, 0) : affineParams(this.#scheme, lo, hi);
    this.#scale.count++;
    widen(this.#scale, params.scale);
    widen(this.#zeroPoint, params.zeroPoint);
    return params;
  }

  /** The figures, after the last tile was applied. `elements` is how many weights were applied. */
  report(elements: number): ErrorReport {
    const { bits, symmetric } = this.#scheme;
    const perSegment = 32 + (symmetric ? 0 : bits);
    return {
      scheme: printScheme(this.#scheme),
      bitsPerWeight: bits + (perSegment * this.#scale.count) / elements,
      ...errorFigures(this.#sums),
      scale: { count: this.#scale.count, ...known(this.#scale) },
      zeroPoint: known(this.#zeroPoint),
    };
  }
}

function widen(extremes: { min: number; max: number }, value: number): void {
  extremes.min = Math.min(extremes.min, value);
  extremes.max = Math.max(extremes.max, value);
}

function known({ min, max }: { min: number; max: number }) {
  return { min: finiteOrNull(min), max: finiteOrNull(max) };
}
