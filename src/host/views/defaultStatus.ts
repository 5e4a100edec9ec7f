import path from 'node:path';
import * as vscode from 'vscode';
import { type Documents, modelOfTab } from '../editor/documents';
import { type KnownModel, type ModelIndex, nearestFirst } from '../files/index';

/** Languages in which people write names of tensors. */
const codeLanguages: ReadonlySet<string> = new Set([
  ...['python', 'json', 'jsonc', 'yaml', 'toml', 'markdown', 'rust', 'c', 'cpp', 'plaintext'],
]);

/** What the status bar says. */
export interface DefaultStatus {
  readonly text: string;
  readonly tooltip: string;
}

/** Shows, beside code and beside a model, which model names are looked up in first. */
export function registerDefaultStatus(documents: Documents, index: ModelIndex): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    'quantscope.defaultModel',
    vscode.StatusBarAlignment.Right,
  );
  item.name = vscode.l10n.t('Quantscope: Default Model');
  item.command = 'quantscope.setDefaultModel';
  const update = () => {
    const file = fileInView();
    // The first code that is seen is when the models are looked for.
    if (file) void index.whenReady();
    const status = file && statusFor(index.models(), file);
    if (!status) return item.hide();
    Object.assign(item, status);
    item.show();
  };
  update();
  const { tabGroups } = vscode.window;
  return vscode.Disposable.from(
    item,
    index.onDidChange(update),
    documents.onDidClose(update),
    vscode.window.onDidChangeActiveTextEditor(update),
    tabGroups.onDidChangeTabs(update),
    tabGroups.onDidChangeTabGroups(update),
  );
}

/** What is said beside a file; undefined where there is no model. */
export function statusFor(
  models: readonly KnownModel[],
  file: vscode.Uri,
): DefaultStatus | undefined {
  const isFile = ({ uri }: KnownModel) => uri.toString() === file.toString();
  const [first] = nearestFirst(
    models.map(known => ({ known, tensor: 0 })),
    file,
  );
  const known = models.find(each => each.isDefault) ?? models.find(isFile) ?? first?.known;
  if (!known) return undefined;
  const where = vscode.workspace.asRelativePath(known.uri);
  return {
    text: `${known.isDefault ? '$(star-full)' : '$(graph)'} ${path.posix.basename(known.uri.path)}`,
    tooltip: known.isDefault
      ? vscode.l10n.t('Names of tensors are looked up first in {0}, which was chosen.', where)
      : vscode.l10n.t(
          'Names of tensors are looked up first in {0}: the open or nearest one.',
          where,
        ),
  };
}

/** The code, or the model, that is being looked at. */
function fileInView(): vscode.Uri | undefined {
  const model = modelOfTab(vscode.window.tabGroups.activeTabGroup.activeTab);
  if (model) return model;
  const document = vscode.window.activeTextEditor?.document;
  return document && codeLanguages.has(document.languageId) ? document.uri : undefined;
}
