import type { Matrix } from '../../base/tile';
import { absMaxOf } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { QuantParams } from '../arithmetic';
import { addSums, noErrors } from '../errorSums';
import type { Scheme } from '../scheme';
import type { Looker } from './chunks';
import type { Engine, ParamsKernel, SegmentKernel, SegmentTotals } from './engine';
import { type Method, methodOf } from './method';
import { methodShape } from './segments';

/** What is found of one row. */
export interface RowTotals extends SegmentTotals {
  readonly row: number;
  /** Of the finite values; 0 without any. */
  readonly absMax: number;
}

/** Who is told of rows. Arrays are good during the call. */
export interface RowListener {
  row?(totals: RowTotals): void;
  /** How often each code occurs, from the first on, among values that share these parameters; they are some of one row. */
  codes?(counts: ArrayLike<number>, params: QuantParams): void;
}

/** What kernels need to do a scheme row by row. */
interface RowKernel {
  readonly method: Method;
  /** Of a row whose parameters are known; `scales` is empty then. */
  readonly totals: (values: Float32Array) => SegmentTotals | null;
  /** Set where the whole tensor shares its parameters. */
  readonly params: QuantParams | null;
  /** Weights of a segment. */
  readonly width: number;
  /** Whether codes are integers as `integerCodec` makes them by default: all that kernels know. */
  readonly isInteger: boolean;
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
  /** The sums of a row of several segments. */
  readonly #counts: Float64Array;
  readonly #row: Float32Array;
  readonly #scales: Float32Array;
  readonly #zeroPoints: Float64Array;

