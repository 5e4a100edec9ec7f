import type { Matrix } from '../../base/tile';
import { bitsPerWeight } from '../bitsPerWeight';
import { type ChannelReport, codeFigures, type ErrorReport, errorFigures } from '../errorReport';
import {
  addErrors,
  addSums,
  CodeCounts,
  type CodeCountsState,
  type ErrorSums,
  noErrors,
  type Piece,
} from '../errorSums';
import type { Scheme } from '../scheme';
import { printScheme } from '../schemeText';
import type { SegmentTotals } from './engine';
import type { Method, Settled } from './method';
import { ParamSpread, type SpreadState } from './paramSpread';
import type { RunListener } from './schemeRun';
import { largestFloat16 } from './scratch';

/** What is known of some of a tensor's weights, to be merged with what is known of others. Plain data. */
export interface ReporterState {
  readonly sums: ErrorSums;
  readonly codes: CodeCountsState;
  readonly scale: SpreadState;
  readonly zeroPoint: SpreadState;
  readonly kept: number;
  readonly keptFp32: number;
}

/** Adds up what a run does to its tensor. */
export class Reporter implements RunListener {
  readonly #scheme: Scheme;
  readonly #sums: ErrorSums = noErrors();
  readonly #codes: CodeCounts;
  readonly #scale = new ParamSpread();
  readonly #zeroPoint = new ParamSpread();
  #kept = 0;
  #keptFp32 = 0;

  constructor(scheme: Scheme, codes: Method['codes']) {
    this.#scheme = scheme;
    this.#codes = new CodeCounts(codes);
  }

  piece(piece: Piece): void {
    addErrors(piece, 0, piece.values.length, this.#sums);
    this.#codes.add(piece, 0, piece.values.length);
    if (piece.kept) this.#countKept(piece, piece.kept);
  }

  #countKept({ values, counts }: Piece, kept: Uint8Array): void {
    for (let i = 0; i < kept.length; i++) {
      if (kept[i] === 0) continue;
      const n = counts ? counts[i]! : 1;
      this.#kept += n;
      if (Math.abs(values[i]!) > largestFloat16) this.#keptFp32 += n;
    }
  }

  settled(_segment: number, { params }: Pick<Settled, 'params'>): void {
    if (params) this.#settle(params.scale, params.zeroPoint);
  }

  totals({ sums, scales, zeroPoints, codeCounts }: SegmentTotals): void {
    addSums(this.#sums, sums);
    this.#codes.addCounts(codeCounts);
    for (let i = 0; i < scales.length; i++) this.#settle(scales[i]!, zeroPoints[i]!);
  }

  #settle(scale: number, zeroPoint: number): void {
    this.#scale.add(scale);
    this.#zeroPoint.add(zeroPoint);
  }

  /** What is known so far. */
  get state(): ReporterState {
    return {
      sums: { ...this.#sums },
      codes: this.#codes.state,
      scale: this.#scale.state,
      zeroPoint: this.#zeroPoint.state,
      kept: this.#kept,
      keptFp32: this.#keptFp32,
    };
  }

  /** Adds what is known of other weights of the tensor. */
  merge({ sums, codes, scale, zeroPoint, kept, keptFp32 }: ReporterState): void {
    addSums(this.#sums, sums);
    this.#codes.merge(codes);
    this.#scale.merge(scale);
    this.#zeroPoint.merge(zeroPoint);
    this.#kept += kept;
    this.#keptFp32 += keptFp32;
  }

  /** The figures, when all was seen. `elements` is how many weights were read. */
  report(elements: number): ErrorReport {
    const scales = this.#scale.count;
    const counts = { elements, scales, kept: this.#kept, keptFp32: this.#keptFp32 };
    return {
      scheme: printScheme(this.#scheme),
      bitsPerWeight: bitsPerWeight(this.#scheme, counts),
      ...errorFigures(this.#sums),
      ...codeFigures(this.#codes),
      codesAvailable: this.#codes.available,
      scale: { count: scales, ...this.#scale.figures },
      zeroPoint: this.#zeroPoint.figures,
      ...(this.#scheme.outliers && {
        outliersKept: this.#kept,
        outliersKeptFp32: this.#keptFp32,
      }),
    };
  }
}

const rowKeys = [
  'mse',
  'rmse',
  'maxAbsError',
  'meanAbsError',
  'sqnrDb',
  'cosine',
  'relativeFrobenius',
  'rmseOverScale',
  'clippedFraction',
  'codesUsed',
  'codeEntropy',
] as const satisfies readonly (keyof ChannelReport)[];

/** The same for each row of a block of the matrix. Pieces come in order, so one row at a time is added up. */
export class ChannelReporter implements RunListener {
  readonly #cols: number;
  readonly #first: number;
  readonly #codes: CodeCounts;
  /** Figures by row; NaN stands for null. */
  readonly #figures: { readonly [K in keyof ChannelReport]: Float64Array };
  #row = -1;
  #sums = noErrors();

  /** @param first number of the block's first row */
  constructor({ rows, cols }: Matrix, codes: Method['codes'], first = 0) {
    this.#cols = cols;
    this.#first = first;
    this.#codes = new CodeCounts(codes);
    this.#figures = eachKey(() => new Float64Array(rows).fill(Number.NaN));
  }

  piece(piece: Piece): void {
    const { index, values } = piece;
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((index + from) / this.#cols);
      const to = Math.min((row + 1) * this.#cols - index, values.length);
      if (row - this.#first !== this.#row) this.#turnTo(row - this.#first);
      addErrors(piece, from, to, this.#sums);
      this.#codes.add(piece, from, to);
      from = to;
    }
  }

  #turnTo(row: number): void {
    this.#close();
    this.#row = row;
    this.#sums = noErrors();
    this.#codes.clear();
  }

  #close(): void {
    if (this.#row < 0) return;
    const figures = { ...errorFigures(this.#sums), ...codeFigures(this.#codes) };
    for (const key of rowKeys) this.#figures[key][this.#row] = figures[key] ?? Number.NaN;
  }

  /** The figures of every row of the block; null where there is none, and for rows that were not read. */
  report(): ChannelReport {
    this.#close();
    return eachKey(key => Array.from(this.#figures[key], x => (Number.isNaN(x) ? null : x)));
  }
}

function eachKey<T>(make: (key: keyof ChannelReport) => T): { [K in keyof ChannelReport]: T } {
  return Object.fromEntries(rowKeys.map(key => [key, make(key)])) as {
    [K in keyof ChannelReport]: T;
  };
}
