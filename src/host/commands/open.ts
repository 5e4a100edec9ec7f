import path from 'node:path';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatCountOf } from '../../base/format';
import type { ModelDocument } from '../editor/document';
import { type Documents, isTensorFile, modelOfTab, viewTypeOf } from '../editor/documents';
import { type KnownModel, nearestFirst } from '../files/index';
import { nameCandidates } from '../names/candidates';
import type { CommandHost } from './register';

/** Where a model is shown. */
export interface ShowOptions {
  readonly viewColumn?: vscode.ViewColumn;
  readonly preserveFocus?: boolean;
}

/** Opens a file in our editor. */
export async function openModel(uri: vscode.Uri, options: ShowOptions = {}): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, viewTypeOf(uri), options);
}

/** Opens a file in our editor; resolves with its document once the header is read. */
export async function showModel(
  documents: Documents,
  uri: vscode.Uri,
  options: ShowOptions = {},
): Promise<ModelDocument> {
  await openModel(uri, options);
  const document = await documents.whenOpened(uri);
  if (!document)
    throw new WeightError('io', vscode.l10n.t('VS Code did not open {0}.', nameOf(uri)));
  await document.whenReady();
  return document;
}

/** Asks for files. */
export async function chooseFiles(): Promise<readonly vscode.Uri[]> {
  const files = await vscode.window.showOpenDialog({
    canSelectMany: true,
    title: vscode.l10n.t('Open in Quantscope'),
    filters: { [vscode.l10n.t('Tensor files')]: ['safetensors', 'gguf', 'npy', 'npz', 'json'] },
  });
  return files ?? [];
}

/** Opens the model a tensor is in and selects the tensor: what a link in a hover does. */
export async function openTensor(
  { documents }: CommandHost,
  uri: string,
  name: string,
): Promise<void> {
  const target = vscode.Uri.parse(uri, true);
  selectNamed(await showModel(documents, target, columnOf(target)), name);
}

/** The same, in the column beside what is being edited; the focus stays in the code. */
export async function openTensorBeside(
  { documents }: CommandHost,
  uri: string,
  name: string,
): Promise<void> {
  selectNamed(await showBeside(documents, vscode.Uri.parse(uri, true)), name);
}

/** Shows a model in the column beside what is being edited; the focus stays in the code. */
export async function openBeside(host: CommandHost, uri: vscode.Uri | undefined): Promise<void> {
  const here = uri ?? activeModel();
  const atCursor = here ? undefined : await tensorAtCursor(host);
  const target = here ?? atCursor?.known.uri ?? (await onlyOrPickedModel(host));
  if (!target) return;
  const document = await showBeside(host.documents, target);
  if (atCursor) selectNamed(document, atCursor.name);
}

function showBeside(documents: Documents, target: vscode.Uri): Promise<ModelDocument> {
  return showModel(documents, target, { ...columnOf(target), preserveFocus: true });
}

/** Selects a tensor by its name, where the model has it. */
export function selectNamed(document: ModelDocument, name: string): void {
  const tensor = document.loaded?.tensorNamed(name) ?? null;
  if (tensor !== null) document.select(tensor);
}

/** The active editor's resource, when it is a tensor file itself. */
export function activeModel(): vscode.Uri | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const input = tab?.input;
  const uri = modelOfTab(tab) ?? (input instanceof vscode.TabInputText ? input.uri : undefined);
  return uri && isTensorFile(uri) ? uri : undefined;
}

async function tensorAtCursor({ index }: CommandHost) {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const { active } = editor.selection;
  const candidates = nameCandidates(editor.document.lineAt(active).text, active.character);
  await index.whenReady();
  const models = index.models();
  for (const { name } of candidates) {
    const [place] = nearestFirst(index.places(name, models), editor.document.uri);
    if (place) return { name, known: place.known };
  }
  return undefined;
}

/** The only model there is, open or in the workspace; else the one the user picks of them, or a file. */
export async function onlyOrPickedModel({ index }: CommandHost): Promise<vscode.Uri | undefined> {
  await index.whenReady();
  const models = index.models();
  if (models.length === 0) return (await chooseFiles())[0];
  if (models.length === 1) return models[0]!.uri;
  const picked = await vscode.window.showQuickPick(models.map(modelItem), {
    placeHolder: vscode.l10n.t('Choose a model'),
    matchOnDescription: true,
  });
  return picked?.uri;
}

/** A model in a quick pick. */
export function modelItem({ uri, model, document }: KnownModel) {
  const folder = path.posix.dirname(vscode.workspace.asRelativePath(uri));
  const tensors = formatCountOf(model.tensors.length, 'tensor');
  return {
    uri,
    label: nameOf(uri),
    description: folder === '.' ? '' : folder,
    detail: document ? vscode.l10n.t('{0}, open', tensors) : tensors,
  };
}

/** The column where a resource is shown already, when that is not the active one. */
function columnBeside(uri: vscode.Uri): vscode.ViewColumn | undefined {
  const { activeTabGroup } = vscode.window.tabGroups;
  return columnShowing(uri, group => group !== activeTabGroup);
}

/** The column where a resource is shown already, of those that count. */
export function columnShowing(
  uri: vscode.Uri,
  counts: (group: vscode.TabGroup) => boolean = () => true,
): vscode.ViewColumn | undefined {
  const shows = (group: vscode.TabGroup) =>
    group.tabs.some(t => modelOfTab(t)?.toString() === uri.toString());
  return vscode.window.tabGroups.all.find(group => counts(group) && shows(group))?.viewColumn;
}

/** Where a resource is shown already; else beside the code. */
function columnOf(uri: vscode.Uri): ShowOptions {
  return { viewColumn: columnBeside(uri) ?? vscode.ViewColumn.Beside };
}

function nameOf(uri: vscode.Uri): string {
  return path.posix.basename(uri.path);
}
