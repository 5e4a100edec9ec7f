import { steps, storedBlocks } from './layout';
import { readHalf, readWord } from './packing';

/** 8-bit signed codes from byte 4 on; w = d * q. ggml never writes -128, but files may hold it. */
const layout = {
  first: -128,
  levels: steps(256, 128),
  unused: -128,
  zero: 0,
  asymmetric: false,
  unpack(block: Uint8Array, codes: Int32Array) {
    for (let i = 0; i < codes.length; i++) codes[i] = (block[4 + i]! << 24) >> 24;
  },
};

/**
 * What ggml makes of activations: 36 bytes of 32 values, f16 d, f16 d times the sum of the codes, the codes.
 * @source ggml-org/ggml src/ggml-common.h, block_q8_1
 */
export const q8v1 = storedBlocks({
  ...layout,
  name: 'q8_1',
  blockSize: 32,
  bytesPerBlock: 36,
  subBlockSize: 32,
  readScales(block, scales) {
    scales[0] = readHalf(block, 0);
  },
});

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * What ggml makes of activations: 292 bytes of 256 values, float32 d, the codes, 16-bit sums of each 16 of them.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_q8_K
 */
export const q8k = storedBlocks({
  ...layout,
  name: 'q8_k',
  blockSize: 256,
  bytesPerBlock: 292,
  subBlockSize: 256,
  readScales(block, scales) {
    bits[0] = readWord(block, 0);
    scales[0] = float[0]!;
  },
});
