import type { Matrix } from '../../base/tile';
import { absMaxOf } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { Quantized, QuantParams } from '../arithmetic';
import type { Scheme } from '../scheme';
import type { Looker } from './chunks';
import type { Engine, ParamsKernel, SegmentKernel, SegmentTotals } from './engine';
import { type Method, methodOf, type Parts } from './method';
import { methodShape } from './segments';

/** What is found of one row. */
export interface RowTotals extends SegmentTotals {
  readonly row: number;
  /** Of the finite values; 0 without any. */
  readonly absMax: number;
}

/** Who is told of rows. Arrays are good during the call. */
export interface RowListener {
  row(totals: RowTotals): void;
  /** What the values of some of the row have become; for grids of several segments in a row only. */
  results(results: Float32Array, values: Float32Array): void;
}

/** What kernels need to do a scheme row by row. */
interface RowKernel {
  readonly method: Method;
  readonly parts: Parts;
  /** Of a row whose parameters are known; `scales` is empty then. */
  readonly totals: (values: Float32Array) => SegmentTotals | null;
  /** Set where the whole tensor shares its parameters. */
  readonly params: QuantParams | null;
  /** Weights of a segment. */
  readonly width: number;
}

/**
 * A scheme laid over a tensor row by row by kernels, in one pass: for schemes whose segments lie within a row, or whose range is
 * given. It is equal to `SchemeRun` on codes and parameters; its sums are within the bound that the kernels state.
 */
export class RowKernelRun implements Looker {
  readonly shape: readonly [number, number];
  readonly #kernel: RowKernel;
  readonly #engine: Engine;
  readonly #cols: number;
  readonly #listeners: RowListener[] = [];
  readonly #out: Quantized;
  #values: Float32Array;

  private constructor(kernel: RowKernel, matrix: Matrix, engine: Engine) {
    this.#kernel = kernel;
    this.#engine = engine;
    this.#cols = matrix.cols;
    this.shape = methodShape(kernel.method, matrix);
    const length = this.isUniform ? 0 : matrix.cols;
    this.#values = new Float32Array(length);
    this.#out = {
      codes: new Int32Array(length),
      results: new Float32Array(length),
      clipped: new Uint8Array(length),
    };
  }

  /** Null where there is no kernel for the scheme, or it does not go row by row. Its rows are float32. */
  static of(scheme: Scheme, matrix: Matrix, engine: Engine | undefined): RowKernelRun | null {
    const kernel = engine && rowKernel(scheme, matrix, engine);
    return kernel ? new RowKernelRun(kernel, matrix, engine) : null;
  }

  get codes(): Method['codes'] {
    return this.#kernel.method.codes;
  }

  /** Which weights share parameters. */
  get granularity(): Method['granularity'] {
    return this.#kernel.method.granularity;
  }

  /** The parameters of the whole tensor, where it shares them. */
  get params(): QuantParams | null {
    return this.#kernel.params;
  }

  /** Whether a row is of one scale: then its codes tell all results. */
  get isUniform(): boolean {
    return this.#kernel.width >= this.#cols;
  }

  listen(listener: RowListener): void {
    this.#listeners.push(listener);
  }

  /** @param chunk of whole rows */
  add(chunk: Chunk): void {
    const { length } = chunk.values;
    const cols = this.#cols;
    for (let from = 0; from < length; from += cols) {
      const row = (chunk.index + from) / cols;
      // Taken anew for each kernel: the last one may have moved them.
      const values = () => chunk.values.subarray(from, from + cols) as Float32Array;
      const absMax = absMaxOf(this.#engine.stats(values(), Number.NaN));
      if (!this.isUniform) this.#values.set(values());
      const totals = this.#kernel.totals(values());
      if (!totals) throw new Error('a kernel that took one row refuses another');
      for (const listener of this.#listeners) listener.row({ ...totals, row, absMax });
      if (!this.isUniform) this.#tellResults(totals);
    }
  }

  #tellResults({ scales, zeroPoints }: SegmentTotals): void {
    const values = this.#values;
    const { width, parts } = this.#kernel;
    for (let from = 0, i = 0; from < values.length; from += width, i++) {
      const params = { scale: scales[i]!, zeroPoint: zeroPoints[i]! };
      const stretch = { values, from, to: Math.min(from + width, values.length) };
      parts.codec.quantize({ ...stretch, index: 0, stride: 1 }, params, this.#out);
    }
    for (const listener of this.#listeners) listener.results(this.#out.results, values);
  }

  finish(): boolean {
    return true;
  }
}

function rowKernel(scheme: Scheme, { cols }: Matrix, engine: Engine): RowKernel | null {
  const { grid, outliers } = scheme;
  if (outliers || grid.kind === 'format' || grid.kind === 'cast') return null;
  const method = methodOf(scheme);
  const { granularity, flat, parts, prepare } = method;
  if (!parts || prepare || flat) return null;
  if (granularity.kind === 'tensor') return ofTensor(scheme, method, parts, engine);
  const width = granularity.kind === 'group' ? granularity.size : cols;
  const isOfRow = granularity.kind === 'group' || granularity.kind === 'channel';
  if (!isOfRow || (granularity.kind === 'channel' && granularity.axis === 1)) return null;
  const kernel: SegmentKernel | undefined = engine.segmentKernel(scheme);
  if (!kernel) return null;
  return { method, parts, params: null, width, totals: values => kernel(values, width) };
}

function ofTensor(scheme: Scheme, method: Method, parts: Parts, engine: Engine): RowKernel | null {
  const kernel: ParamsKernel | undefined = engine.paramsKernel(scheme);
  const calibrated = scheme.calibration.kind === 'range' ? parts.calibrator().finish() : null;
  const params = calibrated && parts.settle(calibrated).params;
  if (!kernel || !params || !kernel(new Float32Array(0), params)) return null;
  const totals = (values: Float32Array) => kernel(values, params);
  return { method, parts, params, width: Infinity, totals };
}
