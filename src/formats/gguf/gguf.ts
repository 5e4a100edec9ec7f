import type { ByteSource } from '../../base/bytes';
import { quote } from '../../base/limits';
import { dtypeInfo } from '../dtype';
import type { Finding, TensorEntry, TensorFile } from '../tensorFile';
import { flaw } from './flaw';
import { type Declared, type Header, readHeader } from './header';

/** A GGUF file, or one part of a split model. */
export interface GgufFile extends TensorFile {
  /** Set for a part of several. */
  readonly split?: Split;
}

/** What a part says of the whole. */
export interface Split {
  /** From 0. */
  readonly index: number;
  /** Parts. */
  readonly count: number;
  /** Of all parts together; null where it does not say. */
  readonly tensors: number | null;
}

/**
 * Reads the header of a GGUF file. Tensors come in header order; they may be stored in any order, but not overlap.
 * @param path goes into the entries
 * @throws WeightError 'truncated', 'malformed', 'unsupported', 'over-limit', and what `source` throws
 */
export async function readGguf(
  source: ByteSource,
  path: string,
  signal?: AbortSignal,
): Promise<GgufFile> {
  const header = await readHeader(source, signal);
  const ends = checkedEnds(header, source.size);
  const tensors = header.tensors.map(t => toEntry(t, { header, path, end: ends.get(t)! }));
  const split = splitOf(header);
  return {
    format: 'gguf',
    metadata: Object.fromEntries([...header.values].map(([key, { text }]) => [key, text])),
    tensors,
    findings: [...unknownTypes(tensors), ...bigBlocks(header)],
    ...(split && { split }),
  };
}

/** Where the data of each tensor ends. One of an unknown type has all up to the next tensor, or to the end of the file. */
function checkedEnds(
  { tensors, dataStart }: Header,
  fileSize: number,
): ReadonlyMap<Declared, number> {
  const ends = new Map<Declared, number>();
  const inOrder = tensors.toSorted(
    (a, b) => a.offset - b.offset || (a.byteLength ?? 0) - (b.byteLength ?? 0),
  );
  let last: Declared | undefined;
  for (const [i, tensor] of inOrder.entries()) {
    const start = dataStart + tensor.offset;
    const covered = last ? ends.get(last)! : dataStart;
    if (start < covered) throw overlap(tensor, { last: last!, start, covered });
    const next = inOrder[i + 1];
    const end =
      tensor.byteLength === null
        ? Math.max(start, next ? dataStart + next.offset : fileSize)
        : start + tensor.byteLength;
    if (end > fileSize) throw pastEnd(tensor, end, fileSize);
    ends.set(tensor, end);
    last = tensor;
  }
  return ends;
}

function overlap(
  { name }: Declared,
  at: { readonly last: Declared; readonly start: number; readonly covered: number },
) {
  const { last, start, covered } = at;
  return flaw(
    'malformed',
    `tensor ${quote(name)} starts at byte ${start}, overlapping tensor ${quote(last.name)}, which ends at byte ${covered}`,
    { tensor: name, offset: start, expected: covered, actual: start },
  );
}

function pastEnd({ name }: Declared, end: number, fileSize: number) {
  return flaw(
    'truncated',
    `tensor ${quote(name)} ends at byte ${end}, past the end of the file (${fileSize})`,
    { tensor: name, expected: end, actual: fileSize },
  );
}

function toEntry(
  { name, dtype, shape, count, offset }: Declared,
  at: { readonly header: Header; readonly path: string; readonly end: number },
): TensorEntry {
  const { header, path, end } = at;
  const start = header.dataStart + offset;
  const place = { byteOrder: header.byteOrder, fortranOrder: false };
  return {
    name,
    dtype,
    shape,
    count,
    data: { path, offset: start, byteLength: end - start, ...place },
  };
}

/** Findings that are told one by one. */
const mostFindings = 200;

/** One for each tensor of a type that is not known, as far as anybody would read them. */
function unknownTypes(tensors: readonly TensorEntry[]): Finding[] {
  const unknown = tensors.filter(t => dtypeInfo(t.dtype).kind === 'unknown');
  const more = unknown.length - mostFindings;
  const rest: Finding = {
    severity: 'warning',
    message: `${more} more tensors are of types that are not known: their values cannot be decoded`,
  };
  return unknown
    .slice(0, mostFindings)
    .map(
      ({ name, dtype }): Finding => ({
        severity: 'warning',
        message: `tensor ${quote(name)} has the ${dtype}: its values cannot be decoded`,
        tensor: name,
      }),
    )
    .concat(more > 0 ? [rest] : []);
}

/** Of blocks, only little-endian ones have a description that can be relied on. */
function bigBlocks({ byteOrder, tensors }: Header): Finding[] {
  const count = tensors.filter(t => dtypeInfo(t.dtype).block).length;
  if (byteOrder === 'little' || count === 0) return [];
  const message = `the file is big-endian: ${count} of its tensors are quantized, and blocks of that byte order are not decoded`;
  return [{ severity: 'warning', message }];
}

function splitOf({ values }: Header): Split | undefined {
  const count = integer(values.get('split.count')?.text);
  if (count === null || count < 2) return undefined;
  const index = integer(values.get('split.no')?.text) ?? 0;
  return { index, count, tensors: integer(values.get('split.tensors.count')?.text) };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
