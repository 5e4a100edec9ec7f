import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';

/** What is to be saved. */
export interface Saving {
  /** Without the ending: `model.quantscope`. */
  readonly name: string;
  readonly ending: 'csv' | 'html' | 'json' | 'md' | 'png' | 'svg';
  readonly bytes: Uint8Array;
}

/** Asks where to save a file, writes it, and shows it when asked to. */
export interface Saver {
  /** The name of the file that was written; null when the user gave no place. */
  save(what: Saving): Promise<string | null>;
  /** Shows what was saved last. */
  open(): Promise<void>;
}

/**
 * Saves what is made of a model beside it.
 * @param files every file of the model: they are never written over
 */
export function createSaver(model: vscode.Uri, files: () => readonly string[]): Saver {
  let last: vscode.Uri | undefined;
  return {
    async save({ name, ending, bytes }) {
      const target = await vscode.window.showSaveDialog({
        defaultUri: placeFor(model, `${name}.${ending}`),
        filters: { [kindOf(ending)]: [ending] },
        title: vscode.l10n.t('Export'),
        saveLabel: vscode.l10n.t('Export'),
      });
      if (!target) return null;
      if (await isOneOf(target, model, files()))
        throw new WeightError(
          'unsupported',
          vscode.l10n.t('This is a file of the model itself. Choose another name.'),
        );
      await write(target, bytes);
      last = target;
      return nameOf(target);
    },
    async open() {
      if (!last) return;
      // In a window of its own, where there is a desktop: VS Code shows pages as text.
      const isPage = last.path.endsWith('.html') && last.scheme === 'file';
      const hasDesktop = vscode.env.uiKind === vscode.UIKind.Desktop && !vscode.env.remoteName;
      if (isPage && hasDesktop && (await vscode.env.openExternal(last))) return;
      await vscode.commands.executeCommand('vscode.open', last);
    },
  };
}

/** Beside the model; in the open folder where nothing can be written there. */
function placeFor(model: vscode.Uri, name: string): vscode.Uri {
  const beside = vscode.Uri.joinPath(model, '..', name);
  if (vscode.workspace.fs.isWritableFileSystem(model.scheme) !== false) return beside;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(name);
}

/** What the dialog calls files of an ending. */
function kindOf(ending: Saving['ending']): string {
  const names = { csv: 'CSV', html: 'HTML', json: 'JSON', md: 'Markdown', png: 'PNG', svg: 'SVG' };
  return names[ending];
}

/** Also by another name: through a link, or in other letter case. */
async function isOneOf(
  target: vscode.Uri,
  model: vscode.Uri,
  files: readonly string[],
): Promise<boolean> {
  if (target.toString() === model.toString()) return true;
  if (target.scheme !== 'file') return false;
  const found = await identity(target.fsPath);
  if (found === null) return false;
  const own = model.scheme === 'file' ? [model.fsPath, ...files] : files;
  for (const file of own) if ((await identity(file)) === found) return true;
  return false;
}

/** The same for all names of a file; null where there is none. */
async function identity(file: string): Promise<string | null> {
  const found = await stat(file, { bigint: true }).catch(() => null); // it need not exist
  return found && `${found.dev} ${found.ino}`;
}

async function write(target: vscode.Uri, bytes: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
  } catch (e) {
    const reason = e instanceof Error ? e.message : String(e);
    throw new WeightError(
      'io',
      vscode.l10n.t('{0} cannot be written: {1}', nameOf(target), reason),
    );
  }
}

function nameOf({ path }: vscode.Uri): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