  private constructor(kernel: RowKernel, matrix: Matrix, engine: Engine) {
    this.#kernel = kernel;
    this.#engine = engine;
    this.#cols = matrix.cols;
    this.shape = methodShape(kernel.method, matrix);
    this.#counts = new Float64Array(kernel.method.codes.count);
    this.#row = new Float32Array(kernel.width < matrix.cols ? matrix.cols : 0);
    this.#scales = new Float32Array(this.shape[1]);
    this.#zeroPoints = new Float64Array(this.shape[1]);
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

  listen(listener: RowListener): void {
    this.#listeners.push(listener);
  }

  /** @param chunk of whole rows */
  add(chunk: Chunk): void {
    const { length } = chunk.values;
    const cols = this.#cols;
    for (let from = 0; from < length; from += cols) {
      const row = (chunk.index + from) / cols;
      // Taken anew where a kernel may have moved them.
      const values = () => chunk.values.subarray(from, from + cols) as Float32Array;
      const absMax = absMaxOf(this.#engine.stats(values(), Number.NaN));
      const totals = this.#totalsOf(values);
      for (const listener of this.#listeners) listener.row?.({ ...totals, row, absMax });
    }
  }

  #totalsOf(values: () => Float32Array): SegmentTotals {
    if (this.#kernel.width >= this.#cols) return this.#whole(values());
    return this.#kernel.isInteger ? this.#integerGroups(values) : this.#groups(values);
  }

  /** The kernel does all groups at once; a plain loop finds again how often each code occurs in each. */
  #integerGroups(values: () => Float32Array): SegmentTotals {
    this.#row.set(values());
    const totals = this.#totals(values());
    const { width, method } = this.#kernel;
    for (let from = 0, i = 0; from < this.#cols; from += width, i++) {
      const params = { scale: totals.scales[i]!, zeroPoint: totals.zeroPoints[i]! };
      const group = this.#row.subarray(from, from + width);
      countCodes(group, { ...params, first: method.codes.first }, this.#counts);
      this.#tellCodes(this.#counts, params);
    }
    return totals;
  }

  #whole(values: Float32Array): SegmentTotals {
    const totals = this.#totals(values);
    const { scales, zeroPoints, codeCounts } = totals;
    this.#tellCodes(codeCounts, this.params ?? { scale: scales[0]!, zeroPoint: zeroPoints[0]! });
    return totals;
  }

  /** One kernel call for each group: only so it is known how often each code occurs in it. */
  #groups(values: () => Float32Array): SegmentTotals {
    const { width } = this.#kernel;
    const [scales, zeroPoints, codeCounts] = [this.#scales, this.#zeroPoints, this.#counts];
    const sums = noErrors();
    codeCounts.fill(0);
    let view = values();
    for (let from = 0, i = 0; from < this.#cols; from += width, i++) {
      if (view.length === 0) view = values();
      const totals = this.#totals(view.subarray(from, Math.min(from + width, this.#cols)));
      const params = { scale: totals.scales[0]!, zeroPoint: totals.zeroPoints[0]! };
      scales[i] = params.scale;
      zeroPoints[i] = params.zeroPoint;
      addSums(sums, totals.sums);
      for (let code = 0; code < codeCounts.length; code++)
        codeCounts[code]! += totals.codeCounts[code]!;
      this.#tellCodes(totals.codeCounts, params);
    }
    return { sums, scales, zeroPoints, codeCounts };
  }

  #totals(values: Float32Array): SegmentTotals {
    const totals = this.#kernel.totals(values);
    if (!totals) throw new Error('a kernel that took some values refuses others');
    return totals;
  }

  #tellCodes(counts: ArrayLike<number>, params: QuantParams): void {
    for (const listener of this.#listeners) listener.codes?.(counts, params);
  }

  finish(): boolean {
    return true;
  }
}

/** Values of a group at the least. */
const leastWidth = 32;

function rowKernel(scheme: Scheme, { cols }: Matrix, engine: Engine): RowKernel | null {
  const { grid, outliers } = scheme;
  if (outliers || grid.kind === 'format' || grid.kind === 'cast') return null;
  const method = methodOf(scheme);
  const { granularity, flat, parts, prepare } = method;
  if (!parts || prepare || flat) return null;
  if (granularity.kind === 'tensor') return ofTensor(scheme, method, engine);
  const width = granularity.kind === 'group' ? granularity.size : cols;
  // A call for fewer values costs more than the plain functions take.
  if (width < Math.min(cols, leastWidth)) return null;
  const isOfRow = granularity.kind === 'group' || granularity.kind === 'channel';
  if (!isOfRow || (granularity.kind === 'channel' && granularity.axis === 1)) return null;
  const kernel: SegmentKernel | undefined = engine.segmentKernel(scheme);
  if (!kernel) return null;
  const isInteger = grid.kind === 'integer';
  return { method, params: null, width, isInteger, totals: values => kernel(values, width) };
}

function ofTensor(scheme: Scheme, method: Method, engine: Engine): RowKernel | null {
  const parts = method.parts!;
  const kernel: ParamsKernel | undefined = engine.paramsKernel(scheme);
  const calibrated = scheme.calibration.kind === 'range' ? parts.calibrator().finish() : null;
  const params = calibrated && parts.settle(calibrated).params;
  if (!kernel || !params || !kernel(new Float32Array(0), params)) return null;
  const totals = (values: Float32Array) => kernel(values, params);
  return { method, params, width: Infinity, isInteger: scheme.grid.kind === 'integer', totals };
}

/** Added to a float32 number below 2^22 and taken off again, it leaves the nearest integer, of two the even one. */
const roundingShift = 1.5 * 2 ** 23;

/** Counts the codes of the finite values of a group into `counts`, which is cleared; codes are those of `integerCodec`. */
function countCodes(
  values: Float32Array,
  { scale, zeroPoint, first }: QuantParams & { readonly first: number },
  counts: Float64Array,
): void {
  counts.fill(0);
  const offset = zeroPoint - first;
  const last = counts.length - 1;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x - x !== 0) continue;
    const v = Math.fround(x / scale);
    const near = v < -mostSteps ? -mostSteps : v > mostSteps ? mostSteps : v;
    const place = Math.fround(near + roundingShift) - roundingShift + offset;
    counts[place < 0 ? 0 : place > last ? last : place]!++;
  }
}

/** Steps from the zero point that are beyond the codes of every grid that kernels know, wherever its zero point lies. */
const mostSteps = 2 ** 16;
