import { unpackPlanes, unpackStream } from './unpack';

/**
 * How stored zero points become those of the formula. `unsaid`: by a config that does not tell the format, which means
 * plus one unless the values speak against it; `unknown`: there is no config.
 */
export type ZeroRule = 'plus one' | 'direct' | 'unsaid' | 'unknown';

/** Stored zero points and how they are packed. */
export interface PackedZeros {
  readonly bits: number;
  readonly planar: boolean;
  readonly groups: number;
  /** Zero points of a group. */
  readonly out: number;
  /** [groups, words of a group], little-endian words of 32 bits. */
  readonly bytes: Uint8Array;
}

/** Zero points as stored: [groups, out]. */
export function storedZeros({ bits, planar, groups, out, bytes }: PackedZeros): Int32Array {
  const zeros = new Int32Array(groups * out);
  const rowBytes = bytes.length / groups;
  for (let g = 0; g < groups; g++) {
    const row = bytes.subarray(g * rowBytes, (g + 1) * rowBytes);
    const into = zeros.subarray(g * out, (g + 1) * out);
    if (planar) unpackPlanes(row, bits, into);
    else unpackStream(row, bits, into);
  }
  return zeros;
}

/**
 * Zero points of the first GPTQ format: stored plus one. Where no field straddles words the writer subtracts from whole
 * words, so a zero point of 0 borrows from the next field, and only adding to whole words gives that back. At 3 bits it
 * works field by field.
 * @returns [groups, out]
 */
export function zerosPlusOne(zeros: PackedZeros): Int32Array {
  const { bits } = zeros;
  if (32 % bits === 0) return storedZeros({ ...zeros, bytes: wordsPlusOne(zeros.bytes, bits) });
  return storedZeros(zeros).map(z => (z + 1) & (2 ** bits - 1));
}

/** Adds 1 to each field of whole words, modulo 2^32. */
function wordsPlusOne(bytes: Uint8Array, bits: number): Uint8Array {
  const ones = (2 ** 32 - 1) / (2 ** bits - 1);
  const sums = bytes.slice();
  const view = new DataView(sums.buffer);
  for (let at = 0; at < sums.length; at += 4)
    view.setUint32(at, view.getUint32(at, true) + ones, true);
  return sums;
}

/**
 * Counts words that look as AutoGPTQ writes them where a zero point is 0: it stores -1 over that field and all that are
 * above it in the word, and theirs are lost. A single field of ones, or one at the top, loses nothing.
 */
export function countOverwritten({ bits, groups, bytes }: PackedZeros): number {
  const rowWords = bytes.length / 4 / groups;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let w = 0; w < bytes.length / 4; w++) {
    const ones = Math.clz32(~view.getUint32(4 * w, true));
    if (ones >= 32 - lastFieldBelowTop(w % rowWords, bits)) count++;
  }
  return count;
}

/** Lowest bit of the highest field that begins in a word and has another field's bits above it. */
function lastFieldBelowTop(word: number, bits: number): number {
  const first = (bits - ((32 * word) % bits)) % bits;
  return first + bits * Math.floor((31 - bits - first) / bits);
}
