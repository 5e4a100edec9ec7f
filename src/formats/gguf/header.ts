import type { ByteSource } from '../../base/bytes';
import { elementCount, maxGgufItems, quote } from '../../base/limits';
import { type DType, dtypeInfo } from '../dtype';
import { Cursor } from './cursor';
import { flaw } from './flaw';
import { dtypeOf } from './types';
import { readName, readValue, type Value } from './values';

/** ggml's own limit on dimensions. */
const maxDimensions = 4;
const defaultAlignment = 32;
/** The u32 of the metadata's types. */
const u32Type = 4;

/** A tensor as the header tells. */
export interface Declared {
  readonly name: string;
  readonly dtype: DType;
  /** The outermost first. */
  readonly shape: readonly number[];
  readonly count: number;
  /** Byte offset in the data. */
  readonly offset: number;
  /** Null where the type is not known. */
  readonly byteLength: number | null;
}

/** What is before the data. */
export interface Header {
  readonly version: number;
  readonly byteOrder: 'little' | 'big';
  readonly values: ReadonlyMap<string, Value>;
  readonly tensors: readonly Declared[];
  /** Byte offset of the data in the file. */
  readonly dataStart: number;
}

/**
 * Reads the header of a GGUF file of version 2 or 3: magic, u32 version, u64 counts, metadata, tensors; then padding to
 * the alignment, and the data. Version 3 may be big-endian throughout.
 * @throws WeightError 'truncated', 'malformed', 'unsupported', 'over-limit', and what `source` throws
 * @source ggml-org/ggml docs/gguf.md; src/gguf.cpp, gguf_init_from_file_impl
 */
export async function readHeader(source: ByteSource, signal?: AbortSignal): Promise<Header> {
  const cursor = new Cursor(source, signal);
  const { version, byteOrder } = await readStart(cursor);
  await cursor.need(16, 'the counts of tensors and metadata values');
  const tensorCount = checkedCount(cursor, 'tensors');
  const valueCount = checkedCount(cursor, 'metadata values');
  const values = await readValues(cursor, valueCount);
  const alignment = alignmentOf(values);
  const tensors = await readTensors(cursor, tensorCount, alignment);
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  return { version, byteOrder, values, tensors, dataStart };
}

async function readStart(cursor: Cursor): Promise<Pick<Header, 'version' | 'byteOrder'>> {
  await cursor.need(8, 'the magic and the version');
  const magic = String.fromCharCode(...cursor.bytes(4));
  if (magic !== 'GGUF')
    throw flaw('not-this-format', `expected "GGUF" at byte 0, found ${quote(magic)}`, {
      offset: 0,
    });
  const number = cursor.u32();
  // The other byte order has a small number in its upper half.
  const isBig = (number & 0xffff) === 0;
  const version = isBig ? number >>> 24 : number;
  cursor.little = !isBig;
  if (isBig && number << 8 !== 0) throw wrongVersion(number);
  if (version !== 3 && (isBig || version !== 2)) throw wrongVersion(version);
  return { version, byteOrder: isBig ? 'big' : 'little' };
}

function wrongVersion(version: number) {
  return flaw('unsupported', `version ${version} at byte 4, expected 2 or 3`, {
    offset: 4,
    actual: version,
  });
}

function checkedCount(cursor: Cursor, what: string): number {
  const offset = cursor.position;
  const count = cursor.u64();
  if (count <= BigInt(maxGgufItems)) return Number(count);
  throw flaw(
    'over-limit',
    `${count} ${what} at byte ${offset}, over the limit of ${maxGgufItems}`,
    { offset, expected: maxGgufItems, actual: String(count) },
  );
}

async function readValues(cursor: Cursor, count: number): Promise<Map<string, Value>> {
  const values = new Map<string, Value>();
  for (let i = 0; i < count; i++) {
    const key = await readName(cursor, `metadata value ${i} of ${count}`);
    if (key === '') throw flaw('malformed', `the name of metadata value ${i} is empty`);
    if (values.has(key)) throw flaw('malformed', `metadata value ${quote(key)} comes twice`);
    values.set(key, await readValue(cursor, quote(key)));
  }
  return values;
}

function alignmentOf(values: ReadonlyMap<string, Value>): number {
  const value = values.get('general.alignment');
  if (!value) return defaultAlignment;
  const alignment = Number(value.text);
  if (value.type !== u32Type || !Number.isInteger(Math.log2(alignment)))
    throw flaw(
      'malformed',
      `general.alignment is ${quote(value.text)}, expected a power of two as u32`,
      { actual: value.text.slice(0, 200) },
    );
  return alignment;
}

async function readTensors(
  cursor: Cursor,
  count: number,
  alignment: number,
): Promise<readonly Declared[]> {
  const tensors = new Map<string, Declared>();
  for (let i = 0; i < count; i++) {
    const name = await readName(cursor, `tensor ${i} of ${count}`);
    if (tensors.has(name))
      throw flaw('malformed', `tensor ${quote(name)} comes twice`, { tensor: name });
    tensors.set(name, await readDeclared(cursor, name, alignment));
  }
  return [...tensors.values()];
}

async function readDeclared(cursor: Cursor, name: string, alignment: number): Promise<Declared> {
  const label = `tensor ${quote(name)}`;
  await cursor.need(4, `the number of dimensions of ${label}`);
  const dimensions = cursor.u32();
  if (dimensions > maxDimensions)
    throw flaw(
      'malformed',
      `${label} has ${dimensions} dimensions, expected at most ${maxDimensions}`,
      {
        ...{ tensor: name, expected: maxDimensions, actual: dimensions },
      },
    );
  await cursor.need(8 * dimensions + 12, `the header of ${label}`);
  const sizes = Array.from({ length: dimensions }, () => Number(cursor.u64()));
  const dtype = dtypeOf(cursor.u32());
  const offset = cursor.u64();
  if (offset % BigInt(alignment) !== 0n || offset > Number.MAX_SAFE_INTEGER)
    throw flaw(
      'malformed',
      `${label} is at offset ${offset}, expected a multiple of the alignment (${alignment})`,
      { tensor: name, actual: String(offset) },
    );
  // The file has the innermost first.
  const shape = sizes.toReversed();
  const count = elementCount(shape, 'gguf', name);
  const byteLength = byteLengthOf({ name, dtype, inner: sizes[0] ?? 1, count });
  return { name, dtype, shape, count, offset: Number(offset), byteLength };
}

/** Bytes of a tensor whose innermost axis has `inner` elements. */
function byteLengthOf(tensor: {
  readonly name: string;
  readonly dtype: DType;
  readonly inner: number;
  readonly count: number;
}): number | null {
  const { name, dtype, inner, count } = tensor;
  const { bits, kind, block } = dtypeInfo(dtype);
  if (kind === 'unknown') return null;
  const { size, bytes } = block ?? { size: 1, bytes: bits / 8 };
  if (inner % size !== 0)
    throw flaw(
      'malformed',
      `tensor ${quote(name)} has rows of ${inner}, expected a multiple of ${size} for ${dtype}`,
      { tensor: name, expected: size, actual: inner },
    );
  const byteLength = (count / size) * bytes;
  if (!Number.isSafeInteger(byteLength))
    throw flaw('malformed', `the size of tensor ${quote(name)} in bytes overflows`, {
      tensor: name,
    });
  return byteLength;
}
