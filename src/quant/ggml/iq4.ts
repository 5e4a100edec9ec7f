import { blockFormat } from './layout';
import { type Plane, pack, readHalf, unpack, writeHalf } from './packing';
import { extreme, inverse, nearestInt } from './rounding';
import { tiny } from './search';

/**
 * The 16 values that codes stand for, closer together near 0.
 * @source ggml-org/ggml src/ggml-common.h, kvalues_iq4nl
 */
const levels = Float32Array.of(
  ...[-127, -104, -83, -65, -49, -35, -22, -10],
  ...[1, 13, 25, 38, 53, 69, 89, 113],
);
const lowest = -127;

/** Code of the nearest level; the upper of two as near, and 15 for NaN. */
function nearestCode(v: number): number {
  if (v <= lowest) return 0;
  let below = 0;
  let above = 15;
  if (v >= levels[above]!) return above;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (v < levels[middle]!) above = middle;
    else below = middle;
  }
  return Math.fround(v - levels[above - 1]!) < Math.fround(levels[above]! - v) ? above - 1 : above;
}

/** Sums of x^2 * level * x and of x^2 * level^2 with the codes of x * spread, serial in float32. */
function project(x: Float32Array, spread: number): { readonly qx: number; readonly qq: number } {
  let qx = 0;
  let qq = 0;
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    const q = levels[nearestCode(Math.fround(spread * v))]!;
    const wq = Math.fround(Math.fround(v * v) * q);
    qx = Math.fround(qx + Math.fround(wq * v));
    qq = Math.fround(qq + Math.fround(wq * q));
  }
  return { qx, qq };
}

/**
 * Scale of a group of 32, which may be negative. Codes are tried with the extreme value on -127 from the other side, then
 * on -134 ... -120; of each try the scale of least squares is taken, in which a value counts by its square.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_iq4_nl_impl with ntry = 7 and no importance matrix
 */
function fitScale(x: Float32Array): number {
  const far = extreme(x);
  if (Math.abs(far) < tiny) return 0;
  const start = project(x, Math.fround(1 / Math.fround(-far / lowest)));
  let scale = start.qq > 0 ? Math.fround(start.qx / start.qq) : 0;
  let best = Math.fround(scale * start.qx);
  for (let shift = -7; shift <= 7; shift++) {
    const { qx, qq } = project(x, Math.fround((lowest + shift) / far));
    if (qq > 0 && Math.fround(qx * qx) > Math.fround(best * qq)) {
      scale = Math.fround(qx / qq);
      best = Math.fround(scale * qx);
    }
  }
  return scale;
}

/** Bytes of codes: of 32 weights, 0-15 in the low nibbles of 16 bytes and 16-31 in the high ones. */
const nibbles = (at: number): readonly Plane[] => [{ at, bits: 4, span: 16, shift: 0 }];

/** What both formats share. */
function codebook(codesAt: number) {
  const planes = nibbles(codesAt);
  return {
    subBlockSize: 32,
    first: 0,
    levels,
    zero: 0,
    asymmetric: false,
    pack: (codes: Int32Array, block: Uint8Array) => pack(planes, codes, block),
    unpack: (block: Uint8Array, codes: Int32Array) => unpack(planes, block, codes),
  };
}

/**
 * 4-bit codebook codes of 32 weights, 18 bytes: f16 d, then the codes; w = d * level(q). Codes are chosen with the scale
 * before it is rounded to float16. ggml's `quantize_row_iq4_nl_ref` is another, cruder one; this is what its quantizer uses.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_iq4_nl, dequantize_row_iq4_nl
 */
export const iq4nl = blockFormat({
  ...codebook(2),
  name: 'iq4_nl',
  blockSize: 32,
  bytesPerBlock: 18,
  encode(x, codes, block) {
    const scale = fitScale(x);
    const spread = inverse(scale);
    writeHalf(block, 0, scale);
    for (let i = 0; i < 32; i++) codes[i] = nearestCode(Math.fround(spread * x[i]!));
  },
  readScales(block, scales) {
    scales[0] = readHalf(block, 0);
  },
});

/** Step + 32 of each group: low nibbles in bytes [4, 8), upper two bits in [2, 4). */
const xsSteps: readonly Plane[] = [
  { at: 4, bits: 4, span: 1, shift: 0 },
  { at: 2, bits: 2, span: 1, shift: 4 },
];
const stepsOfBlock = new Int32Array(8);
const scalesOfBlock = new Float32Array(8);

/**
 * 4-bit codebook codes of 8 groups of 32, 136 bytes: f16 d, 2 bytes of upper and 4 of lower bits of 6-bit steps, 128 of
 * codes; w = (d * s) * level(q). Codes are chosen with d before it is rounded to float16.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_iq4_xs, dequantize_row_iq4_xs
 */
export const iq4xs = blockFormat({
  ...codebook(8),
  name: 'iq4_xs',
  blockSize: 256,
  bytesPerBlock: 136,
  encode(x, codes, block) {
    for (let j = 0; j < 8; j++) scalesOfBlock[j] = fitScale(x.subarray(32 * j, 32 * j + 32));
    const d = Math.fround(-extreme(scalesOfBlock) / 32);
    const perStep = inverse(d);
    writeHalf(block, 0, d);
    for (let j = 0; j < 8; j++) {
      const step = nearestInt(Math.fround(perStep * scalesOfBlock[j]!));
      const kept = Math.max(-32, Math.min(step, 31));
      const spread = inverse(Math.fround(d * kept));
      stepsOfBlock[j] = kept + 32;
      for (let i = 32 * j; i < 32 * j + 32; i++) {
        codes[i] = nearestCode(Math.fround(spread * x[i]!));
      }
    }
    pack(xsSteps, stepsOfBlock, block);
  },
  readScales(block, scales) {
    const d = readHalf(block, 0);
    unpack(xsSteps, block, stepsOfBlock);
    for (let j = 0; j < 8; j++) scales[j] = d * (stepsOfBlock[j]! - 32);
  },
  readSuper(block, pair) {
    pair[0] = readHalf(block, 0);
  },
});
