import type { Matrix } from '../../base/tile';
import type { Chunk } from '../../stats/profile';
import type { QuantParams, Range } from '../arithmetic';
import type { Calibrated, Calibrator } from '../calibration/calibrator';
import { minmaxBy } from '../calibration/minmax';
import type { Piece } from '../errorSums';
import type { Granularity, Scheme } from '../scheme';
import { inTurn, type Looker, type Turns } from './chunks';
import type { Engine, ParamsKernel, SegmentKernel, SegmentTotals } from './engine';
import { type Method, methodOf, type Parts, type Settled } from './method';
import { pickOutliers } from './outlierPicker';
import { quantizeScattered, ScatteredCalibration } from './scattered';
import { keepApart, Mask, Scratch } from './scratch';
import {
  eachStretch,
  layoutOf,
  methodShape,
  type Runs,
  runAt,
  type Scattered,
  wholeSegments,
} from './segments';

/** Who is told what a run does. */
export interface RunListener {
  /** A piece was quantized; pieces come in row-major order and hold every weight that was read once. */
  piece?(piece: Piece): void;
  /** The parameters of a segment are found; segments are numbered row by row over `SchemeRun.shape`. */
  settled?(segment: number, settled: Settled): void;
  /**
   * Takes the totals of many segments in place of their pieces and parameters. Kernels are used where all listeners have it.
   */
  totals?(totals: SegmentTotals): void;
}

/**
 * One scheme laid over one tensor that comes in chunks, several times over where the scheme needs it: outliers are picked,
 * then what must be known of the whole tensor is learned, then segments that do not lie in one piece are calibrated, then all
 * is quantized. Segments in one piece are calibrated when they are quantized.
 */
export class SchemeRun implements Looker {
  /** Segments as [out, groups]. */
  readonly shape: readonly [number, number];
  readonly #method: Method;
  readonly #matrix: Matrix;
  readonly #layout: Runs | Scattered;
  readonly #scheme: Scheme;
  readonly #looker: Turns;
  readonly #listeners: RunListener[] = [];

  readonly #rangeEngine: Engine | undefined;
  readonly #segmentKernel: SegmentKernel | undefined;
  readonly #paramsKernel: ParamsKernel | undefined;

