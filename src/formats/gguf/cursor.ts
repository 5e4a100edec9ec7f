import type { ByteSource } from '../../base/bytes';
import { throwIfCancelled } from '../../base/errors';
import { maxGgufHeader } from '../../base/limits';
import { flaw } from './flaw';

/** Bytes read at a time; a header without a tokenizer is one read. */
const pieceBytes = 64 * 1024;

/**
 * Reads a header from front to back in pieces, and none of what is stepped over. What is read in all has a limit, not what
 * is stepped over.
 */
export class Cursor {
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #lenient = new TextDecoder('utf-8', { ignoreBOM: true });
  #little = true;
  #piece = new Uint8Array(0);
  #view = new DataView(this.#piece.buffer);
  /** Offset of the piece in the file. */
  #start = 0;
  /** Of the next byte in the piece; past its end after stepping over more than it has. */
  #at = 0;
  #read = 0;

  constructor(source: ByteSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** The order of the bytes of numbers from here on. */
  set little(little: boolean) {
    this.#little = little;
  }

  /** Offset of the next byte in the file. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** Bytes from here to the end of the file. */
  get left(): number {
    return this.#source.size - this.position;
  }

  /** Whether so many bytes are here without waiting. */
  has(byteLength: number): boolean {
    return this.#at + byteLength <= this.#piece.length;
  }

  /**
   * Makes so many bytes ready to be taken.
   * @param what they are, for people
   * @throws WeightError 'truncated', 'over-limit', and what the source throws
   */
  async need(byteLength: number, what: string): Promise<void> {
    if (this.has(byteLength)) return;
    throwIfCancelled(this.#signal);
    this.#checkEnd(byteLength, what);
    const { position, left } = this;
    const length = Math.min(left, Math.max(byteLength, pieceBytes));
    this.#read += length;
    if (this.#read > maxGgufHeader)
      throw flaw(
        'over-limit',
        `the header is longer than the limit of ${maxGgufHeader} bytes (at byte ${position})`,
        { offset: position, expected: maxGgufHeader },
      );
    const piece = new Uint8Array(length);
    await this.#source.read(position, piece, this.#signal);
    this.#piece = piece;
    this.#view = new DataView(piece.buffer);
    this.#start = position;
    this.#at = 0;
  }

  #checkEnd(byteLength: number, what: string): void {
    if (byteLength <= this.left) return;
    const { size } = this.#source;
    throw flaw(
      'truncated',
      `${what} at byte ${this.position} ends at byte ${this.position + byteLength}, past the end of the file (${size})`,
      { offset: this.position, expected: this.position + byteLength, actual: size },
    );
  }

  /**
   * Steps over bytes, which must be in the file.
   * @param what they are, for people
   */
  skip(byteLength: number, what: string): void {
    this.#checkEnd(byteLength, what);
    this.#at += byteLength;
  }

  #take(byteLength: number): number {
    this.#at += byteLength;
    return this.#at - byteLength;
  }

  // What follows takes bytes that `need` has made ready.

  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#piece.subarray(from, from + length);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.#little);
  }

  i16(): number {
    return this.#view.getInt16(this.#take(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.#little);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.#little);
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), this.#little);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), this.#little);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), this.#little);
  }

  /** UTF-8 text of so many bytes; undefined when it is not valid. */
  name(byteLength: number): string | undefined {
    try {
      return this.#decoder.decode(this.bytes(byteLength));
    } catch {
      // the caller says what it was to be
      return undefined;
    }
  }

  /** UTF-8 text of so many bytes; what is not valid becomes U+FFFD. */
  text(byteLength: number): string {
    return this.#lenient.decode(this.bytes(byteLength));
  }
}
