import type { Matrix } from '../base/tile';
import type { Piece } from '../quant/errorSums';
import type { Settled } from '../quant/run/method';
import type { RunListener, SchemeRun } from '../quant/run/schemeRun';
import { eachStretch } from '../quant/run/segments';

/** Elements [index, index + count) of a tensor, in row-major order. */
export interface Stretch {
  readonly index: number;
  readonly count: number;
}

/** What a run did to a few consecutive values. */
export interface Captured {
  /** Number of the first value in the tensor. */
  readonly index: number;
  readonly values: Float64Array;
  readonly codes: Int32Array;
  /** x^; of a value kept apart what is kept. */
  readonly results: Float32Array;
  readonly clipped: Uint8Array;
  /** NaN where there is none: kept apart, or a grid without one. */
  readonly scales: Float32Array;
  /** 1 where the value is kept apart. */
  readonly kept: Uint8Array;
  /** What was found for the segments that the values lie in, in the order of the values. */
  readonly segments: readonly Settled[];
  /** By value: index into `segments`. */
  readonly segmentOf: Int32Array;
  /** By segment: whether it is the last group of the tensor, and short. */
  readonly isShort: readonly boolean[];
}

/** Follows a run where it passes a few consecutive values. Holds no more than these. */
export class Capture implements RunListener {
  readonly #stretch: Stretch;
  readonly #captured: Omit<Captured, 'segments'>;
  readonly #numbers: readonly number[];
  readonly #settled: (Settled | undefined)[] = [];

  constructor(run: SchemeRun, matrix: Matrix, stretch: Stretch) {
    const { count } = stretch;
    this.#stretch = stretch;
    const numberOf = segmentNumbers(run, matrix, stretch);
    this.#numbers = [...new Set(numberOf)];
    const { granularity } = run;
    const size = granularity.kind === 'group' ? granularity.size : 0;
    this.#captured = {
      index: stretch.index,
      isShort: this.#numbers.map(n => (n + 1) * size > matrix.rows * matrix.cols),
      values: new Float64Array(count),
      codes: new Int32Array(count),
      results: new Float32Array(count),
      clipped: new Uint8Array(count),
      scales: new Float32Array(count),
      kept: new Uint8Array(count),
      segmentOf: numberOf.map(n => this.#numbers.indexOf(n)),
    };
  }

  piece({ index, kept, ...piece }: Piece): void {
    const shift = index - this.#stretch.index;
    const from = Math.max(0, -shift);
    const to = Math.min(piece.values.length, this.#stretch.count - shift);
    if (from >= to) return;
    const { values, codes, results, clipped, scales } = this.#captured;
    values.set(piece.values.subarray(from, to), from + shift);
    codes.set(piece.codes.subarray(from, to), from + shift);
    results.set(piece.results.subarray(from, to), from + shift);
    clipped.set(piece.clipped.subarray(from, to), from + shift);
    scales.set(piece.scales.subarray(from, to), from + shift);
    if (kept) this.#captured.kept.set(kept.subarray(from, to), from + shift);
  }

  settled(segment: number, settled: Settled): void {
    const at = this.#numbers.indexOf(segment);
    if (at >= 0) this.#settled[at] = settled;
  }

  /** What was seen, once the run is finished. */
  get captured(): Captured {
    const nothing: Settled = { params: null, range: null, curve: [] };
    const segments = this.#numbers.map((_, i) => this.#settled[i] ?? nothing);
    return { ...this.#captured, segments };
  }
}

/** By value of a stretch: the number of its segment in the tensor. */
function segmentNumbers(run: SchemeRun, matrix: Matrix, { index, count }: Stretch): Int32Array {
  const { granularity } = run;
  const numbers = new Int32Array(count);
  // Groups that are counted through the tensor make one row of segments.
  const isFlat = run.shape[0] === 1 && matrix.rows > 1 && granularity.kind === 'group';
  if (isFlat) return numbers.map((_, i) => Math.floor((index + i) / granularity.size));
  const values = new Float32Array(count);
  const visit = (segment: number, from: number, to: number, stride: number) => {
    for (let i = from; i < to; i += stride) numbers[i] = segment;
  };
  eachStretch({ kind: 'scattered', granularity }, matrix, { values, index }, visit);
  return numbers;
}
