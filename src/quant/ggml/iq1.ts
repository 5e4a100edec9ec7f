import { fromFloat16 } from '../../base/float16';
import { iq1 } from './iqGrids';
import { storedBlocks } from './layout';
import { readHalf } from './packing';

/** A vector's -1, 0 and 1, all of them moved by 1/8 down or up: ascending. */
const layout = {
  blockSize: 256,
  first: 0,
  levels: Float32Array.of(-1.125, -0.875, -0.125, 0.125, 0.875, 1.125),
  zero: 0,
  asymmetric: false,
};

/** Writes the codes of a vector of 8: even ones where it is moved down. */
function putShifted(vector: number, isUp: number, codes: Int32Array, to: number): void {
  for (let i = 0; i < 8; i++) codes[to + i] = 2 * iq1[8 * vector + i]! + isUp;
}

const readPair = (block: Uint8Array, at: number) => block[at]! | (block[at + 1]! << 8);

/**
 * 50 bytes: f16 d, the low bytes of the numbers of 32 vectors, then for each 32 weights a half-word: 4 times 3 upper bits
 * of numbers, a 3-bit s, and whether the vectors are moved down; w = d * (2 s + 1) * level.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq1_s
 */
export const iq1s = storedBlocks({
  ...layout,
  name: 'iq1_s',
  bytesPerBlock: 50,
  subBlockSize: 32,
  unpack(block, codes) {
    for (let v = 0; v < 32; v++) {
      const high = readPair(block, 34 + 2 * (v >> 2));
      const vector = block[2 + v]! | (((high >> (3 * (v & 3))) & 7) << 8);
      putShifted(vector, high & 0x8000 ? 0 : 1, codes, 8 * v);
    }
  },
  readScales(block, scales) {
    const d = readHalf(block, 0);
    for (let i = 0; i < 8; i++) scales[i] = d * (2 * ((readPair(block, 34 + 2 * i) >> 12) & 7) + 1);
  },
  readSuper(block, pair) {
    pair[0] = readHalf(block, 0);
  },
});

/** Float16 d, a nibble of it on top of each of the four half-words of steps. */
function readScattered(block: Uint8Array): number {
  let half = 0;
  for (let i = 0; i < 4; i++) half |= (block[49 + 2 * i]! >> 4) << (4 * i);
  return fromFloat16(half);
}

/**
 * 56 bytes: the low bytes of the numbers of 32 vectors, then a nibble each: 3 upper bits and whether it is moved down; then
 * four half-words, each four 3-bit s and a nibble of f16 d; w = d * (2 s + 1) * level.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq1_m
 */
export const iq1m = storedBlocks({
  ...layout,
  name: 'iq1_m',
  bytesPerBlock: 56,
  subBlockSize: 16,
  unpack(block, codes) {
    for (let v = 0; v < 32; v++) {
      const nibble = (block[32 + (v >> 1)]! >> (4 * (v & 1))) & 15;
      putShifted(block[v]! | ((nibble & 7) << 8), nibble & 8 ? 0 : 1, codes, 8 * v);
    }
  },
  readScales(block, scales) {
    const d = readScattered(block);
    for (let j = 0; j < 16; j++) {
      const step = (readPair(block, 48 + 2 * (j >> 2)) >> (3 * (j & 3))) & 7;
      scales[j] = d * (2 * step + 1);
    }
  },
  readSuper(block, pair) {
    pair[0] = readScattered(block);
  },
});
