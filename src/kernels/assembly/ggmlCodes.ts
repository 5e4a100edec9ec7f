// What is asked of the values before they are quantized to ggml's blocks, and of the codes after.
import { countBytes, paired, takeCounts, takePairs } from './counts';
import { bytesOf } from './ggmlScalar';

/** Whether `count` values, a multiple of 16, are all finite: only then x * 0 is 0, and the sum of such. */
export function ggmlFinite(x: usize, count: i32): bool {
  const zero = f32x4.splat(0);
  const end = x + (<usize>count << 2);
  let a = zero;
  let b = zero;
  for (; x < end; x += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(x), zero));
    b = f32x4.add(b, f32x4.mul(v128.load(x, 16), zero));
    a = f32x4.add(a, f32x4.mul(v128.load(x, 32), zero));
    b = f32x4.add(b, f32x4.mul(v128.load(x, 48), zero));
  }
  return i32x4.all_true(f32x4.eq(f32x4.add(a, b), zero));
}

/** 32 codes as bytes, or as half as many pairs. */
const bytes = memory.data(32, 16);

/** Sixteen codes as bytes, from 0 on. */
// @ts-ignore: decorator
@inline
function sixteen(codes: usize, first: v128): v128 {
  return bytesOf(
    i32x4.sub(v128.load(codes), first),
    i32x4.sub(v128.load(codes, 16), first),
    i32x4.sub(v128.load(codes, 32), first),
    i32x4.sub(v128.load(codes, 48), first),
  );
}

/**
 * Counts codes.
 * @param codes  i32 [count]
 * @param count  a multiple of 32
 * @param first  the lowest code there is
 * @param places how many there are, at most 256
 * @param counts u32 [places], added to
 */
export function ggmlCounts(codes: usize, count: i32, first: i32, places: i32, counts: usize): void {
  const end = codes + (<usize>count << 2);
  if (places <= 16) {
    for (; codes < end; codes += 128) countPairs(codes, i32x4.splat(first));
    takePairs(counts);
  } else {
    for (; codes < end; codes += 128) countSingles(codes, i32x4.splat(first));
    takeCounts(counts, places);
  }
}

/** Counts 32 codes below 16, two at once. */
// @ts-ignore: decorator
@inline
function countPairs(codes: usize, first: v128): void {
  v128.store64_lane(bytes, paired(sixteen(codes, first)), 0);
  v128.store64_lane(bytes + 8, paired(sixteen(codes + 64, first)), 0);
  countBytes(bytes, bytes + 16);
}

/** Counts 32 codes below 256. */
// @ts-ignore: decorator
@inline
function countSingles(codes: usize, first: v128): void {
  v128.store(bytes, sixteen(codes, first));
  v128.store(bytes + 16, sixteen(codes + 64, first));
  countBytes(bytes, bytes + 32);
}
