import { nextBelow } from '../base/floatBits';
import type { Band, PieceMoments } from '../stats/moments';
import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';

const recordLength = 7;

/**
 * See `Kernels.stats`. Counts, minimum and maximum are equal to those of `Moments`. The sums are float64, added in another
 * order: the standard deviation agrees within 1e-12 of itself, the mean within 1e-12 of the standard deviation.
 */
export function stats(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, pivot }: { values: Float32Array; pivot: number },
): PieceMoments {
  const { length } = values;
  const address = memory.addressOf('input', values);
  const piece = { wasm, memory, length, address };
  const base = Number.isNaN(pivot) ? wasm.firstFinite(address, length) : pivot;
  const first = sumsAbout(piece, base);
  const { nan, infinite, zeros } = first;
  const finite = length - nan - infinite;
  const [min, max] = [first.min, first.max].map(x =>
    x === 0 ? firstZero(memory.float32(address, length)) : x,
  );
  const found = { nan, infinite, zeros, finite, min: min!, max: max!, pivot: base };
  if (finite === 0) return { ...found, offset: 0, m2: 0 };
  const offset = first.sum / finite;
  const m2 = first.squares - offset * first.sum;
  // The difference of what is nearly equal has no digits: once more, about the mean.
  if (m2 >= first.squares / 1024) return { ...found, offset, m2 };
  const second = sumsAbout(piece, base + offset);
  const rest = second.sum / finite;
  return {
    ...found,
    offset: base + offset - base + rest,
    m2: Math.max(0, second.squares - rest * second.sum),
  };
}

interface Addressed {
  readonly wasm: KernelExports;
  readonly memory: KernelMemory;
  readonly length: number;
  readonly address: number;
}

function sumsAbout({ wasm, memory, length, address }: Addressed, pivot: number) {
  const place = memory.scratch('record', 8 * recordLength);
  const record = memory.float64(place, recordLength);
  record.fill(0);
  record[3] = Infinity;
  record[4] = -Infinity;
  wasm.stats(address, length, pivot, place);
  const [nan, infinite, zeros, min, max, sum, squares] = record as unknown as Record7;
  return { nan, infinite, zeros, min, max, sum, squares };
}

type Record7 = [number, number, number, number, number, number, number];

/** The first zero: its sign is the one that `Moments` keeps. */
function firstZero(values: Float32Array): number {
  return values[values.indexOf(0)]!;
}

/** See `Kernels.countBeyond`. */
export function countBeyond(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, threshold }: { values: Float32Array; threshold: number },
): number {
  if (threshold === 0) return 0;
  return wasm.countBeyond(memory.addressOf('input', values), values.length, notAbove(threshold));
}

/** See `Kernels.collectBetween`. */
export function collectBetween(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, floor, ceiling }: Band & { values: Float32Array },
): Float32Array {
  const { length } = values;
  const address = memory.addressOf('input', values);
  const magnitudes = memory.scratch('magnitudes', 4 * length);
  const most = Math.min(notAbove(ceiling), nextBelow(Infinity));
  const count = wasm.collectBetween(address, length, notAbove(floor), most, magnitudes);
  return memory.float32(magnitudes, count);
}

/** The largest float32 that is not above a number: the float32 numbers above either are the same. */
function notAbove(x: number): number {
  const nearest = Math.fround(x);
  return nearest > x ? nextBelow(nearest) : nearest;
}
