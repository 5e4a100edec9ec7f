// Grids of levels: twins src/quant/grids/levelSearch.ts and levelCodec.ts. v is a float32 quotient or product, its place is
// found among the same float32 thresholds, and x^ is a float32 product: all equal to the twins'.
import { countOne } from './counts';
import { beginCounts, countGathered, gather, roomForCodes } from './gathered';
import { addBlock, addClipped, addOne, blockBytes, isUsual } from './errors';
import { findRange, hi, lo, stored, storeParams } from './range';

/** A block's v, then its levels. */
const block: usize = memory.data(1024, 16);

/** The tables of a grid, one behind the other: `prepareLevels` of src/kernels/levels.ts lays them out. */
const atLevels: usize = 1024;
const atEdges: usize = 2048;
const atStart: usize = 2048 + 4 * 4096;

let tables: usize = 0;
let places: i32 = 0;
let steps: i32 = 0;
let placeOfNaN: i32 = 0;
/** 1 where -0 has a level of its own: v = -0 is taken for -2^-149, which belongs to it. */
let minusZero: i32 = 0;
let isReciprocal: bool = false;
let sums: usize = 0;
let counts: usize = 0;

/**
 * The grid of the next calls.
 * @param ptr thresholds and levels of each place, 256 float32 each; of each value of v's highest 12 bits the first
 * threshold that matters, 4096 float32, and its place, 4096 u16
 * @param count places, at most 256
 * @param most thresholds that v may have to be compared with, once its highest 12 bits are known
 */
export function useLevels(
  ptr: usize,
  count: i32,
  most: i32,
  ofNaN: i32,
  hasMinusZero: i32,
  reciprocal: i32,
): void {
  tables = ptr;
  places = count;
  steps = most;
  placeOfNaN = ofNaN;
  minusZero = hasMinusZero;
  isReciprocal = reciprocal !== 0;
}

/**
 * Quantizes n float32 in segments of `width`, the last of which may be short.
 * @param largest what absmax is divided by
 * @param ofZeros the scale of a segment of zeros
 * @param params as `affineSegments` has them; zero points are 0
 * @param sums record of errors.ts, added to
 * @param counts a u32 for each place, added to
 */
export function levelSegments(
  ptr: usize,
  n: i32,
  width: i32,
  largest: f64,
  ofZeros: f32,
  params: usize,
  sumsTo: usize,
  countsTo: usize,
): void {
  sums = sumsTo;
  counts = countsTo;
  beginCounts();
  const end = ptr + (<usize>n << 2);
  const bytes = <usize>width << 2;
  const stride = <usize>((n + width - 1) / width) << 2;
  while (ptr < end) {
    const next = min(ptr + bytes, end);
    findRange(ptr, next);
    const scale = scaleOf(largest, ofZeros);
    storeParams(params, stride, scale, 0);
    quantize(ptr, next, scale);
    params += 4;
    ptr = next;
  }
  finish();
}

/** Quantizes n float32 by a scale. */
export function levelApply(
  ptr: usize,
  n: i32,
  scale: f32,
  sumsTo: usize,
  countsTo: usize,
): void {
  sums = sumsTo;
  counts = countsTo;
  beginCounts();
  quantize(ptr, ptr + (<usize>n << 2), scale);
  finish();
}

/** Values at the two places outside were clipped. */
function finish(): void {
  countGathered(places, counts);
  addClipped(sums, <f64>load<u32>(counts) + <f64>load<u32>(counts + (<usize>(places - 1) << 2)));
}

function scaleOf(largest: f64, ofZeros: f32): f32 {
  const absMax = <f64>max(abs(lo), abs(hi));
  return absMax === 0 ? ofZeros : stored(absMax / largest);
}

function quantize(ptr: usize, end: usize, scale: f32): void {
  const wholeEnd = ptr + ((end - ptr) & ~63);
  const inverse: f32 = 1 / scale;
  if (isUsual(scale))
    while (ptr < wholeEnd) {
      const next = min(ptr + blockBytes, wholeEnd);
      const blockEnd = block + (next - ptr);
      if (isReciprocal) multiply(ptr, next, inverse);
      else divide(ptr, next, scale);
      findLevels(blockEnd, roomForCodes(places, counts));
      // Whatever was found of a NaN is forgotten again, with the whole block.
      if (addBlock(ptr, next, block, scale, sums)) gather((next - ptr) >> 2);
      else quantizePlain(ptr, next, scale, inverse);
      ptr = next;
    }
  quantizePlain(ptr, end, scale, inverse);
}

