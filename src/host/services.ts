import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { createPool, type WorkerPool } from '../worker/pool';
import { sharingRows } from '../worker/sharing';
import { Results } from './cache/results';
import { createLog, logFailure } from './log';
import { readSettings, type Settings } from './settings';

/** What every part of the host shares. */
export interface Services extends vscode.Disposable {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: () => Settings;
  /** The one pool of workers; its threads start with the first request. */
  readonly pool: () => WorkerPool;
  /** The one store of results; it reads the disk when it is first asked. */
  readonly results: Results;
  /** Tells the settings before a change, after it took effect. */
  readonly onSettings: vscode.Event<Settings>;
}

/** Makes the services; starts nothing. */
export function createServices(context: vscode.ExtensionContext): Services {
  const log = createLog();
  const changed = new vscode.EventEmitter<Settings>();
  const pools: WorkerPool[] = [];
  let settings = readSettings();
  let current: WorkerPool | undefined;

  const listener = vscode.workspace.onDidChangeConfiguration(e => {
    if (!e.affectsConfiguration('quantscope')) return;
    const before = settings;
    settings = readSettings();
    const { workers, chunkBytes, cacheBytes } = settings;
    // What the old pool was asked it still answers; then its threads end by themselves.
    if (workers !== before.workers || chunkBytes !== before.chunkBytes) current = undefined;
    if (cacheBytes !== before.cacheBytes) void results.trim();
    changed.fire(before);
  });

  const workerPath = path.join(context.extensionPath, 'dist', 'worker.js');
  const results = new Results({
    folder: resultsFolder(context),
    version: versionOf(context, workerPath),
    maxBytes: () => settings.cacheBytes,
    onError: e => logFailure(log, 'storing results', e),
  });

  const pool = () => {
    if (current) return current;
    const { workers: size, chunkBytes } = settings;
    current = sharingRows(createPool({ workerPath, size, chunkBytes }), size);
    pools.push(current);
    return current;
  };

  return {
    context,
    log,
    settings: () => settings,
    pool,
    results,
    onSettings: changed.event,
    dispose() {
      listener.dispose();
      changed.dispose();
      for (const p of pools) void p.dispose();
      void results.flush();
      log.dispose();
    },
  };
}

/** Stored results are files, also where the extension's own storage is not on a disk. */
function resultsFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  const base =
    globalStorageUri.scheme === 'file'
      ? globalStorageUri.fsPath
      : path.join(tmpdir(), 'quantscope');
  return path.join(base, 'results');
}

/** Of what computes the figures: another build may compute others before the version's number says so. */
function versionOf({ extension }: vscode.ExtensionContext, workerPath: string): string {
  const built = statSync(workerPath, { throwIfNoEntry: false });
  return `${extension.packageJSON.version} ${built?.size} ${built?.mtimeMs}`;
}
