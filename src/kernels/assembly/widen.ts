// Little-endian elements to float32, exactly. Twin: src/formats/decode.ts. `from` may have any address; `to` must not
// overlap it. Sixteen elements a turn; what is left goes through the same function, padded.

/** Room for the last elements, padded to 16: at most 32 bytes in, 64 out. */
const tailIn: usize = memory.data(32, 16);
const tailOut: usize = memory.data(64, 16);

/** The sign of 16-bit and 8-bit floats where float32 has it, and 8 elements as 4 + 4. */
// @ts-ignore: decorator
@inline
function low(words: v128): v128 {
  return i32x4.extend_low_i16x8_u(words);
}

// @ts-ignore: decorator
@inline
function high(words: v128): v128 {
  return i32x4.extend_high_i16x8_u(words);
}

// @ts-ignore: decorator
@inline
function bfloat16(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  v128.store(to, i32x4.shl(low(a), 16));
  v128.store(to, i32x4.shl(high(a), 16), 16);
  v128.store(to, i32x4.shl(low(b), 16), 32);
  v128.store(to, i32x4.shl(high(b), 16), 48);
}

/**
 * A small float with its magnitude at float32's mantissa: the exponent is moved by adding, and a subnormal number made
 * normal by subtracting the leading 1 that it has not. Not by multiplying with a power of two: that makes float32
 * subnormals on the way, which some processors handle a hundred times slower.
 */
// @ts-ignore: decorator
@inline
function smallFloat(
  magnitude: v128,
  sign: v128,
  biasDifference: i32,
  smallestNormal: i32,
  special: i32,
): v128 {
  const one = i32x4.splat((biasDifference + 1) << 23);
  const subnormal = f32x4.sub(i32x4.add(magnitude, one), one);
  const normal = i32x4.add(magnitude, i32x4.splat(biasDifference << 23));
  const isSubnormal = i32x4.lt_s(magnitude, i32x4.splat(smallestNormal));
  const finite = v128.bitselect(subnormal, normal, isSubnormal);
  const isSpecial = i32x4.ge_s(magnitude, i32x4.splat(special));
  const top = v128.and(isSpecial, i32x4.splat(0x7f800000));
  return v128.or(v128.or(finite, top), sign);
}

/** Float16 in 32-bit lanes. Infinity and NaN keep their mantissa. */
// @ts-ignore: decorator
@inline
export function binary16(half: v128): v128 {
  const magnitude = i32x4.shl(v128.and(half, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16);
  return smallFloat(magnitude, sign, 112, 1 << 23, 31 << 23);
}

// @ts-ignore: decorator
@inline
function float16(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  v128.store(to, binary16(low(a)));
  v128.store(to, binary16(high(a)), 16);
  v128.store(to, binary16(low(b)), 32);
  v128.store(to, binary16(high(b)), 48);
}

/** E5M2 is the upper byte of a float16. */
// @ts-ignore: decorator
@inline
function e5m2(from: usize, to: usize): void {
  const bytes = v128.load(from);
  const zero = i32x4.splat(0);
  const a = i8x16.shuffle(zero, bytes, 0, 16, 0, 17, 0, 18, 0, 19, 0, 20, 0, 21, 0, 22, 0, 23);
  const b = i8x16.shuffle(zero, bytes, 0, 24, 0, 25, 0, 26, 0, 27, 0, 28, 0, 29, 0, 30, 0, 31);
  v128.store(to, binary16(low(a)));
  v128.store(to, binary16(high(a)), 16);
  v128.store(to, binary16(low(b)), 32);
  v128.store(to, binary16(high(b)), 48);
}

/** E4M3 of OCP in 32-bit lanes: no infinities, one NaN of either sign. */
// @ts-ignore: decorator
@inline
function e4m3Lanes(byte: v128): v128 {
  const magnitude = i32x4.shl(v128.and(byte, i32x4.splat(0x7f)), 20);
  const sign = i32x4.shl(v128.and(byte, i32x4.splat(0x80)), 24);
  return smallFloat(magnitude, sign, 120, 1 << 23, 0x7f << 20);
}

// @ts-ignore: decorator
@inline
function e4m3(from: usize, to: usize): void {
  const bytes = v128.load(from);
  const a = i16x8.extend_low_i8x16_u(bytes);
  const b = i16x8.extend_high_i8x16_u(bytes);
  v128.store(to, e4m3Lanes(low(a)));
  v128.store(to, e4m3Lanes(high(a)), 16);
  v128.store(to, e4m3Lanes(low(b)), 32);
  v128.store(to, e4m3Lanes(high(b)), 48);
}

// @ts-ignore: decorator
@inline
function signedWords(a: v128, b: v128, to: usize): void {
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(a)));
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(a)), 16);
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(b)), 32);
  v128.store(to, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(b)), 48);
}

// @ts-ignore: decorator
@inline
function int8(from: usize, to: usize): void {
  const bytes = v128.load(from);
  signedWords(i16x8.extend_low_i8x16_s(bytes), i16x8.extend_high_i8x16_s(bytes), to);
}

// @ts-ignore: decorator
@inline
function uint8(from: usize, to: usize): void {
  const bytes = v128.load(from);
  signedWords(i16x8.extend_low_i8x16_u(bytes), i16x8.extend_high_i8x16_u(bytes), to);
}

// @ts-ignore: decorator
@inline
function int16(from: usize, to: usize): void {
  signedWords(v128.load(from), v128.load(from, 16), to);
}

// @ts-ignore: decorator
@inline
function uint16(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 16);
  v128.store(to, f32x4.convert_i32x4_s(low(a)));
  v128.store(to, f32x4.convert_i32x4_s(high(a)), 16);
  v128.store(to, f32x4.convert_i32x4_s(low(b)), 32);
  v128.store(to, f32x4.convert_i32x4_s(high(b)), 48);
}

/** BF16; the bits are kept, also of a NaN. */
export function widenBFloat16(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      bfloat16(from, to);
      from += 32;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, (n & 15) << 1);
  bfloat16(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** F16. */
export function widenFloat16(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      float16(from, to);
      from += 32;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, (n & 15) << 1);
  float16(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** F8_E4M3. */
export function widenFloat8E4M3(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      e4m3(from, to);
      from += 16;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, n & 15);
  e4m3(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** F8_E5M2. */
export function widenFloat8E5M2(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      e5m2(from, to);
      from += 16;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, n & 15);
  e5m2(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** I8. */
export function widenInt8(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      int8(from, to);
      from += 16;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, n & 15);
  int8(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** U8. */
export function widenUint8(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      uint8(from, to);
      from += 16;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, n & 15);
  uint8(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** I16. */
export function widenInt16(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      int16(from, to);
      from += 32;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, (n & 15) << 1);
  int16(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}

/** U16. */
export function widenUint16(from: usize, to: usize, n: i32): void {
  const whole = n & ~15;
  const end = to + (<usize>whole << 2);
  if (whole > 0) {
    do {
      uint16(from, to);
      from += 32;
      to += 64;
    } while (to < end);
  }
  if (n === whole) return;
  memory.copy(tailIn, from, (n & 15) << 1);
  uint16(tailIn, tailOut);
  memory.copy(to, tailOut, (n & 15) << 2);
}
