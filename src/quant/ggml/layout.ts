import type { BlockFormat, StoredBlocks } from '../blockFormat';

/**
 * What is peculiar to one format of blocks, for one block at a time: weight = scale * level(code) - min, in float32, with
 * a scale and a minimum for each sub-block. A block of bytes is `bytesPerBlock` long, codes hold `blockSize` entries.
 */
export interface StoredLayout {
  readonly name: string;
  readonly blockSize: number;
  readonly bytesPerBlock: number;
  readonly subBlockSize: number;
  /** The first code; the others follow. */
  readonly first: number;
  /** What each code stands for, in scales. */
  readonly levels: Float32Array;
  /** A code that quantizing never gives, though bytes can hold it. */
  readonly unused?: number;
  /** Code of level 0 where levels are equidistant; 0 where they are a codebook or where `min` takes its place. */
  readonly zero: number;
  readonly asymmetric: boolean;
  /** Reads the codes. */
  unpack(block: Uint8Array, codes: Int32Array): void;
  /** Reads the effective scale of each sub-block, and where the format has them the minima; else `mins` stays 0. */
  readScales(block: Uint8Array, scales: Float32Array, mins: Float32Array): void;
  /** Of formats with a scale of the whole block: that, and where there is one that of the minima; else `pair[1]` stays 0. */
  readSuper?(block: Uint8Array, pair: Float32Array): void;
}

/** A layout that can also be written; x holds `blockSize` entries. */
export interface BlockLayout extends StoredLayout {
  /** Chooses the codes of x, and writes scales to a block of zeros. */
  encode(x: Float32Array, codes: Int32Array, block: Uint8Array): void;
  /** Writes the codes beside the scales. */
  pack(codes: Int32Array, block: Uint8Array): void;
}

/** Levels of `count` equidistant codes: code - zero. */
export function steps(count: number, zero: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => i - zero);
}

/** Makes a format that can be read of a layout. */
export function storedBlocks(layout: StoredLayout): StoredBlocks {
  const { name, blockSize, bytesPerBlock, subBlockSize, asymmetric, first, levels, unused } =
    layout;
  const last = first + levels.length - 1;
  return {
    name,
    blockSize,
    bytesPerBlock,
    subBlockSize,
    asymmetric,
    codes: {
      first,
      count: levels.length,
      available: levels.length - (unused === undefined ? 0 : 1),
      ends: [first + Number(unused === first), last - Number(unused === last)],
    },
    levels: Array.from(levels).filter((_, i) => first + i !== unused),
    dequantize: (blocks, out) => dequantize(layout, blocks, out),
    codesOf: (blocks, codes) => codesOf(layout, blocks, codes),
    paramsOf: (blocks, scales, zeroPoints) => paramsOf(layout, blocks, { scales, zeroPoints }),
    ...(asymmetric && { biasOf: (blocks, bias) => biasOf(layout, blocks, bias) }),
    ...(layout.readSuper && { superOf: (blocks, d, dmin) => superOf(layout, blocks, { d, dmin }) }),
  };
}

/** Makes a format of a layout. */
export function blockFormat(layout: BlockLayout): BlockFormat {
  return {
    ...storedBlocks(layout),
    quantize: (values, blocks) => quantize(layout, values, blocks),
  };
}

function quantize(layout: BlockLayout, values: Float32Array, blocks: Uint8Array): void {
  const { blockSize, bytesPerBlock } = layout;
  const x = new Float32Array(blockSize);
  const codes = new Int32Array(blockSize);
  const block = new Uint8Array(bytesPerBlock);
  for (let from = 0, at = 0; at < blocks.length; from += blockSize, at += bytesPerBlock) {
    for (let i = 0; i < blockSize; i++) x[i] = values[from + i]!;
    block.fill(0);
    layout.encode(x, codes, block);
    layout.pack(codes, block);
    blocks.set(block, at);
  }
}

function dequantize(layout: StoredLayout, blocks: Uint8Array, out: Float32Array): void {
  const { blockSize, bytesPerBlock, subBlockSize, first, levels } = layout;
  const block = new Uint8Array(bytesPerBlock);
  const codes = new Int32Array(blockSize);
  const { scales, mins } = scalesOfBlock(layout);
  let to = 0;
  for (let at = 0; at < blocks.length; at += bytesPerBlock) {
    for (let b = 0; b < bytesPerBlock; b++) block[b] = blocks[at + b]!;
    layout.unpack(block, codes);
    layout.readScales(block, scales, mins);
    for (let i = 0, j = 0; i < blockSize; j++) {
      const scale = scales[j]!;
      const min = mins[j]!;
      // A minimum of 0 subtracts nothing, not even from -0.
      for (const end = i + subBlockSize; i < end; i++) {
        out[to++] = Math.fround(scale * levels[codes[i]! - first]!) - min;
      }
    }
  }
}

function codesOf(layout: StoredLayout, blocks: Uint8Array, codes: Int32Array): void {
  const { blockSize, bytesPerBlock } = layout;
  const block = new Uint8Array(bytesPerBlock);
  const some = new Int32Array(blockSize);
  for (let to = 0, at = 0; at < blocks.length; to += blockSize, at += bytesPerBlock) {
    for (let b = 0; b < bytesPerBlock; b++) block[b] = blocks[at + b]!;
    layout.unpack(block, some);
    codes.set(some, to);
  }
}

/** The minimums: they are kept as what is subtracted. */
function biasOf(layout: StoredLayout, blocks: Uint8Array, bias: Float32Array): void {
  const { bytesPerBlock } = layout;
  const block = new Uint8Array(bytesPerBlock);
  const { scales, mins } = scalesOfBlock(layout);
  let to = 0;
  for (let at = 0; at < blocks.length; at += bytesPerBlock) {
    for (let b = 0; b < bytesPerBlock; b++) block[b] = blocks[at + b]!;
    layout.readScales(block, scales, mins);
    for (const min of mins) bias[to++] = 0 - min;
  }
}

function paramsOf(
  layout: StoredLayout,
  blocks: Uint8Array,
  out: { readonly scales: Float32Array; readonly zeroPoints: Float32Array },
): void {
  const { bytesPerBlock, zero } = layout;
  const block = new Uint8Array(bytesPerBlock);
  const { scales, mins } = scalesOfBlock(layout);
  let to = 0;
  for (let at = 0; at < blocks.length; at += bytesPerBlock) {
    for (let b = 0; b < bytesPerBlock; b++) block[b] = blocks[at + b]!;
    layout.readScales(block, scales, mins);
    for (let j = 0; j < scales.length; j++, to++) {
      const scale = scales[j]!;
      out.scales[to] = scale;
      out.zeroPoints[to] = scale === 0 ? 0 : zero + mins[j]! / scale;
    }
  }
}

function superOf(
  layout: StoredLayout,
  blocks: Uint8Array,
  out: { readonly d: Float32Array; readonly dmin: Float32Array },
): void {
  const { bytesPerBlock } = layout;
  const pair = new Float32Array(2);
  for (let i = 0, at = 0; at < blocks.length; i++, at += bytesPerBlock) {
    layout.readSuper?.(blocks.subarray(at, at + bytesPerBlock), pair);
    out.d[i] = pair[0]!;
    out.dmin[i] = pair[1]!;
  }
}

function scalesOfBlock({ blockSize, subBlockSize }: StoredLayout) {
  const count = blockSize / subBlockSize;
  return { scales: new Float32Array(count), mins: new Float32Array(count) };
}
