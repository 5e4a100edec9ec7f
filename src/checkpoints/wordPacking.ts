import type { Unpack } from './storedCodes';
import { unpackStream, unpackWords } from './unpack';

/** How compressed-tensors packs codes into words of 32 bits; each line of codes begins a word. */
export interface WordPacking {
  readonly bits: number;
  /** `dense`: one stream, from 0.18 on; `whole`: floor(32 / bits) codes a word, before. The same for 1, 2, 4 and 8 bits. */
  readonly kind: 'dense' | 'whole';
}

/** Every packing, the common first: those that fit equally are told apart by the config. */
export const wordPackings: readonly WordPacking[] = [
  ...[4, 8, 2, 3, 6, 5, 7, 1].map(bits => ({ bits, kind: 'dense' }) as const),
  ...[3, 6, 5, 7].map(bits => ({ bits, kind: 'whole' }) as const),
];

/** Words that hold a line of `count` codes. */
export function wordsOf({ bits, kind }: WordPacking, count: number): number {
  return Math.ceil(kind === 'dense' ? (count * bits) / 32 : count / Math.floor(32 / bits));
}

/** Unpacks lines of `length` codes as signed ones: stored are code + 2^(bits - 1). */
export function unpackLines(
  bytes: Uint8Array,
  { packing, length }: { readonly packing: WordPacking; readonly length: number },
  out: Int32Array,
): void {
  const unpack = unpackerOf(packing);
  const lineBytes = 4 * wordsOf(packing, length);
  const isGapless = 8 * lineBytes === packing.bits * length;
  if (isGapless) unpack(bytes, out);
  else
    for (let at = 0, byte = 0; at < out.length; at += length, byte += lineBytes)
      unpack(bytes.subarray(byte, byte + lineBytes), out.subarray(at, at + length));
}

/** Widths of whole bytes and nibbles are common, and fast in one pass. */
function unpackerOf({ bits, kind }: WordPacking): Unpack {
  if (bits === 8) return unpackExcessBytes;
  if (bits === 4) return unpackExcessNibbles;
  const unpack = kind === 'dense' ? unpackStream : unpackWords;
  const offset = 2 ** (bits - 1);
  return (bytes, out) => {
    unpack(bytes, bits, out);
    for (let i = 0; i < out.length; i++) out[i]! -= offset;
  };
}

function unpackExcessBytes(bytes: Uint8Array, out: Int32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = bytes[i]! - 128;
}

function unpackExcessNibbles(bytes: Uint8Array, out: Int32Array): void {
  const pairs = out.length >> 1;
  for (let i = 0; i < pairs; i++) {
    const byte = bytes[i]!;
    out[2 * i] = (byte & 15) - 8;
    out[2 * i + 1] = (byte >>> 4) - 8;
  }
  if (out.length % 2 === 1) out[out.length - 1] = (bytes[pairs]! & 15) - 8;
}
