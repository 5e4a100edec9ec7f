// Q8_0 and Q4_0: 32 weights and a float16 scale. Twins: src/quant/ggml/legacy.ts.
import { bytesOf, inverse, magic, readHalf, writeHalf } from './ggmlScalar';

/** The largest of four lanes, none of them NaN. */
// @ts-ignore: decorator
@inline
function largestLane(v: v128): f32 {
  const w = f32x4.pmax(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(w, v128.shuffle<i32>(w, w, 1, 0, 3, 2)), 0);
}

/** Lane by lane the larger magnitude of 16 values. */
// @ts-ignore: decorator
@inline
function magnitudes(x: usize): v128 {
  const a = f32x4.pmax(f32x4.abs(v128.load(x)), f32x4.abs(v128.load(x, 16)));
  const b = f32x4.pmax(f32x4.abs(v128.load(x, 32)), f32x4.abs(v128.load(x, 48)));
  return f32x4.pmax(a, b);
}

/** 1.5 * 2^23 as the integer of its bits: what the mantissa counts from. */
const magicBits: i32 = 0x4b400000;

/**
 * Codes of four values as floats on 1.5 * 2^23, a tie away from zero: adding the float below a half, and not a half
 * itself, keeps what is just below a tie from being rounded up to it.
 */
// @ts-ignore: decorator
@inline
function roundAway(v: v128): v128 {
  const sign = v128.and(v, i32x4.splat(0x80000000));
  const belowHalf = v128.or(sign, f32x4.splat(0.49999997019767761));
  return f32x4.add(f32x4.trunc(f32x4.add(v, belowHalf)), f32x4.splat(magic));
}

/** Quantizes, decodes and stores four values of a Q8_0 block; returns their codes. */
// @ts-ignore: decorator
@inline
function eightBit(x: usize, id: v128, d: v128, result: usize, code: usize): v128 {
  const t = roundAway(f32x4.mul(v128.load(x), id));
  v128.store(result, f32x4.mul(d, f32x4.sub(t, f32x4.splat(magic))));
  const q = i32x4.sub(t, i32x4.splat(magicBits));
  v128.store(code, q);
  return q;
}

/** Sixteen values of a Q8_0 block. */
// @ts-ignore: decorator
@inline
function eightBits(x: usize, id: v128, d: v128, result: usize, code: usize, block: usize): void {
  const q0 = eightBit(x, id, d, result, code);
  const q1 = eightBit(x + 16, id, d, result + 16, code + 16);
  const q2 = eightBit(x + 32, id, d, result + 32, code + 32);
  const q3 = eightBit(x + 48, id, d, result + 48, code + 48);
  const low = i16x8.narrow_i32x4_s(q0, q1);
  v128.store(block, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(q2, q3)));
}

/**
 * Quantizes `count` blocks of finite values to Q8_0.
 * @param x       f32 [32 count]
 * @param blocks  bytes [34 count], written
 * @param results f32 [32 count], written: the decoded values
 * @param codes   i32 [32 count], written
 * @param scales  f32 [count], written
 * @param zeros   f32 [count], written: zero points
 */
export function ggmlQ8_0(
  x: usize,
  blocks: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    const d = largestLane(f32x4.pmax(magnitudes(x), magnitudes(x + 64))) / <f32>127;
    const id = inverse(d);
    writeHalf(blocks, d);
    const stored = readHalf(blocks);
    // Infinite id: products are infinite or NaN, which C converts to 0.
    const factor = f32x4.splat(id == Infinity ? 0 : id);
    const scale = f32x4.splat(stored);
    eightBits(x, factor, scale, results, codes, blocks + 2);
    eightBits(x + 64, factor, scale, results + 64, codes + 64, blocks + 18);
    store<f32>(scales, stored);
    store<f32>(zeros, 0);
    x += 128;
    results += 128;
    codes += 128;
    blocks += 34;
    scales += 4;
    zeros += 4;
  }
}

/** Largest of each lane of 16 values. */
// @ts-ignore: decorator
@inline
function largest(x: usize): v128 {
  const a = f32x4.pmax(v128.load(x), v128.load(x, 16));
  return f32x4.pmax(a, f32x4.pmax(v128.load(x, 32), v128.load(x, 48)));
}

