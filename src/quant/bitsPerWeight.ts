import type { Matrix } from '../base/tile';
import { levelGridOf } from './grids/levelGrids';
import { storedFormat } from './run/formatMethod';
import { methodOf } from './run/method';
import { methodShape } from './run/segments';
import { scaleBits } from './scaleStore';
import type { Scheme } from './scheme';

/** What was stored of a tensor. */
export interface StoredCounts {
  readonly elements: number;
  /** Segments: scales that were stored. */
  readonly scales: number;
  /** Values kept apart, and how many of them in float32. */
  readonly kept: number;
  readonly keptFp32: number;
}

const indexBits = 32;

/**
 * Bits that a scheme stores for each weight: codes, scales, zero points, and what is kept apart (a value of 16 bits, or 32
 * beyond float16, and an index of 32 bits each). Formats count what they store.
 */
export function bitsPerWeight(scheme: Scheme, counts: StoredCounts): number {
  const { elements, kept, keptFp32 } = counts;
  const values = 16 * (kept - keptFp32) + 32 * keptFp32;
  return (storedBits(scheme, counts) + values + indexBits * kept) / elements;
}

/** Bits of codes, scales and zero points. */
function storedBits(scheme: Scheme, { elements, scales }: StoredCounts): number {
  const { grid } = scheme;
  if (grid.kind === 'cast') return 16 * elements;
  if (grid.kind !== 'format')
    return codeBits(scheme) * elements + (scaleBits[scheme.scale] + zeroPointBits(scheme)) * scales;
  const stored = storedFormat(grid.name);
  if (stored.kind === 'ggml')
    return (elements / stored.format.blockSize) * stored.format.bytesPerBlock * 8;
  const { bits, blocksPerRun } = stored.format;
  const runs = Math.ceil(scales / blocksPerRun);
  return bits.code * elements + bits.block * scales + bits.run * runs + bits.tensor;
}

/** Bits of a code. */
export function codeBits({ grid }: Pick<Scheme, 'grid'>): number {
  if (grid.kind === 'integer') return grid.bits;
  if (grid.kind === 'cast') return 16;
  if (grid.kind !== 'format') return levelGridOf(grid).bits;
  const stored = storedFormat(grid.name);
  return stored.kind === 'selfScaled'
    ? stored.format.bits.code
    : Math.ceil(Math.log2(stored.format.codes.count));
}

/** HQQ's zero point is a real number, a float32 whatever its scale is stored as. */
function zeroPointBits({ runtime, grid, symmetric }: Scheme): number {
  if (runtime === 'hqq') return 32;
  return grid.kind === 'integer' && !symmetric ? grid.bits : 0;
}

/** Bits of a matrix of this size, a whole number, before anything is kept apart. */
export function plainBits(scheme: Scheme, matrix: Matrix): number {
  const [out, groups] = methodShape(methodOf(scheme), matrix);
  const elements = matrix.rows * matrix.cols;
  return storedBits(scheme, { elements, scales: out * groups, kept: 0, keptFp32: 0 });
}

/** Bits per weight of a matrix of this size, before anything is kept apart. */
export function plainBitsPerWeight(scheme: Scheme, matrix: Matrix): number {
  return plainBits(scheme, matrix) / (matrix.rows * matrix.cols);
}
