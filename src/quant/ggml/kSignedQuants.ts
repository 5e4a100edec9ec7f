import type { BlockFormat } from '../blockFormat';
import { blockFormat, steps } from './layout';
import { type Plane, pack, readHalf, unpack, writeHalf } from './packing';
import { requantize, type Weights } from './requantize';
import { extreme, nearestInt } from './rounding';
import { fitScale, fitScaleByDescent, tiny } from './search';

/** A K format around 0: w = (d * s) * (q - half), where s is a small signed integer of each sub-block of 16. */
interface SignedKind {
  readonly name: string;
  readonly bytesPerBlock: number;
  readonly half: number;
  readonly planes: readonly Plane[];
  /** Byte of f16 d. */
  readonly scaleAt: number;
  /** s is one of -halfStep..halfStep - 1; the scale of largest magnitude gets the lowest. */
  readonly halfStep: number;
  /** A block whose scales are all smaller than this becomes zero bytes. */
  readonly flushBelow: number;
  /** Chooses codes and scale of a sub-block by itself. */
  search(x: Float32Array, codes: Int32Array, half: number): number;
  writeSteps(steps: Int32Array, block: Uint8Array): void;
  readSteps(block: Uint8Array, steps: Int32Array): void;
}

/** Sub-blocks of a block. */
const count = 16;
const subBlockSize = 16;

function signedFormat(kind: SignedKind): BlockFormat {
  const { name, bytesPerBlock, half, planes, scaleAt } = kind;
  const stepsOfBlock = new Int32Array(count);
  const stored = { scales: new Float32Array(count), mins: new Float32Array(count) };
  const layout = {
    name,
    blockSize: count * subBlockSize,
    bytesPerBlock,
    subBlockSize,
    first: 0,
    levels: steps(2 * half, half),
    zero: half,
    asymmetric: false,
    encode(x: Float32Array, codes: Int32Array, block: Uint8Array) {
      fitSubBlocks(kind, { x, codes }, stored.scales);
      const maxScale = extreme(stored.scales);
      if (Math.abs(maxScale) < kind.flushBelow) codes.fill(0);
      else if (maxScale !== 0) {
        const perStep = Math.fround(-kind.halfStep / maxScale);
        writeHalf(block, scaleAt, 1 / perStep);
        toSteps(stored.scales, { perStep, halfStep: kind.halfStep }, stepsOfBlock);
        kind.writeSteps(stepsOfBlock, block);
      }
      layout.readScales(block, stored.scales);
      requantize(layout, { x, codes }, stored);
    },
    pack: (codes: Int32Array, block: Uint8Array) => pack(planes, codes, block),
    unpack: (block: Uint8Array, codes: Int32Array) => unpack(planes, block, codes),
    readScales(block: Uint8Array, scales: Float32Array) {
      const d = readHalf(block, scaleAt);
      kind.readSteps(block, stepsOfBlock);
      for (let j = 0; j < count; j++) scales[j] = d * stepsOfBlock[j]!;
    },
    readSuper(block: Uint8Array, pair: Float32Array) {
      pair[0] = readHalf(block, scaleAt);
    },
  };
  return blockFormat(layout);
}

function fitSubBlocks({ search, half }: SignedKind, { x, codes }: Weights, scales: Float32Array) {
  for (let j = 0; j < count; j++) {
    const from = j * subBlockSize;
    const to = from + subBlockSize;
    scales[j] = search(x.subarray(from, to), codes.subarray(from, to), half);
  }
}

function toSteps(
  scales: Float32Array,
  { perStep, halfStep }: { readonly perStep: number; readonly halfStep: number },
  steps: Int32Array,
): void {
  for (let j = 0; j < scales.length; j++) {
    const step = nearestInt(Math.fround(perStep * scales[j]!));
    steps[j] = Math.max(-halfStep, Math.min(step, halfStep - 1));
  }
}

/** Step + 32 of each sub-block: low nibbles in bytes [96, 104), upper two bits in [104, 108). */
const q3Steps: readonly Plane[] = [
  { at: 96, bits: 4, span: 8, shift: 0 },
  { at: 104, bits: 2, span: 4, shift: 4 },
];

/**
 * 3-bit codes of 16 sub-blocks of 16, 110 bytes: 32 bytes of third bits, 64 of low bits, 12 of 6-bit steps, f16 d.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q3_K_ref, dequantize_row_q3_K
 */
export const q3k = signedFormat({
  name: 'q3_k',
  bytesPerBlock: 110,
  half: 4,
  planes: [
    { at: 32, bits: 2, span: 32, shift: 0 },
    { at: 0, bits: 1, span: 32, shift: 2 },
  ],
  scaleAt: 108,
  halfStep: 32,
  flushBelow: 0,
  search: fitScaleByDescent,
  writeSteps(steps, block) {
    for (let j = 0; j < count; j++) steps[j]! += 32;
    pack(q3Steps, steps, block);
  },
  readSteps(block, steps) {
    unpack(q3Steps, block, steps);
    for (let j = 0; j < count; j++) steps[j]! -= 32;
  },
});

/**
 * 6-bit codes of 16 sub-blocks of 16, 210 bytes: 128 bytes of low nibbles, 64 of upper two bits, 16 of signed 8-bit steps,
 * f16 d.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q6_K_ref, dequantize_row_q6_K
 */
export const q6k = signedFormat({
  name: 'q6_k',
  bytesPerBlock: 210,
  half: 32,
  planes: [
    { at: 0, bits: 4, span: 64, shift: 0 },
    { at: 128, bits: 2, span: 32, shift: 4 },
  ],
  scaleAt: 208,
  halfStep: 128,
  flushBelow: tiny,
  search: fitScale,
  writeSteps(steps, block) {
    block.set(steps, 192);
  },
  readSteps(block, steps) {
    for (let j = 0; j < count; j++) steps[j] = (block[192 + j]! << 24) >> 24;
  },
});
