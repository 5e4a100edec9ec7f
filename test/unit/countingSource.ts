import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ByteSource, ClosableSource, FileSystem, ScratchFile } from '../../src/base/bytes';
import { WeightError } from '../../src/base/errors';

/** What was read of a source. */
export interface Counts {
  reads: number;
  /** Bytes asked for, in all reads together. */
  bytes: number;
  /** Byte ranges, in order: `[from, to)`. */
  readonly ranges: [from: number, to: number][];
  /** Sources opened and not closed. */
  open: number;
}

export function noCounts(): Counts {
  return { reads: 0, bytes: 0, ranges: [], open: 0 };
}

/** A source that keeps account of what is read of it. */
export function countingSource(source: ByteSource, counts: Counts): ClosableSource {
  return {
    size: source.size,
    async read(offset, into, signal) {
      counts.reads++;
      counts.bytes += into.byteLength;
      counts.ranges.push([offset, offset + into.byteLength]);
      await source.read(offset, into, signal);
    },
    async close() {
      counts.open--;
    },
  };
}

/** Bytes in memory as a source that refuses to read past its end. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, into, signal) {
      if (signal?.aborted) throw new WeightError('cancelled', 'cancelled');
      if (offset < 0 || offset + into.length > bytes.length)
        throw new WeightError(
          'truncated',
          `read [${offset}, ${offset + into.length}) of ${bytes.length} bytes`,
        );
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
}

/** Files in memory, with account of what is read of each. */
export interface MemoryFiles extends FileSystem {
  /** By path; may be changed between calls. */
  readonly files: Map<string, Uint8Array>;
  readonly counts: Map<string, Counts>;
  /** Scratch files made, and those not closed. */
  readonly scratches: { made: number; open: number };
}

/** A file system in memory. */
export function memoryFiles(files: Readonly<Record<string, Uint8Array | string>>): MemoryFiles {
  const content = new Map(
    Object.entries(files).map(([name, data]) => [
      name,
      typeof data === 'string' ? new TextEncoder().encode(data) : data,
    ]),
  );
  const counts = new Map<string, Counts>();
  const scratches = { made: 0, open: 0 };
  return {
    files: content,
    counts,
    scratches,
    async open(name) {
      const bytes = content.get(name);
      if (!bytes) throw new WeightError('io', 'the file does not exist');
      const count = counts.get(name) ?? noCounts();
      counts.set(name, count);
      count.open++;
      return countingSource(bytesSource(bytes), count);
    },
    sibling: (file, name) => path.posix.join(path.posix.dirname(file), name),
    scratch: async () => memoryScratch(scratches),
  };
}

function memoryScratch(scratches: MemoryFiles['scratches']): ScratchFile {
  let bytes = new Uint8Array(0);
  scratches.made++;
  scratches.open++;
  return {
    get size() {
      return bytes.length;
    },
    async append(more) {
      const longer = new Uint8Array(bytes.length + more.length);
      longer.set(bytes);
      longer.set(more, bytes.length);
      bytes = longer;
    },
    read: (offset, into) => bytesSource(bytes).read(offset, into),
    async close() {
      scratches.open--;
    },
  };
}

/** The bytes of a file in test/fixtures. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

export function fixturePath(name: string): string {
  return path.join(import.meta.dirname, '../fixtures', name);
}
