// ggml's blocks of 256 to float32, exactly. Twins: src/quant/ggml. `from` may have any address; `to` must not overlap it, and
// has room for all weights of the blocks.
import {
  half,
  highNibbles,
  iq4Levels,
  lineBytes,
  lowNibbles,
  scaleBytes,
  scaled,
} from './blockLanes';

/** The scale or the minimum of a sub-block: a step of the block's own. */
// @ts-ignore: decorator
@inline
function stepped(step: i32, unit: v128): v128 {
  return scaled(i32x4.splat(step), unit);
}

/** One of four bytes. */
// @ts-ignore: decorator
@inline
function byteOf(word: u32, i: i32): i32 {
  return (word >> (8 * i)) & 0xff;
}

/** Thirty-two codes of a sub-block. */
// @ts-ignore: decorator
@inline
function subBlock(a: v128, b: v128, scale: v128, min: v128, to: usize): void {
  lineBytes(a, scale, min, to);
  lineBytes(b, scale, min, to + 64);
}

/**
 * The 6-bit steps of eight sub-blocks, a byte each: those of the first four lie in the low bits of their bytes, those of
 * the others are nibbles of `low` with two bits from the top of the first.
 */
// @ts-ignore: decorator
@inline
function firstSteps(bits: u32): u32 {
  return bits & 0x3f3f3f3f;
}

// @ts-ignore: decorator
@inline
function laterSteps(nibbles: u32, bits: u32): u32 {
  return (nibbles & 0x0f0f0f0f) | ((bits >> 2) & 0x30303030);
}

/** Q4_K: f16 d, f16 dmin, 12 bytes of 6-bit steps, 128 of nibbles; w = (d * s) * q - (dmin * m). */
export function widenQ4_K(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const d = half(from);
    const dmin = half(from + 2);
    const scaleBits = load<u32>(from, 4);
    const minBits = load<u32>(from, 8);
    const low = load<u32>(from, 12);
    let scales = firstSteps(scaleBits);
    let mins = firstSteps(minBits);
    for (let j = 0; j < 4; j++) {
      if (j === 2) {
        scales = laterSteps(low, scaleBits);
        mins = laterSteps(low >> 4, minBits);
      }
      const a = v128.load(from + 32 * j, 16);
      const b = v128.load(from + 32 * j, 32);
      const k = 2 * (j & 1);
      const first = stepped(byteOf(scales, k), d);
      subBlock(lowNibbles(a), lowNibbles(b), first, stepped(byteOf(mins, k), dmin), to);
      const second = stepped(byteOf(scales, k + 1), d);
      const min = stepped(byteOf(mins, k + 1), dmin);
      subBlock(highNibbles(a), highNibbles(b), second, min, to + 128);
      to += 256;
    }
    from += 144;
  }
}

/** A bit of each byte, moved from `at` to bit 4. */
// @ts-ignore: decorator
@inline
function fifth(bytes: v128, at: i32): v128 {
  const bit = v128.and(i8x16.shr_u(bytes, at), i8x16.splat(1));
  return i8x16.shl(bit, 4);
}

/** Q5_K: as Q4_K, with 32 bytes of fifth bits before the nibbles: bit j of a byte is of sub-block j. */
export function widenQ5_K(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const d = half(from);
    const dmin = half(from + 2);
    const scaleBits = load<u32>(from, 4);
    const minBits = load<u32>(from, 8);
    const low = load<u32>(from, 12);
    const highA = v128.load(from, 16);
    const highB = v128.load(from, 32);
    let scales = firstSteps(scaleBits);
    let mins = firstSteps(minBits);
    for (let j = 0; j < 4; j++) {
      if (j === 2) {
        scales = laterSteps(low, scaleBits);
        mins = laterSteps(low >> 4, minBits);
      }
      const a = v128.load(from + 32 * j, 48);
      const b = v128.load(from + 32 * j, 64);
      const k = 2 * (j & 1);
      const firstA = v128.or(lowNibbles(a), fifth(highA, 2 * j));
      const firstB = v128.or(lowNibbles(b), fifth(highB, 2 * j));
      const firstMin = stepped(byteOf(mins, k), dmin);
      subBlock(firstA, firstB, stepped(byteOf(scales, k), d), firstMin, to);
      const secondA = v128.or(highNibbles(a), fifth(highA, 2 * j + 1));
      const secondB = v128.or(highNibbles(b), fifth(highB, 2 * j + 1));
      const secondMin = stepped(byteOf(mins, k + 1), dmin);
      subBlock(secondA, secondB, stepped(byteOf(scales, k + 1), d), secondMin, to + 128);
      to += 256;
    }
    from += 176;
  }
}

