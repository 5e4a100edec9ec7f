import { stat } from 'node:fs/promises';
import type { TensorEntry } from '../../formats/tensorFile';

/** Which bytes a path names: another stamp may be other bytes. */
export interface FileIdentity {
  readonly path: string;
  readonly size: number;
  /** Size, times and inode. The time of change cannot be set back, as that of modification can. */
  readonly stamp: string;
  /** When the file was touched last, in milliseconds. */
  readonly touched: number;
}

/**
 * Timestamps may be this coarse (FAT counts in 2 s), in milliseconds: what was touched less long ago may change again
 * and look the same.
 */
const coarsest = 2000;

/** How a file is now; null when it is not there, or cannot be asked. */
export async function identityOf(path: string): Promise<FileIdentity | null> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
    const touched = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    return { path, size: Number(size), stamp: `${size} ${mtimeNs} ${ctimeNs} ${ino}`, touched };
  } catch {
    return null; // a file that cannot be asked has no identity: nothing is stored of it
  }
}

/**
 * How the files are now that a packed weight has tensors in beside its own: the scales of a module may be in another shard.
 * Stamp '' where there are none; null when one of them cannot be asked.
 */
export async function othersOf(
  entry: TensorEntry,
): Promise<Pick<FileIdentity, 'stamp' | 'touched'> | null> {
  const paths = new Set(Object.values(entry.packed?.parts ?? {}).map(p => p.entry.data.path));
  paths.delete(entry.data.path);
  let stamp = '';
  let touched = 0;
  for (const path of paths) {
    const identity = await identityOf(path);
    if (!identity) return null;
    stamp += `${path} ${identity.stamp}\n`;
    touched = Math.max(touched, identity.touched);
  }
  return { stamp, touched };
}

/** Whether a later change is sure to give another stamp. */
export function isSettled({ touched }: Pick<FileIdentity, 'touched'>, now: number): boolean {
  return now - touched > coarsest;
}
