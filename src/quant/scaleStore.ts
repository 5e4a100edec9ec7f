import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../base/float16';
import type { StoreScale } from './grids/integer';
import type { ScaleType } from './scheme';

/** Bits of a stored scale. */
export const scaleBits: Readonly<Record<ScaleType, number>> = {
  f32: 32,
  f16: 16,
  bf16: 16,
  e8m0: 8,
};

const largestFloat32 = 2 ** 128 - 2 ** 104;
const largestFloat16 = 65504;
const largestBFloat16 = fromBFloat16(0x7f7f);

/** How scales of a type are stored: to the nearest; one that rounds to 0 becomes 1. */
export function storeScale(type: ScaleType): StoreScale {
  const nearest = rounders[type];
  return exact => {
    const scale = nearest(Math.fround(exact));
    return scale === 0 ? 1 : scale;
  };
}

/** An infinite scale would make every result NaN: the largest one clips instead. */
const rounders: Readonly<Record<ScaleType, StoreScale>> = {
  f32: s => Math.min(s, largestFloat32),
  f16: s => Math.min(fromFloat16(toFloat16(s)), largestFloat16),
  bf16: s => Math.min(fromBFloat16(toBFloat16(s)), largestBFloat16),
  e8m0: nearestPowerOfTwo,
};

const view = new DataView(new ArrayBuffer(4));

/**
 * The power of two of [2^-127, 2^127] nearest to a positive s, 1.5 times one going up; 0 stays 0.
 * @source pytorch/pytorch torch/headeronly/util/Float8_e8m0fnu.h, fp8e8m0fnu_from_fp32_value
 */
function nearestPowerOfTwo(s: number): number {
  if (s === 0) return 0;
  view.setFloat32(0, s);
  const bits = view.getUint32(0);
  const exponent = (bits >>> 23) + ((bits >>> 22) & 1);
  return 2 ** (Math.min(Math.max(exponent, 0), 254) - 127);
}
