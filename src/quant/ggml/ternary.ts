import { blockFormat, steps } from './layout';
import { type Plane, pack, readHalf, unpack, writeHalf } from './packing';
import { extreme, inverse, roundAway } from './rounding';

/** A run of weights with `digits` of them to a byte, in base 3: weight e in byte e % span, digit e / span from the top. */
interface TritRun {
  readonly at: number;
  readonly span: number;
  readonly digits: number;
}

const tritRuns: readonly TritRun[] = [
  { at: 0, span: 32, digits: 5 },
  { at: 32, span: 16, digits: 5 },
  { at: 48, span: 4, digits: 4 },
];
const powersOf3 = [1, 3, 9, 27, 81] as const;

/**
 * Five digits are a fraction of 243, stored rounded up as a fraction of 256: multiplying by 3 brings up the next digit.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_tq1_0_ref
 */
function packTrits(codes: Int32Array, block: Uint8Array): void {
  let from = 0;
  for (const { at, span, digits } of tritRuns) {
    for (let b = 0; b < span; b++) {
      let q = 0;
      for (let n = 0; n < digits; n++) q += codes[from + b + n * span]! * powersOf3[4 - n]!;
      block[at + b] = Math.ceil((q * 256) / 243);
    }
    from += digits * span;
  }
}

/** @source ggml-org/ggml src/ggml-quants.c, dequantize_row_tq1_0 */
function unpackTrits(block: Uint8Array, codes: Int32Array): void {
  let to = 0;
  for (const { at, span, digits } of tritRuns) {
    for (let n = 0; n < digits; n++) {
      for (let b = 0; b < span; b++) {
        const fraction = (block[at + b]! * powersOf3[n]!) & 0xff;
        codes[to++] = (fraction * 3) >> 8;
      }
    }
  }
}

/** Codes -1, 0, 1 as 0, 1, 2, around the largest magnitude; its float16 at byte `dAt` ends the block. */
function ternaryLayout(dAt: number) {
  return {
    blockSize: 256,
    bytesPerBlock: dAt + 2,
    subBlockSize: 256,
    first: 0,
    zero: 1,
    asymmetric: false,
    encode(x: Float32Array, codes: Int32Array, block: Uint8Array) {
      const d = Math.abs(extreme(x));
      const id = inverse(d);
      writeHalf(block, dAt, d);
      for (let i = 0; i < 256; i++) codes[i] = roundAway(Math.fround(x[i]! * id)) + 1;
    },
    readScales(block: Uint8Array, scales: Float32Array) {
      scales[0] = readHalf(block, dAt);
    },
  };
}

/** Ternary, five weights to a byte: 54 bytes a block of 256; 52 of codes, then f16 d; w = d * (q - 1). */
export const tq1v0 = blockFormat({
  ...ternaryLayout(52),
  name: 'tq1_0',
  levels: steps(3, 1),
  pack: packTrits,
  unpack: unpackTrits,
});

const crumbs: readonly Plane[] = [{ at: 0, bits: 2, span: 32, shift: 0 }];

/**
 * Ternary in two bits: 66 bytes a block of 256; 64 of codes, then f16 d; w = d * (q - 1). ggml never writes code 3, but
 * files may hold it, and it decodes to 2 d.
 * @source ggml-org/ggml src/ggml-quants.c, quantize_row_tq2_0_ref, dequantize_row_tq2_0
 */
export const tq2v0 = blockFormat({
  ...ternaryLayout(64),
  name: 'tq2_0',
  levels: steps(4, 1),
  unused: 3,
  pack: (codes, block) => pack(crumbs, codes, block),
  unpack: (block, codes) => unpack(crumbs, block, codes),
});
