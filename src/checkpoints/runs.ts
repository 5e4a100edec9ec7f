import type { Decoder } from './layout';

/** How codes share parameters: weight number i of the row-major weight uses those of number floor(i / run). */
export interface Runs {
  /** Weights of a row. */
  readonly inner: number;
  /** Weights that share parameters; runs may span rows. */
  readonly run: number;
}

/** Values `table[code] * scale`. @param scale float32 [runs] */
export function tableTimesScale(
  { inner, run }: Runs,
  table: Float32Array,
  scale: Float32Array,
): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    let param = Math.floor((row * inner) / run);
    let to = (param + 1) * run - row * inner;
    for (let i = 0; i < rows * inner; to += run) {
      const s = scale[param++]!;
      for (const end = Math.min(to, rows * inner); i < end; i++) out[i] = table[codes[i]!]! * s;
    }
  };
}

/** Values `(code - zero) * scale`, the difference rounded first. @param zero float32 [runs] */
export function offsetTimesScale(
  { inner, run }: Runs,
  zero: Float32Array,
  scale: Float32Array,
): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    let param = Math.floor((row * inner) / run);
    let to = (param + 1) * run - row * inner;
    for (let i = 0; i < rows * inner; to += run) {
      const z = zero[param]!;
      const s = scale[param++]!;
      for (const end = Math.min(to, rows * inner); i < end; i++)
        out[i] = Math.fround(codes[i]! - z) * s;
    }
  };
}

/** Values `scale * code + bias`, the product rounded first. @param bias float32 [runs] */
export function scaleTimesCodePlus(
  { inner, run }: Runs,
  scale: Float32Array,
  bias: Float32Array,
): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    let param = Math.floor((row * inner) / run);
    let to = (param + 1) * run - row * inner;
    for (let i = 0; i < rows * inner; to += run) {
      const s = scale[param]!;
      const b = bias[param++]!;
      for (const end = Math.min(to, rows * inner); i < end; i++)
        out[i] = Math.fround(s * codes[i]!) + b;
    }
  };
}