/** -0 as its level wants it. */
// @ts-ignore: decorator
@inline
function signed(v: v128): v128 {
  return v128.or(
    v,
    v128.and(i32x4.eq(v, i32x4.splat(<i32>0x80000000)), i32x4.splat(minusZero)),
  );
}

function divide(ptr: usize, end: usize, scale: f32): void {
  const s = f32x4.splat(scale);
  let to = block;
  do {
    v128.store(to, signed(f32x4.div(v128.load(ptr), s)));
    v128.store(to, signed(f32x4.div(v128.load(ptr, 16), s)), 16);
    v128.store(to, signed(f32x4.div(v128.load(ptr, 32), s)), 32);
    v128.store(to, signed(f32x4.div(v128.load(ptr, 48), s)), 48);
    ptr += 64;
    to += 64;
  } while (ptr < end);
}

function multiply(ptr: usize, end: usize, inverse: f32): void {
  const s = f32x4.splat(inverse);
  let to = block;
  do {
    v128.store(to, signed(f32x4.mul(v128.load(ptr), s)));
    v128.store(to, signed(f32x4.mul(v128.load(ptr, 16), s)), 16);
    v128.store(to, signed(f32x4.mul(v128.load(ptr, 32), s)), 32);
    v128.store(to, signed(f32x4.mul(v128.load(ptr, 48), s)), 48);
    ptr += 64;
    to += 64;
  } while (ptr < end);
}

/** Where v stands among the thresholds; the steps beyond the first are taken without a branch too. */
// @ts-ignore: decorator
@inline
function placeOf(v: f32): i32 {
  const bucket = <usize>(reinterpret<u32>(v) >>> 20);
  let place = <i32>load<u16>(tables + (bucket << 1), atStart);
  place += <i32>(v > load<f32>(tables + (bucket << 2), atEdges));
  for (let i = 1; i < steps; i++) place += <i32>(v > load<f32>(tables + (<usize>place << 2)));
  return place;
}

/** The same where one comparison is enough. */
// @ts-ignore: decorator
@inline
function placeAtOnce(v: f32): i32 {
  const bucket = <usize>(reinterpret<u32>(v) >>> 20);
  const place = <i32>load<u16>(tables + (bucket << 1), atStart);
  return place + <i32>(v > load<f32>(tables + (bucket << 2), atEdges));
}

// @ts-ignore: decorator
@inline
function levelAt(place: i32): f32 {
  return load<f32>(tables + (<usize>place << 2), atLevels);
}

/** Puts levels in the place of each v of the block, and their places at `to`. */
function findLevels(end: usize, to: usize): void {
  let at = block;
  if (steps === 1) {
    do {
      const a = placeAtOnce(load<f32>(at));
      const b = placeAtOnce(load<f32>(at, 4));
      const c = placeAtOnce(load<f32>(at, 8));
      const d = placeAtOnce(load<f32>(at, 12));
      store<u32>(to, a | (b << 8) | (c << 16) | (d << 24));
      store<f32>(at, levelAt(a));
      store<f32>(at, levelAt(b), 4);
      store<f32>(at, levelAt(c), 8);
      store<f32>(at, levelAt(d), 12);
      at += 16;
      to += 4;
    } while (at < end);
    return;
  }
  do {
    const place = placeOf(load<f32>(at));
    store<u8>(to, place);
    store<f32>(at, levelAt(place));
    at += 4;
    to++;
  } while (at < end);
}

/** As the twin does it; also what the last few values of a segment go through. */
function quantizePlain(ptr: usize, end: usize, scale: f32, inverse: f32): void {
  for (; ptr < end; ptr += 4) {
    const x = load<f32>(ptr);
    if (x - x !== 0) continue;
    const place = placeOfQuotient(isReciprocal ? x * inverse : x / scale);
    addOne(sums, <f64>x, <f64>(levelAt(place) * scale), <f64>scale);
    countOne(counts, place);
  }
}

function placeOfQuotient(v: f32): i32 {
  if (v !== v) return placeOfNaN;
  const isMinusZero = reinterpret<u32>(v) === 0x80000000;
  return placeOf(isMinusZero ? reinterpret<f32>(0x80000000 | minusZero) : v);
}
