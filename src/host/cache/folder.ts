import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A folder of ours that other windows write as well. */
export interface Folder {
  /** The bytes of a file, which then counts as just used; null when there is none, or a larger one. */
  read(name: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Whoever reads meanwhile sees the old file or the new one, whole. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Removes what is not ours, and what was used least recently until all have `maxBytes` at most. @returns the bytes of ours
   * that were removed
   */
  trim(maxBytes: number): Promise<number>;
}

const ours = /^[0-9a-f]{32}\.results$/;
const temporary = /^[0-9a-f]{32}\.results\.[0-9a-f-]{36}\.tmp$/;
/** A file that is being written is renamed long before it is this old, in milliseconds. */
const abandoned = 3_600_000;

/** Names the file of a folder that has a name of 32 hexadecimal digits. */
export function fileNameOf(name: string): string {
  return `${name}.results`;
}

/** Opens a folder, which is made when something is first written to it. */
export function openFolder(folder: string, now: () => number = Date.now): Folder {
  const at = (name: string) => path.join(folder, name);
  const remove = (name: string) => rm(at(name), { recursive: true, force: true });

  return {
    async read(name, maxBytes) {
      const bytes = await readUpTo(at(name), maxBytes);
      // Another window may just have removed it.
      if (bytes) await utimes(at(name), now() / 1000, now() / 1000).catch(() => {});
      return bytes;
    },
    async write(name, bytes) {
      await mkdir(folder, { recursive: true });
      const draft = `${name}.${randomUUID()}.tmp`;
      try {
        await writeFile(at(draft), bytes, { mode: 0o600 });
        await rename(at(draft), at(name));
      } catch (e) {
        await remove(draft);
        throw e;
      }
    },
    remove,
    async trim(maxBytes) {
      const files = await listing(folder);
      for (const { name } of files.filter(f => isForeign(f, now()))) await remove(name);
      const kept = files.filter(f => ours.test(f.name)).sort((a, b) => b.used - a.used);
      let [bytes, removed] = [0, 0];
      for (const { name, size } of kept) {
        bytes += size;
        if (bytes <= maxBytes) continue;
        await remove(name);
        removed += size;
      }
      return removed;
    },
  };
}

interface Listed {
  readonly name: string;
  readonly size: number;
  /** In milliseconds. */
  readonly used: number;
}

function isForeign({ name, used }: Listed, now: number): boolean {
  return temporary.test(name) ? now - used > abandoned : !ours.test(name);
}

async function listing(folder: string): Promise<Listed[]> {
  const names = await readdir(folder).catch(nothingThere);
  const files = (names ?? []).map(async (name): Promise<Listed | null> => {
    const stats = await stat(path.join(folder, name)).catch(nothingThere);
    return stats && { name, size: stats.size, used: stats.mtimeMs };
  });
  return (await Promise.all(files)).filter(f => f !== null);
}

async function readUpTo(file: string, maxBytes: number): Promise<Uint8Array | null> {
  const handle = await open(file, 'r').catch(nothingThere);
  if (!handle) return null;
  try {
    return (await handle.stat()).size <= maxBytes ? await handle.readFile() : null;
  } finally {
    await handle.close();
  }
}

/** Null for what does not exist, or no longer: another window removes files too. */
function nothingThere(e: unknown): null {
  if ((e as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw e;
}
