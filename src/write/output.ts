import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { WeightError } from '../base/errors';
import { about } from '../base/fileError';

/** A file that is being written. */
export interface OutputFile {
  /** Keeps bytes for a position, until `flush`; they must not change any more. */
  put(bytes: Uint8Array, position: number): void;
  /** Writes what was kept. */
  flush(): Promise<void>;
}

/** What may be written over. */
export interface OutputRules {
  /** Files that are being read. They are never written over, also not through a link. */
  readonly inputs: readonly string[];
  /** Whether a file that exists is replaced. */
  readonly replace: boolean;
  /** Whether folders that are missing are made. */
  readonly makeFolders: boolean;
  /** Takes care that the temporary files, also those named later, go when the process is ended; returns what ends that. */
  readonly guard?: (partials: readonly string[]) => () => void;
}

/**
 * Writes files that appear all together, complete, or not at all: under temporary names beside their targets, which they
 * get when `work` is done. A failure or an interruption by the user removes them. All targets are checked before anything
 * is written or `work` begins.
 * @param work gets one file a target
 * @param check looks at what was written while it still has its temporary names, which it is told by target
 * @throws FileError with the target that cannot be written, and what `work` and `check` throw
 */
export async function writeFiles<T>(
  targets: readonly string[],
  rules: OutputRules,
  work: (files: readonly OutputFile[]) => Promise<T>,
  check?: (result: T, places: ReadonlyMap<string, string>) => Promise<void>,
): Promise<T> {
  const real: string[] = [];
  for (const target of targets) real.push(await about(target, () => fileBehind(target, rules)));
  const files: PartialFile[] = [];
  const partials: string[] = [];
  const forget = rules.guard?.(partials);
  try {
    for (const [i, target] of targets.entries()) {
      if (rules.makeFolders) await writing(target, () => makeFolder(path.dirname(target)));
      const partial = path.join(path.dirname(real[i]!), `.quantscope-${randomUUID()}.partial`);
      partials.push(partial);
      files.push(await writing(target, () => openPartial(target, partial)));
    }
    const result = await work(files);
    for (const file of files) await file.finish();
    await check?.(result, new Map(targets.map((target, i) => [target, partials[i]!])));
    for (const [i, target] of targets.entries())
      await writing(target, () => rename(partials[i]!, real[i]!));
    return result;
  } catch (e) {
    for (const file of files) await file.abandon();
    throw e;
  } finally {
    forget?.();
  }
}

interface PartialFile extends OutputFile {
  finish(): Promise<void>;
  /** Removes it, unless it has its name already. */
  abandon(): Promise<void>;
}

async function openPartial(target: string, partial: string): Promise<PartialFile> {
  const handle = await open(partial, 'wx');
  let kept: { bytes: Uint8Array; position: number }[] = [];
  const flush = async () => {
    const pieces = kept;
    kept = [];
    for (const { bytes, position } of pieces) await writeFully(handle, bytes, position);
  };
  return {
    put: (bytes, position) => void kept.push({ bytes, position }),
    flush: () => writing(target, flush),
    finish: () =>
      writing(target, async () => {
        await flush();
        await handle.close();
      }),
    async abandon() {
      await handle.close().catch(() => {}); // closed already, or closing is what failed
      await rm(partial, { force: true }).catch(() => {}); // what went wrong before is what is told
    },
  };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const left = bytes.length - written;
    const { bytesWritten } = await handle.write(bytes, written, left, position + written);
    written += bytesWritten;
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

/** Where a path leads: a link is written through, and what is not a file (a pipe, a device) is not replaced by one. */
async function fileBehind(target: string, { inputs, replace }: OutputRules): Promise<string> {
  const found = await stat(target, { bigint: true }).catch(() => null); // it need not exist
  if (!found) return target;
  if (found.isDirectory()) throw cannotWrite('EISDIR');
  if (!found.isFile()) throw new WeightError('io', 'cannot be written: it is not a regular file');
  for (const input of inputs) {
    const { dev, ino } = await stat(input, { bigint: true });
    if (found.dev === dev && found.ino === ino)
      throw new WeightError('io', 'this is the file being read; choose another --out');
  }
  if (!replace) throw new WeightError('io', 'the file exists; --force replaces it');
  return realpath(target);
}

/** Does something with an output file; what the system refuses is told in words, with the file in front. */
function writing<T>(target: string, step: () => Promise<T>): Promise<T> {
  return about(target, () =>
    step().catch(e => {
      throw e instanceof Error && 'code' in e ? cannotWrite(String(e.code)) : e;
    }),
  );
}

function cannotWrite(code: string): WeightError {
  const reason =
    {
      ENOENT: 'the folder does not exist',
      ENOTDIR: 'a part of its path is not a folder',
      EEXIST: 'a part of its path is not a folder',
      EACCES: 'no permission',
      EPERM: 'no permission',
      ENOSPC: 'the disk is full',
      EDQUOT: 'the disk quota is used up',
      EFBIG: 'the file becomes too large',
      EISDIR: 'it is a folder',
      EROFS: 'the disk is read-only',
    }[code] ?? code;
  return new WeightError('io', `cannot be written: ${reason}`);
}