  /**
   * @param sampled whether chunks may have gaps between them
   * @param engine kernels to be used where it has one for the scheme
   */
  constructor(scheme: Scheme, matrix: Matrix, sampled: boolean, engine?: Engine) {
    this.#method = methodOf(scheme);
    if (scheme.calibration.kind === 'minmax' && this.#method.granularity.kind === 'tensor')
      this.#rangeEngine = engine;
    if (!scheme.outliers) {
      this.#segmentKernel = engine?.segmentKernel(scheme);
      this.#paramsKernel = engine?.paramsKernel(scheme);
    }
    this.#matrix = matrix;
    const { granularity, flat } = this.#method;
    this.shape = methodShape(this.#method, matrix);
    const picker = scheme.outliers && pickOutliers(scheme.outliers, matrix.cols);
    const mask = picker && new Mask(picker);
    this.#scheme = scheme;
    this.#layout = flatRuns(granularity, flat) ?? layoutOf(granularity, matrix, sampled);
    const looks = this.#looks(this.#layout, mask);
    this.#looker = inTurn(picker ? [() => picker, ...looks] : looks);
  }

  /** Tells `listener` of what happens from now on. */
  listen(listener: RunListener): void {
    this.#listeners.push(listener);
  }

  add(chunk: Chunk): void {
    this.#looker.add(chunk);
  }

  finish(): boolean {
    return this.#looker.finish();
  }

  /** Whether nothing more has to be learned of the tensor: then any of its values can be quantized by themselves. */
  get isSettled(): boolean {
    return this.#looker.last !== undefined;
  }

  /**
   * Quantizes a chunk by itself, once all is settled: any chunks, in any order, as often as wanted. Each holds whole
   * stretches as `together` tells them.
   */
  quantize(chunk: Chunk): void {
    const { last } = this.#looker;
    if (!last) throw new TypeError('the tensor has not been looked at');
    last.add(chunk);
    last.finish();
  }

  /** The elements that can only be quantized together with element `index`: [from, to). */
  together(index: number): { readonly from: number; readonly to: number } {
    const layout = this.#layout;
    if (layout.kind === 'scattered') return { from: index, to: index + 1 };
    const { span, unit = span } = this.#method;
    const width = unit === undefined ? layout.width : spanWidth(unit, layout, this.#matrix);
    const { start, end } = runAt({ ...layout, width }, this.#matrix, index);
    return { from: start, to: end };
  }

  /** The number of the segment that holds element `index`. */
  segmentOf(index: number): number {
    const layout = this.#layout;
    if (layout.kind === 'runs') return runAt(layout, this.#matrix, index).segment;
    let found = 0;
    const one = { values: new Float32Array(1), index };
    eachStretch(layout, this.#matrix, one, segment => {
      found = segment;
    });
    return found;
  }

  /**
   * Whether the whole tensor shares its parameters and nothing hangs on where a value stands. With listeners that follow
   * every piece it does.
   */
  get isOrderless(): boolean {
    const { outliers, rounding } = this.#scheme;
    return (
      this.#layout.kind === 'scattered' &&
      this.#layout.granularity.kind === 'tensor' &&
      (outliers === null || outliers.kind === 'abs' || outliers.kind === 'sigma') &&
      rounding.kind !== 'stochastic' &&
      !this.#method.prepare &&
      this.#tell.takesTotals()
    );
  }

  /** Whether each row can be done by itself: then blocks of rows may be shown to runs of their own. */
  get isRowwise(): boolean {
    const { outliers } = this.#scheme;
    return !this.#method.prepare && (outliers === null || outliers.kind === 'abs') && this.#isCut;
  }

  /** Whether no segment that must be calibrated reaches from one row to the next. */
  get #isCut(): boolean {
    const layout = this.#layout;
    return layout.kind === 'runs'
      ? !layout.flat || this.#matrix.cols % layout.width === 0
      : layout.granularity.kind === 'tensor' && givenRange(this.#scheme) !== null;
  }

  readonly #tell: Teller = {
    piece: piece => {
      for (const listener of this.#listeners) listener.piece?.(piece);
    },
    settled: (segment, settled) => {
      for (const listener of this.#listeners) listener.settled?.(segment, settled);
    },
    totals: totals => {
      for (const listener of this.#listeners) listener.totals?.(totals);
    },
    takesTotals: () => this.#listeners.every(listener => listener.totals !== undefined),
  };

  get codes(): Method['codes'] {
    return this.#method.codes;
  }

  /** Which weights share parameters; formats fix it. */
  get granularity(): Granularity {
    return this.#method.granularity;
  }

  #looks(layout: Runs | Scattered, mask: Mask | null): (() => Looker)[] {
    const { parts, prepare } = this.#method;
    const eachSegment = (make: () => Calibrator) =>
      layout.kind === 'runs'
        ? calibrateRuns(layout, this.#matrix, make)
        : new ScatteredCalibration(layout, this.#matrix, { ...parts!, calibrator: make });
    const looks: (() => Looker)[] = [];
    if (prepare) looks.push(() => masked(mask, prepare(eachSegment)));
    if (layout.kind === 'runs') {
      looks.push(() => this.#quantizeRuns(layout, mask));
      return looks;
    }
    if (!parts) throw new TypeError('a format lies in whole blocks');
    const calibrating = this.#rangeEngine ? byKernel(parts, this.#rangeEngine) : parts;
    // Parameters alone: a curve may hold on to the values that it is made from.
    const params: (QuantParams | null)[] = [];
    const settle = (segment: number, calibrated: Calibrated) => {
      const settled = parts.settle(calibrated);
      params[segment] = settled.params;
      this.#tell.settled(segment, settled);
    };
    const work = { layout, matrix: this.#matrix, parts, params, mask };
    const quantizing = () => quantizeScattered({ ...work, kernel: this.#paramsKernel }, this.#tell);
    const given = givenRange(this.#scheme);
    if (given) {
      looks.push(() => {
        const [out, groups] = this.shape;
        for (let i = 0; i < out * groups; i++) settle(i, { range: given, curve: [] });
        return quantizing();
      });
      return looks;
    }
    looks.push(
      () => masked(mask, new ScatteredCalibration(layout, this.#matrix, calibrating, settle)),
      quantizing,
    );
    return looks;
  }

  /** Quantizes segments that lie in one piece, and settles each on the way. */
  #quantizeRuns(runs: Runs, mask: Mask | null): Looker {
    const method = this.#method;
    const listener = this.#tell;
    const matrix = this.#matrix;
    const scratch = new Scratch();
    const spans = method.span ? { ...runs, width: spanWidth(method.span, runs, matrix) } : runs;
    return wholeSegments(spans, matrix, (values, from, to, index) => {
      const kernel = this.#segmentKernel;
      if (kernel && values instanceof Float32Array && listener.takesTotals()) {
        const span = values.subarray(from, to);
        const totals = isEven(runs, matrix) ? kernel(span, runs.width) : null;
        if (totals) {
          listener.totals(totals);
          return;
        }
      }
      const original = values.subarray(from, to);
      const kept = mask?.of({ values: original, index }) ?? null;
      const out = scratch.of(original.length);
      for (let at = 0; at < original.length; ) {
        const end = Math.min(runAt(spans, matrix, index + at).end - index, original.length);
        const stretch = {
          values: kept?.values ?? original,
          from: at,
          to: end,
          index: index + at,
          stride: 1,
        };
        method.quantize(stretch, out, (element, settled) =>
          listener.settled(runAt(runs, matrix, element).segment, settled),
        );
        at = end;
      }
      listener.piece(keepApart({ index, values: original, ...out, kept: kept?.flags ?? null }));
    });
  }
}

/** What a run tells its listeners. */
export interface Teller extends Required<RunListener> {
  /** Whether all of them take totals. */
  takesTotals(): boolean;
}

/** The range where it does not hang on the values; a cast needs none. */
function givenRange({ grid, calibration }: Scheme): Range | null {
  if (grid.kind === 'cast') return { lo: 0, hi: 0 };
  if (calibration.kind !== 'range') return null;
  const { lo, hi } = calibration;
  return { lo, hi };
}

/** Calibration from the smallest to the largest, by a kernel. */
function byKernel(parts: Parts, engine: Engine): Parts {
  return {
    codec: parts.codec,
    settle: parts.settle,
    stateBytes: parts.stateBytes,
    calibrator: () => minmaxBy(engine),
  };
}

/** Whether all segments are of one width: kernels know nothing of rows whose last group is short. */
function isEven({ width, flat }: Runs, { cols }: Matrix): boolean {
  return flat || cols % width === 0;
}

/** Spans hold whole rows or whole blocks of them, so that short last groups stay at the end of a row. */
function spanWidth(span: number, { flat }: Runs, { cols }: Matrix): number {
  return flat ? span : Math.min(span, cols);
}

function flatRuns(granularity: Granularity, flat: boolean): Runs | undefined {
  return flat && granularity.kind === 'group'
    ? { kind: 'runs', width: granularity.size, flat }
    : undefined;
}

/** Shows values without those that are kept apart. */
function masked(mask: Mask | null, looker: Looker): Looker {
  if (!mask) return looker;
  return {
    add: chunk => looker.add({ ...chunk, values: mask.of(chunk).values }),
    finish: () => looker.finish(),
  };
}

/** Gives each segment that lies in one piece to a calibrator of its own. */
function calibrateRuns(runs: Runs, matrix: Matrix, make: () => Calibrator): Looker {
  return wholeSegments(runs, matrix, (values, from, to, index) => {
    for (let at = from; at < to; ) {
      const end = Math.min(runAt(runs, matrix, index + at - from).end - index + from, to);
      const calibrator = make();
      do calibrator.add(values, at, end);
      while (calibrator.finish() === null);
      at = end;
    }
  });
}
