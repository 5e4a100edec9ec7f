import { iq2s as gridS, iq2xs as gridXs, iq2xxs as gridXxs } from './iqGrids';
import { storedBlocks } from './layout';
import { readHalf, readWord } from './packing';
import { evenSigns, putVector, signedLevels, vectorBlock } from './signedVectors';

const layout = { ...vectorBlock, levels: signedLevels([8, 25, 43]) };
const vectors = { length: 8, count: 3 };

/** w = d * (1/2 + s) / 4 * level, with a 4-bit s for each 16 weights in a byte for each 32, the low nibble first. */
function readNibbleScales(at: number) {
  return (block: Uint8Array, scales: Float32Array) => {
    const d = readHalf(block, 0);
    for (let j = 0; j < 16; j++) {
      const step = (block[at + (j >> 1)]! >> (4 * (j & 1))) & 15;
      scales[j] = d * (0.5 + step) * 0.25;
    }
  };
}

const xxs = { ...vectors, grid: gridXxs };

/**
 * 66 bytes: f16 d, then for each 32 weights the numbers of 4 vectors and a word of 4 times 7 signs and, on top, the
 * 4-bit s; w = d * (1/2 + s) / 4 * level.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq2_xxs
 */
export const iq2xxs = storedBlocks({
  ...layout,
  name: 'iq2_xxs',
  bytesPerBlock: 66,
  subBlockSize: 32,
  unpack(block, codes) {
    for (let i = 0; i < 8; i++) {
      const word = readWord(block, 6 + 8 * i);
      for (let l = 0; l < 4; l++) {
        const signs = evenSigns((word >>> (7 * l)) & 127);
        putVector(xxs, { vector: block[2 + 8 * i + l]!, signs }, codes, 32 * i + 8 * l);
      }
    }
  },
  readScales(block, scales) {
    const d = readHalf(block, 0);
    for (let i = 0; i < 8; i++) scales[i] = d * (0.5 + (readWord(block, 6 + 8 * i) >>> 28)) * 0.25;
  },
});

const xs = { ...vectors, grid: gridXs };

/**
 * 74 bytes: f16 d, 32 halves of a word, each the 9-bit number of a vector and 7 signs, then 8 bytes of 4-bit s.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq2_xs
 */
export const iq2xs = storedBlocks({
  ...layout,
  name: 'iq2_xs',
  bytesPerBlock: 74,
  subBlockSize: 16,
  unpack(block, codes) {
    for (let v = 0; v < 32; v++) {
      const half = block[2 + 2 * v]! | (block[3 + 2 * v]! << 8);
      putVector(xs, { vector: half & 511, signs: evenSigns(half >> 9) }, codes, 8 * v);
    }
  },
  readScales: readNibbleScales(66),
});

const s = { ...vectors, grid: gridS };

/**
 * 82 bytes: f16 d, the low bytes of the numbers of 32 vectors, 32 bytes of signs, 8 of the upper two bits of numbers, 8
 * of 4-bit s.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq2_s
 */
export const iq2s = storedBlocks({
  ...layout,
  name: 'iq2_s',
  bytesPerBlock: 82,
  subBlockSize: 16,
  unpack(block, codes) {
    for (let v = 0; v < 32; v++) {
      const upper = (block[66 + (v >> 2)]! >> (2 * (v & 3))) & 3;
      const vector = block[2 + v]! | (upper << 8);
      putVector(s, { vector, signs: block[34 + v]! }, codes, 8 * v);
    }
  },
  readScales: readNibbleScales(74),
});
