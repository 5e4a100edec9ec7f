// Q4_K, Q5_K and Q2_K: 256 weights in sub-blocks with a scale and a minimum. Twins: src/quant/ggml/kMinQuants.ts.
import {
  fitLines,
  foundMins,
  foundScales,
  foundSpreads,
  foundStarts,
  loadLanes,
  weighByMagnitude,
  weighEvenly,
} from './ggmlLines';
import { bytesOf, nearestCodes, nearestInt, readHalf, writeHalf } from './ggmlScalar';

/** Of up to 16 sub-blocks, f32 [16] each: scale and minimum, and what gave the codes of the best line. */
const scalesOf = memory.data(64, 16);
const minsOf = memory.data(64, 16);
const spreadsOf = memory.data(64, 16);
const startsOf = memory.data(64, 16);
/** Steps of scales and minima, i32 [16] each. */
const scaleSteps = memory.data(64, 16);
const minSteps = memory.data(64, 16);
/** The codes of a block as bytes. */
const codeBytes = memory.data(256, 16);

/** Keeps what was found of eight sub-blocks, `from` bytes into the tables above. */
// @ts-ignore: decorator
@inline
function keepFound(from: usize): void {
  memory.copy(scalesOf + from, foundScales, 32);
  memory.copy(minsOf + from, foundMins, 32);
  memory.copy(spreadsOf + from, foundSpreads, 32);
  memory.copy(startsOf + from, foundStarts, 32);
}

/** The largest of some floats, at least 0; a NaN is passed over. */
function largest(at: usize, count: i32): f32 {
  let max: f32 = 0;
  for (let j = 0; j < count; j++) {
    const v = load<f32>(at + (<usize>j << 2));
    if (v > max) max = v;
  }
  return max;
}

/** Rounds floats to steps of the largest; through a byte, as in ggml, before they are limited. */
function toSteps(from: usize, to: usize, count: i32, max: f32, top: i32): void {
  const perStep = max > 0 ? <f32>top / max : 0;
  for (let j = 0; j < count; j++) {
    const at = <usize>j << 2;
    store<i32>(to + at, min(nearestInt(perStep * load<f32>(from + at)) & 0xff, top));
  }
}

/** Writes d and dmin, and makes the steps. */
function writeScales(at: usize, count: i32, top: i32): void {
  const maxScale = largest(scalesOf, count);
  const maxMin = largest(minsOf, count);
  toSteps(scalesOf, scaleSteps, count, maxScale, top);
  toSteps(minsOf, minSteps, count, maxMin, top);
  writeHalf(at, maxScale / <f32>top);
  writeHalf(at + 2, maxMin / <f32>top);
}

/** Puts the scales and minima as they are stored in place of those that were found, and tells them. */
function settle(at: usize, count: i32, scales: usize, zeros: usize): void {
  const d = readHalf(at);
  const dmin = readHalf(at + 2);
  for (let j = 0; j < count; j++) {
    const i = <usize>j << 2;
    const scale = d * <f32>load<i32>(scaleSteps + i);
    const min = dmin * <f32>load<i32>(minSteps + i);
    store<f32>(scalesOf + i, scale);
    store<f32>(minsOf + i, min);
    store<f32>(scales + i, scale);
    store<f32>(zeros + i, scale == 0 ? 0 : min / scale);
  }
}

/** Six-bit steps in bytes 4-15 of a block. */
function writeSixBitSteps(block: usize): void {
  for (let j: usize = 0; j < 4; j++) {
    const at = j << 2;
    const scale = load<i32>(scaleSteps + at, 16);
    const min = load<i32>(minSteps + at, 16);
    store<u8>(block + 4 + j, load<i32>(scaleSteps + at) | ((scale >> 4) << 6));
    store<u8>(block + 8 + j, load<i32>(minSteps + at) | ((min >> 4) << 6));
    store<u8>(block + 12 + j, (scale & 15) | (min << 4));
  }
}

