import type { Matrix } from '../../base/tile';
import type { Values } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { QuantParams } from '../arithmetic';
import type { Calibrated, Calibrator } from '../calibration/calibrator';
import type { Looker } from './chunks';
import type { ParamsKernel } from './engine';
import type { Parts } from './method';
import type { Teller } from './schemeRun';
import { keepApart, type Mask, Scratch } from './scratch';
import { eachStretch, type Scattered, segmentShape } from './segments';

/** Memory that the calibrators of scattered segments may hold together. */
const stateBudget = 64 * 2 ** 20;

/** Calibrates scattered segments in passes over the tensor: all at once, or as many at a time as memory allows. */
export class ScatteredCalibration implements Looker {
  readonly #layout: Scattered;
  readonly #matrix: Matrix;
  readonly #parts: Parts;
  readonly #onDone: ((segment: number, calibrated: Calibrated) => void) | undefined;
  readonly #count: number;
  readonly #atOnce: number;
  readonly #gather = new Scratch();
  #first = 0;
  #calibrators: (Calibrator | undefined)[] = [];

  constructor(
    layout: Scattered,
    matrix: Matrix,
    parts: Parts,
    onDone?: (segment: number, calibrated: Calibrated) => void,
  ) {
    const [out, groups] = segmentShape(layout.granularity, matrix);
    this.#layout = layout;
    this.#matrix = matrix;
    this.#parts = parts;
    this.#onDone = onDone;
    this.#count = out * groups;
    const weights = Math.ceil((matrix.rows * matrix.cols) / this.#count);
    this.#atOnce = Math.max(1, Math.floor(stateBudget / parts.stateBytes(weights)));
  }

  add(chunk: Chunk): void {
    const last = this.#first + this.#atOnce;
    eachStretch(this.#layout, this.#matrix, chunk, (segment, from, to, stride) => {
      if (segment < this.#first || segment >= last) return;
      const slot = segment - this.#first;
      this.#calibrators[slot] ??= this.#parts.calibrator();
      const stretch = this.#gather.gather(chunk.values, from, to, stride);
      this.#calibrators[slot].add(stretch.values, stretch.from, stretch.to, chunk.counts);
    });
  }

  finish(): boolean {
    let pending = false;
    this.#calibrators.forEach((calibrator, slot) => {
      const calibrated = calibrator && calibrator !== done ? calibrator.finish() : undefined;
      if (calibrated === null) pending = true;
      if (!calibrated) return;
      this.#calibrators[slot] = done;
      this.#onDone?.(this.#first + slot, calibrated);
    });
    if (pending) return false;
    this.#first += this.#atOnce;
    this.#calibrators = [];
    return this.#first >= this.#count;
  }
}

/** Stands for a calibrator that needs no more passes. */
const done: Calibrator = { add: () => {}, finish: () => null };

/** What quantizing scattered segments needs. */
export interface ScatteredWork {
  readonly layout: Scattered;
  readonly matrix: Matrix;
  readonly parts: Parts;
  /** By segment; null where the grid has none. */
  readonly params: readonly (QuantParams | null)[];
  readonly mask: Mask | null;
  readonly kernel: ParamsKernel | undefined;
}

/** Quantizes scattered segments, all of which are settled, chunk by chunk. */
export function quantizeScattered(work: ScatteredWork, listener: Teller): Looker {
  const { layout, matrix, parts, mask } = work;
  const scratch = new Scratch();
  const gathered = new Scratch();
  const { kernel } = work;
  return {
    add({ values, index, counts }) {
      const only = layout.granularity.kind === 'tensor' ? work.params[0] : null;
      const isFast = kernel && !counts && values instanceof Float32Array && listener.takesTotals();
      const totals = only && isFast ? kernel(values, only) : null;
      if (totals) {
        listener.totals(totals);
        return;
      }
      const kept = mask?.of({ values, index }) ?? null;
      const from: Values = kept?.values ?? values;
      const out = scratch.of(values.length);
      eachStretch(layout, matrix, { values: from, index }, (segment, start, end, stride) => {
        const params = work.params[segment] ?? null;
        const stretch = gathered.gather(from, start, end, stride);
        const target = stride === 1 ? out : gathered.of(stretch.to);
        parts.codec.quantize(
          { ...stretch, index: index + start, stride },
          params ?? { scale: 1, zeroPoint: 0 },
          target,
        );
        if (stride !== 1) gathered.scatter(out, start, end, stride);
        for (let i = start; i < end; i += stride) out.scales[i] = params?.scale ?? Number.NaN;
      });
      listener.piece(
        keepApart({ index, values, counts: counts ?? null, ...out, kept: kept?.flags ?? null }),
      );
    },
    finish: () => true,
  };
}
