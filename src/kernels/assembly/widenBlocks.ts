// ggml's blocks of 32 to float32, exactly. Twins: src/quant/ggml. `from` may have any address; `to` must not overlap it, and
// has room for all weights of the blocks. Low nibbles are weights 0-15, high ones 16-31.
import { half, highNibbles, iq4Levels, lineBytes, lowNibbles, scaleBytes } from './blockLanes';

/** Q4_0: f16 d, 16 bytes of nibbles; w = d * (q - 8). */
export function widenQ4_0(from: usize, to: usize, n: i32): void {
  const eight = i8x16.splat(8);
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    const bytes = v128.load(from, 2);
    scaleBytes(i8x16.sub(lowNibbles(bytes), eight), scale, to);
    scaleBytes(i8x16.sub(highNibbles(bytes), eight), scale, to + 64);
    from += 18;
    to += 128;
  }
}

/** Q4_1: f16 d, f16 m, 16 bytes of nibbles; w = d * q + m. */
export function widenQ4_1(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    const min = f32x4.neg(half(from + 2));
    const bytes = v128.load(from, 4);
    lineBytes(lowNibbles(bytes), scale, min, to);
    lineBytes(highNibbles(bytes), scale, min, to + 64);
    from += 20;
    to += 128;
  }
}

/** Sixteen bits, the lowest first, as 16 where they are set. */
// @ts-ignore: decorator
@inline
function fifthBits(bits: i32): v128 {
  const word = i16x8.splat(<i16>bits);
  const halves = i8x16.shuffle(word, word, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  const own = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  return v128.and(i8x16.eq(v128.and(halves, own), own), i8x16.splat(16));
}

/** Q5_0: f16 d, a word of fifth bits, 16 bytes of nibbles; w = d * (q - 16). */
export function widenQ5_0(from: usize, to: usize, n: i32): void {
  const sixteen = i8x16.splat(16);
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    const fifth = load<u32>(from, 2);
    const bytes = v128.load(from, 6);
    const a = v128.or(lowNibbles(bytes), fifthBits(fifth & 0xffff));
    const b = v128.or(highNibbles(bytes), fifthBits(fifth >>> 16));
    scaleBytes(i8x16.sub(a, sixteen), scale, to);
    scaleBytes(i8x16.sub(b, sixteen), scale, to + 64);
    from += 22;
    to += 128;
  }
}

/** Q5_1: f16 d, f16 m, a word of fifth bits, 16 bytes of nibbles; w = d * q + m. */
export function widenQ5_1(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    const min = f32x4.neg(half(from + 2));
    const fifth = load<u32>(from, 4);
    const bytes = v128.load(from, 8);
    lineBytes(v128.or(lowNibbles(bytes), fifthBits(fifth & 0xffff)), scale, min, to);
    lineBytes(v128.or(highNibbles(bytes), fifthBits(fifth >>> 16)), scale, min, to + 64);
    from += 24;
    to += 128;
  }
}

/** Q8_0: f16 d, 32 signed bytes; w = d * q. */
export function widenQ8_0(from: usize, to: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    scaleBytes(v128.load(from, 2), scale, to);
    scaleBytes(v128.load(from, 18), scale, to + 64);
    from += 34;
    to += 128;
  }
}

/** IQ4_NL: f16 d, 16 bytes of nibbles; w = d * level(q). */
export function widenIQ4_NL(from: usize, to: usize, n: i32): void {
  const levels = iq4Levels();
  for (let i = 0; i < n; i++) {
    const scale = half(from);
    const bytes = v128.load(from, 2);
    scaleBytes(i8x16.swizzle(levels, lowNibbles(bytes)), scale, to);
    scaleBytes(i8x16.swizzle(levels, highNibbles(bytes)), scale, to + 64);
    from += 18;
    to += 128;
  }
}

/** MXFP4: an exponent e, 16 bytes of nibbles; w = 2^(e - 128) * level(q), where levels are E2M1 times 2. */
export function widenMXFP4(from: usize, to: usize, n: i32): void {
  const levels = i8x16(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);
  for (let i = 0; i < n; i++) {
    const e = <i32>load<u8>(from);
    // The smallest two are subnormal.
    const scale = i32x4.splat(e < 2 ? 0x200000 << e : (e - 1) << 23);
    const bytes = v128.load(from, 1);
    scaleBytes(i8x16.swizzle(levels, lowNibbles(bytes)), scale, to);
    scaleBytes(i8x16.swizzle(levels, highNibbles(bytes)), scale, to + 64);
    from += 17;
    to += 128;
  }
}
