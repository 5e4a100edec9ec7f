import { type ClosableSource, type FileSystem, readBytes } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { decoderFor, isReal } from '../formats/decode';
import { dtypes } from '../formats/dtype';
import type { PackedPart, TensorEntry } from '../formats/tensorFile';
import { openTensor } from '../formats/tensorSource';
import type { PackedWeight } from './layout';

/** Scales and the like are read whole up to this size: a group of 32 costs 8 % of a float32 weight of 3 GB. */
const mostWhole = 256 * 2 ** 20;
/** Bytes of columns that are kept: all of a matrix that is no larger; of others as many columns as fit, side by side. */
const mostKept = 32 * 2 ** 20;
/** Bytes that are read at a time for them. */
const slabRead = 2 ** 22;

/** Columns of a matrix, in bytes of a row: [from, to), row-major. */
interface Slab {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** The stored tensors of a weight, by their role. Files are opened when first needed, and stay open until `close`. */
export class Parts {
  readonly #fs: FileSystem;
  readonly #parts: Readonly<Record<string, PackedPart>>;
  readonly #signal: AbortSignal | undefined;
  readonly #sources = new Map<string, Promise<ClosableSource>>();
  readonly #slabs = new Map<string, Slab>();

  constructor(fs: FileSystem, { packed }: PackedWeight, signal?: AbortSignal) {
    this.#fs = fs;
    this.#parts = packed.parts;
    this.#signal = signal;
  }

  /** Whether there is a tensor in that role. */
  has(role: string): boolean {
    return this.#parts[role] !== undefined;
  }

  /** The header of the tensor in that role. */
  entry(role: string): TensorEntry {
    const part = this.#parts[role];
    if (!part) throw new TypeError(`no part ${role}`);
    return part.entry;
  }

  /** Reads bytes [offset, offset + into.length) of a tensor. */
  async read(role: string, offset: number, into: Uint8Array): Promise<void> {
    await (await this.#source(role)).read(offset, into, this.#signal);
  }

  /**
   * All bytes of a small tensor.
   * @throws WeightError 'over-limit' for a large one
   */
  async bytes(role: string): Promise<Uint8Array> {
    const { name, data } = this.entry(role);
    if (data.byteLength > mostWhole)
      throw new WeightError(
        'over-limit',
        `tensor ${quote(name)} has ${data.byteLength} bytes, over the limit of ${mostWhole} for what must be read whole`,
        { tensor: name, expected: mostWhole, actual: data.byteLength },
      );
    return readBytes(await this.#source(role), 0, data.byteLength, this.#signal);
  }

  /** All elements of a small tensor, as float32 (float64 is rounded). */
  async floats(role: string): Promise<Float32Array> {
    const { dtype, count, data } = this.entry(role);
    if (!isReal(dtype)) throw new TypeError(`${role} is ${dtype}`);
    const out = dtypes[dtype].wide ? new Float64Array(count) : new Float32Array(count);
    decoderFor(dtype, data.byteOrder)(await this.bytes(role), 0, out);
    return out instanceof Float64Array ? Float32Array.from(out) : out;
  }

  /** All bytes of a small tensor as little-endian words of 32 bits. */
  async words(role: string): Promise<Uint32Array> {
    return asWords(await this.bytes(role));
  }

  /** A small tensor of UTF-8 text. */
  async text(role: string): Promise<string> {
    return new TextDecoder().decode(await this.bytes(role));
  }

  /**
   * Columns [from, to) of a tensor [rows, columns] whose elements are whole bytes: row-major, side by side.
   * @param columnBytes of an element
   */
  async columns(role: string, from: number, to: number, columnBytes: number): Promise<Uint8Array> {
    const rows = this.entry(role).shape[0] ?? 1;
    const [start, end] = [from * columnBytes, to * columnBytes];
    const slab = await this.#slab(role, start, end);
    const width = slab.to - slab.from;
    const length = end - start;
    const out = new Uint8Array(rows * length);
    for (let row = 0, at = start - slab.from; row < rows; row++, at += width)
      out.set(slab.bytes.subarray(at, at + length), row * length);
    return out;
  }

  /** Columns that hold bytes [start, end) of each row. */
  async #slab(role: string, start: number, end: number): Promise<Slab> {
    const kept = this.#slabs.get(role);
    if (kept && kept.from <= start && end <= kept.to) return kept;
    const { shape, data } = this.entry(role);
    const rows = shape[0] ?? 1;
    const stride = data.byteLength / rows;
    const width = Math.max(end - start, Math.min(stride, Math.floor(mostKept / rows)));
    const from = Math.max(0, Math.min(start, stride - width));
    const slab = { from, to: from + width, bytes: new Uint8Array(rows * width) };
    await this.#fill(role, slab, { rows, stride });
    this.#slabs.set(role, slab);
    return slab;
  }

  /** Reads all rows, many at a time: to read each one's columns alone takes far longer. */
  async #fill(
    role: string,
    { from, to, bytes }: Slab,
    { rows, stride }: { readonly rows: number; readonly stride: number },
  ): Promise<void> {
    const width = to - from;
    if (width === stride) return this.read(role, 0, bytes);
    const perRead = Math.max(1, Math.floor(slabRead / stride));
    const buffer = new Uint8Array(Math.min(perRead, rows) * stride);
    for (let row = 0; row < rows; row += perRead) {
      const some = Math.min(perRead, rows - row);
      await this.read(role, row * stride, buffer.subarray(0, some * stride));
      for (let i = 0; i < some; i++)
        bytes.set(buffer.subarray(i * stride + from, i * stride + to), (row + i) * width);
    }
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#sources.values());
    this.#sources.clear();
    this.#slabs.clear();
    await Promise.all(opened.map(o => (o.status === 'fulfilled' ? o.value.close() : undefined)));
  }

  #source(role: string): Promise<ClosableSource> {
    let source = this.#sources.get(role);
    if (!source) {
      const { entry, fileSize } = this.#parts[role]!;
      source = openTensor(this.#fs, entry, fileSize, this.#signal);
      this.#sources.set(role, source);
    }
    return source;
  }
}

/** Little-endian words of 32 bits, at any address. */
export function asWords(bytes: Uint8Array): Uint32Array {
  const length = bytes.length >> 2;
  const words = new Uint32Array(length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < length; i++) words[i] = view.getUint32(4 * i, true);
  return words;
}
