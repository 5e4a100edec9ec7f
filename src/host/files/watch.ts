import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';

/** How a file was when it was read. */
export interface Baseline {
  readonly uri: vscode.Uri;
  readonly size: number;
  /** Milliseconds; null when it is not known, and then any is right. */
  readonly mtime: number | null;
}

/** Whether files are still what was read. */
export type DiskState = 'same' | 'changed' | 'deleted';

/** What a watch tells. */
export interface WatchListener {
  /** A file has another size or time now, and may still be growing. */
  readonly onTouched: () => void;
  /** The files have come to rest. */
  readonly onState: (state: DiskState) => void;
}

/** A watch over the files of one model. */
export interface Watch extends vscode.Disposable {
  /** Looks at the files now: not every file system tells of changes. */
  check(): void;
}

/** Pauses between looks at a file that is being written, in milliseconds; after the last it counts as changed. */
const pauses = [250, 250, 500, 1000, 2000, 2000, 2000, 4000, 4000, 4000];

/** A watcher takes a moment to start, and what happens meanwhile is not told: looks after its start, in milliseconds. */
const firstLooks = [0, 1000, 4000];

/** Watches files, one watcher a folder. A file that is removed and made again (a rename over it) counts as changed. */
export function watchFiles(files: readonly Baseline[], listener: WatchListener): Watch {
  const stop = new AbortController();
  const states = new Map<string, DiskState>();
  const underWay = new Map<string, { again: boolean }>();
  const byKey = new Map(files.map(f => [keyOf(f.uri), f]));
  let last: DiskState = 'same';

  async function look(file: Baseline): Promise<void> {
    const key = keyOf(file.uri);
    const mine = underWay.get(key);
    if (mine) {
      mine.again = true;
      return;
    }
    const job = { again: true };
    underWay.set(key, job);
    try {
      while (job.again) {
        job.again = false;
        const state = await settle(file, stop.signal, () => listener.onTouched());
        states.set(key, state);
      }
    } catch {
      return; // disposed while waiting
    } finally {
      underWay.delete(key);
    }
    report();
  }

  function report(): void {
    if (stop.signal.aborted) return;
    const all = new Set(states.values());
    const state = all.has('deleted') ? 'deleted' : all.has('changed') ? 'changed' : 'same';
    if (state !== last) listener.onState(state);
    last = state;
  }

  const onEvent = (uri: vscode.Uri) => {
    const file = byKey.get(keyOf(uri));
    if (file) void look(file);
  };
  const watchers = folders(files).map(pattern => vscode.workspace.createFileSystemWatcher(pattern));
  const subscriptions = watchers.flatMap(w => [
    w.onDidChange(onEvent),
    w.onDidCreate(onEvent),
    w.onDidDelete(onEvent),
  ]);

  const check = () => {
    for (const file of files) void look(file);
  };
  for (const ms of firstLooks)
    delay(ms, undefined, { signal: stop.signal, ref: false }).then(check, () => {}); // disposed by then

  return {
    check,
    dispose() {
      stop.abort();
      for (const d of [...subscriptions, ...watchers]) d.dispose();
    },
  };
}

/** Events name the resource without its query (a Git revision has one); Windows' drive letters come out alike. */
function keyOf(uri: vscode.Uri): string {
  return uri.with({ query: '', fragment: '' }).toString();
}

/** A pattern a folder; the only file's name where it has just one that is not itself a pattern. */
function folders(files: readonly Baseline[]): vscode.RelativePattern[] {
  const byFolder = new Map<string, Baseline[]>();
  for (const file of files) {
    const folder = path.posix.dirname(file.uri.path);
    const list = byFolder.get(folder);
    if (list) list.push(file);
    else byFolder.set(folder, [file]);
  }
  return Array.from(byFolder, ([folder, [first, ...others]]) => {
    const name = path.posix.basename(first!.uri.path);
    const pattern = others.length === 0 && !/[*?[\]{}!,]/.test(name) ? name : '*';
    return new vscode.RelativePattern(first!.uri.with({ path: folder }), pattern);
  });
}

/** Waits until a file no longer changes, and compares it with how it was. */
async function settle(
  file: Baseline,
  signal: AbortSignal,
  onTouched: () => void,
): Promise<DiskState> {
  let last = await statOf(file.uri);
  if (last && sameAs(last, file)) return 'same';
  onTouched();
  for (const pause of pauses) {
    await delay(pause, undefined, { signal });
    const now = await statOf(file.uri);
    const resting = now?.size === last?.size && now?.mtime === last?.mtime;
    last = now;
    if (resting) break;
  }
  if (!last) return 'deleted';
  return sameAs(last, file) ? 'same' : 'changed';
}

function sameAs(stat: vscode.FileStat, { size, mtime }: Baseline): boolean {
  return stat.size === size && (mtime === null || stat.mtime === mtime);
}

/** A file's size and time; undefined when it is not there. */
export async function statOf(uri: vscode.Uri): Promise<vscode.FileStat | undefined> {
  try {
    return await vscode.workspace.fs.stat(uri);
  } catch {
    return undefined; // missing, or no longer reachable: the same to a viewer
  }
}
