import type { ByteSource, ClosableSource, FileSystem } from '../base/bytes';
import { throwIfCancelled, WeightError } from '../base/errors';
import { chunkBytes, maxInflatedInMemory, maxInflatedMember, quote } from '../base/limits';
import { crc32 } from './crc32';
import type { TensorEntry, ZipMember } from './tensorFile';
import { inflateMember, memberStart, zipFlaw } from './zip';

/** Deflate cannot shrink data further than this: a declared size beyond it is a lie. */
const maxDeflateRatio = 1032;

/**
 * Opens the stored bytes of one tensor: offset 0 is its first byte, `size` its byte length. A zip member is checked
 * against its CRC32 first, in one pass over it; a deflated one is inflated whole, into memory when it is small and into
 * a scratch file when it is not.
 * @param fileSize of the file when its header was read
 * @throws WeightError 'io' when the file has another size by now, 'malformed' or 'truncated' for a bad member
 */
export async function openTensor(
  fs: FileSystem,
  entry: TensorEntry,
  fileSize: number,
  signal?: AbortSignal,
): Promise<ClosableSource> {
  const { path, offset, byteLength, zip } = entry.data;
  const file = await fs.open(path);
  try {
    checkSize(file, fileSize);
    if (!zip) return range(file, { offset, byteLength });
    const start = await memberStart(file, zip, signal);
    if (zip.method === 'stored') {
      await verify(file, zip, start, signal);
      return range(file, { offset: start + offset, byteLength });
    }
    const inflated = await inflateWhole(fs, file, { member: zip, start }, signal);
    await file.close();
    return range(inflated, { offset, byteLength });
  } catch (e) {
    await file.close();
    throw e;
  }
}

function checkSize({ size }: ByteSource, expected: number): void {
  if (size === expected) return;
  throw new WeightError(
    'io',
    `the file changed on disk since it was opened: it had ${expected} bytes, now it has ${size}`,
    { expected, actual: size },
  );
}

/** A part of a source. Closing it closes the source. */
function range(
  source: ClosableSource,
  { offset, byteLength }: { offset: number; byteLength: number },
): ClosableSource {
  return {
    size: byteLength,
    async read(at, into, signal) {
      if (at + into.byteLength > byteLength)
        throw new WeightError('truncated', `the tensor ends at byte ${byteLength} of its data`, {
          expected: at + into.byteLength,
          actual: byteLength,
        });
      await source.read(offset + at, into, signal);
    },
    close: () => source.close(),
  };
}

async function verify(
  file: ByteSource,
  member: ZipMember,
  start: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(member.size, chunkBytes));
  let crc = 0;
  for (let at = 0; at < member.size; at += buffer.length) {
    const piece = buffer.subarray(0, member.size - at);
    await file.read(start + at, piece, signal);
    throwIfCancelled(signal);
    crc = crc32(piece, crc);
  }
  checkCrc(member, crc);
}

function checkCrc(member: ZipMember, actual: number): void {
  if (actual === member.crc32) return;
  const hex = (n: number) => n.toString(16).padStart(8, '0');
  throw zipFlaw(
    'malformed',
    `member ${quote(member.name)} is damaged: the CRC32 of its data is ${hex(actual)}, expected ${hex(member.crc32)}`,
    { tensor: member.name, expected: hex(member.crc32), actual: hex(actual) },
  );
}

/** Where inflated bytes go: one array, or a scratch file. */
interface Sink {
  append(bytes: Uint8Array): Promise<void>;
  finish(): Promise<ClosableSource>;
  discard(): Promise<void>;
}

async function inflateWhole(
  fs: FileSystem,
  file: ByteSource,
  at: { member: ZipMember; start: number },
  signal: AbortSignal | undefined,
): Promise<ClosableSource> {
  const { member } = at;
  checkInflatedSize(member);
  const sink = member.size <= maxInflatedInMemory ? memorySink(member.size) : await scratchSink(fs);
  try {
    let size = 0;
    let crc = 0;
    for await (const piece of inflateMember(file, at, signal)) {
      throwIfCancelled(signal);
      size += piece.length;
      if (size > member.size) throw sizeFlaw(member, `more than the ${member.size}`, size);
      crc = crc32(piece, crc);
      await sink.append(piece);
    }
    if (size < member.size) throw sizeFlaw(member, `${size} of ${member.size}`, size);
    checkCrc(member, crc);
    return await sink.finish();
  } catch (e) {
    await sink.discard();
    throw e;
  }
}

function checkInflatedSize(member: ZipMember): void {
  const { size, compressedSize } = member;
  if (size > maxInflatedMember)
    throw zipFlaw(
      'over-limit',
      `member ${quote(member.name)} inflates to ${size} bytes, over the limit of ${maxInflatedMember}`,
      {
        tensor: member.name,
        expected: maxInflatedMember,
        actual: size,
      },
    );
  if (size > compressedSize * maxDeflateRatio + 1024)
    throw zipFlaw(
      'malformed',
      `member ${quote(member.name)} claims to inflate from ${compressedSize} to ${size} bytes, more than deflate can`,
      {
        tensor: member.name,
        expected: compressedSize * maxDeflateRatio,
        actual: size,
      },
    );
}

function sizeFlaw(member: ZipMember, found: string, actual: number): WeightError {
  return zipFlaw(
    'malformed',
    `member ${quote(member.name)} inflates to ${found} bytes that the archive says`,
    {
      tensor: member.name,
      expected: member.size,
      actual,
    },
  );
}

function memorySink(size: number): Sink {
  const bytes = new Uint8Array(size);
  let filled = 0;
  return {
    async append(piece) {
      bytes.set(piece, filled);
      filled += piece.length;
    },
    finish: async () => memorySource(bytes),
    discard: async () => {},
  };
}

function memorySource(bytes: Uint8Array): ClosableSource {
  return {
    size: bytes.length,
    async read(offset, into) {
      into.set(bytes.subarray(offset, offset + into.length));
    },
    close: async () => {},
  };
}

/** Gathers the small pieces that inflating yields: a write a piece would be slow. */
async function scratchSink(fs: FileSystem): Promise<Sink> {
  const scratch = await fs.scratch();
  const buffer = new Uint8Array(chunkBytes);
  let filled = 0;
  const flush = async () => {
    if (filled > 0) await scratch.append(buffer.subarray(0, filled));
    filled = 0;
  };
  return {
    async append(piece) {
      if (filled + piece.length > buffer.length) await flush();
      if (piece.length > buffer.length) return scratch.append(piece);
      buffer.set(piece, filled);
      filled += piece.length;
    },
    async finish() {
      await flush();
      return scratch;
    },
    discard: () => scratch.close(),
  };
}