/** Smallest of each lane of 16 values. */
// @ts-ignore: decorator
@inline
function smallest(x: usize): v128 {
  const a = f32x4.pmin(v128.load(x), v128.load(x, 16));
  return f32x4.pmin(a, f32x4.pmin(v128.load(x, 32), v128.load(x, 48)));
}

/** The value of largest magnitude of 32, the first of equals; 0 when all are zero. */
// @ts-ignore: decorator
@inline
function extreme(x: usize): f32 {
  const up = f32x4.pmax(largest(x), largest(x + 64));
  const down = f32x4.neg(f32x4.pmin(smallest(x), smallest(x + 64)));
  const low = v128.shuffle<i32>(up, down, 0, 4, 1, 5);
  const both = f32x4.pmax(low, v128.shuffle<i32>(up, down, 2, 6, 3, 7));
  const ends = f32x4.pmax(both, v128.shuffle<i32>(both, both, 2, 3, 0, 1));
  const max = f32x4.extract_lane(ends, 0);
  const minus = f32x4.extract_lane(ends, 1);
  if (max > minus) return max;
  return max < minus ? -minus : max == 0 ? 0 : firstOf(x, max);
}

/** The first of 32 values that has a magnitude. */
function firstOf(x: usize, magnitude: f32): f32 {
  const last = x + 124;
  while (x < last && abs(load<f32>(x)) != magnitude) x += 4;
  return load<f32>(x);
}

/** Quantizes, decodes and stores four values of a Q4_0 block; returns their codes. */
// @ts-ignore: decorator
@inline
function fourBit(x: usize, id: v128, bias: v128, d: v128, result: usize, code: usize): v128 {
  const v = f32x4.trunc(f32x4.add(f32x4.mul(v128.load(x), id), bias));
  const t = f32x4.add(f32x4.pmin(v, f32x4.splat(15)), f32x4.splat(magic));
  v128.store(result, f32x4.mul(d, f32x4.sub(t, f32x4.splat(magic + 8))));
  const q = i32x4.sub(t, i32x4.splat(magicBits));
  v128.store(code, q);
  return q;
}

/** Weights i..i + 3 and i + 16..i + 19 of a Q4_0 block as four bytes. */
// @ts-ignore: decorator
@inline
function nibbles(x: usize, id: v128, bias: v128, d: v128, result: usize, code: usize): v128 {
  const low = fourBit(x, id, bias, d, result, code);
  const high = fourBit(x + 64, id, bias, d, result + 64, code + 64);
  return v128.or(low, i32x4.shl(high, 4));
}

/**
 * Quantizes `count` blocks of finite values to Q4_0.
 * @param x       f32 [32 count]
 * @param blocks  bytes [18 count], written
 * @param results f32 [32 count], written: the decoded values
 * @param codes   i32 [32 count], written
 * @param scales  f32 [count], written
 * @param zeros   f32 [count], written: zero points
 */
export function ggmlQ4_0(
  x: usize,
  blocks: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    const d = extreme(x) / <f32>-8;
    const id = inverse(d);
    writeHalf(blocks, d);
    const stored = readHalf(blocks);
    // Infinite id: products are infinite or NaN, which C converts to 0, and so every code is.
    const lost = abs(id) == Infinity;
    const factor = f32x4.splat(lost ? 0 : id);
    const bias = f32x4.splat(lost ? 0 : 8.5);
    const scale = f32x4.splat(stored);
    const b0 = nibbles(x, factor, bias, scale, results, codes);
    const b1 = nibbles(x + 16, factor, bias, scale, results + 16, codes + 16);
    const b2 = nibbles(x + 32, factor, bias, scale, results + 32, codes + 32);
    const b3 = nibbles(x + 48, factor, bias, scale, results + 48, codes + 48);
    v128.store(blocks + 2, bytesOf(b0, b1, b2, b3));
    store<f32>(scales, stored);
    store<f32>(zeros, stored == 0 ? 0 : 8);
    x += 128;
    results += 128;
    codes += 128;
    blocks += 18;
    scales += 4;
    zeros += 4;
  }
}
