/** Codes of 4 bits, two in a byte, the first in the low bits. Four bytes at a time: twice as fast as one. */
export function unpackNibbles(bytes: Uint8Array, out: Int32Array): void {
  const whole = out.length & ~7;
  let [i, at] = [0, 0];
  for (; i < whole; i += 8, at += 4) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
    out[i] = a & 15;
    out[i + 1] = a >> 4;
    out[i + 2] = b & 15;
    out[i + 3] = b >> 4;
    out[i + 4] = c & 15;
    out[i + 5] = c >> 4;
    out[i + 6] = d & 15;
    out[i + 7] = d >> 4;
  }
  for (; i < out.length; i++) out[i] = (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
}

/** Codes of up to 8 bits as one stream without gaps, the first in the lowest bits of the first byte. */
export function unpackStream(bytes: Uint8Array, bits: number, out: Int32Array): void {
  const mask = 2 ** bits - 1;
  const last = bytes.length - 1;
  for (let i = 0, bit = 0; i < out.length; i++, bit += bits) {
    const at = bit >> 3;
    // A code that ends with the last byte has no next one: that byte again lies above the mask.
    const next = at < last ? at + 1 : last;
    out[i] = ((bytes[at]! | (bytes[next]! << 8)) >>> (bit & 7)) & mask;
  }
}

/** Codes of one byte each, as they are. */
export function unpackBytes(bytes: Uint8Array, out: Int32Array): void {
  out.set(bytes.subarray(0, out.length));
}

/** Codes of one byte each, in two's complement. */
export function unpackSignedBytes(bytes: Uint8Array, out: Int32Array): void {
  out.set(new Int8Array(bytes.buffer, bytes.byteOffset, out.length));
}

/**
 * Codes in bit planes: 32 codes take 4 * bits bytes, as planes 8, 4, 2 and 1 bits wide, the widest first and lowest in the
 * code; each plane is a stream without gaps.
 * @source ModelCloud/GPTQModel docs/gptq_planar.md
 */
export function unpackPlanes(bytes: Uint8Array, bits: number, out: Int32Array): void {
  out.fill(0);
  let low = 0;
  for (const width of [8, 4, 2, 1]) {
    if ((bits & width) === 0) continue;
    addPlane(bytes, { bits, width, low }, out);
    low += width;
  }
}

function addPlane(
  bytes: Uint8Array,
  { bits, width, low }: { readonly bits: number; readonly width: number; readonly low: number },
  out: Int32Array,
): void {
  const mask = 2 ** width - 1;
  const perByte = 8 / width;
  for (let block = 0; 32 * block < out.length; block++) {
    const from = 4 * (bits * block + low);
    // Of the last block, places past the end of `out` are not written.
    for (let b = 0, i = 32 * block; b < 4 * width; b++, i += perByte) {
      const byte = bytes[from + b]!;
      for (let k = 0; k < perByte; k++) out[i + k]! |= ((byte >> (width * k)) & mask) << low;
    }
  }
}

/** Rows that are turned at a time: their cache lines stay while every column of them is written. */
const turnedAtOnce = 64;

/**
 * Turns a matrix of 4-byte words, so that what is packed down a column lies in one piece.
 * @param bytes [rows, columns] words, at an address that is a multiple of 4
 * @returns [columns, rows] words
 */
export function turnedWords(bytes: Uint8Array, columns: number): Uint8Array {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const turned = new Uint32Array(words.length);
  const rows = words.length / columns;
  for (let from = 0; from < rows; from += turnedAtOnce) {
    const to = Math.min(rows, from + turnedAtOnce);
    for (let c = 0; c < columns; c++)
      for (let r = from; r < to; r++) turned[c * rows + r] = words[r * columns + c]!;
  }
  return new Uint8Array(turned.buffer);
}

/** Codes of 4 bits, two in a byte, the first in the high bits. @param skip codes of the first byte that are not wanted */
export function unpackHighFirst(bytes: Uint8Array, skip: number, out: Int32Array): void {
  if (skip === 1 && out.length > 0) out[0] = bytes[0]! & 15;
  let at = skip;
  for (let i = skip; i + 1 < out.length; i += 2) {
    const byte = bytes[at++]!;
    out[i] = byte >>> 4;
    out[i + 1] = byte & 15;
  }
  if ((out.length - skip) % 2 === 1) out[out.length - 1] = bytes[at]! >>> 4;
}

/** Codes of `bits`, as many whole ones as little-endian words of 32 bits hold, the first in the lowest bits. */
export function unpackWords(bytes: Uint8Array, bits: number, out: Int32Array): void {
  const perWord = Math.floor(32 / bits);
  const mask = 2 ** bits - 1;
  for (let i = 0, at = 0; i < out.length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    for (const end = Math.min(i + perWord, out.length); i < end; i++) {
      out[i] = word & mask;
      word >>>= bits;
    }
  }
}
