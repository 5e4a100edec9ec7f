import { type ByteSource, readBytes } from '../base/bytes';
import { WeightError, type WeightErrorDetails, type WeightErrorTag } from '../base/errors';
import { elementCount, maxRank, maxSafetensorsHeader, quote } from '../base/limits';
import { dtypes, type KnownDType } from './dtype';
import { JsonReader } from './jsonReader';
import type { TensorEntry, TensorFile } from './tensorFile';

const format = 'safetensors';

/** What one tensor's header entry says, before it is checked against the others. */
interface Declared {
  readonly name: string;
  readonly dtype: KnownDType;
  readonly shape: readonly number[];
  readonly count: number;
  /** Byte range `[begin, end)` in the data buffer. */
  readonly begin: number;
  readonly end: number;
}

interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly Declared[];
}

/**
 * Reads the header of a safetensors file: u64 little-endian length N, N bytes of JSON, then the data.
 * Tensors come in header order; their ranges cover the data without holes or overlaps.
 * @param path goes into the entries
 * @throws WeightError 'truncated', 'over-limit', 'malformed', and what `source` throws
 * @source huggingface/safetensors safetensors/src/tensor.rs, SafeTensors::read_metadata and Metadata::validate.
 *   Stricter than that: a tensor name that comes twice is refused.
 */
export async function readSafetensors(
  source: ByteSource,
  path: string,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const length = await readLength(source, signal);
  const bytes = await readBytes(source, 8, length, signal);
  const dataStart = 8 + length;
  const { metadata, tensors } = parseHeader(decodeUtf8(bytes), dataStart);
  checkCover(tensors, dataStart, source.size);
  return {
    format,
    metadata,
    tensors: tensors.map(t => toEntry(t, dataStart, path)),
    findings: [],
  };
}

function flaw(tag: WeightErrorTag, message: string, details: WeightErrorDetails = {}): WeightError {
  return new WeightError(tag, `${format}: ${message}`, { format, ...details });
}

/** The header's length, checked against the limit and the file. */
async function readLength(source: ByteSource, signal?: AbortSignal): Promise<number> {
  const { size } = source;
  if (size < 8) {
    const what = size === 0 ? 'the file is empty' : `the file has ${size} bytes`;
    throw flaw('truncated', `${what}, expected at least the 8-byte header length`, {
      offset: 0,
      expected: 8,
      actual: size,
    });
  }
  const first = await readBytes(source, 0, 8, signal);
  const length = new DataView(first.buffer).getBigUint64(0, true);
  const details = { offset: 0, actual: String(length) };
  if (length > BigInt(maxSafetensorsHeader))
    throw flaw(
      'over-limit',
      `the header length at byte 0 is ${length}, over the limit of ${maxSafetensorsHeader}`,
      { ...details, expected: maxSafetensorsHeader },
    );
  if (8 + Number(length) > size)
    throw flaw(
      'truncated',
      `the header ends at byte ${8 + Number(length)}, past the end of the file (${size})`,
      { ...details, expected: size },
    );
  if (length === 0n) throw flaw('malformed', 'the header length at byte 0 is 0', details);
  return Number(length);
}

/** A byte order mark stays in the text, so that the JSON reader refuses it as the reference does. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // the decoder does not say where
    throw flaw('malformed', 'the header is not valid UTF-8', { offset: 8 });
  }
}

function parseHeader(text: string, dataStart: number): Header {
  const json = new JsonReader(text, (reason, position) => {
    const offset = 8 + new TextEncoder().encode(text.slice(0, position)).length;
    return flaw('malformed', `header: ${reason} (byte ${offset})`, { offset });
  });
  let metadata: Record<string, string> = {};
  const tensors: Declared[] = [];
  json.object('a JSON object', key => {
    if (key === '__metadata__') metadata = readMetadata(json);
    else tensors.push(readDeclared(json, key, dataStart));
  });
  json.end();
  return { metadata, tensors };
}

function readMetadata(json: JsonReader): Record<string, string> {
  if (json.isNull()) return {};
  const entries: [string, string][] = [];
  json.object('__metadata__ as a JSON object', key =>
    entries.push([key, json.string(() => `a string as metadata value ${quote(key)}`)]),
  );
  return Object.fromEntries(entries);
}

function readDeclared(json: JsonReader, name: string, dataStart: number): Declared {
  // Made for messages only: quoting all names costs as much as reading them.
  const tensor = () => `tensor ${quote(name)}`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object(
    () => `${tensor()} as a JSON object`,
    key => {
      if (key === 'dtype') dtype = json.string(() => `the dtype of ${tensor()}`);
      else if (key === 'shape')
        shape = readIntegers(
          json,
          () => `the shape of ${tensor()}`,
          'non-negative integer',
          maxRank,
        );
      else if (key === 'data_offsets')
        offsets = readIntegers(json, () => `the data_offsets of ${tensor()}`, 'byte offset', 2);
      else json.skip();
    },
  );
  if (dtype === undefined) throw missing(name, 'dtype');
  if (shape === undefined) throw missing(name, 'shape');
  if (offsets === undefined) throw missing(name, 'data_offsets');
  return check({ name, dtype, shape, offsets }, dataStart);
}

function readIntegers(json: JsonReader, what: () => string, item: string, max: number): number[] {
  const list: number[] = [];
  const expected = () => `a ${item} in ${what()}`;
  json.array(
    () => `${what()} as an array`,
    index => {
      if (index >= max) throw flaw('malformed', `${what()} has more than ${max} numbers`);
      list.push(json.unsigned(expected));
    },
  );
  return list;
}

function missing(tensor: string, field: string): WeightError {
  return flaw('malformed', `tensor ${quote(tensor)} has no ${field}`, { tensor });
}

/** One tensor's fields, of the right types. */
interface Unchecked {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/** Checks what can be known of one tensor alone: a known dtype, and a byte range that is as long as its shape asks. */
function check(entry: Unchecked, dataStart: number): Declared {
  const { name, dtype, shape, offsets } = entry;
  const label = () => `tensor ${quote(name)}`;
  if (!isDType(dtype))
    throw flaw('malformed', `${label()} has the unknown dtype ${quote(dtype)}`, {
      tensor: name,
      actual: dtype,
    });
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined)
    throw flaw('malformed', `the data_offsets of ${label()} are not two numbers`, { tensor: name });
  if (end < begin) {
    const [from, to] = [dataStart + begin, dataStart + end];
    throw flaw('malformed', `${label()} ends at byte ${to}, before it starts (${from})`, {
      tensor: name,
      offset: from,
      expected: from,
      actual: to,
    });
  }
  const count = elementCount(shape, format, name);
  const expected = byteLength(count, dtype, name);
  if (end - begin !== expected)
    throw flaw(
      'malformed',
      `${label()} has ${end - begin} bytes, expected ${expected} for ${dtype} [${shape.join(', ')}]`,
      { tensor: name, expected, actual: end - begin },
    );
  return { name, dtype, shape, count, begin, end };
}

