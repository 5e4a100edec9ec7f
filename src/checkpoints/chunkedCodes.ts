import type { Decoder } from './layout';
import type { Parts } from './parts';

/**
 * Codes of a matrix whose rows were split in equal chunks, of which each unit holds one code of every chunk. In row-major
 * order a chunk is then a run of codes, whatever the matrix is reshaped to.
 */
export interface Chunks {
  /** Weights of a row of the weight. */
  readonly inner: number;
  readonly bits: number;
  /** Bytes of a unit, little-endian. */
  readonly unitBytes: 1 | 4;
  /** Codes of a chunk: as many as there are units. */
  readonly chunk: number;
  /** The lowest bit of a chunk's code in its unit. */
  readonly shiftOf: (chunk: number) => number;
}

/** Reads rows of codes that are stored in chunks. */
export function chunkedCodes(
  parts: Parts,
  role: string,
  { inner, bits, unitBytes, chunk, shiftOf }: Chunks,
): Decoder['codesOf'] {
  return async ({ row, rows }, out) => {
    const length = rows * inner;
    for (let done = 0; done < length; ) {
      const at = row * inner + done;
      const number = Math.floor(at / chunk);
      const from = at - number * chunk;
      const taken = Math.min(chunk - from, length - done);
      const bytes = new Uint8Array(taken * unitBytes);
      await parts.read(role, from * unitBytes, bytes);
      const field = { unitBytes, bits, shift: shiftOf(number) };
      takeField(bytes, field, out.subarray(done, done + taken));
      done += taken;
    }
  };
}

/** Where a code is in each unit: it crosses one border of bytes at most. */
interface Field {
  readonly unitBytes: number;
  readonly bits: number;
  readonly shift: number;
}

/** Writes one field of each unit. */
function takeField(bytes: Uint8Array, { unitBytes, bits, shift }: Field, out: Int32Array): void {
  const mask = 2 ** bits - 1;
  const inByte = shift % 8;
  const next = inByte + bits > 8 ? 1 : 0;
  let at = shift >> 3;
  for (let i = 0; i < out.length; i++) {
    out[i] = ((bytes[at]! | (bytes[at + next]! << 8)) >>> inByte) & mask;
    at += unitBytes;
  }
}
