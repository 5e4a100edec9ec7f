import type { Decoder } from './layout';

/** Weights of 4 bits in groups that fill their rows. */
export interface NibbleGroups {
  /** float32 [out, groups] */
  readonly scale: Float32Array;
  /** float32 [out, groups]: whole numbers */
  readonly zeroPoint: ArrayLike<number>;
  readonly inner: number;
  /** Weights of a group; a multiple of 8. */
  readonly run: number;
}

type Rows = Parameters<Decoder['codesOf']>[0];
/** Reads what the values of rows are made of. */
type Read<T> = (rows: Rows) => Promise<T>;
/** Values of rows from `row` on. */
type LookUp<T> = (stored: T, row: number, out: Float32Array) => void;

/** Reads, then looks up: not in one function, for V8 compiles loops in asynchronous ones to slower code. */
export function valuesBy<T>(read: Read<T>, lookUp: LookUp<T>): NonNullable<Decoder['valuesOf']> {
  return async (rows, out) => lookUp(await read(rows), rows.row, out);
}

/**
 * Values scale * (code - zero) of words [rows, inner / 8] of eight codes, the first in the low bits. They are looked up, group
 * by group: differences are exact and so are the products in float64, so that storing them is the one rounding.
 */
export function lookUpWords(groups: NibbleGroups): LookUp<Int32Array> {
  const { inner, run } = groups;
  const table = new Float32Array(16);
  return (words, row, out) => {
    let param = (row * inner) / run;
    for (let from = 0; from < out.length; from += run, param++) {
      fill(table, groups, param);
      eightByEight(words, from >> 3, { table, out, from, to: from + run });
    }
  };
}

/**
 * The same of words [columns, inner], each with the codes of eight rows; the first word is that of the row.
 * @param shifts where the code of a row is, by the row modulo 8
 */
export function lookUpTurned(groups: NibbleGroups, shifts: readonly number[]): LookUp<Int32Array> {
  const { inner, run } = groups;
  const table = new Float32Array(16);
  return (words, row, out) => {
    let param = (row * inner) / run;
    for (let from = 0, place = row & 7; from < out.length; place++) {
      const shift = shifts[place & 7]!;
      let word = (place >> 3) * inner;
      for (const end = from + inner; from < end; from += run, word += run, param++) {
        fill(table, groups, param);
        oneByOne(words, word, shift, { table, out, from, to: from + run });
      }
    }
  };
}

/** Values level * scale of codes that are two in a byte, the first in the high bits, in blocks of an even number of weights. */
export function lookUpBlocks(
  levels: Float32Array,
  scale: Float32Array,
  { inner, block }: { readonly inner: number; readonly block: number },
): LookUp<Uint8Array> {
  const table = new Float32Array(16);
  return (bytes, row, out) => {
    const first = row * inner;
    let at = Math.floor(first / block);
    for (let from = 0; from < out.length; at++) {
      const to = Math.min(out.length, (at + 1) * block - first);
      const s = scale[at]!;
      for (let code = 0; code < 16; code++) table[code] = levels[code]! * s;
      twoByTwo(bytes, from >> 1, { table, out, from, to });
      from = to;
    }
  };
}

function fill(table: Float32Array, { scale, zeroPoint }: NibbleGroups, param: number): void {
  const s = scale[param]!;
  const z = zeroPoint[param]!;
  for (let code = 0; code < 16; code++) table[code] = s * (code - z);
}

/** Values [from, to) that share a table. */
interface Run {
  readonly table: Float32Array;
  readonly out: Float32Array;
  readonly from: number;
  readonly to: number;
}

function eightByEight(words: Int32Array, first: number, { table, out, from, to }: Run): void {
  for (let i = from, w = first; i < to; i += 8, w++) {
    const word = words[w]!;
    out[i] = table[word & 15]!;
    out[i + 1] = table[(word >>> 4) & 15]!;
    out[i + 2] = table[(word >>> 8) & 15]!;
    out[i + 3] = table[(word >>> 12) & 15]!;
    out[i + 4] = table[(word >>> 16) & 15]!;
    out[i + 5] = table[(word >>> 20) & 15]!;
    out[i + 6] = table[(word >>> 24) & 15]!;
    out[i + 7] = table[word >>> 28]!;
  }
}

function oneByOne(
  words: Int32Array,
  first: number,
  shift: number,
  { table, out, from, to }: Run,
): void {
  for (let i = from, w = first; i < to; i += 4, w += 4) {
    out[i] = table[(words[w]! >>> shift) & 15]!;
    out[i + 1] = table[(words[w + 1]! >>> shift) & 15]!;
    out[i + 2] = table[(words[w + 2]! >>> shift) & 15]!;
    out[i + 3] = table[(words[w + 3]! >>> shift) & 15]!;
  }
}

function twoByTwo(bytes: Uint8Array, first: number, { table, out, from, to }: Run): void {
  for (let i = from, b = first; i < to; i += 2, b++) {
    const two = bytes[b]!;
    out[i] = table[two >>> 4]!;
    out[i + 1] = table[two & 15]!;
  }
}