/** Four-bit steps in bytes 0-15 of a block. */
function writeFourBitSteps(block: usize): void {
  for (let j: usize = 0; j < 16; j++) {
    const at = j << 2;
    store<u8>(block + j, load<i32>(scaleSteps + at) | (load<i32>(minSteps + at) << 4));
  }
}

/** Chooses and decodes the codes of four weights for the scale as it is stored. */
// @ts-ignore: decorator
@inline
function requantize(x: usize, scale: v128, min: v128, top: v128, result: usize, code: usize): v128 {
  const q = nearestCodes(f32x4.div(f32x4.add(v128.load(x), min), scale), top);
  v128.store(result, f32x4.sub(f32x4.mul(scale, f32x4.convert_i32x4_s(q)), min));
  v128.store(code, q);
  return q;
}

/** The codes that the search chose for four weights, which a scale of 0 keeps: it decodes them to the minimum. */
// @ts-ignore: decorator
@inline
function keep(x: usize, j: usize, min: v128, top: v128, result: usize, code: usize): v128 {
  const spread = v128.load32_splat(spreadsOf + j);
  const from = v128.load32_splat(startsOf + j);
  const q = nearestCodes(f32x4.mul(spread, f32x4.add(v128.load(x), from)), top);
  v128.store(result, f32x4.sub(f32x4.splat(0), min));
  v128.store(code, q);
  return q;
}

/** Codes of 16 weights of sub-block j / 4: as they are stored, decoded, and as bytes. */
function encode16(x: usize, j: usize, topCode: i32, results: usize, codes: usize): v128 {
  const top = i32x4.splat(topCode);
  const scale = v128.load32_splat(scalesOf + j);
  const min = v128.load32_splat(minsOf + j);
  if (load<f32>(scalesOf + j) == 0) {
    return bytesOf(
      keep(x, j, min, top, results, codes),
      keep(x + 16, j, min, top, results + 16, codes + 16),
      keep(x + 32, j, min, top, results + 32, codes + 32),
      keep(x + 48, j, min, top, results + 48, codes + 48),
    );
  }
  return bytesOf(
    requantize(x, scale, min, top, results, codes),
    requantize(x + 16, scale, min, top, results + 16, codes + 16),
    requantize(x + 32, scale, min, top, results + 32, codes + 32),
    requantize(x + 48, scale, min, top, results + 48, codes + 48),
  );
}

/** Codes of a block, 2^shift times 16 weights to a sub-block. */
function encode(x: usize, shift: usize, topCode: i32, results: usize, codes: usize): void {
  for (let n: usize = 0; n < 16; n++) {
    const at = n << 6;
    const bytes = encode16(x + at, (n >> shift) << 2, topCode, results + at, codes + at);
    v128.store(codeBytes + (n << 4), bytes);
  }
}

/** Low nibbles of 256 codes: of 64 weights, 0-31 in the low nibbles of 32 bytes and 32-63 in the high ones. */
function packNibbles(to: usize): void {
  for (let from = codeBytes; from < codeBytes + 256; from += 64, to += 32) {
    for (let b: usize = 0; b < 32; b += 16) {
      const low = v128.and(v128.load(from + b), i8x16.splat(15));
      v128.store(to + b, v128.or(low, i8x16.shl(v128.load(from + b, 32), 4)));
    }
  }
}

/** Fifth bits of 256 codes: bit k of byte b is that of weight 32 k + b. */
function packFifthBits(to: usize): void {
  for (let b: usize = 0; b < 32; b += 16) {
    let bits = i8x16.splat(0);
    for (let k: i32 = 7; k >= 0; k--) {
      const codes = v128.load(codeBytes + b + (<usize>k << 5));
      bits = v128.or(i8x16.shl(bits, 1), i8x16.shr_u(codes, 4));
    }
    v128.store(to + b, bits);
  }
}

