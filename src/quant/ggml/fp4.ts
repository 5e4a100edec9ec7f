import { storedBlocks } from './layout';
import { type Plane, unpack } from './packing';

/** E2M1 times 2; the scales are halved in return. There is no -0: code 8 is 0. */
const layout = {
  first: 0,
  levels: Float32Array.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12),
  zero: 0,
  asymmetric: false,
};

const mxCodes: readonly Plane[] = [{ at: 1, bits: 4, span: 16, shift: 0 }];

/**
 * 17 bytes of 32 weights: an E8M0 exponent, then the codes; w = 2^(e - 128) * level. As in ggml, 255 is no NaN.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_mxfp4; src/ggml-impl.h, ggml_e8m0_to_fp32_half
 */
export const mxfp4 = storedBlocks({
  ...layout,
  name: 'mxfp4',
  blockSize: 32,
  bytesPerBlock: 17,
  subBlockSize: 32,
  unpack: (block, codes) => unpack(mxCodes, block, codes),
  readScales(block, scales) {
    scales[0] = 2 ** (block[0]! - 128);
  },
});

/** Half of E4M3 without a sign: its bit is passed over, and 0x7f is 0 as in ggml. */
function halfE4M3(byte: number): number {
  if (byte === 0x7f) return 0;
  const exponent = (byte >> 3) & 15;
  const mantissa = byte & 7;
  return exponent === 0 ? mantissa * 2 ** -10 : (8 + mantissa) * 2 ** (exponent - 11);
}

const nvCodes: readonly Plane[] = [{ at: 4, bits: 4, span: 8, shift: 0 }];

/**
 * 36 bytes of 64 weights: four E4M3 scales of 16 weights each, then the codes; w = s / 2 * level. The scale of the whole
 * tensor is another tensor of the file.
 * @source ggml-org/ggml src/ggml-quants.c, dequantize_row_nvfp4; src/ggml-impl.h, ggml_ue4m3_to_fp32
 */
export const nvfp4 = storedBlocks({
  ...layout,
  name: 'nvfp4',
  blockSize: 64,
  bytesPerBlock: 36,
  subBlockSize: 16,
  unpack: (block, codes) => unpack(nvCodes, block, codes),
  readScales(block, scales) {
    for (let j = 0; j < 4; j++) scales[j] = halfE4M3(block[j]!);
  },
});