/** C128 is numpy's alone, and blocks are ggml's. */
function isDType(name: string): name is KnownDType {
  if (!Object.hasOwn(dtypes, name) || name === 'C128') return false;
  return dtypes[name as KnownDType].block === undefined;
}

function byteLength(count: number, dtype: KnownDType, tensor: string): number {
  const bits = count * dtypes[dtype].bits;
  const label = () => `tensor ${quote(tensor)}`;
  if (!Number.isSafeInteger(bits))
    throw flaw('malformed', `the size of ${label()} in bits overflows`, { tensor });
  if (bits % 8 !== 0)
    throw flaw('malformed', `${label()} has ${bits} bits, which is not a whole number of bytes`, {
      tensor,
      actual: bits,
    });
  return bits / 8;
}

/** The ranges must cover the data from the header's end to the file's end: no hole, no overlap, nothing left over. */
function checkCover(tensors: readonly Declared[], dataStart: number, size: number): void {
  let covered = 0;
  let last: Declared | undefined;
  for (const tensor of inDataOrder(tensors)) {
    const { begin, end } = tensor;
    if (begin !== covered || dataStart + end > size)
      throw misplaced(tensor, { covered, last, dataStart, size });
    covered = end;
    last = tensor;
  }
  if (dataStart + covered !== size)
    throw flaw(
      'malformed',
      `${labelOf(last)} ends at byte ${dataStart + covered}, but the file has ${size} bytes`,
      { offset: dataStart + covered, expected: dataStart + covered, actual: size },
    );
}

/** By where they begin, then by where they end; most writers have them so. */
function inDataOrder(tensors: readonly Declared[]): readonly Declared[] {
  const compare = (a: Declared, b: Declared) => a.begin - b.begin || a.end - b.end;
  for (let i = 1; i < tensors.length; i++)
    if (compare(tensors[i - 1]!, tensors[i]!) > 0) return [...tensors].sort(compare);
  return tensors;
}

const labelOf = (tensor: Declared | undefined): string =>
  tensor ? `tensor ${quote(tensor.name)}` : 'the header';

/** Where the data is covered up to, and by what. */
interface Cover {
  readonly covered: number;
  readonly last: Declared | undefined;
  readonly dataStart: number;
  readonly size: number;
}

/** The error for a tensor that does not begin where the data is covered up to, or ends past the file. */
function misplaced(tensor: Declared, { covered, last, dataStart, size }: Cover): WeightError {
  const { name } = tensor;
  const [begin, end, expected] = [tensor.begin, tensor.end, covered].map(at => dataStart + at);
  const at = { tensor: name, offset: begin!, expected: expected! };
  if (tensor.begin !== covered) {
    const flawed = tensor.begin > covered ? 'leaving a hole after' : 'overlapping';
    return flaw(
      'malformed',
      `${labelOf(tensor)} starts at byte ${begin}, ${flawed} ${labelOf(last)}, which ends at byte ${expected}`,
      { ...at, actual: begin! },
    );
  }
  return flaw(
    'truncated',
    `${labelOf(tensor)} ends at byte ${end}, past the end of the file (${size})`,
    { ...at, expected: end!, actual: size },
  );
}

function toEntry(declared: Declared, dataStart: number, path: string): TensorEntry {
  const { name, dtype, shape, count, begin, end } = declared;
  return {
    name,
    dtype,
    shape,
    count,
    data: {
      path,
      offset: dataStart + begin,
      byteLength: end - begin,
      byteOrder: 'little',
      fortranOrder: false,
    },
  };
}
