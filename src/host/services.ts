import path from 'node:path';
import * as vscode from 'vscode';
import { createPool, type WorkerPool } from '../worker/pool';
import { createLog } from './log';
import { readSettings, type Settings } from './settings';

/** What every part of the host shares. */
export interface Services extends vscode.Disposable {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: () => Settings;
  /** The one pool of workers; its threads start with the first request. */
  readonly pool: () => WorkerPool;
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
    // What the old pool was asked it still answers; then its threads end by themselves.
    if (settings.workers !== before.workers) current = undefined;
    changed.fire(before);
  });

  const pool = () => {
    if (current) return current;
    const workerPath = path.join(context.extensionPath, 'dist', 'worker.js');
    current = createPool({ workerPath, size: settings.workers });
    pools.push(current);
    return current;
  };

  return {
    context,
    log,
    settings: () => settings,
    pool,
    onSettings: changed.event,
    dispose() {
      listener.dispose();
      changed.dispose();
      for (const p of pools) void p.dispose();
      log.dispose();
    },
  };
}
