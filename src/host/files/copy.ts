import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatBytes } from '../../base/format';

/** A file of ours that holds another's bytes. */
export interface Copy {
  readonly path: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** A file on another file system (a Git revision, a virtual workspace), and how much of it may be copied. */
export interface CopySource {
  readonly uri: vscode.Uri;
  readonly mostBytes: number;
}

/**
 * Copies a file that workers cannot open to one that they can.
 * @throws WeightError 'over-limit', 'unsupported' for an index.json, whose shards would be missing, or 'io'
 */
export async function copyToDisk(
  context: vscode.ExtensionContext,
  { uri, mostBytes }: CopySource,
): Promise<Copy> {
  const name = path.posix.basename(uri.path);
  if (/\.index\.json$/i.test(name))
    throw new WeightError(
      'unsupported',
      'a sharded model can only be opened from a disk; open its shards one by one',
    );
  const stat = await io(() => vscode.workspace.fs.stat(uri));
  refuseAbove(mostBytes, stat.size);
  const bytes = await io(() => vscode.workspace.fs.readFile(uri));
  refuseAbove(mostBytes, bytes.byteLength);
  return io(async () => {
    const root = copiesFolder(context);
    await mkdir(root, { recursive: true });
    await removeLeftovers(root);
    const folder = await mkdtemp(path.join(root, `${process.pid}-`));
    const file = path.join(folder, name.replace(/[^\w.-]/g, '_'));
    await writeFile(file, bytes, { mode: 0o600 });
    return { path: file, remove: () => rm(folder, { recursive: true, force: true }) };
  });
}

function refuseAbove(mostBytes: number, size: number): void {
  if (size <= mostBytes) return;
  throw new WeightError(
    'over-limit',
    `the file is not on a disk and has ${formatBytes(size)}; up to ${formatBytes(mostBytes)} are copied to be shown (setting quantscope.remoteCopyLimit)`,
    { expected: mostBytes, actual: size },
  );
}

function copiesFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  const base =
    globalStorageUri.scheme === 'file'
      ? globalStorageUri.fsPath
      : path.join(tmpdir(), 'quantscope');
  return path.join(base, 'copies');
}

/** Removes what extension hosts that ended without a goodbye left behind. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number.parseInt(name, 10);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await rm(path.join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function io<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    const reason = e instanceof Error ? e.message : String(e);
    throw new WeightError(
      'io',
      `the file cannot be copied to be shown: ${reason}`,
      {},
      { cause: e },
    );
  }
}
