// The reader alone: the package's main entry would bring its writer, its workers and an inflater of its own.
import { type Entry, type Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { type ByteSource, readBytes } from '../base/bytes';
import { WeightError, type WeightErrorDetails, type WeightErrorTag } from '../base/errors';
import { maxZipDirectory, maxZipMembers, quote } from '../base/limits';
import type { ZipMember } from './tensorFile';

const format = 'npz';

/** A member as the central directory has it; `flaw` says why its data cannot be read. */
export type ListedMember =
  | { readonly name: string; readonly member: ZipMember }
  | { readonly name: string; readonly flaw: WeightError };

/** An error of this layer. */
export function zipFlaw(
  tag: WeightErrorTag,
  message: string,
  details: WeightErrorDetails = {},
): WeightError {
  return new WeightError(tag, `${format}: ${message}`, { format, ...details });
}

/**
 * Lists a zip's members from its central directory (ZIP64 included), folders left out.
 * @throws WeightError 'truncated' without a central directory, 'malformed', 'over-limit', 'unsupported'
 */
export async function listZip(source: ByteSource, signal?: AbortSignal): Promise<ListedMember[]> {
  const members: ListedMember[] = [];
  try {
    const zip = new ZipReader(zipSource(source, signal), { filenameValidation: 'tolerant' });
    let count = 0;
    for await (const entry of zip.getEntriesGenerator()) {
      if (++count > maxZipMembers)
        throw zipFlaw('over-limit', `more than ${maxZipMembers} members`, {
          expected: maxZipMembers,
        });
      if (!entry.directory) members.push(listed(entry, source.size));
    }
  } catch (e) {
    throw WeightError.is(e) ? e : directoryFlaw(e, source.size);
  }
  return members;
}

/** A source in the form that zip.js reads from: past the end it gives fewer bytes than asked for. */
function zipSource(source: ByteSource, signal: AbortSignal | undefined): Reader<unknown> {
  const reader = {
    size: source.size,
    readUint8Array(offset: number, length: number): Promise<Uint8Array> {
      if (length > maxZipDirectory)
        throw zipFlaw(
          'over-limit',
          `the central directory has ${length} bytes, over the limit of ${maxZipDirectory}`,
          {
            expected: maxZipDirectory,
            actual: length,
          },
        );
      const from = Math.min(Math.max(offset, 0), source.size);
      return readBytes(source, from, Math.max(0, Math.min(length, source.size - from)), signal);
    },
  };
  return reader as unknown as Reader<unknown>; // its class has more, for streaming, which is not used here
}

/** zip.js tells its errors apart by their text alone. */
function directoryFlaw(e: unknown, size: number): WeightError {
  const reason = e instanceof Error ? e.message : String(e);
  if (/^End of central directory not found|^File format is not recognized/.test(reason))
    return zipFlaw(
      'truncated',
      `no zip central directory at the end of the file (${size} bytes); it is cut short or damaged`,
      {
        actual: size,
      },
    );
  if (/^Split zip/.test(reason)) return zipFlaw('unsupported', 'one part of a split zip');
  if (/encrypted/i.test(reason))
    return zipFlaw('unsupported', 'the central directory is encrypted');
  return new WeightError(
    'malformed',
    `${format}: the zip's central directory is damaged: ${reason}`,
    { format },
    { cause: e },
  );
}

/** Checks what the central directory says of one member. */
function listed(entry: Entry, fileSize: number): ListedMember {
  const name = entry.filename;
  const bad = (tag: WeightErrorTag, reason: string) => ({
    name,
    flaw: zipFlaw(tag, `member ${quote(name)} ${reason}`, { tensor: name }),
  });
  if (entry.encrypted) return bad('unsupported', 'is encrypted');
  const method = { 0: 'stored', 8: 'deflated' }[entry.compressionMethod] as
    | ZipMember['method']
    | undefined;
  if (!method)
    return bad(
      'unsupported',
      `is compressed with method ${entry.compressionMethod}, expected 0 (stored) or 8 (deflate)`,
    );
  const { offset: headerOffset, compressedSize, uncompressedSize: size, crc32 } = entry;
  if (crc32 === undefined) return bad('malformed', 'has no CRC32');
  if (![headerOffset, compressedSize, size].every(n => Number.isSafeInteger(n) && n >= 0))
    return bad('malformed', 'has a size or an offset that is not a safe integer');
  if (headerOffset + 30 + compressedSize > fileSize)
    return bad('truncated', `ends past the end of the file (${fileSize})`);
  if (method === 'stored' && compressedSize !== size)
    return bad('malformed', `is stored in ${compressedSize} bytes, but has ${size}`);
  return { name, member: { name, method, headerOffset, compressedSize, size, crc32: crc32 >>> 0 } };
}

/**
 * Where a member's data begins. Of its local header only the two lengths count: numpy leaves the sizes there unset.
 * @throws WeightError 'malformed' when there is no local header, 'truncated' when the data runs past the file
 * @source PKWARE APPNOTE.TXT 6.3.10, section 4.3.7
 */
export async function memberStart(
  source: ByteSource,
  { name, headerOffset, compressedSize }: ZipMember,
  signal?: AbortSignal,
): Promise<number> {
  const header = await readBytes(source, headerOffset, 30, signal);
  const view = new DataView(header.buffer);
  const details = { tensor: name, offset: headerOffset };
  if (view.getUint32(0, true) !== 0x04034b50)
    throw zipFlaw(
      'malformed',
      `member ${quote(name)} has no local header at byte ${headerOffset}`,
      details,
    );
  const start = headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedSize > source.size)
    throw zipFlaw(
      'truncated',
      `member ${quote(name)} ends at byte ${start + compressedSize}, past the end of the file (${source.size})`,
      { ...details, expected: start + compressedSize, actual: source.size },
    );
  return start;
}

