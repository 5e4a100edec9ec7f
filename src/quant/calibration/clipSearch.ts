import type { Counts, Values } from '../../stats/moments';
import type { Codec, ParamRule, Quantized, QuantParams, Range } from '../arithmetic';
import type { Calibrated, Calibrator, Candidate } from './calibrator';

/** What is searched, and how a candidate is judged. */
export interface ClipSearchOptions {
  /** Steps that the whole range is divided into: candidate i is p = 1 - i / grid. */
  readonly grid: number;
  /** How far the range may shrink, in (0, 1]: i < int(shrink * grid), but at least the whole range is tried. */
  readonly shrink: number;
  /** The loss is the sum of |x - x^| to this power. */
  readonly norm: number;
  readonly params: ParamRule;
  readonly codec: Codec;
}

/** Values quantized at a time: keeps the buffers in the cache. */
const pieceLength = 2048;
/** Where candidates are quantized to; shared by all searches, which never keep anything in it. */
const scratch: Quantized = {
  codes: new Int32Array(pieceLength),
  results: new Float32Array(pieceLength),
  clipped: new Uint8Array(pieceLength),
};

/**
 * GPTQ's search for the range with the least error, for any rule and codec: the range of the values is shrunk to p times
 * itself in float32, both ends alike, and the first p with the smallest loss wins. Pass 1 takes the range, pass 2 tries
 * all candidates. x - x^ is rounded to float32; powers and sums are float64, where GPTQ's are float32: of two candidates
 * whose losses agree to 1e-6 GPTQ may pick the other.
 * @source IST-DASLab/gptq quant.py, Quantizer.find_params with mse=True
 */
export function clipSearch(options: ClipSearchOptions): Calibrator {
  return new ClipSearch(options);
}

class ClipSearch implements Calibrator {
  readonly #options: ClipSearchOptions;
  #lo = Infinity;
  #hi = -Infinity;
  /** Null in pass 1. */
  #trials: Trials | null = null;

  constructor(options: ClipSearchOptions) {
    this.#options = options;
  }

  add(values: Values, from: number, to: number, counts?: Counts): void {
    if (this.#trials) this.#trials.add(values, from, to, counts);
    else this.#addToRange(values, from, to);
  }

  #addToRange(values: Values, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const x = values[i]!;
      if (x - x !== 0) continue;
      if (x < this.#lo) this.#lo = x;
      if (x > this.#hi) this.#hi = x;
    }
  }

  finish(): Calibrated | null {
    if (this.#trials) return this.#trials.best();
    if (this.#lo > this.#hi) {
      const none = { lo: 0, hi: 0 };
      return { range: none, params: this.#options.params(none), curve: [] };
    }
    this.#trials = new Trials(this.#options, { lo: this.#lo, hi: this.#hi });
    return null;
  }
}

/** One candidate, and what it has lost so far. */
interface Trial {
  readonly share: number;
  readonly range: Range;
  readonly params: QuantParams;
  loss: number;
}

/** The second pass. */
class Trials {
  readonly #codec: Codec;
  readonly #power: Power;
  readonly #trials: readonly Trial[];
  /** Values so far: the number of the next. */
  #index = 0;

  constructor({ grid, shrink, norm, params, codec }: ClipSearchOptions, whole: Range) {
    this.#codec = codec;
    this.#power = powerOf(norm);
    this.#trials = Array.from({ length: Math.max(Math.trunc(shrink * grid), 1) }, (_, i) => {
      const share = 1 - i / grid;
      const range = shrunk(whole, share);
      return { share, range, params: params(range), loss: 0 };
    });
  }

  add(values: Values, from: number, to: number, counts?: Counts): void {
    for (let start = from; start < to; start += pieceLength) {
      const end = Math.min(start + pieceLength, to);
      const piece = values.subarray(start, end);
      const pieceCounts = counts?.subarray(start, end);
      const stretch = { values: piece, from: 0, to: piece.length, index: this.#index, stride: 1 };
      for (const trial of this.#trials) {
        this.#codec.quantize(stretch, trial.params, scratch);
        trial.loss += errorSum(piece, scratch.results, this.#power, pieceCounts);
      }
      this.#index += piece.length;
    }
  }

  /** Losses that are all infinite leave the whole range. */
  best(): Calibrated {
    let best = this.#trials[0]!;
    for (const trial of this.#trials) if (trial.loss < best.loss) best = trial;
    const curve = this.#trials.map(({ share, loss }): Candidate => [share, loss]);
    return { range: best.range, params: best.params, curve };
  }
}

/** p is rounded to float32 too, as a Python number is that multiplies a float32 tensor. */
function shrunk({ lo, hi }: Range, p: number): Range {
  const share = Math.fround(p);
  return { lo: Math.fround(share * Math.fround(lo)), hi: Math.fround(share * Math.fround(hi)) };
}

/**
 * Tables for x^norm of positive float32 numbers x = 2^(e - 127) * m: m = m0 + rest with one m0 for the upper 11 bits of the
 * mantissa, and (1 + rest / m0)^norm by its first terms. Relative error below 1e-13, at a tenth of the time of `**`, which
 * is where a search spends its time otherwise.
 */
interface Power {
  /** 2^((e - 127) * norm). Zeros and subnormal numbers have 0 (in GPTQ's float32 their powers vanish too), NaN infinity. */
  readonly ofExponent: Float64Array;
  readonly ofMantissa: Float64Array;
  /** 2^-23 / m0: makes rest / m0 of the lower 12 bits. */
  readonly restUnit: Float64Array;
  /** Of the binomial series: norm, norm (norm - 1) / 2, norm (norm - 1) (norm - 2) / 6. */
  readonly terms: readonly [number, number, number];
}

/** The last that was made: a search of each group asks for the same. */
let latest: { readonly norm: number; readonly power: Power } | null = null;

function powerOf(norm: number): Power {
  if (latest?.norm !== norm) latest = { norm, power: makePower(norm) };
  return latest.power;
}

function makePower(norm: number): Power {
  const mantissas = Float64Array.from({ length: 2048 }, (_, i) => 1 + i / 2048);
  const ofExponent = Float64Array.from({ length: 256 }, (_, e) => 2 ** ((e - 127) * norm));
  ofExponent[0] = 0;
  ofExponent[255] = Infinity;
  const second = (norm * (norm - 1)) / 2;
  return {
    ofExponent,
    ofMantissa: mantissas.map(m => m ** norm),
    restUnit: mantissas.map(m => 2 ** -23 / m),
    terms: [norm, second, (second * (norm - 2)) / 3],
  };
}

/** One float32 as its bits. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Sum of |x - x^|^norm over the finite values. */
function errorSum(values: Values, results: Float32Array, power: Power, counts?: Counts): number {
  const { ofExponent, ofMantissa, restUnit } = power;
  const [first, second, third] = power.terms;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const x = Math.fround(values[i]!);
    if (x - x !== 0) continue;
    float[0] = results[i]! - x;
    const magnitude = bits[0]! & 0x7fffffff;
    const upper = (magnitude >>> 12) & 0x7ff;
    const rest = (magnitude & 0xfff) * restUnit[upper]!;
    const series = 1 + rest * (first + rest * (second + rest * third));
    const error = ofExponent[magnitude >>> 23]! * ofMantissa[upper]! * series;
    sum += counts === undefined ? error : counts[i]! * error;
  }
  return sum;
}
