import * as vscode from 'vscode';
import type { PresetView, SchemeDescription } from '../../protocol/schemes';
import type { ModelDocument } from '../editor/document';
import type { CommandHost } from './register';

/** A scheme that can be picked. */
interface SchemeItem extends vscode.QuickPickItem {
  readonly scheme?: string;
}

/** Lets the user pick a scheme of a document: one that is shown, a preset, or any text that is typed. */
export async function pickScheme(
  { services }: Pick<CommandHost, 'services'>,
  { schemes }: Pick<ModelDocument, 'schemes'>,
): Promise<string | undefined> {
  const presets = await services.pool().request('scheme/presets', null);
  const listed = [...shownItems(schemes), ...presetItems(presets, schemes.texts)];
  const pick = vscode.window.createQuickPick<SchemeItem>();
  pick.placeholder = vscode.l10n.t('Choose a quantization scheme, or type one: int4 group=64');
  pick.matchOnDescription = true;
  pick.items = listed;
  const typing = new AbortController();
  let typed = '';
  pick.onDidChangeValue(async value => {
    typed = value.trim();
    pick.items = listed;
    if (typed === '' || isListed(listed, typed)) return;
    const asked = typed;
    const description = await schemes.describe(asked, typing.signal).catch(() => undefined);
    // What was typed since is answered later.
    if (asked === typed && description) pick.items = [typedItem(asked, description), ...listed];
  });
  return new Promise(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      // A text that cannot be read stays, with what is wrong with it.
      if (!item?.scheme) return;
      resolve(item.scheme);
      pick.hide();
    });
    pick.onDidHide(() => {
      typing.abort();
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
  const items = presets
    .filter(({ scheme }) => !shown.includes(scheme))
    .map(({ name, scheme, source }) => ({
      label: name,
      description: scheme === name ? '' : scheme,
      detail: source,
      scheme,
    }));
  return [{ label: vscode.l10n.t('Presets'), kind: vscode.QuickPickItemKind.Separator }, ...items];
}

function isListed(items: readonly SchemeItem[], text: string): boolean {
  return items.some(item => item.label === text || item.scheme === text);
}

/** What was typed, or what is wrong with it; shown whatever the filter says. */
function typedItem(text: string, description: SchemeDescription): SchemeItem {
  return description.isGood
    ? {
        label: description.text,
        description: description.facts.meaning,
        scheme: description.text,
        alwaysShow: true,
      }
    : { label: text, description: `$(error) ${description.message}`, alwaysShow: true };
}
