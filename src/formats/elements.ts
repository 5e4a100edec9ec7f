import type { ByteSource } from '../base/bytes';
import { throwIfCancelled } from '../base/errors';
import { type Decode, decoderFor, type Floats, floatsFor, type RealDType } from './decode';
import { dtypeInfo } from './dtype';
import { isTransposed } from './fortranRows';
import { matrixOf, streamRows } from './rows';
import type { TensorEntry } from './tensorFile';

/** Single elements of a tensor of real numbers, by their numbers row by row in the order of its indices. */
export interface Elements {
  /** @param indices ascending */
  at(indices: Float64Array, signal?: AbortSignal): Promise<Floats>;
  /** Elements [from, to). */
  range(from: number, to: number, signal?: AbortSignal): Promise<Floats>;
  /** All digits of integers of 64 bits; null for other dtypes. @param indices ascending */
  digits(indices: Float64Array, signal?: AbortSignal): Promise<string[] | null>;
}

/** Reading across a gap of so many bytes costs less than another read. */
const cheapGap = 16 * 1024;
/** Bytes that are read at once, at most. */
const longestRead = 2 ** 20;

/**
 * Elements of a tensor by its stored bytes: reads what is asked for, and little else.
 * @param source offset 0 is the tensor's first byte
 * @param decode of dtypes stored in blocks, which only others know
 */
export function storedElements(
  source: ByteSource,
  entry: TensorEntry,
  decode: Decode = decoderFor(entry.dtype as RealDType, entry.data.byteOrder),
): Elements {
  const { dtype, data } = entry;
  const { bits, block } = dtypeInfo(dtype);
  const isWord = dtype === 'I64' || dtype === 'U64';
  // A unit is the fewest elements that fill whole bytes.
  const unit = block?.size ?? (bits < 8 ? 8 : 1);
  const limits = {
    unit,
    gap: Math.floor((8 * cheapGap) / bits),
    length: Math.max(unit, Math.floor((8 * longestRead) / bits / unit) * unit),
  };

  async function bytesOf({ from, to }: Span, signal?: AbortSignal): Promise<Uint8Array> {
    throwIfCancelled(signal);
    const start = (from * bits) / 8;
    const bytes = new Uint8Array(Math.ceil((to * bits) / 8) - start);
    await source.read(start, bytes, signal);
    return bytes;
  }

  /** Visits every element, span by span. */
  async function each(
    indices: Float64Array,
    signal: AbortSignal | undefined,
    visit: (bytes: Uint8Array, span: Span, places: readonly Place[]) => void,
  ): Promise<void> {
    for (const span of spansOf(placesOf(indices, entry), entry.count, limits))
      visit(await bytesOf(span, signal), span, span.places);
  }

  return {
    async at(indices, signal) {
      const out = floatsFor(dtype, indices.length);
      await each(indices, signal, (bytes, { from, to }, places) => {
        const values = floatsFor(dtype, to - from);
        decode(bytes, 0, values);
        for (const { position, slot } of places) out[slot] = values[position - from]!;
      });
      return out;
    },
    range: (from, to, signal) =>
      isTransposed(entry)
        ? rowsOf(source, entry, { decode, from, to, signal })
        : stretchOf(bytesOf, { entry, decode, unit, from, to, signal }),
    async digits(indices, signal) {
      if (!isWord) return null;
      const out = new Array<string>(indices.length);
      const isLittle = data.byteOrder === 'little';
      await each(indices, signal, (bytes, { from }, places) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (const { position, slot } of places) {
          const at = 8 * (position - from);
          const word =
            dtype === 'I64' ? view.getBigInt64(at, isLittle) : view.getBigUint64(at, isLittle);
          out[slot] = word.toString();
        }
      });
      return out;
    },
  };
}

/** Where an element is stored, and where it goes. */
interface Place {
  readonly position: number;
  readonly slot: number;
}

/** Stored elements [from, to) that are read at once. */
interface Span {
  readonly from: number;
  to: number;
}

/** By their place in the file. */
function placesOf(indices: Float64Array, { shape, data }: TensorEntry): Place[] {
  const places = Array.from(indices, (index, slot) => ({ position: index, slot }));
  if (!data.fortranOrder) return places;
  for (const place of places) place.position = fortranPosition(place.position, shape);
  return places.sort((a, b) => a.position - b.position);
}

/** The place of an element where the first axis varies fastest. */
function fortranPosition(index: number, shape: readonly number[]): number {
  let rest = index;
  let position = 0;
  let stride = shape.reduce((a, b) => a * b, 1);
  for (const length of shape.toReversed()) {
    stride /= length;
    position += (rest % length) * stride;
    rest = Math.floor(rest / length);
  }
  return position;
}

interface SpanLimits {
  readonly unit: number;
  /** Elements that may be read in vain between two. */
  readonly gap: number;
  readonly length: number;
}

/** Joins what lies near. */
function* spansOf(
  places: readonly Place[],
  count: number,
  { unit, gap, length }: SpanLimits,
): Iterable<Span & { readonly places: readonly Place[] }> {
  let span: (Span & { readonly places: Place[] }) | undefined;
  for (const place of places) {
    const from = place.position - (place.position % unit);
    const to = Math.min(from + unit, count);
    if (span && from - span.to <= gap && to - span.from <= length) {
      span.to = Math.max(span.to, to);
      span.places.push(place);
      continue;
    }
    if (span) yield span;
    span = { from, to, places: [place] };
  }
  if (span) yield span;
}

interface StretchOptions {
  readonly entry: TensorEntry;
  readonly decode: Decode;
  readonly unit: number;
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal | undefined;
}

/** Elements that follow each other in the file. */
async function stretchOf(
  bytesOf: (span: Span, signal?: AbortSignal) => Promise<Uint8Array>,
  { entry, decode, unit, from, to, signal }: StretchOptions,
): Promise<Floats> {
  const start = from - (from % unit);
  const end = Math.min(Math.ceil(to / unit) * unit, entry.count);
  const values = floatsFor(entry.dtype, end - start);
  decode(await bytesOf({ from: start, to: end }, signal), 0, values);
  return start === from && end === to ? values : values.slice(from - start, to - start);
}

/** Elements of rows that are spread over the file. */
async function rowsOf(
  source: ByteSource,
  entry: TensorEntry,
  { decode, from, to, signal }: Omit<StretchOptions, 'entry' | 'unit'>,
): Promise<Floats> {
  const { cols } = matrixOf(entry.shape);
  const row = Math.floor(from / cols);
  const block = { row, rows: Math.ceil(to / cols) - row };
  const stream = streamRows(source, entry, { decode, block });
  const out = floatsFor(entry.dtype, to - from);
  for (const panel of stream.panels())
    for await (const tile of stream.tiles(panel, signal)) {
      const first = tile.row * cols + tile.col - from;
      const begin = Math.max(0, -first);
      const end = Math.min(tile.data.length, out.length - first);
      if (begin < end) out.set(tile.data.subarray(begin, end), first + begin);
    }
  return out;
}
