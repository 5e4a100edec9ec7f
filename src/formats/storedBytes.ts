import type { ByteSource } from '../base/bytes';
import { chunkBytes } from '../base/limits';
import { type DType, dtypeInfo } from './dtype';
import { isTransposed } from './fortranRows';
import { streamRows } from './rows';
import type { TensorEntry } from './tensorFile';

/**
 * The stored elements of a tensor, not a bit of them changed, as safetensors has them: in C order, little-endian. Memory is
 * bounded by the chunk.
 * @param source offset 0 is the tensor's first byte
 * @returns pieces of whole elements (of whole bytes where elements are smaller), valid until the next one is asked for
 * @throws what the source throws
 */
export async function* storedBytes(
  source: ByteSource,
  entry: TensorEntry,
): AsyncGenerator<Uint8Array> {
  const { byteOrder } = entry.data;
  const pieces = isTransposed(entry) ? rowBytes(source, entry) : fileBytes(source, entry);
  for await (const bytes of pieces) {
    if (byteOrder === 'big') reverseEach(bytes, partBytes(entry.dtype));
    yield bytes;
  }
}

async function* fileBytes(source: ByteSource, { data }: TensorEntry): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(chunkBytes, data.byteLength));
  for (let at = 0; at < data.byteLength; at += buffer.length) {
    const piece = buffer.subarray(0, data.byteLength - at);
    await source.read(at, piece);
    yield piece;
  }
}

/** Dtypes by size whose decoded elements still tell every bit: small integers as numbers, floats as the bytes they were. */
const carriers: Readonly<Record<number, DType>> = { 8: 'U8', 16: 'U16', 32: 'F32', 64: 'F64' };

/** Fortran order: rows of a dtype that carries the bits. */
async function* rowBytes(source: ByteSource, entry: TensorEntry): AsyncGenerator<Uint8Array> {
  const dtype = carriers[dtypeInfo(entry.dtype).bits];
  if (!dtype) throw new TypeError(`no Fortran order of ${entry.dtype}`);
  const data = { ...entry.data, byteOrder: 'little' } as const;
  const stream = streamRows(source, { ...entry, dtype, data });
  for (const panel of stream.panels())
    for await (const tile of stream.tiles(panel)) {
      if (dtype === 'U8') yield Uint8Array.from(tile.data);
      else if (dtype === 'U16') yield bytesOf(Uint16Array.from(tile.data));
      else yield bytesOf(tile.data);
    }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes that have an order among them: of an element, or of each half of a complex one. */
function partBytes(dtype: DType): number {
  const { bits, kind } = dtypeInfo(dtype);
  return kind === 'complex' ? bits / 16 : bits / 8;
}

/** Turns each `size` bytes around. */
function reverseEach(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size)
    for (let i = at, j = at + size - 1; i < j; i++, j--) {
      const byte = bytes[i]!;
      bytes[i] = bytes[j]!;
      bytes[j] = byte;
    }
}
