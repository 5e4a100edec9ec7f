import * as vscode from 'vscode';
import { excludePatterns } from '../settings';
import { createIgnored, type IgnoreFile } from './gitignore';

/** Of files that fit a pattern, more than this in a folder of the workspace are not even looked at. */
const mostFound = 10_000;
/** More `.gitignore` files than this in a folder of the workspace are not read. */
const mostIgnoreFiles = 500;
/** A larger `.gitignore` is not one that a person wrote, in bytes. */
const mostIgnoreBytes = 1e6;

/** Settings that say which files are looked at. */
const settings = ['files.exclude', 'search.useIgnoreFiles', 'quantscope.exclude'];

/**
 * Files of the workspace that fit a pattern, at most `most`: not those that `files.exclude`, `quantscope.exclude` or a
 * `.gitignore` in the workspace leaves out. As in VS Code's own search, `search.useIgnoreFiles` turns the last off.
 */
export async function findListed(
  pattern: string,
  most: number,
  token?: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const exclude = braces(excludePatterns());
  const folders = vscode.workspace.workspaceFolders ?? [];
  const found = await Promise.all(
    folders.map(async folder => {
      const include = new vscode.RelativePattern(folder, pattern);
      // More than are wanted: what is ignored must not take the place of what is not.
      const files = await vscode.workspace.findFiles(include, exclude, mostFound, token);
      const isIgnored = await ignoredIn(folder, exclude, token);
      return files.filter(file => !isIgnored(pathIn(folder, file)));
    }),
  );
  const unique = new Map(found.flat().map(uri => [uri.toString(), uri]));
  return Array.from(unique.values()).slice(0, most);
}

/** Tells of changes to what `findListed` leaves out. */
export function onDidChangeListing(listener: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher('**/.gitignore');
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(listener),
    watcher.onDidCreate(listener),
    watcher.onDidDelete(listener),
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (settings.some(name => e.affectsConfiguration(name))) listener();
    }),
  );
}

async function ignoredIn(
  folder: vscode.WorkspaceFolder,
  exclude: string | undefined,
  token: vscode.CancellationToken | undefined,
): Promise<(path: string) => boolean> {
  const config = vscode.workspace.getConfiguration('search', folder);
  if (!config.get('useIgnoreFiles', true)) return () => false;
  const include = new vscode.RelativePattern(folder, '**/.gitignore');
  const uris = await vscode.workspace.findFiles(include, exclude, mostIgnoreFiles, token);
  const files = await Promise.all(uris.map(uri => readIgnoreFile(folder, uri)));
  return createIgnored(files.filter(file => file !== undefined));
}

async function readIgnoreFile(
  folder: vscode.WorkspaceFolder,
  uri: vscode.Uri,
): Promise<IgnoreFile | undefined> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > mostIgnoreBytes) return undefined;
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    return { folder: pathIn(folder, uri).replace(/\/?\.gitignore$/, ''), text };
  } catch {
    return undefined; // gone meanwhile: it says nothing any more
  }
}

function pathIn(folder: vscode.WorkspaceFolder, uri: vscode.Uri): string {
  return uri.path.slice(folder.uri.path.replace(/\/$/, '').length + 1);
}

/** One pattern of many; none of them has braces of its own. */
function braces(patterns: readonly string[]): string | undefined {
  if (patterns.length === 0) return undefined;
  return patterns.length === 1 ? patterns[0] : `{${patterns.join(',')}}`;
}
