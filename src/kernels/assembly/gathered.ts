// How often each code occurs. Codes are gathered as bytes and counted some thousands at a time.
import { addTo, countBytes, takeCounts } from './counts';

/** As many vectors as a count of 8 bits can hold. */
const mostGathered: usize = 255 * 16;
const gathered: usize = memory.data(4080, 16);
let fill: usize = gathered;

/** Codes that are counted by comparing with each; above, a table is faster. */
const fewCodes: i32 = 20;

/** Begins a call: nothing is gathered. */
export function beginCounts(): void {
  fill = gathered;
}

/** Where the next codes are written, at most 256 bytes. */
export function roomForCodes(length: i32, counts: usize): usize {
  if (fill + 256 > gathered + mostGathered) countGathered(length, counts);
  return fill;
}

/** Takes codes that have been written there, a multiple of 16. */
// @ts-ignore: decorator
@inline
export function gather(count: usize): void {
  fill += count;
}

/** Adds what was gathered of codes below `length` to u32 at `counts`. */
export function countGathered(length: i32, counts: usize): void {
  if (fill === gathered) return;
  if (length <= fewCodes) countFew(length, counts);
  else {
    countBytes(gathered, fill);
    takeCounts(counts, length);
  }
  fill = gathered;
}

// @ts-ignore: decorator
@inline
function sumOfBytes(bytes: v128): u32 {
  const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes));
  const pairs = i32x4.add(sums, v128.shuffle<i64>(sums, sums, 1, 0));
  return <u32>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1));
}

/** Four codes a turn through what was gathered; counts beyond the last code are 0. */
function countFew(length: i32, counts: usize): void {
  const end = fill;
  for (let code = 0; code < length; code += 4) {
    const a = i8x16.splat(<i8>code);
    const b = i8x16.splat(<i8>(code + 1));
    const c = i8x16.splat(<i8>(code + 2));
    const d = i8x16.splat(<i8>(code + 3));
    let ofA = i8x16.splat(0);
    let ofB = ofA;
    let ofC = ofA;
    let ofD = ofA;
    let at = gathered;
    do {
      const codes = v128.load(at);
      ofA = i8x16.sub(ofA, i8x16.eq(codes, a));
      ofB = i8x16.sub(ofB, i8x16.eq(codes, b));
      ofC = i8x16.sub(ofC, i8x16.eq(codes, c));
      ofD = i8x16.sub(ofD, i8x16.eq(codes, d));
      at += 16;
    } while (at < end);
    addTo(counts, code, sumOfBytes(ofA));
    if (code + 1 < length) addTo(counts, code + 1, sumOfBytes(ofB));
    if (code + 2 < length) addTo(counts, code + 2, sumOfBytes(ofC));
    if (code + 3 < length) addTo(counts, code + 3, sumOfBytes(ofD));
  }
}
