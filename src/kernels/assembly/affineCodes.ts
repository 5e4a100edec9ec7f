// Twin: src/quant/grids/integerCodec.ts (x / s, half to even, zero point after), value by value.

const restIn: usize = memory.data(64, 16);
const restCodes: usize = memory.data(64, 16);
const restResults: usize = memory.data(64, 16);
const restClipped: usize = memory.data(16, 16);

let scales: v128 = i32x4.splat(0);
let lows: v128 = i32x4.splat(0);
let highs: v128 = i32x4.splat(0);
/** Steps of the code that a NaN gets. */
let ofNaN: v128 = i32x4.splat(0);
let zeros: v128 = i32x4.splat(0);

/**
 * Quantizes n float32.
 * @param scale positive and finite
 * @param zeroPoint within 2^22
 * @param codes i32 [n], @param results float32 [n], @param clipped u8 [n]; none may overlap the values
 */
export function affineCodes(
  ptr: usize,
  n: i32,
  scale: f32,
  zeroPoint: i32,
  qmin: i32,
  qmax: i32,
  codes: usize,
  results: usize,
  clipped: usize,
): void {
  const low = <f32>(qmin - zeroPoint);
  const high = <f32>(qmax - zeroPoint);
  scales = f32x4.splat(scale);
  lows = f32x4.splat(low);
  highs = f32x4.splat(high);
  ofNaN = f32x4.splat(min(max(<f32>0, low), high));
  zeros = i32x4.splat(zeroPoint);
  const wholeEnd = ptr + (<usize>(n & ~15) << 2);
  while (ptr < wholeEnd) {
    sixteen(ptr, codes, results, clipped);
    ptr += 64;
    codes += 64;
    results += 64;
    clipped += 16;
  }
  const rest = n & 15;
  if (rest === 0) return;
  memory.copy(restIn, ptr, rest << 2);
  sixteen(restIn, restCodes, restResults, restClipped);
  memory.copy(codes, restCodes, rest << 2);
  memory.copy(results, restResults, rest << 2);
  memory.copy(clipped, restClipped, rest);
}

/** Writes codes and results of four values; all bits of a lane are set where one was clipped. */
// @ts-ignore: decorator
@inline
function four(ptr: usize, codes: usize, results: usize): v128 {
  const v = f32x4.nearest(f32x4.div(v128.load(ptr), scales));
  const isNumber = f32x4.eq(v, v);
  const kept = f32x4.pmin(f32x4.pmax(v, lows), highs);
  // -0 steps are 0 steps: the twin has added the zero point in between.
  const steps = f32x4.add(v128.bitselect(kept, ofNaN, isNumber), f32x4.splat(0));
  v128.store(codes, i32x4.add(i32x4.trunc_sat_f32x4_s(steps), zeros));
  v128.store(results, f32x4.mul(steps, scales));
  return v128.and(f32x4.ne(kept, v), isNumber);
}

function sixteen(ptr: usize, codes: usize, results: usize, clipped: usize): void {
  const a = four(ptr, codes, results);
  const b = four(ptr + 16, codes + 16, results + 16);
  const c = four(ptr + 32, codes + 32, results + 32);
  const d = four(ptr + 48, codes + 48, results + 48);
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  v128.store(clipped, v128.and(bytes, i8x16.splat(1)));
}