/** Two-bit codes: of 128 weights, 32 k + b at bit 2 k of byte b. */
function packPairs(to: usize): void {
  for (let from = codeBytes; from < codeBytes + 256; from += 128, to += 32) {
    for (let b: usize = 0; b < 32; b += 16) {
      const low = v128.or(v128.load(from + b), i8x16.shl(v128.load(from + b, 32), 2));
      const high = v128.or(v128.load(from + b, 64), i8x16.shl(v128.load(from + b, 96), 2));
      v128.store(to + b, v128.or(low, i8x16.shl(high, 4)));
    }
  }
}

/** What Q4_K and Q5_K share: scales and codes of a block. */
// @ts-ignore: decorator
@inline
function encodeSixBit(
  x: usize,
  block: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  top: i32,
  first: f32,
  tries: i32,
): void {
  loadLanes(x, 32);
  weighEvenly(32);
  fitLines(32, <f32>top, first, tries, false);
  keepFound(0);
  writeScales(block, 8, 63);
  writeSixBitSteps(block);
  settle(block, 8, scales, zeros);
  encode(x, 1, top, results, codes);
}

/**
 * Quantizes `count` blocks of finite values to Q4_K.
 * @param x       f32 [256 count]
 * @param blocks  bytes [144 count], written
 * @param results f32 [256 count], written: the decoded values
 * @param codes   i32 [256 count], written
 * @param scales  f32 [8 count], written: of each sub-block of 32
 * @param zeros   f32 [8 count], written: their zero points
 */
export function ggmlQ4_K(
  x: usize,
  blocks: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    encodeSixBit(x, blocks, results, codes, scales, zeros, 15, -1, 20);
    packNibbles(blocks + 16);
    x += 1024;
    results += 1024;
    codes += 1024;
    blocks += 144;
    scales += 32;
    zeros += 32;
  }
}

/**
 * Quantizes `count` blocks of finite values to Q5_K.
 * @param x       f32 [256 count]
 * @param blocks  bytes [176 count], written
 * @param results f32 [256 count], written: the decoded values
 * @param codes   i32 [256 count], written
 * @param scales  f32 [8 count], written: of each sub-block of 32
 * @param zeros   f32 [8 count], written: their zero points
 */
export function ggmlQ5_K(
  x: usize,
  blocks: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    encodeSixBit(x, blocks, results, codes, scales, zeros, 31, -0.5, 15);
    packFifthBits(blocks + 16);
    packNibbles(blocks + 48);
    x += 1024;
    results += 1024;
    codes += 1024;
    blocks += 176;
    scales += 32;
    zeros += 32;
  }
}

/** Searches eight sub-blocks of 16 and keeps what was found at `from` of the tables. */
function searchSixteens(x: usize, from: usize): void {
  loadLanes(x, 16);
  weighByMagnitude(16);
  fitLines(16, 3, -0.5, 15, true);
  keepFound(from);
}

/**
 * Quantizes `count` blocks of finite values to Q2_K.
 * @param x       f32 [256 count]
 * @param blocks  bytes [84 count], written
 * @param results f32 [256 count], written: the decoded values
 * @param codes   i32 [256 count], written
 * @param scales  f32 [16 count], written: of each sub-block of 16
 * @param zeros   f32 [16 count], written: their zero points
 */
export function ggmlQ2_K(
  x: usize,
  blocks: usize,
  results: usize,
  codes: usize,
  scales: usize,
  zeros: usize,
  count: i32,
): void {
  for (let i = 0; i < count; i++) {
    searchSixteens(x, 0);
    searchSixteens(x + 512, 32);
    writeScales(blocks + 80, 16, 15);
    writeFourBitSteps(blocks);
    settle(blocks + 80, 16, scales, zeros);
    encode(x, 0, 3, results, codes);
    packPairs(blocks + 16);
    x += 1024;
    results += 1024;
    codes += 1024;
    blocks += 84;
    scales += 64;
    zeros += 64;
  }
}
