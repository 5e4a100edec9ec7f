import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClosableSource, FileSystem, ScratchFile } from '../base/bytes';
import { throwIfCancelled, WeightError } from '../base/errors';

/** One read call takes at most 2 GiB less one byte; this is below it and as fast. */
const maxReadBytes = 2 ** 30;

/** The machine's own files. Symbolic links are followed. */
export const nodeFileSystem: FileSystem = {
  async open(file) {
    try {
      // Asked before opening: to open a pipe would wait for someone to write to it.
      checkKind(await stat(file));
      const handle = await open(file, constants.O_RDONLY);
      try {
        const stats = await handle.stat();
        checkKind(stats);
        return sourceOf(handle, stats.size);
      } catch (e) {
        await handle.close();
        throw e;
      }
    } catch (e) {
      throw ioError(e, 'the file cannot be read');
    }
  },
  sibling: (file, name) => path.join(path.dirname(file), ...name.split('/')),
  scratch: makeScratch,
};

function checkKind(stats: { isFile(): boolean; isDirectory(): boolean }): void {
  if (stats.isDirectory()) throw new WeightError('io', 'it is a folder, expected a file');
  if (!stats.isFile()) throw new WeightError('io', 'it is not a regular file');
}

function sourceOf(handle: FileHandle, size: number): ClosableSource {
  return {
    size,
    read: (offset, into, signal) => readFully(handle, { offset, into }, signal),
    close: () => handle.close(),
  };
}

async function readFully(
  handle: FileHandle,
  { offset, into }: { offset: number; into: Uint8Array },
  signal: AbortSignal | undefined,
): Promise<void> {
  let filled = 0;
  while (filled < into.byteLength) {
    throwIfCancelled(signal);
    const length = Math.min(maxReadBytes, into.byteLength - filled);
    const { bytesRead } = await handle
      .read(into, filled, length, offset + filled)
      .catch(e => Promise.reject(ioError(e, 'the file cannot be read')));
    if (bytesRead === 0) throw shortRead(offset, into.byteLength, filled);
    filled += bytesRead;
  }
  throwIfCancelled(signal);
}

function shortRead(offset: number, expected: number, actual: number): WeightError {
  return new WeightError(
    'truncated',
    `the file ends at byte ${offset + actual}, expected ${expected} bytes at byte ${offset}`,
    { offset, expected, actual },
  );
}

/** A file in the temporary folder that nobody else can open and that is gone when its handle is. */
async function makeScratch(): Promise<ScratchFile> {
  const name = path.join(tmpdir(), `quantscope-${randomUUID()}.tmp`);
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const handle = await open(name, flags, 0o600);
    // Without its name the file goes with the handle, even when the process dies. Windows may not allow it.
    const isUnlinked = await rm(name).then(
      () => true,
      () => false,
    );
    return scratchOf(handle, isUnlinked ? undefined : name);
  } catch (e) {
    throw ioError(e, 'no scratch file can be made in the temporary folder');
  }
}

function scratchOf(handle: FileHandle, removeAtClose: string | undefined): ScratchFile {
  let size = 0;
  return {
    get size() {
      return size;
    },
    async append(bytes) {
      let written = 0;
      while (written < bytes.byteLength) {
        const { bytesWritten } = await handle
          .write(bytes, written, bytes.byteLength - written, size)
          .catch(e => Promise.reject(ioError(e, 'the scratch file cannot be written')));
        written += bytesWritten;
        size += bytesWritten;
      }
    },
    read: (offset, into, signal) => readFully(handle, { offset, into }, signal),
    async close() {
      await handle.close();
      if (removeAtClose) await rm(removeAtClose, { force: true });
    },
  };
}

/** What people need to know of the system's commonest refusals. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  ENOTDIR: 'the file does not exist: a part of its path is not a folder',
  EACCES: 'no permission to read the file',
  EPERM: 'no permission to read the file',
  EISDIR: 'it is a folder, expected a file',
  ELOOP: 'the symbolic links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** The system's message has the path in it; ours has none. */
function ioError(e: unknown, what: string): unknown {
  if (WeightError.is(e) || !(e instanceof Error) || !('code' in e)) return e;
  const code = String(e.code);
  const known = reasons[code];
  const scratch = what.includes('scratch');
  const message = known && !scratch ? known : `${what}: ${scratch && known ? known : code}`;
  return new WeightError('io', message, { actual: code }, { cause: e });
}
