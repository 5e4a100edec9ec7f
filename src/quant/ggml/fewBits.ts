import { steps, storedBlocks } from './layout';
import { type Plane, readHalf, unpack } from './packing';

/** f16 d, then codes side by side. */
function plainLayout(planes: readonly Plane[]) {
  return {
    first: 0,
    asymmetric: false,
    unpack: (block: Uint8Array, codes: Int32Array) => unpack(planes, block, codes),
    readScales(block: Uint8Array, scales: Float32Array) {
      scales[0] = readHalf(block, 0);
    },
  };
}

/**
 * Signs alone, 18 bytes of 128 weights: f16 d, then a bit each; w = d where it is set, else -d.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_q1_0
 */
export const q1v0 = storedBlocks({
  ...plainLayout([{ at: 2, bits: 1, span: 1, shift: 0 }]),
  name: 'q1_0',
  blockSize: 128,
  bytesPerBlock: 18,
  subBlockSize: 128,
  levels: Float32Array.of(-1, 1),
  zero: 0,
});

/**
 * 2-bit codes of 64 weights, 18 bytes: f16 d, then the codes; w = d * (q - 1).
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_q2_0
 */
export const q2v0 = storedBlocks({
  ...plainLayout([{ at: 2, bits: 2, span: 1, shift: 0 }]),
  name: 'q2_0',
  blockSize: 64,
  bytesPerBlock: 18,
  subBlockSize: 64,
  levels: steps(4, 1),
  zero: 1,
});
