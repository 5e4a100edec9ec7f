import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';

/** What the user has set, in the units the code works with. */
export interface Settings {
  /** Models up to this many bytes are analysed without being asked. */
  readonly autoStartBytes: number;
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  /** Worker threads. */
  readonly workers: number;
  /** Bytes of a tensor that a worker reads at a time. */
  readonly chunkBytes: number;
  /** Most bytes of stored results; 0 stores none. */
  readonly cacheBytes: number;
  /** Largest file that is copied when it is not on a disk, in bytes. */
  readonly remoteCopyBytes: number;
}

/** Reads the settings as they are now. A value out of range counts as the nearest one in it. */
export function readSettings(): Settings {
  const config = vscode.workspace.getConfiguration('quantscope');
  return {
    autoStartBytes: 1e6 * atLeast(0, config.get('analysis.autoStartLimit'), 2000),
    sigma: atLeast(Number.MIN_VALUE, config.get('analysis.sigma'), 6),
    workers: workerCount(atLeast(0, config.get('workers'), 0)),
    chunkBytes: chunkBytes(atLeast(0, config.get('chunkSize'), 1024)),
    cacheBytes: 1e6 * Math.min(10_000, atLeast(0, config.get('cache.maxSize'), 256)),
    remoteCopyBytes: 1e6 * Math.min(2000, atLeast(0, config.get('remoteCopyLimit'), 256)),
  };
}

/** Languages whose texts may name tensors: hovers and links are offered in these. */
export const nameLanguages: readonly string[] = [
  ...['python', 'json', 'jsonc', 'yaml', 'toml', 'markdown', 'rust', 'c', 'cpp', 'plaintext'],
];

/** Whether hovers are wanted in a document. */
export function hoverEnabled(document: vscode.TextDocument): boolean {
  const config = vscode.workspace.getConfiguration('quantscope', document);
  return isOn(config.get('hover.enabled')) && isNameLanguage(document, config);
}

/** Whether links on names are wanted in a document: in the languages of hovers. */
export function linksEnabled(document: vscode.TextDocument): boolean {
  const config = vscode.workspace.getConfiguration('quantscope', document);
  return isOn(config.get('links.enabled')) && isNameLanguage(document, config);
}

/** What is no list counts as not set; what is in it and no language of ours, as nothing. */
function isNameLanguage(
  { languageId }: vscode.TextDocument,
  config: vscode.WorkspaceConfiguration,
): boolean {
  const chosen: unknown = config.get('hover.languages');
  return (Array.isArray(chosen) ? chosen : nameLanguages).includes(languageId);
}

/** On unless it is turned off. */
function isOn(value: unknown): boolean {
  return value !== false;
}

/** Whether lines above code are wanted in a document. */
export function codeLensEnabled(document: vscode.TextDocument): boolean {
  return vscode.workspace.getConfiguration('quantscope', document).get('codeLens.enabled', false);
}

/** Glob patterns of files that are not looked at. What is no pattern, or has braces, which others could not be joined with, is left out. */
export function excludePatterns(): string[] {
  const value: unknown = vscode.workspace.getConfiguration('quantscope').get('exclude');
  const patterns: unknown[] = Array.isArray(value) ? value : [];
  return patterns.filter((each): each is string => isPattern(each));
}

function isPattern(value: unknown): value is string {
  return typeof value === 'string' && /^[^{},]*[^{},\s][^{},]*$/.test(value);
}

/** Settings are JSON that anybody may have written: what is not a number counts as not set. */
function atLeast(low: number, value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(low, value) : fallback;
}

/** Of a size in KiB: whole pages of memory, between what is worth a read and what a tensor's row may cost. */
function chunkBytes(kibibytes: number): number {
  return 4096 * Math.floor(Math.max(64, Math.min(16_384, kibibytes)) / 4);
}

function workerCount(wanted: number): number {
  if (wanted === 0) return Math.max(1, Math.min(4, availableParallelism() - 1));
  return Math.max(1, Math.min(16, Math.floor(wanted)));
}
