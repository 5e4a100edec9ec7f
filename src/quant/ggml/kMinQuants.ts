import type { BlockFormat } from '../blockFormat';
import { blockFormat, steps } from './layout';
import { type Plane, pack, readHalf, unpack, writeHalf } from './packing';
import { requantize, type Scales, type Weights } from './requantize';
import { nearestInt } from './rounding';
import { fitLine, type LineSearch } from './search';

/** A K format with minima: w = (d * s) * q - (dmin * m), where s and m are small integers of each sub-block. */
interface MinKind {
  readonly name: string;
  readonly bytesPerBlock: number;
  readonly subBlockSize: number;
  readonly search: LineSearch;
  /** Byte of f16 d; f16 dmin follows. */
  readonly scaleAt: number;
  /** Largest s and m. */
  readonly topStep: number;
  readonly planes: readonly Plane[];
  /** How much each value of a sub-block counts. */
  weigh(x: Float32Array, importance: Float32Array): void;
  /** s and m by turns: s of sub-block 0, m of sub-block 0, s of sub-block 1 ... */
  writeSteps(pairs: Int32Array, block: Uint8Array): void;
  readSteps(block: Uint8Array, pairs: Int32Array): void;
}

function minFormat(kind: MinKind): BlockFormat {
  const { name, bytesPerBlock, subBlockSize, search, scaleAt, planes } = kind;
  const blockSize = 256;
  const count = blockSize / subBlockSize;
  const pairs = new Int32Array(2 * count);
  const found = { scales: new Float32Array(count), mins: new Float32Array(count) };
  const layout = {
    name,
    blockSize,
    bytesPerBlock,
    subBlockSize,
    first: 0,
    levels: steps(search.top + 1, 0),
    zero: 0,
    asymmetric: true,
    encode(x: Float32Array, codes: Int32Array, block: Uint8Array) {
      fitSubBlocks(kind, { x, codes }, found);
      writeMinScales(kind, found, { pairs, block });
      layout.readScales(block, found.scales, found.mins);
      requantize(layout, { x, codes }, found);
    },
    pack: (codes: Int32Array, block: Uint8Array) => pack(planes, codes, block),
    unpack: (block: Uint8Array, codes: Int32Array) => unpack(planes, block, codes),
    readScales(block: Uint8Array, scales: Float32Array, mins: Float32Array) {
      const d = readHalf(block, scaleAt);
      const dmin = readHalf(block, scaleAt + 2);
      kind.readSteps(block, pairs);
      for (let j = 0; j < count; j++) {
        scales[j] = d * pairs[2 * j]!;
        mins[j] = dmin * pairs[2 * j + 1]!;
      }
    },
    readSuper(block: Uint8Array, pair: Float32Array) {
      pair[0] = readHalf(block, scaleAt);
      pair[1] = readHalf(block, scaleAt + 2);
    },
  };
  return blockFormat(layout);
}

/** How much each value of the sub-block in work counts. */
const importances = new Float32Array(32);

/** Searches codes, scale and minimum of each sub-block by itself. */
function fitSubBlocks(
  { subBlockSize, search, weigh }: MinKind,
  { x, codes }: Weights,
  found: Scales,
): void {
  const importance = importances.subarray(0, subBlockSize);
  for (let j = 0, from = 0; from < x.length; j++, from += subBlockSize) {
    const values = x.subarray(from, from + subBlockSize);
    weigh(values, importance);
    const group = { x: values, importance, codes: codes.subarray(from, from + subBlockSize) };
    const { scale, min } = fitLine(group, search);
    found.scales[j] = scale;
    found.mins[j] = min;
  }
}

/** Writes scales and minima as steps of the largest of each. */
function writeMinScales(
  { topStep, scaleAt, writeSteps }: MinKind,
  { scales, mins }: Scales,
  { pairs, block }: { readonly pairs: Int32Array; readonly block: Uint8Array },
): void {
  const maxScale = largest(scales);
  const maxMin = largest(mins);
  const perScale = maxScale > 0 ? Math.fround(topStep / maxScale) : 0;
  const perMin = maxMin > 0 ? Math.fround(topStep / maxMin) : 0;
  for (let j = 0; j < scales.length; j++) {
    pairs[2 * j] = toStep(perScale * scales[j]!, topStep);
    pairs[2 * j + 1] = toStep(perMin * mins[j]!, topStep);
  }
  writeSteps(pairs, block);
  writeHalf(block, scaleAt, maxScale / topStep);
  writeHalf(block, scaleAt + 2, maxMin / topStep);
}

