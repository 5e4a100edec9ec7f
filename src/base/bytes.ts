/**
 * Bytes that can be read by range: a file, a zip member, a buffer.
 * The only way in which core code sees a file.
 */
export interface ByteSource {
  /** Size in bytes, known before any read. */
  readonly size: number;
  /**
   * Fills `into` with the bytes `[offset, offset + into.byteLength)`.
   * @throws WeightError 'truncated' when the source ends earlier, 'io' when it cannot be read, 'cancelled'
   */
  read(offset: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
}

/** A source that holds something (a file handle) until it is closed. */
export interface ClosableSource extends ByteSource {
  close(): Promise<void>;
}

/** How core code reaches files without knowing what a file is. Paths are opaque except for `/` between names. */
export interface FileSystem {
  /** @throws WeightError 'io' when the file is missing or cannot be read */
  open(path: string): Promise<ClosableSource>;
  /** Path of the file `name` in the folder that holds `path`. */
  sibling(path: string, name: string): string;
  /** An empty file of our own that ends with its handle: where data goes that is too large for memory. */
  scratch(): Promise<ScratchFile>;
}

/** Written once from front to back, then read by range. */
export interface ScratchFile extends ClosableSource {
  /** @throws WeightError 'io' when the disk is full */
  append(bytes: Uint8Array): Promise<void>;
}

/** Reads `[offset, offset + length)` into a fresh array. The caller has checked `length` against a limit. */
export async function readBytes(
  source: ByteSource,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await source.read(offset, bytes, signal);
  return bytes;
}
