import type { BlockFormat } from '../blockFormat';
import { type BlockLayout, blockFormat, steps } from './layout';
import { type Plane, pack, readHalf, unpack, writeHalf } from './packing';
import { extent, extreme, inverse, roundAway } from './rounding';

/** Low four bits at byte `at`, of weights 0-15 in the low nibbles and 16-31 in the high ones. */
const nibbles = (at: number): Plane => ({ at, bits: 4, span: 16, shift: 0 });
/** A fifth bit of each weight, as a little-endian 32-bit word at byte `at`. */
const fifthBits = (at: number): Plane => ({ at, bits: 1, span: 1, shift: 4 });

/** Blocks of 32 that share a float16 scale. */
function layout32(
  own: Omit<BlockLayout, 'blockSize' | 'subBlockSize' | 'first' | 'pack' | 'unpack'>,
  planes: readonly Plane[],
): BlockFormat {
  return blockFormat({
    ...own,
    blockSize: 32,
    subBlockSize: 32,
    first: 0,
    pack: (codes, block) => pack(planes, codes, block),
    unpack: (block, codes) => unpack(planes, block, codes),
  });
}

/**
 * Q4_0 and Q5_0: f16 d, then the codes; w = d * (q - half). The value of largest magnitude gets code 0, whatever its sign,
 * and so d may be negative.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q4_0_ref, quantize_row_q5_0_ref and dequantize_row_*
 */
function signedFormat(name: string, bits: number, planes: readonly Plane[]): BlockFormat {
  const half = 2 ** (bits - 1);
  const own = {
    name,
    bytesPerBlock: 2 + 4 * bits,
    levels: steps(2 * half, half),
    zero: half,
    asymmetric: false,
    encode(x: Float32Array, codes: Int32Array, block: Uint8Array) {
      const d = Math.fround(extreme(x) / -half);
      const id = inverse(d);
      writeHalf(block, 0, d);
      for (let i = 0; i < 32; i++) {
        const q = Math.fround(Math.fround(x[i]! * id) + (half + 0.5)) | 0;
        codes[i] = Math.min(q, 2 * half - 1);
      }
    },
    readScales(block: Uint8Array, scales: Float32Array) {
      scales[0] = readHalf(block, 0);
    },
  };
  return layout32(own, planes);
}

/**
 * Q4_1 and Q5_1: f16 d, f16 m, then the codes; w = d * q + m.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q4_1_ref, quantize_row_q5_1_ref and dequantize_row_*
 */
function minFormat(name: string, bits: number, planes: readonly Plane[]): BlockFormat {
  const top = 2 ** bits - 1;
  const own = {
    name,
    bytesPerBlock: 4 + 4 * bits,
    levels: steps(top + 1, 0),
    zero: 0,
    asymmetric: true,
    encode(x: Float32Array, codes: Int32Array, block: Uint8Array) {
      const { min, max } = extent(x);
      const d = Math.fround(Math.fround(max - min) / top);
      const id = inverse(d);
      writeHalf(block, 0, d);
      writeHalf(block, 2, min);
      for (let i = 0; i < 32; i++) {
        const q = Math.fround(Math.fround(Math.fround(x[i]! - min) * id) + 0.5) | 0;
        codes[i] = Math.min(q, top);
      }
    },
    readScales(block: Uint8Array, scales: Float32Array, mins: Float32Array) {
      scales[0] = readHalf(block, 0);
      mins[0] = -readHalf(block, 2);
    },
  };
  return layout32(own, planes);
}

/** 4-bit codes of 32 weights around 8: 18 bytes. */
export const q4v0 = signedFormat('q4_0', 4, [nibbles(2)]);
/** 4-bit codes of 32 weights above a minimum: 20 bytes. */
export const q4v1 = minFormat('q4_1', 4, [nibbles(4)]);
/** 5-bit codes of 32 weights around 16: 22 bytes. */
export const q5v0 = signedFormat('q5_0', 5, [nibbles(6), fifthBits(2)]);
/** 5-bit codes of 32 weights above a minimum: 24 bytes. */
export const q5v1 = minFormat('q5_1', 5, [nibbles(8), fifthBits(4)]);

/**
 * 8-bit signed codes of 32 weights, 34 bytes: f16 d, then the codes; w = d * q. ggml never writes -128, but files may hold it.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q8_0_ref, dequantize_row_q8_0
 */
export const q8v0 = blockFormat({
  name: 'q8_0',
  blockSize: 32,
  bytesPerBlock: 34,
  subBlockSize: 32,
  first: -128,
  levels: steps(256, 128),
  unused: -128,
  zero: 0,
  asymmetric: false,
  encode(x, codes, block) {
    const d = Math.fround(Math.abs(extreme(x)) / 127);
    const id = inverse(d);
    writeHalf(block, 0, d);
    for (let i = 0; i < 32; i++) codes[i] = roundAway(Math.fround(x[i]! * id));
  },
  pack(codes, block) {
    block.set(codes, 2);
  },
  unpack(block, codes) {
    for (let i = 0; i < 32; i++) codes[i] = (block[2 + i]! << 24) >> 24;
  },
  readScales(block, scales) {
    scales[0] = readHalf(block, 0);
  },
});
