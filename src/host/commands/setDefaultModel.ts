import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { isTensorFile } from '../editor/documents';
import type { ModelIndex } from '../files/index';
import { chooseFiles, modelItem } from './open';
import type { CommandHost } from './register';

/** What a key binding may give in the place of a model: none is to be preferred. */
export const automatic = 'automatic';

interface Choice extends vscode.QuickPickItem {
  readonly choice: vscode.Uri | typeof automatic | 'browse';
}

/**
 * Sets which model names are looked up in first: the one given, or the one the user picks.
 * @throws WeightError 'unsupported' for what is no tensor file
 */
export async function setDefaultModel({ index }: CommandHost, given: unknown): Promise<void> {
  const chosen = given instanceof vscode.Uri || given === automatic ? given : await pick(index);
  if (chosen === undefined) return;
  if (chosen === automatic) return index.chosen.set(undefined);
  if (!isTensorFile(chosen))
    throw new WeightError('unsupported', vscode.l10n.t('{0} is no tensor file.', chosen.path));
  await index.chosen.set(chosen);
}

async function pick(index: ModelIndex): Promise<vscode.Uri | typeof automatic | undefined> {
  await index.whenReady();
  const picked = await vscode.window.showQuickPick(choices(index), {
    placeHolder: vscode.l10n.t('Choose the model that names are looked up in first'),
    matchOnDescription: true,
  });
  if (picked?.choice !== 'browse') return picked?.choice;
  return (await chooseFiles())[0];
}

function choices(index: ModelIndex): Choice[] {
  const isAutomatic = index.chosen.uri === undefined;
  return [
    {
      label: `$(wand) ${vscode.l10n.t('Automatic')}`,
      description: vscode.l10n.t('What is open, then what is nearest to the code'),
      detail: isAutomatic ? vscode.l10n.t('Chosen') : '',
      choice: automatic,
    },
    ...index.models().map(known => {
      const item = modelItem(known);
      const detail = known.isDefault ? vscode.l10n.t('{0}, chosen', item.detail) : item.detail;
      return { ...item, detail, choice: known.uri };
    }),
    {
      label: `$(folder-opened) ${vscode.l10n.t('Browse...')}`,
      alwaysShow: true,
      choice: 'browse',
    },
  ];
}
