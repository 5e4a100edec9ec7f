import { fromFloat16, toFloat16 } from '../../base/float16';
import type { Values } from '../../stats/moments';
import type { Chunk } from '../../stats/profile';
import type { Piece } from '../errorSums';
import type { Output } from './method';
import type { OutlierPicker } from './outlierPicker';

/** Arrays that are used again and again: made larger when needed, never smaller. */
export class Scratch {
  #length = 0;
  #codes = new Int32Array(0);
  #results = new Float32Array(0);
  #clipped = new Uint8Array(0);
  #scales = new Float32Array(0);
  #values: Values = new Float32Array(0);

  /** Room for so many values. */
  of(length: number): Output {
    if (length > this.#length) {
      this.#length = length;
      this.#codes = new Int32Array(length);
      this.#results = new Float32Array(length);
      this.#clipped = new Uint8Array(length);
      this.#scales = new Float32Array(length);
    }
    return {
      codes: this.#codes.subarray(0, length),
      results: this.#results.subarray(0, length),
      clipped: this.#clipped.subarray(0, length),
      scales: this.#scales.subarray(0, length),
    };
  }

  /** The values at from, from + stride, ... below to, side by side; where they are when they lie so already. */
  gather(values: Values, from: number, to: number, stride: number) {
    if (stride === 1) return { values, from, to };
    const count = Math.ceil((to - from) / stride);
    const Floats = values instanceof Float64Array ? Float64Array : Float32Array;
    if (this.#values.length < count || !(this.#values instanceof Floats))
      this.#values = new Floats(count);
    for (let i = 0, at = from; i < count; i++, at += stride) this.#values[i] = values[at]!;
    return { values: this.#values, from: 0, to: count };
  }

  /** Puts what was quantized side by side back where it was gathered from. */
  scatter(out: Output, from: number, to: number, stride: number): void {
    for (let i = 0, at = from; at < to; i++, at += stride) {
      out.codes[at] = this.#codes[i]!;
      out.results[at] = this.#results[i]!;
      out.clipped[at] = this.#clipped[i]!;
    }
  }
}

/** A chunk without the values that are kept apart: they are NaN, and flagged. */
export class Mask {
  readonly #picker: OutlierPicker;
  #values: Values = new Float32Array(0);
  #flags = new Uint8Array(0);

  constructor(picker: OutlierPicker) {
    this.#picker = picker;
  }

  /** Valid until the next call. */
  of({ values, index }: Chunk): { values: Values; flags: Uint8Array } {
    const { length } = values;
    const Floats = values instanceof Float64Array ? Float64Array : Float32Array;
    if (this.#values.length < length || !(this.#values instanceof Floats)) {
      this.#values = new Floats(length);
      this.#flags = new Uint8Array(length);
    }
    const { isKept } = this.#picker;
    for (let i = 0; i < length; i++) {
      const x = values[i]!;
      const flag = isKept(x, index + i);
      this.#flags[i] = flag ? 1 : 0;
      this.#values[i] = flag ? Number.NaN : x;
    }
    return { values: this.#values.subarray(0, length), flags: this.#flags.subarray(0, length) };
  }
}

/** The largest float16; values beyond it are kept in float32. */
export const largestFloat16 = 65504;

/** Puts the values that are kept apart into a piece's results: as float16, or float32 beyond it. They have no scale. */
export function keepApart(piece: Piece): Piece {
  const { values, results, scales, clipped, kept } = piece;
  if (!kept) return piece;
  for (let i = 0; i < values.length; i++) {
    if (kept[i] === 0) continue;
    const x = values[i]!;
    results[i] = Math.abs(x) > largestFloat16 ? x : fromFloat16(toFloat16(x));
    scales[i] = Number.NaN;
    clipped[i] = 0;
  }
  return piece;
}
