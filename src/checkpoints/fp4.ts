import { smallFloats, smallFloatTable } from '../base/smallFloat';
import type { Decoder, StoredParams } from './layout';
import { levelCodes } from './levelCodes';
import type { Parts } from './parts';
import { tableTimesScale } from './runs';
import { packedRows } from './storedCodes';
import { unpackNibbles } from './unpack';

/** Where E2M1 codes are, and what scales them. */
export interface Fp4 {
  /** The part that holds them, row by row, two in a byte, the first in the low bits. */
  readonly role: string;
  /** Weights of a row: a multiple of `block`. */
  readonly inner: number;
  /** Weights that share a scale. */
  readonly block: number;
  /** [..., out] + [in / block] */
  readonly shape: readonly number[];
  readonly scale: Float32Array;
}

/** Decodes E2M1 codes with one scale for each block of a row: `e2m1 * scale`, rounded once. */
export function fp4Decoder(parts: Parts, { role, inner, block, shape, scale }: Fp4): Decoder {
  const levels = smallFloatTable(smallFloats.e2m1);
  return {
    codes: levelCodes(levels),
    params: scaleOnly(shape, scale),
    codesOf: packedRows(parts, role, { rowBytes: inner / 2, unpack: unpackNibbles }),
    dequantize: tableTimesScale({ inner, run: block }, levels, scale),
  };
}

/** Parameters of a symmetric scheme. */
export function scaleOnly(shape: readonly number[], scale: Float32Array): StoredParams {
  return { shape, scale, zeroPoint: null, bias: null, shift: null, groupIndex: null };
}