/** Through a byte, as in ggml, before it is limited: what is far out wraps. */
function toStep(v: number, topStep: number): number {
  return Math.min(nearestInt(Math.fround(v)) & 0xff, topStep);
}

/** The largest value, at least 0; a NaN is passed over. */
function largest(values: Float32Array): number {
  let max = 0;
  for (let j = 0; j < values.length; j++) if (values[j]! > max) max = values[j]!;
  return max;
}

function weighByMagnitude(x: Float32Array, importance: Float32Array): void {
  for (let i = 0; i < x.length; i++) importance[i] = Math.abs(x[i]!);
}

/** |x| plus the root of the mean square. */
function weighEvenly(x: Float32Array, importance: Float32Array): void {
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    squares = Math.fround(squares + Math.fround(x[i]! * x[i]!));
  }
  const typical = Math.fround(Math.sqrt(Math.fround(squares / x.length)));
  for (let i = 0; i < x.length; i++) importance[i] = typical + Math.abs(x[i]!);
}

const q2Steps: readonly Plane[] = [{ at: 0, bits: 4, span: 1, shift: 0 }];

/**
 * 2-bit codes of 16 sub-blocks of 16, 84 bytes: 16 bytes of steps (low nibble s, high m), 64 of codes, f16 d, f16 dmin.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q2_K_ref, dequantize_row_q2_K
 */
export const q2k = minFormat({
  name: 'q2_k',
  bytesPerBlock: 84,
  subBlockSize: 16,
  search: { top: 3, first: -0.5, tries: 15, absolute: true },
  scaleAt: 80,
  topStep: 15,
  planes: [{ at: 16, bits: 2, span: 32, shift: 0 }],
  weigh: weighByMagnitude,
  writeSteps: (pairs, block) => pack(q2Steps, pairs, block),
  readSteps: (block, pairs) => unpack(q2Steps, block, pairs),
});

/**
 * The 6-bit s and m of eight sub-blocks in bytes [4, 16). Bytes 4-7 hold s, bytes 8-11 m of sub-blocks 0-3; bytes 12-15
 * the low nibbles of s and m of sub-blocks 4-7, whose upper two bits top the bytes of 0-3.
 * @source ggml-org/ggml src/ggml-quants.c, get_scale_min_k4
 */
function writeSixBitSteps(pairs: Int32Array, block: Uint8Array): void {
  for (let j = 0; j < 4; j++) {
    const scale = pairs[2 * j + 8]!;
    const min = pairs[2 * j + 9]!;
    block[4 + j] = pairs[2 * j]! | ((scale >> 4) << 6);
    block[8 + j] = pairs[2 * j + 1]! | ((min >> 4) << 6);
    block[12 + j] = (scale & 15) | (min << 4);
  }
}

function readSixBitSteps(block: Uint8Array, pairs: Int32Array): void {
  for (let j = 0; j < 4; j++) {
    const scale = block[4 + j]!;
    const min = block[8 + j]!;
    const low = block[12 + j]!;
    pairs[2 * j] = scale & 63;
    pairs[2 * j + 1] = min & 63;
    pairs[2 * j + 8] = (low & 15) | ((scale >> 6) << 4);
    pairs[2 * j + 9] = (low >> 4) | ((min >> 6) << 4);
  }
}

const sixBitSteps = {
  subBlockSize: 32,
  scaleAt: 0,
  topStep: 63,
  weigh: weighEvenly,
  writeSteps: writeSixBitSteps,
  readSteps: readSixBitSteps,
};

/**
 * 4-bit codes of 8 sub-blocks of 32, 144 bytes: f16 d, f16 dmin, 12 bytes of steps, 128 of codes.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q4_K_ref, dequantize_row_q4_K
 */
export const q4k = minFormat({
  ...sixBitSteps,
  name: 'q4_k',
  bytesPerBlock: 144,
  search: { top: 15, first: -1, tries: 20, absolute: false },
  planes: [{ at: 16, bits: 4, span: 32, shift: 0 }],
});

/**
 * 5-bit codes of 8 sub-blocks of 32, 176 bytes: f16 d, f16 dmin, 12 bytes of steps, 32 of fifth bits, 128 of low nibbles.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_q5_K_ref, dequantize_row_q5_K
 */
export const q5k = minFormat({
  ...sixBitSteps,
  name: 'q5_k',
  bytesPerBlock: 176,
  search: { top: 31, first: -0.5, tries: 15, absolute: false },
  planes: [
    { at: 48, bits: 4, span: 32, shift: 0 },
    { at: 16, bits: 1, span: 32, shift: 4 },
  ],
});
