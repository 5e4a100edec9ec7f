import { type ByteSource, readBytes } from '../base/bytes';
import { WeightError, type WeightErrorDetails, type WeightErrorTag } from '../base/errors';
import { elementCount, maxNpyHeader, maxRank, quote } from '../base/limits';
import { dtypes, type KnownDType } from './dtype';
import { type PythonLiteral, parsePythonLiteral } from './pythonLiteral';
import type { Finding, TensorData, TensorEntry, TensorFile } from './tensorFile';

const format = 'npy';
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Bytes from the front of a .npy file that hold the longest header which is read: magic, version, length, text. */
export const npyHeadBytes = 12 + maxNpyHeader;

/** Where and how the array of a .npy file is stored. */
export interface NpyHeader {
  readonly dtype: KnownDType;
  readonly shape: readonly number[];
  readonly count: number;
  /** Byte offset of the first element. */
  readonly offset: number;
  readonly byteLength: number;
  readonly byteOrder: TensorData['byteOrder'];
  readonly fortranOrder: boolean;
}

/**
 * Reads a .npy file, versions 1 to 3. It holds one tensor.
 * @param name what to call the tensor: a .npy has no name in it
 * @throws WeightError 'not-this-format', 'truncated', 'over-limit', 'malformed', 'unsupported', and what `source` throws
 * @source numpy/numpy numpy/lib/_format_impl.py
 */
export async function readNpy(
  source: ByteSource,
  { path, name }: { path: string; name: string },
  signal?: AbortSignal,
): Promise<TensorFile> {
  const head = await readBytes(source, 0, Math.min(source.size, npyHeadBytes), signal);
  const { dtype, shape, count, ...place } = parseNpyHeader(head, source.size, name);
  const entry: TensorEntry = { name, dtype, shape, count, data: { path, ...place } };
  return { format, metadata: {}, tensors: [entry], findings: surplus(place, source.size, name) };
}

/** numpy ignores bytes after the array, so they are worth a word but no refusal. */
export function surplus(
  { offset, byteLength }: Pick<NpyHeader, 'offset' | 'byteLength'>,
  size: number,
  tensor: string,
): Finding[] {
  const extra = size - offset - byteLength;
  if (extra === 0) return [];
  const message = `${extra} bytes follow the array ${quote(tensor)}, which ends at byte ${offset + byteLength}; they are ignored`;
  return [{ severity: 'warning', message, tensor }];
}

/**
 * Parses the head of a .npy file or member.
 * @param head its first `min(size, npyHeadBytes)` bytes
 * @param size bytes of the whole file or member
 * @throws WeightError as `readNpy`
 */
export function parseNpyHeader(head: Uint8Array, size: number, tensor: string): NpyHeader {
  const { start, length, encoding } = preamble(head, size);
  const text = decodeText(head.subarray(start, start + length), encoding);
  const { descr, fortranOrder, shape } = readFields(text, start);
  const { dtype, byteOrder } = readDescr(descr);
  const count = elementCount(shape, format, tensor);
  const byteLength = (count * dtypes[dtype].bits) / 8;
  const offset = start + length;
  const end = offset + byteLength;
  if (!Number.isSafeInteger(end))
    throw flaw('malformed', `the size of array ${quote(tensor)} overflows`, { tensor });
  if (end > size)
    throw flaw(
      'truncated',
      `the ${dtype} [${shape.join(', ')}] array ends at byte ${end}, past the end of the file (${size})`,
      { tensor, offset, expected: end, actual: size },
    );
  return { dtype, shape, count, offset, byteLength, byteOrder, fortranOrder };
}

function flaw(tag: WeightErrorTag, message: string, details: WeightErrorDetails = {}): WeightError {
  return new WeightError(tag, `${format}: ${message}`, { format, ...details });
}

interface Preamble {
  /** Byte offset and length of the header's text. */
  readonly start: number;
  readonly length: number;
  readonly encoding: 'latin1' | 'utf-8';
}

/** Magic, version and header length, checked against the file and the limit. */
function preamble(head: Uint8Array, size: number): Preamble {
  const wrong = magic.findIndex((byte, i) => i < head.length && head[i] !== byte);
  if (wrong >= 0)
    throw flaw(
      'not-this-format',
      `the file does not start with "\\x93NUMPY" (byte ${wrong} differs)`,
      {
        offset: wrong,
      },
    );
  if (head.length < 10) throw cut(10, size);
  const version = head[6]!;
  if (version < 1 || version > 3 || head[7] !== 0)
    throw flaw('unsupported', `version ${version}.${head[7]} at byte 6, expected 1.0, 2.0 or 3.0`, {
      offset: 6,
      actual: `${version}.${head[7]}`,
    });
  const start = version === 1 ? 10 : 12;
  if (head.length < start) throw cut(start, size);
  const view = new DataView(head.buffer, head.byteOffset);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > size) throw cut(start + length, size);
  if (length > maxNpyHeader)
    throw flaw(
      'over-limit',
      `the header is ${length} bytes long, over the limit of ${maxNpyHeader}`,
      {
        offset: 8,
        expected: maxNpyHeader,
        actual: length,
      },
    );
  return { start, length, encoding: version === 3 ? 'utf-8' : 'latin1' };
}

