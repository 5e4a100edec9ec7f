import { type Extent, extentOf } from '../../base/spread';
import type { Matrix } from '../../base/tile';
import type { Piece } from '../errorSums';
import type { Granularity } from '../scheme';
import type { Settled } from './method';
import type { RowTotals } from './rowKernelRun';
import type { RunListener } from './schemeRun';

/** What a run does to each row. Element i of an array is row i; NaN where there is no figure, and for rows without finite values. */
export interface RowErrors {
  readonly absMax: Float32Array;
  readonly sqnrDb: Float32Array;
  readonly mse: Float64Array;
}

/** Adds up what a run does to each row. Pieces come in order, so one row at a time is open. */
export class RowErrorCounter implements RunListener {
  readonly #cols: number;
  readonly #errors: RowErrors;
  #row = -1;
  #absMax = 0;
  #count = 0;
  #squaredError = 0;
  #squaredValue = 0;

  constructor({ rows, cols }: Matrix) {
    this.#cols = cols;
    this.#errors = {
      absMax: new Float32Array(rows).fill(Number.NaN),
      sqnrDb: new Float32Array(rows).fill(Number.NaN),
      mse: new Float64Array(rows).fill(Number.NaN),
    };
  }

  piece(piece: Piece): void {
    const { index, values } = piece;
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((index + from) / this.#cols);
      const to = Math.min((row + 1) * this.#cols - index, values.length);
      if (row !== this.#row) this.#turnTo(row);
      this.#add(piece, from, to);
      from = to;
    }
  }

  #add({ values, results }: Piece, from: number, to: number): void {
    let [absMax, count] = [this.#absMax, this.#count];
    let [squaredError, squaredValue] = [0, 0];
    for (let i = from; i < to; i++) {
      const x = values[i]!;
      if (x - x !== 0) continue;
      const error = x - results[i]!;
      const magnitude = Math.abs(x);
      if (magnitude > absMax) absMax = magnitude;
      squaredError += error * error;
      squaredValue += x * x;
      count++;
    }
    this.#absMax = absMax;
    this.#count = count;
    this.#squaredError += squaredError;
    this.#squaredValue += squaredValue;
  }

  #turnTo(row: number): void {
    this.#close();
    this.#row = row;
    this.#absMax = 0;
    this.#count = 0;
    this.#squaredError = 0;
    this.#squaredValue = 0;
  }

  #close(): void {
    if (this.#row < 0 || this.#count === 0) return;
    const { absMax, sqnrDb, mse } = this.#errors;
    absMax[this.#row] = this.#absMax;
    const sqnr = 10 * Math.log10(this.#squaredValue / this.#squaredError);
    sqnrDb[this.#row] = Number.isFinite(sqnr) ? sqnr : Number.NaN;
    const mean = this.#squaredError / this.#count;
    mse[this.#row] = Number.isFinite(mean) ? mean : Number.NaN;
  }

  /** Takes a row that was added up elsewhere. */
  row({ row, sums, absMax }: Pick<RowTotals, 'row' | 'sums' | 'absMax'>): void {
    this.#turnTo(row);
    this.#absMax = absMax;
    this.#count = sums.count;
    this.#squaredError = sums.squaredError;
    this.#squaredValue = sums.squaredValue;
  }

  /** The figures, when all was seen. */
  get result(): RowErrors {
    this.#close();
    return this.#errors;
  }
}

/** Smallest, median and largest of the parameters of each band of rows. */
export interface BandExtents {
  readonly low: Float32Array;
  readonly median: Float32Array;
  readonly high: Float32Array;
}

/** The parameters of rows. Bands of `rowsPerBand` rows share theirs; the last band may have fewer. */
export interface RowParams {
  readonly rowsPerBand: number;
  readonly scale: BandExtents;
  readonly zeroPoint: BandExtents;
}

/** How the segments of a run lie, as `SchemeRun` tells it. */
export interface SegmentLayout {
  readonly granularity: Granularity;
  readonly shape: readonly [number, number];
  readonly matrix: Matrix;
}

/** Parameters of segments that are kept until all are settled. More than these are settled in their order. */
const mostKept = 2 ** 16;

/**
 * Reduces the parameters of segments to those of rows. Many small groups are settled in their order, so that only those of one
 * row are kept; blocks, which the run keeps too, may be settled in any.
 */
export class RowParamCounter implements RunListener {
  readonly #layout: SegmentLayout;
  readonly #rowsPerBand: number;
  readonly #result: RowParams;
  #band = 0;
  #scales = new Float64Array(16);
  #zeroPoints = new Float64Array(16);
  #count = 0;
  /** Scale and zero point of each segment; null where they come in order. */
  readonly #kept: Float64Array | null;

  constructor(layout: SegmentLayout) {
    this.#layout = layout;
    this.#rowsPerBand = rowsPerBand(layout);
    const bands = Math.ceil(layout.matrix.rows / this.#rowsPerBand);
    const segments = layout.shape[0] * layout.shape[1];
    const isKept = layout.granularity.kind !== 'group' || segments <= mostKept;
    this.#kept = isKept ? new Float64Array(2 * segments).fill(Number.NaN) : null;
    this.#result = {
      rowsPerBand: this.#rowsPerBand,
      scale: noExtents(bands),
      zeroPoint: noExtents(bands),
    };
  }

  settled(segment: number, { params }: Pick<Settled, 'params'>): void {
    if (!params) return;
    const { scale, zeroPoint } = params;
    if (!this.#kept) this.#take(segment, scale, zeroPoint);
    else {
      this.#kept[2 * segment] = scale;
      this.#kept[2 * segment + 1] = zeroPoint;
    }
  }

  #take(segment: number, scale: number, zeroPoint: number): void {
    const last = this.#lastBandOf(segment);
    for (let band = this.#firstBandOf(segment); band <= last; band++) {
      if (band !== this.#band) this.#turnTo(band);
      this.#put(scale, zeroPoint);
    }
  }

  #put(scale: number, zeroPoint: number): void {
    if (this.#count === this.#scales.length) {
      this.#scales = doubled(this.#scales);
      this.#zeroPoints = doubled(this.#zeroPoints);
    }
    this.#scales[this.#count] = scale;
    this.#zeroPoints[this.#count++] = zeroPoint;
  }

  /** Where groups are counted without regard to rows, one may begin in one row and end in another. */
  #firstBandOf(segment: number): number {
    const { granularity, shape, matrix } = this.#layout;
    if (granularity.kind === 'group' && shape[0] === 1)
      return Math.floor((segment * granularity.size) / matrix.cols);
    return Math.floor(segment / shape[1]);
  }

  #lastBandOf(segment: number): number {
    const { granularity, shape, matrix } = this.#layout;
    if (granularity.kind !== 'group' || shape[0] !== 1) return this.#firstBandOf(segment);
    const end = Math.min((segment + 1) * granularity.size, matrix.rows * matrix.cols);
    return Math.floor((end - 1) / matrix.cols);
  }

  #turnTo(band: number): void {
    this.#close();
    this.#band = band;
    this.#count = 0;
  }

  #close(): void {
    if (this.#count === 0) return;
    write(this.#result.scale, this.#band, extentOf(this.#scales, this.#count));
    write(this.#result.zeroPoint, this.#band, extentOf(this.#zeroPoints, this.#count));
  }

  /** The parameters, when all was seen. */
  get result(): RowParams {
    const kept = this.#kept ?? [];
    for (let i = 0; i < kept.length; i += 2) this.#take(i / 2, kept[i]!, kept[i + 1]!);
    this.#close();
    return this.#result;
  }
}

function rowsPerBand({ granularity, shape, matrix }: SegmentLayout): number {
  if (granularity.kind === 'block') return granularity.rows;
  return granularity.kind === 'group' || shape[0] === matrix.rows ? 1 : Math.max(1, matrix.rows);
}

function noExtents(bands: number): BandExtents {
  const none = () => new Float32Array(bands).fill(Number.NaN);
  return { low: none(), median: none(), high: none() };
}

function write(extents: BandExtents, band: number, { low, median, high }: Extent): void {
  extents.low[band] = low;
  extents.median[band] = median;
  extents.high[band] = high;
}

function doubled(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(2 * numbers.length);
  grown.set(numbers);
  return grown;
}
