// Twin: src/stats/histogram.ts.
import { countOne } from './counts';
import { beginCounts, countGathered, gather, roomForCodes } from './gathered';

/** Bytes of the values whose bins are gathered at once. */
const blockBytes: usize = 1024;

/**
 * Counts n float32 in bins, at most 256; NaN and infinities are passed over. A bin is guessed in float32; where the
 * guess is within `doubt` of an edge, in shares of a bin, the edges have the last word as they have in the twin.
 * @param edges float64 [bins + 1]; finite values lie within
 * @param lo the lowest edge, and @param perBin bins / width, as near as float32 has them
 * @param counts a u32 for each bin, added to
 */
export function histogram(
  ptr: usize,
  n: i32,
  edges: usize,
  bins: i32,
  lo: f32,
  perBin: f32,
  doubt: f32,
  counts: usize,
): void {
  const end = ptr + (<usize>n << 2);
  const wholeEnd = ptr + (<usize>(n & ~15) << 2);
  const sure: f32 = <f32>0.5 - doubt;
  beginCounts();
  while (ptr < wholeEnd) {
    const next = min(ptr + blockBytes, wholeEnd);
    const room = roomForCodes(bins, counts);
    let to = room;
    do {
      if (binsOf(ptr, lo, perBin, sure, to)) to += 16;
      else plain(ptr, ptr + 64, edges, bins, counts);
      ptr += 64;
    } while (ptr < next);
    gather(to - room);
  }
  plain(ptr, end, edges, bins, counts);
  countGathered(bins, counts);
}

/** 1.5 * 2^23: a float32 that is added to it is rounded to an integer, which stands in its last bits. */
const magic: f32 = 12582912;

/** Bins of sixteen values; false where one of them is in doubt. */
// @ts-ignore: decorator
@inline
function binsOf(ptr: usize, lo: f32, perBin: f32, sure: f32, to: usize): bool {
  const low = f32x4.splat(lo);
  const unit = f32x4.splat(perBin);
  const half = f32x4.splat(0.5);
  const big = f32x4.splat(magic);
  const limit = f32x4.splat(sure);
  // Distances from the middle of a bin: an integer, and what is left of it.
  const a = f32x4.sub(f32x4.mul(f32x4.sub(v128.load(ptr), low), unit), half);
  const b = f32x4.sub(f32x4.mul(f32x4.sub(v128.load(ptr, 16), low), unit), half);
  const c = f32x4.sub(f32x4.mul(f32x4.sub(v128.load(ptr, 32), low), unit), half);
  const d = f32x4.sub(f32x4.mul(f32x4.sub(v128.load(ptr, 48), low), unit), half);
  const i = f32x4.add(a, big);
  const j = f32x4.add(b, big);
  const k = f32x4.add(c, big);
  const l = f32x4.add(d, big);
  const p = f32x4.le(f32x4.abs(f32x4.sub(a, f32x4.sub(i, big))), limit);
  const q = f32x4.le(f32x4.abs(f32x4.sub(b, f32x4.sub(j, big))), limit);
  const r = f32x4.le(f32x4.abs(f32x4.sub(c, f32x4.sub(k, big))), limit);
  const s = f32x4.le(f32x4.abs(f32x4.sub(d, f32x4.sub(l, big))), limit);
  if (!i32x4.all_true(v128.and(v128.and(p, q), v128.and(r, s)))) return false;
  const mask = i32x4.splat(0xff);
  const ab = i16x8.narrow_i32x4_s(v128.and(i, mask), v128.and(j, mask));
  const cd = i16x8.narrow_i32x4_s(v128.and(k, mask), v128.and(l, mask));
  v128.store(to, i8x16.narrow_i16x8_u(ab, cd));
  return true;
}

function plain(ptr: usize, end: usize, edges: usize, bins: i32, counts: usize): void {
  const lo = load<f64>(edges);
  const width = load<f64>(edges + (<usize>bins << 3)) - lo;
  for (; ptr < end; ptr += 4) {
    const x = <f64>load<f32>(ptr);
    if (x - x !== 0) continue;
    let bin = min(<i32>floor(((x - lo) / width) * <f64>bins), bins - 1);
    if (x < load<f64>(edges + (<usize>bin << 3))) bin--;
    else if (bin < bins - 1 && x >= load<f64>(edges + (<usize>(bin + 1) << 3))) bin++;
    countOne(counts, bin);
  }
}

/** Counts n 16-bit patterns: u32 [65536], added to. */
export function countPatterns(ptr: usize, n: i32, counts: usize): void {
  const end = ptr + (<usize>n << 1);
  const wholeEnd = ptr + (<usize>(n & ~3) << 1);
  while (ptr < wholeEnd) {
    const four = load<u64>(ptr);
    countOne(counts, <i32>(four & 0xffff));
    countOne(counts, <i32>((four >> 16) & 0xffff));
    countOne(counts, <i32>((four >> 32) & 0xffff));
    countOne(counts, <i32>(four >> 48));
    ptr += 8;
  }
  for (; ptr < end; ptr += 2) countOne(counts, <i32>load<u16>(ptr));
}
