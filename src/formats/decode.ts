import { smallFloats, smallFloatTable } from '../base/smallFloat';
import { type DType, dtypeInfo, dtypes, type KnownDType } from './dtype';
import type { TensorData } from './tensorFile';

/** Decoded elements: float32, or float64 where the dtype is wide. */
export type Floats = Float32Array | Float64Array;

/** Dtypes whose elements are real numbers. */
export type RealDType = Exclude<KnownDType, 'C64' | 'C128'>;

/**
 * Decodes consecutive stored elements, as many as `out` has places.
 * @param bytes hold the first element from bit `firstBit` on; may start at any address
 * @param firstBit in [0, 8); 0 unless elements are smaller than a byte. Bit 0 is the lowest bit of byte 0
 * @param out written whole; must not alias `bytes`, except that F32 and F64 may be decoded in place
 */
export type Decode = (bytes: Uint8Array, firstBit: number, out: Floats) => void;

/** Whether a dtype's elements are real numbers. */
export function isReal(dtype: DType): dtype is RealDType {
  const { kind } = dtypeInfo(dtype);
  return kind !== 'complex' && kind !== 'unknown';
}

/** An array for `length` decoded elements. */
export function floatsFor(dtype: DType, length: number): Floats {
  return dtypeInfo(dtype).wide ? new Float64Array(length) : new Float32Array(length);
}

/**
 * The decoder of a dtype that is not stored in blocks: those of ggml are decoded by who knows them. `out` must be what
 * `floatsFor` gives for it.
 */
export function decoderFor(dtype: RealDType, byteOrder: TensorData['byteOrder']): Decode {
  const table = lookups[dtype];
  if (table) return lookup(table(), dtypes[dtype].bits);
  const make = wholeBytes[dtype];
  if (!make) throw new TypeError(`no decoder for ${dtype}`);
  return make(byteOrder === 'little');
}

/** An unsigned exponent with bias 127; no zero, 0xff is NaN. */
function e8m0Table(): Float32Array {
  return Float32Array.from({ length: 256 }, (_, x) => (x === 255 ? Number.NaN : 2 ** (x - 127)));
}

/** Makes a table at its first use. */
function once(make: () => Float32Array): () => Float32Array {
  let made: Float32Array | undefined;
  return () => (made ??= make());
}

const smallFloat = (name: keyof typeof smallFloats) =>
  once(() => smallFloatTable(smallFloats[name]));

const lookups: Partial<Record<DType, () => Float32Array>> = {
  BOOL: once(() => Float32Array.from({ length: 256 }, (_, x) => Number(x !== 0))),
  U8: once(() => Float32Array.from({ length: 256 }, (_, x) => x)),
  I8: once(() => Float32Array.from({ length: 256 }, (_, x) => (x << 24) >> 24)),
  F4: smallFloat('e2m1'),
  F6_E2M3: smallFloat('e2m3'),
  F6_E3M2: smallFloat('e3m2'),
  F8_E4M3: smallFloat('e4m3'),
  F8_E5M2: smallFloat('e5m2'),
  F8_E4M3FNUZ: smallFloat('e4m3fnuz'),
  F8_E5M2FNUZ: smallFloat('e5m2fnuz'),
  F8_E8M0: once(e8m0Table),
};

/** Elements of up to 8 bits, packed without gaps, the first in the lowest bits. */
function lookup(table: Float32Array, bits: number): Decode {
  if (bits === 8)
    return (bytes, _firstBit, out) => {
      for (let i = 0; i < out.length; i++) out[i] = table[bytes[i]!]!;
    };
  const mask = 2 ** bits - 1;
  return (bytes, firstBit, out) => {
    let byte = 0;
    let bit = firstBit;
    for (let i = 0; i < out.length; i++) {
      // The element may end in the next byte; past the last there is nothing to take.
      const word = bytes[byte]! | ((bytes[byte + 1] ?? 0) << 8);
      out[i] = table[(word >>> bit) & mask]!;
      bit += bits;
      byte += bit >> 3;
      bit &= 7;
    }
  };
}

