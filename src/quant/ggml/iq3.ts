import { iq3s as gridS, iq3xxs as gridXxs } from './iqGrids';
import { storedBlocks } from './layout';
import { readHalf, readWord } from './packing';
import { evenSigns, putVector, signedLevels, vectorBlock } from './signedVectors';

const xxs = { grid: gridXxs, length: 4, count: 8 };

/**
 * 98 bytes: f16 d, the numbers of 64 vectors of 4, then for each 32 weights a word of 4 times 7 signs and, on top, the
 * 4-bit s; w = d * (1/2 + s) / 2 * level.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq3_xxs
 */
export const iq3xxs = storedBlocks({
  ...vectorBlock,
  name: 'iq3_xxs',
  bytesPerBlock: 98,
  subBlockSize: 32,
  levels: signedLevels([4, 12, 20, 28, 36, 44, 52, 62]),
  unpack(block, codes) {
    for (let v = 0; v < 64; v++) {
      const word = readWord(block, 66 + 4 * (v >> 3));
      const eight = evenSigns((word >>> (7 * ((v >> 1) & 3))) & 127);
      putVector(xxs, { vector: block[2 + v]!, signs: eight >> (4 * (v & 1)) }, codes, 4 * v);
    }
  },
  readScales(block, scales) {
    const d = readHalf(block, 0);
    for (let i = 0; i < 8; i++) scales[i] = d * (0.5 + (readWord(block, 66 + 4 * i) >>> 28)) * 0.5;
  },
});

const s = { grid: gridS, length: 4, count: 8 };

/**
 * 110 bytes: f16 d, the low bytes of the numbers of 64 vectors of 4, 8 bytes of their ninth bits, 32 of signs, 4 of 4-bit
 * s, the low nibble first; w = d * (1 + 2 s) * level.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_iq3_s
 */
export const iq3s = storedBlocks({
  ...vectorBlock,
  name: 'iq3_s',
  bytesPerBlock: 110,
  subBlockSize: 32,
  levels: signedLevels([1, 3, 5, 7, 9, 11, 13, 15]),
  unpack(block, codes) {
    for (let v = 0; v < 64; v++) {
      const ninth = (block[66 + (v >> 3)]! >> (v & 7)) & 1;
      const vector = block[2 + v]! | (ninth << 8);
      const signs = block[74 + (v >> 1)]! >> (4 * (v & 1));
      putVector(s, { vector, signs }, codes, 4 * v);
    }
  },
  readScales(block, scales) {
    const d = readHalf(block, 0);
    for (let i = 0; i < 8; i++) {
      const step = (block[106 + (i >> 1)]! >> (4 * (i & 1))) & 15;
      scales[i] = d * (1 + 2 * step);
    }
  },
});