function cut(expected: number, size: number): WeightError {
  const what = size === 0 ? 'the file is empty' : `the file has ${size} bytes`;
  return flaw('truncated', `${what}, expected at least ${expected} for the header`, {
    offset: size,
    expected,
    actual: size,
  });
}

function decodeText(bytes: Uint8Array, encoding: Preamble['encoding']): string {
  if (encoding === 'latin1') return String.fromCharCode(...bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // the decoder does not say where
    throw flaw('malformed', 'the header is not valid UTF-8', { offset: 12 });
  }
}

const fields = ['descr', 'fortran_order', 'shape'];

/** The three fields that a header has, no more and no fewer, of the right types. */
function readFields(text: string, start: number) {
  const literal = parsePythonLiteral(text, (reason, position) =>
    flaw('malformed', `header: ${reason} (byte ${start + position})`, { offset: start + position }),
  );
  if (!(literal instanceof Map))
    throw flaw('malformed', 'the header is not a dict', { offset: start });
  for (const field of fields)
    if (!literal.has(field))
      throw flaw('malformed', `the header has no ${field}`, { offset: start });
  for (const key of literal.keys())
    if (!fields.includes(key))
      throw flaw('malformed', `the header has the unknown key ${quote(key)}`, { offset: start });
  const fortranOrder: PythonLiteral = literal.get('fortran_order');
  if (typeof fortranOrder !== 'boolean')
    throw flaw('malformed', 'fortran_order is neither True nor False', { offset: start });
  return {
    descr: literal.get('descr') as PythonLiteral,
    fortranOrder,
    shape: readShape(literal.get('shape')),
  };
}

function readShape(shape: PythonLiteral | undefined): readonly number[] {
  if (!Array.isArray(shape)) throw flaw('malformed', 'shape is not a tuple');
  if (shape.length > maxRank)
    throw flaw('malformed', `shape has ${shape.length} dimensions, over the limit of ${maxRank}`);
  const wrong = shape.find(d => typeof d !== 'number' || d < 0);
  if (wrong !== undefined)
    throw flaw(
      'malformed',
      `shape has the dimension ${String(wrong)}, expected a non-negative integer`,
    );
  return shape;
}

/** By kind and size, without byte order. `V2` and `f1` are how ml_dtypes' bfloat16 and float8_e5m2 are written. */
const known: Readonly<Record<string, KnownDType>> = {
  b1: 'BOOL',
  i1: 'I8',
  i2: 'I16',
  i4: 'I32',
  i8: 'I64',
  u1: 'U8',
  u2: 'U16',
  u4: 'U32',
  u8: 'U64',
  f1: 'F8_E5M2',
  f2: 'F16',
  f4: 'F32',
  f8: 'F64',
  c8: 'C64',
  c16: 'C128',
  V2: 'BF16',
};

/** Why arrays of a kind are not read. */
const unsupported: Readonly<Record<string, string>> = {
  O: 'holds Python objects, which are pickles and are never loaded',
  U: 'holds text',
  S: 'holds text',
  a: 'holds text',
  M: 'holds dates',
  m: 'holds time spans',
  V: 'holds raw bytes of an unnamed type',
  f: 'holds floating-point numbers of a size that differs between machines',
  c: 'holds complex numbers of a size that differs between machines',
};

function readDescr(descr: PythonLiteral): Pick<NpyHeader, 'dtype' | 'byteOrder'> {
  if (typeof descr !== 'string') throw structured(descr);
  if (descr === 'bfloat16') return { dtype: 'BF16', byteOrder: 'little' };
  const [, order = '', type = '', kind = ''] = /^([<>|=]?)(([a-zA-Z])[0-9]*)/.exec(descr) ?? [];
  const dtype = Object.hasOwn(known, type) ? known[type] : undefined;
  // numpy never writes a big-endian V2: such bytes are not bfloat16.
  if (!dtype || descr !== order + type || (type === 'V2' && order === '>'))
    throw flaw(
      'unsupported',
      `an array of dtype ${quote(descr)} ${unsupported[kind] ?? 'is not known'}`,
      { actual: descr.slice(0, 200) },
    );
  return { dtype, byteOrder: order === '>' && dtypes[dtype].bits > 8 ? 'big' : 'little' };
}

function structured(descr: PythonLiteral): WeightError {
  if (!Array.isArray(descr))
    return flaw('malformed', 'descr is neither a string nor a list of fields');
  return flaw('unsupported', `a structured array of ${descr.length} fields holds no tensor`);
}
