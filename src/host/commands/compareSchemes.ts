import * as vscode from 'vscode';
import type { PresetView } from '../../protocol/schemes';
import { maxSchemes } from '../../protocol/schemes';
import type { ModelDocument } from '../editor/document';
import type { CommandHost } from './register';
import { readWish, targetDocument } from './target';

interface SchemeItem extends vscode.QuickPickItem {
  readonly scheme: string;
}

/** Asks for schemes, and shows their figures side by side. */
export async function compareSchemes(host: CommandHost, argument: unknown): Promise<void> {
  const wish = readWish(argument);
  const document = await targetDocument(host, wish);
  if (!document?.loaded) return;
  const schemes = wish.schemes ?? (await pickSchemes(host, document));
  if (schemes !== undefined) await document.setSchemes(schemes);
}

/** Lets the user tick schemes; those that are shown are ticked. Undefined when the user thought better of it. */
async function pickSchemes(
  { services }: CommandHost,
  { schemes }: ModelDocument,
): Promise<readonly string[] | undefined> {
  const presets = await services.pool().request('scheme/presets', null);
  const pick = vscode.window.createQuickPick<SchemeItem>();
  const hint = vscode.l10n.t('Tick the schemes to compare, at most {0}', maxSchemes);
  pick.placeholder = hint;
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  pick.items = [...shownItems(schemes), ...presetItems(presets, schemes.texts)];
  pick.selectedItems = pick.items.slice(0, schemes.texts.length);
  return new Promise(resolve => {
    pick.onDidChangeSelection(({ length }) => {
      const isTooMany = length > maxSchemes;
      pick.title = isTooMany
        ? vscode.l10n.t('{0} are ticked, of which at most {1} can be compared', length, maxSchemes)
        : undefined;
    });
    pick.onDidAccept(() => {
      const { length } = pick.selectedItems;
      if (length < 1 || length > maxSchemes) return;
      resolve(pick.selectedItems.map(item => item.scheme));
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function shownItems({ texts, facts }: ModelDocument['schemes']): SchemeItem[] {
  return texts.map((scheme, i) => ({
    label: scheme,
    description: facts[i]?.meaning ?? '',
    scheme,
  }));
}

function presetItems(presets: readonly PresetView[], shown: readonly string[]): SchemeItem[] {
  return presets
    .filter(({ scheme }) => !shown.includes(scheme))
    .map(({ name, scheme, source }) => ({
      label: name,
      description: scheme === name ? '' : scheme,
      detail: source,
      scheme,
    }));
}
