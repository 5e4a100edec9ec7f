import path from 'node:path';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import type { KnownModel } from '../files/index';
import { activeModel, modelItem, onlyOrPickedModel } from './open';
import type { CommandHost } from './register';

/** Compares two models: those given, as far as they go; then the active one, and what the user picks. */
export async function compareWith(host: CommandHost, given: readonly vscode.Uri[]): Promise<void> {
  if (given.length > 2)
    throw new WeightError('unsupported', vscode.l10n.t('Select two files to compare.'));
  const a = given[0] ?? activeModel() ?? (await onlyOrPickedModel(host));
  if (!a) return;
  const b = given[1] ?? (await pickOther(host, a));
  if (b) host.comparisons.open({ a, b });
}

interface OtherItem extends vscode.QuickPickItem {
  readonly uri?: vscode.Uri;
}

/** Another model that is open or in the workspace, or a file. */
async function pickOther({ index }: CommandHost, a: vscode.Uri): Promise<vscode.Uri | undefined> {
  await index.whenReady();
  const others = index.models().filter(({ uri }) => uri.toString() !== a.toString());
  const picked = await vscode.window.showQuickPick(itemsOf(others), {
    placeHolder: vscode.l10n.t('Compare {0} with', path.posix.basename(a.path)),
    matchOnDescription: true,
  });
  return picked && !picked.uri ? chooseOther() : picked?.uri;
}

function itemsOf(others: readonly KnownModel[]): OtherItem[] {
  const browse = { label: `$(folder-opened) ${vscode.l10n.t('Browse...')}`, alwaysShow: true };
  return [...others.map(modelItem), browse];
}

async function chooseOther(): Promise<vscode.Uri | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Compare With'),
    filters: { [vscode.l10n.t('Tensor files')]: ['safetensors', 'gguf', 'npy', 'npz', 'json'] },
  });
  return files?.[0];
}