/** Two bits of each byte, from bit `at`. */
// @ts-ignore: decorator
@inline
function pairs(bytes: v128, at: i32): v128 {
  return v128.and(i8x16.shr_u(bytes, at), i8x16.splat(3));
}

/** Q2_K: 16 bytes of steps (low nibble s, high m), 64 of codes, f16 d, f16 dmin; w = (d * s) * q - (dmin * m). */
export function widenQ2_K(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const d = half(from + 80);
    const dmin = half(from + 82);
    for (let j = 0; j < 16; j++) {
      const steps = <i32>load<u8>(from + j);
      // Of each 128 weights, 32 have the lowest bits of 32 bytes, the next 32 the bits above.
      const bytes = v128.load(from + 32 * (j >> 3) + 16 * (j & 1), 16);
      const codes = pairs(bytes, j & 6);
      lineBytes(codes, stepped(steps & 15, d), stepped(steps >> 4, dmin), to);
      to += 64;
    }
    from += 84;
  }
}

/** Q3_K: 32 bytes of third bits, 64 of lower bits, 12 of 6-bit steps, f16 d; w = d * (s - 32) * (q - 4). */
export function widenQ3_K(from: usize, to: usize, n: i32): void {
  const four = i8x16.splat(4);
  for (let i = 0; i < n; i++) {
    const d = half(from + 108);
    for (let j = 0; j < 16; j++) {
      const low = (<i32>load<u8>(from + (j & 7), 96) >> (4 * (j >> 3))) & 15;
      const high = (<i32>load<u8>(from + (j & 3), 104) >> (2 * (j >> 2))) & 3;
      const scale = stepped((low | (high << 4)) - 32, d);
      const side = 16 * (j & 1);
      const codes = pairs(v128.load(from + 32 * (j >> 3) + side, 32), j & 6);
      const third = v128.and(i8x16.shr_u(v128.load(from + side), j >> 1), i8x16.splat(1));
      scaleBytes(i8x16.sub(v128.or(codes, i8x16.shl(third, 2)), four), scale, to);
      to += 64;
    }
    from += 110;
  }
}

/** Q6_K: 128 bytes of lower nibbles, 64 of upper bits, 16 signed steps, f16 d; w = (d * s) * (q - 32). */
export function widenQ6_K(from: usize, to: usize, n: i32): void {
  const center = i8x16.splat(32);
  for (let i = 0; i < n; i++) {
    const d = half(from + 208);
    for (let j = 0; j < 16; j++) {
      const scale = stepped(<i32>load<i8>(from + j, 192), d);
      const side = 16 * (j & 1);
      const part = j >> 3;
      const bytes = v128.load(from + 64 * part + 32 * ((j >> 1) & 1) + side);
      const nibbles = lowNibbles(i8x16.shr_u(bytes, j & 4));
      const upper = pairs(v128.load(from + 32 * part + side, 128), j & 6);
      scaleBytes(i8x16.sub(v128.or(nibbles, i8x16.shl(upper, 4)), center), scale, to);
      to += 64;
    }
    from += 210;
  }
}

/** IQ4_XS: f16 d, 2 bytes of upper and 4 of lower bits of steps, 128 of nibbles; w = d * (s - 32) * level(q). */
export function widenIQ4_XS(from: usize, to: usize, n: i32): void {
  const levels = iq4Levels();
  for (let i = 0; i < n; i++) {
    const d = half(from);
    const upper = <i32>load<u16>(from, 2);
    const lower = load<i32>(from, 4);
    for (let j = 0; j < 8; j++) {
      const step = ((lower >> (4 * j)) & 15) | (((upper >> (2 * j)) & 3) << 4);
      const scale = stepped(step - 32, d);
      const bytes = v128.load(from + 16 * j, 8);
      scaleBytes(i8x16.swizzle(levels, lowNibbles(bytes)), scale, to);
      scaleBytes(i8x16.swizzle(levels, highNibbles(bytes)), scale, to + 64);
      to += 128;
    }
    from += 136;
  }
}
