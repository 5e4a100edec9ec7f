import type { Counts, Values } from '../stats/moments';
import type { Codes } from './arithmetic';

/** A piece of a tensor, quantized. All arrays are as long as `values`; valid during the call that gets it. */
export interface Piece {
  /** Number of the first value in the tensor, in row-major order. */
  readonly index: number;
  readonly values: Values;
  readonly codes: Int32Array;
  /** x^, the dequantized values; of a value kept apart what is kept. */
  readonly results: Float32Array;
  readonly clipped: Uint8Array;
  /** The scale of each value; NaN where there is none (kept apart, or a grid without one). */
  readonly scales: Float32Array;
  /** 1 where the value is kept apart; null when the scheme keeps none. */
  readonly kept: Uint8Array | null;
  /** Set where the values are the distinct ones of the tensor, in no order of place; `index` is 0 then. */
  readonly counts?: Counts | null;
}

/** Sums over the finite values x, over x^ and e = x - x^, in float64. */
export interface ErrorSums {
  count: number;
  clipped: number;
  squaredError: number;
  absError: number;
  maxError: number;
  squaredValue: number;
  squaredResult: number;
  product: number;
  /** Sum of (e / s)^2 over the values that have a scale, and how many they are. */
  squaredSteps: number;
  scaled: number;
}

/** Sums of nothing. */
export function noErrors(): ErrorSums {
  return {
    count: 0,
    clipped: 0,
    squaredError: 0,
    absError: 0,
    maxError: 0,
    squaredValue: 0,
    squaredResult: 0,
    product: 0,
    squaredSteps: 0,
    scaled: 0,
  };
}

/** Adds the sums of other values. Field by field: groups are many, and a loop over the names takes longer than their kernel. */
export function addSums(sums: ErrorSums, more: ErrorSums): void {
  sums.count += more.count;
  sums.clipped += more.clipped;
  sums.squaredError += more.squaredError;
  sums.absError += more.absError;
  sums.maxError = Math.max(sums.maxError, more.maxError);
  sums.squaredValue += more.squaredValue;
  sums.squaredResult += more.squaredResult;
  sums.product += more.product;
  sums.squaredSteps += more.squaredSteps;
  sums.scaled += more.scaled;
}

/** Adds what quantizing did to the values at [from, to) of a piece; NaN and infinities are passed over. */
export function addErrors(piece: Piece, from: number, to: number, sums: ErrorSums): void {
  if (piece.counts) {
    addCounted({ ...piece, counts: piece.counts }, from, to, sums);
    return;
  }
  const { values, results, clipped, scales } = piece;
  let { count, maxError, scaled } = sums;
  let clippedCount = 0;
  let squaredError = 0;
  let absError = 0;
  let squaredValue = 0;
  let squaredResult = 0;
  let product = 0;
  let squaredSteps = 0;
  for (let i = from; i < to; i++) {
    const x = values[i]!;
    if (x - x !== 0) continue;
    const result = results[i]!;
    const error = Math.abs(x - result);
    count++;
    clippedCount += clipped[i]!;
    if (error > maxError) maxError = error;
    squaredError += error * error;
    absError += error;
    squaredValue += x * x;
    squaredResult += result * result;
    product += x * result;
    const steps = error / scales[i]!;
    if (Number.isNaN(steps)) continue;
    squaredSteps += steps * steps;
    scaled++;
  }
  sums.count = count;
  sums.clipped += clippedCount;
  sums.maxError = maxError;
  sums.squaredError += squaredError;
  sums.absError += absError;
  sums.squaredValue += squaredValue;
  sums.squaredResult += squaredResult;
  sums.product += product;
  sums.squaredSteps += squaredSteps;
  sums.scaled = scaled;
}

/** The same for values with counts: a loop of its own, as the usual one would be a third slower with them. */
function addCounted(
  piece: Piece & { readonly counts: Counts },
  from: number,
  to: number,
  sums: ErrorSums,
): void {
  const { values, results, clipped, scales, counts } = piece;
  for (let i = from; i < to; i++) {
    const x = values[i]!;
    if (x - x !== 0) continue;
    const result = results[i]!;
    const error = Math.abs(x - result);
    const n = counts[i]!;
    sums.count += n;
    sums.clipped += n * clipped[i]!;
    sums.maxError = Math.max(sums.maxError, error);
    sums.squaredError += n * error * error;
    sums.absError += n * error;
    sums.squaredValue += n * x * x;
    sums.squaredResult += n * result * result;
    sums.product += n * x * result;
    const steps = error / scales[i]!;
    if (Number.isNaN(steps)) continue;
    sums.squaredSteps += n * steps * steps;
    sums.scaled += n;
  }
}

/** The codes that occur, as places from the first code on, and how often each does. Plain data. */
export interface CodeCountsState {
  readonly places: Int32Array;
  readonly counts: Float64Array;
}

/** How often each code occurs. */
export class CodeCounts {
  /** Codes that stand for a value. */
  readonly available: number;
  readonly #first: number;
  readonly #counts: Float64Array;
  /** Places of the counts above 0: a row uses few of the 65536 codes of a 16-bit float. */
  readonly #used: number[] = [];

  constructor({ first, count, available = count }: Codes) {
    this.#first = first;
    this.#counts = new Float64Array(count);
    this.available = available;
  }

  /** Counts the codes of the finite values at [from, to) that are not kept apart. */
  add({ values, codes, kept, counts: given }: Piece, from: number, to: number): void {
    const occurrences = given ?? undefined;
    const counts = this.#counts;
    const first = this.#first;
    for (let i = from; i < to; i++) {
      const x = values[i]!;
      if (x - x !== 0 || kept?.[i]) continue;
      const place = codes[i]! - first;
      if (counts[place] === 0) this.#used.push(place);
      if (occurrences === undefined) counts[place]!++;
      else counts[place]! += occurrences[i]!;
    }
  }

  /** Adds how often each code occurs, from the first on. */
  addCounts(counts: ArrayLike<number>): void {
    for (let place = 0; place < counts.length; place++)
      if (counts[place]! > 0) this.#addAt(place, counts[place]!);
  }

  #addAt(place: number, count: number): void {
    if (this.#counts[place] === 0) this.#used.push(place);
    this.#counts[place]! += count;
  }

  /** What was counted so far. */
  get state(): CodeCountsState {
    const places = Int32Array.from(this.#used);
    return { places, counts: Float64Array.from(places, place => this.#counts[place]!) };
  }

  /** Adds what was counted elsewhere. */
  merge({ places, counts }: CodeCountsState): void {
    for (let i = 0; i < places.length; i++) this.#addAt(places[i]!, counts[i]!);
  }

  /** Forgets what was counted. */
  clear(): void {
    for (const place of this.#used) this.#counts[place] = 0;
    this.#used.length = 0;
  }

  /** How many different codes occur. */
  get used(): number {
    return this.#used.length;
  }

  /** Shannon entropy of the codes in bits, 0 when only one occurs; null when none does. */
  get entropy(): number | null {
    let total = 0;
    for (const place of this.#used) total += this.#counts[place]!;
    if (total === 0) return null;
    let bits = 0;
    for (const place of this.#used) {
      const share = this.#counts[place]! / total;
      bits -= share * Math.log2(share);
    }
    return Math.max(0, bits);
  }
}
