import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../../base/float16';
import type { Codec, Quantized, Stretch } from '../arithmetic';

interface Cast {
  readonly encode: (x: number) => number;
  readonly decode: (half: number) => number;
  /** The code of the largest finite value. */
  readonly largest: number;
}

const casts: Readonly<Record<'fp16' | 'bf16', Cast>> = {
  fp16: { encode: toFloat16, decode: fromFloat16, largest: 0x7bff },
  bf16: { encode: toBFloat16, decode: fromBFloat16, largest: 0x7f7f },
};

/**
 * The codec of a 16-bit float: rounds half to even, has no scale. Codes are the 16 bits. What would become an infinity
 * becomes the largest finite value and is clipped; a NaN becomes 0.
 */
export function castCodec(name: 'fp16' | 'bf16'): Codec {
  const cast = casts[name];
  return {
    codes: { first: 0, count: 2 ** 16, available: 2 * (cast.largest + 1) },
    quantize: (stretch, _params, out) => quantize(stretch, cast, out),
  };
}

function quantize(
  { values, from, to }: Stretch,
  { encode, decode, largest }: Cast,
  { codes, results, clipped }: Quantized,
): void {
  for (let i = from; i < to; i++) {
    const x = values[i]!;
    const code = Number.isNaN(x) ? 0 : encode(x);
    const isBeyond = (code & 0x7fff) > largest;
    const kept = isBeyond ? (code & 0x8000) | largest : code;
    codes[i] = kept;
    results[i] = decode(kept);
    clipped[i] = isBeyond ? 1 : 0;
  }
}
