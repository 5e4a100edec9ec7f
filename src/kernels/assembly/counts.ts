// How often each byte of 0 to 255 occurs. Four tables, taken in turn: a counter that has just been stored is slow to load.

const tableBytes: usize = 1024;
const tables: usize = memory.data(4096, 16);

/** One more of the byte at an address. */
// @ts-ignore: decorator
@inline
function countIn(table: usize, from: usize): void {
  const at = tables + table * tableBytes + ((<usize>load<u8>(from)) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Counts the bytes at [from, end), a multiple of 8. */
export function countBytes(from: usize, end: usize): void {
  do {
    countIn(0, from);
    countIn(1, from + 1);
    countIn(2, from + 2);
    countIn(3, from + 3);
    countIn(0, from + 4);
    countIn(1, from + 5);
    countIn(2, from + 6);
    countIn(3, from + 7);
    from += 8;
  } while (from < end);
}

/** Adds the four tables into the first. */
function mergeTables(): void {
  let at = tables;
  do {
    const ab = i32x4.add(v128.load(at), v128.load(at, 1024));
    const cd = i32x4.add(v128.load(at, 2048), v128.load(at, 3072));
    v128.store(at, i32x4.add(ab, cd));
    at += 16;
  } while (at < tables + tableBytes);
}

/** Adds to the count of one place. */
// @ts-ignore: decorator
@inline
export function addTo(counts: usize, place: i32, count: u32): void {
  const at = counts + (<usize>place << 2);
  store<u32>(at, load<u32>(at) + count);
}

/** Adds what was counted of bytes below `length` to u32 at `counts`, and forgets it. */
export function takeCounts(counts: usize, length: i32): void {
  mergeTables();
  for (let i = 0; i < length; i++) addTo(counts, i, load<u32>(tables + (<usize>i << 2)));
  memory.fill(tables, 0, 4 * tableBytes);
}

/** The same where each byte was two numbers of 4 bits. */
export function takePairs(counts: usize): void {
  mergeTables();
  for (let i = 0; i < 256; i++) {
    const count = load<u32>(tables + (<usize>i << 2));
    if (count === 0) continue;
    addTo(counts, i & 15, count);
    addTo(counts, i >> 4, count);
  }
  memory.fill(tables, 0, 4 * tableBytes);
}

/** Sixteen numbers of 4 bits, one a byte, as eight bytes of two in the low half. */
// @ts-ignore: decorator
@inline
export function paired(bytes: v128): v128 {
  const both = v128.or(bytes, i16x8.shr_u(bytes, 4));
  const low = v128.and(both, i16x8.splat(0xff));
  return i8x16.narrow_i16x8_u(low, low);
}

/** Counts one number at once. */
// @ts-ignore: decorator
@inline
export function countOne(counts: usize, place: i32): void {
  addTo(counts, place, 1);
}