/**
 * The inflated bytes of a deflated member, in order, in pieces of any size. Stop early by leaving the loop.
 * @param start where its data begins
 * @param pieceBytes compressed bytes read at a time; few are read ahead of what the loop has taken
 * @throws WeightError 'malformed' when the bytes are no deflate stream, and what `source` throws
 */
export async function* inflateMember(
  source: ByteSource,
  { member, start, pieceBytes = 64 * 1024 }: InflateJob,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const stream = new DecompressionStream('deflate-raw');
  const feed = startFeeding(stream.writable.getWriter(), async at => {
    const piece = new Uint8Array(Math.min(pieceBytes, member.compressedSize - at));
    if (piece.length > 0) await source.read(start + at, piece, signal);
    return piece;
  });
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (e) {
    if (feed.failure !== undefined) throw feed.failure;
    const reason = e instanceof Error ? e.message : String(e);
    throw zipFlaw('malformed', `member ${quote(member.name)} cannot be inflated: ${reason}`, {
      tensor: member.name,
    });
  } finally {
    await reader.cancel().catch(() => {}); // when it has failed already, that was thrown
    await feed.stop();
  }
}

/** What to inflate. */
export interface InflateJob {
  readonly member: ZipMember;
  readonly start: number;
  readonly pieceBytes?: number;
}

interface Feed {
  /** What reading threw: the stream in between may wrap it. */
  readonly failure: unknown;
  /** After this nothing is read any more. */
  stop(): Promise<void>;
}

/**
 * Writes piece after piece, each when the one before was taken in. A pipe would not do: Node's streams count a piece as
 * one byte when they limit what a pipe reads ahead, so that it reads the whole member.
 * @param next the piece at an offset; an empty one ends the stream
 */
function startFeeding(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  next: (at: number) => Promise<Uint8Array<ArrayBuffer>>,
): Feed {
  let failure: unknown;
  let stopped = false;
  let reading: Promise<unknown> = Promise.resolve();
  const run = async () => {
    for (let at = 0; !stopped; ) {
      const piece = next(at);
      reading = piece.catch(e => {
        failure = e;
      });
      const bytes = await piece;
      if (bytes.length === 0) return writer.close();
      await writer.write(bytes);
      at += bytes.length;
    }
  };
  // Whatever ends the feeding also ends the stream, where the reader meets it.
  run().catch(e => writer.abort(e).catch(() => {}));
  return {
    get failure() {
      return failure;
    },
    async stop() {
      stopped = true;
      await reading;
    },
  };
}