const f16Table = smallFloat('binary16');

const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The first `length` elements in place, when they lie as this machine would have them; else undefined. */
function inPlace<T>(
  Elements: {
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
    BYTES_PER_ELEMENT: number;
  },
  bytes: Uint8Array,
  length: number,
): T | undefined {
  if (!hostIsLittle || bytes.byteOffset % Elements.BYTES_PER_ELEMENT !== 0) return undefined;
  return new Elements(bytes.buffer, bytes.byteOffset, length);
}

/** The bits of float32 places, to be written as they are: a NaN keeps its payload. */
function bitsOf(out: Floats): Uint32Array {
  if (!(out instanceof Float32Array)) throw new TypeError('this dtype decodes to float32');
  return new Uint32Array(out.buffer, out.byteOffset, out.length);
}

/** Decoders of the dtypes of two bytes and more, by byte order. */
const wholeBytes: Readonly<Record<string, (little: boolean) => Decode>> = {
  F16: little => (bytes, _firstBit, out) => {
    const table = f16Table();
    const words = little ? inPlace(Uint16Array, bytes, out.length) : undefined;
    if (words) for (let i = 0; i < out.length; i++) out[i] = table[words[i]!]!;
    else {
      const view = viewOf(bytes);
      for (let i = 0; i < out.length; i++) out[i] = table[view.getUint16(2 * i, little)]!;
    }
  },
  BF16: little => (bytes, _firstBit, out) => {
    const bits = bitsOf(out);
    const words = little ? inPlace(Uint16Array, bytes, out.length) : undefined;
    if (words) for (let i = 0; i < bits.length; i++) bits[i] = words[i]! << 16;
    else {
      const view = viewOf(bytes);
      for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, little) << 16;
    }
  },
  F32: little => (bytes, _firstBit, out) => {
    if (little && hostIsLittle) return copy(bytes, out, 4);
    const bits = bitsOf(out);
    const view = viewOf(bytes);
    for (let i = 0; i < bits.length; i++) bits[i] = view.getUint32(4 * i, little);
  },
  F64: little => (bytes, _firstBit, out) => {
    if (little && hostIsLittle) return copy(bytes, out, 8);
    const view = viewOf(bytes);
    for (let i = 0; i < out.length; i++) out[i] = view.getFloat64(8 * i, little);
  },
  I16: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    for (let i = 0; i < out.length; i++) out[i] = view.getInt16(2 * i, little);
  },
  U16: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    for (let i = 0; i < out.length; i++) out[i] = view.getUint16(2 * i, little);
  },
  I32: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    for (let i = 0; i < out.length; i++) out[i] = view.getInt32(4 * i, little);
  },
  U32: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    for (let i = 0; i < out.length; i++) out[i] = view.getUint32(4 * i, little);
  },
  I64: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    const [low, high] = little ? [0, 4] : [4, 0];
    // Both parts are exact, so the sum is rounded once: to the nearest float64.
    for (let i = 0; i < out.length; i++)
      out[i] = view.getInt32(8 * i + high, little) * 2 ** 32 + view.getUint32(8 * i + low, little);
  },
  U64: little => (bytes, _firstBit, out) => {
    const view = viewOf(bytes);
    const [low, high] = little ? [0, 4] : [4, 0];
    for (let i = 0; i < out.length; i++)
      out[i] = view.getUint32(8 * i + high, little) * 2 ** 32 + view.getUint32(8 * i + low, little);
  },
};

/** Bytes that are already what `out` holds. */
function copy(bytes: Uint8Array, out: Floats, bytesPerElement: number): void {
  if (out.BYTES_PER_ELEMENT !== bytesPerElement)
    throw new TypeError(`this dtype decodes to float${8 * bytesPerElement}`);
  if (bytes.buffer === out.buffer && bytes.byteOffset === out.byteOffset) return;
  new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes.subarray(0, out.byteLength));
}
