import type { LevelArithmetic } from '../quant/grids/levelCodec';
import { findLevel, type LevelSearch, levelSearch } from '../quant/grids/levelSearch';
import type { KernelExports } from './exports';
import type { KernelMemory } from './memory';
import {
  type KernelSums,
  prepareParams,
  prepareSums,
  type SegmentSums,
  takeParams,
  takeSums,
} from './sums';

/** A grid of levels as the kernels want it: made once, used often. */
export interface KernelLevels {
  readonly search: LevelSearch;
  readonly isReciprocal: boolean;
  /** Codes of [first, first + count). */
  readonly first: number;
  readonly count: number;
  readonly largest: number;
  /** The scale of zeros: a grid without 0 gives them back by a scale of 0 only. */
  readonly ofZeros: number;
  readonly placeOfNaN: number;
  readonly hasMinusZero: boolean;
  /** Thresholds that v may have to be compared with, once its highest 12 bits are known. */
  readonly steps: number;
  /** The tables of src/kernels/assembly/levels.ts. */
  readonly tables: Uint8Array;
}

/** Values, the length of their segments and the grid. */
export interface LevelSegments {
  readonly values: Float32Array;
  /** Weights of a segment; the last may be short. */
  readonly width: number;
  readonly levels: KernelLevels;
}

/** Values, a float32 scale and the grid. */
export interface LevelValues {
  readonly values: Float32Array;
  readonly scale: number;
  readonly levels: KernelLevels;
}

/** Places that fit a byte. */
const mostPlaces = 256;
const buckets = 4096;
const tablesLength = 2 * 4 * mostPlaces + 4 * buckets + 2 * buckets;

/**
 * Makes a grid ready.
 * @returns null where the kernels do not know it: more than 254 levels, rounding by chance, or -0 that has a level of
 * its own and is not rounded to the nearest
 */
export function prepareLevels(arithmetic: LevelArithmetic): KernelLevels | null {
  if (arithmetic.rounding.kind === 'stochastic') return null;
  const search = levelSearch(arithmetic);
  const { codes, levels } = search;
  if (levels.length > mostPlaces) return null;
  const minusZero = arithmetic.tie === 'even' ? levels.findIndex(l => Object.is(l, -0)) : -1;
  // The kernel takes -0 for the number just below it, which has to belong to the level of -0 then.
  if (minusZero >= 0 && findLevel(search, -(2 ** -149)) !== minusZero) return null;
  const first = codes.reduce((a, b) => Math.min(a, b));
  const last = codes.reduce((a, b) => Math.max(a, b));
  const largest = Math.max(...arithmetic.levels.map(Math.abs));
  return {
    search,
    isReciprocal: arithmetic.division === 'reciprocal',
    first,
    count: last - first + 1,
    largest,
    ofZeros: arithmetic.levels.includes(0) ? 1 : 0,
    placeOfNaN: Math.min(Math.max(findLevel(search, 0), 1), levels.length - 2),
    hasMinusZero: minusZero >= 0,
    steps: stepsOf(search.start),
    tables: tablesOf(search),
  };
}

/** The most thresholds between the smallest number of a bucket and that of the next. */
function stepsOf(start: Uint16Array): number {
  let steps = 1;
  for (let key = 0; key < 0x7f8; key++) steps = Math.max(steps, start[key + 1]! - start[key]!);
  for (let key = 0x800; key < 0xff8; key++)
    steps = Math.max(steps, start[key === 0x800 ? 0 : key - 1]! - start[key]!);
  return steps;
}

function tablesOf({ thresholds, levels, start }: LevelSearch): Uint8Array {
  const tables = new ArrayBuffer(tablesLength);
  new Float32Array(tables, 0).set(thresholds);
  new Float32Array(tables, 4 * mostPlaces).set(levels);
  new Float32Array(tables, 8 * mostPlaces).set(Array.from(start, place => thresholds[place]!));
  new Uint16Array(tables, 8 * mostPlaces + 4 * buckets).set(start);
  return new Uint8Array(tables);
}

/** Brings a grid's tables into the kernels' memory. */
function use(wasm: KernelExports, memory: KernelMemory, levels: KernelLevels): void {
  const address = memory.keep('levels', levels.tables);
  const { search, steps, placeOfNaN, hasMinusZero, isReciprocal } = levels;
  const places = search.levels.length;
  wasm.useLevels(address, places, steps, placeOfNaN, Number(hasMinusZero), Number(isReciprocal));
}

/** See `Kernels.levelSegments`. */
export function levelSegments(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, width, levels }: LevelSegments,
): SegmentSums {
  if (!(width >= 1)) throw new RangeError('a segment has at least one value');
  // First: scratch may grow the memory, which detaches values that lie there.
  const { length } = values;
  const address = memory.addressOf('input', values);
  use(wasm, memory, levels);
  const { search, largest, ofZeros } = levels;
  const segments = Math.ceil(length / width);
  const room = prepareSums(memory, { codes: search.levels.length, counted: true });
  const params = prepareParams(memory, segments);
  wasm.levelSegments(
    address,
    length,
    Math.min(width, Math.max(length, 1)),
    largest,
    ofZeros,
    params,
    room.sums,
    room.counts,
  );
  const { sums, codeCounts } = takeSums(memory, room);
  return {
    sums,
    codeCounts: byCode(codeCounts, levels),
    ...takeParams(memory, params, segments),
  };
}

/** See `Kernels.levelApply`. */
export function levelApply(
  wasm: KernelExports,
  memory: KernelMemory,
  { values, scale, levels }: LevelValues,
): KernelSums {
  const { length } = values;
  const address = memory.addressOf('input', values);
  use(wasm, memory, levels);
  const room = prepareSums(memory, { codes: levels.search.levels.length, counted: true });
  wasm.levelApply(address, length, scale, room.sums, room.counts);
  const { sums, codeCounts } = takeSums(memory, room);
  return { sums, codeCounts: byCode(codeCounts, levels) };
}

/** Counts of places as counts of codes. */
function byCode(places: Uint32Array, { search, first, count }: KernelLevels): Uint32Array {
  const counts = new Uint32Array(count);
  for (let i = 0; i < places.length; i++) counts[search.codes[i]! - first]! += places[i]!;
  return counts;
}
