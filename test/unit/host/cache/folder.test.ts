import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileNameOf, openFolder } from '../../../../src/host/cache/folder';

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'quantscope-test-'));
  root = path.join(base, 'results');
});
afterEach(() => rmSync(base, { recursive: true }));

const name = (i: number) => fileNameOf(String(i).padStart(32, '0'));
const bytes = (length: number) => new Uint8Array(length);
/** Makes a file that was used `seconds` ago. */
function put(file: string, length: number, seconds: number): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, file), bytes(length));
  const at = Date.now() / 1000 - seconds;
  utimesSync(path.join(root, file), at, at);
}

describe('the folder of the cache', () => {
  it('is empty, and not made, before something is written', async () => {
    const folder = openFolder(root);
    expect(await folder.read(name(1), 100)).toBeNull();
    await folder.trim(100);
    await folder.remove(name(1));
    expect(existsSync(root)).toBe(false);
  });

  it('gives back what was written, unless it is too large', async () => {
    const folder = openFolder(root);
    await folder.write(name(1), Uint8Array.of(1, 2, 3));
    expect(await folder.read(name(1), 3)).toEqual(Buffer.from([1, 2, 3]));
    expect(await folder.read(name(1), 2)).toBeNull();
    expect(readdirSync(root)).toEqual([name(1)]);
  });

  it('removes what was used least recently until the rest has room', async () => {
    for (const i of [1, 2, 3, 4]) put(name(i), 10, 100 - i);
    const folder = openFolder(root);
    await folder.read(name(1), 100);
    await folder.trim(30);
    expect(readdirSync(root).sort()).toEqual([name(1), name(3), name(4)]);
    await folder.trim(29);
    expect(readdirSync(root).sort()).toEqual([name(1), name(4)]);
    await folder.trim(0);
    expect(readdirSync(root)).toEqual([]);
  });

  it('removes what is not ours, and drafts that nobody will finish', async () => {
    const draft = (i: number) => `${name(i)}.00000000-0000-0000-0000-000000000000.tmp`;
    put(draft(1), 1, 4000);
    put(draft(2), 1, 10);
    put('notes.txt', 1, 1);
    put(name(1), 1, 1);
    mkdirSync(path.join(root, 'folder'));
    await openFolder(root).trim(10);
    expect(readdirSync(root).sort()).toEqual([draft(2), name(1)].sort());
  });

  it('leaves no draft when writing fails', async () => {
    mkdirSync(path.join(root, name(1), 'in the way'), { recursive: true });
    await expect(openFolder(root).write(name(1), bytes(1))).rejects.toThrow();
    expect(readdirSync(root)).toEqual([name(1)]);
  });

  it('shows whole files only to those who read while others write', async () => {
    const windows = [openFolder(root), openFolder(root), openFolder(root)];
    const reads: Promise<Uint8Array | null>[] = [];
    const writes = windows.flatMap((folder, i) =>
      Array.from({ length: 20 }, async () => {
        const written = folder.write(name(1), new Uint8Array(100_000).fill(i + 1));
        // Windows refuses to replace a file that somebody reads: that write is lost, no more.
        if (process.platform === 'win32') await written.catch(() => {});
        else await written;
        reads.push(folder.read(name(1), 1e6));
      }),
    );
    await Promise.all(writes);
    for (const found of await Promise.all(reads)) {
      expect(found).toHaveLength(100_000);
      expect(new Set(found)).toHaveProperty('size', 1);
    }
  });
});
