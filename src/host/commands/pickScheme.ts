import * as vscode from 'vscode';
import type { PresetView, SchemeDescription } from '../../protocol/schemes';
import type { ModelDocument } from '../editor/document';
import { logFailure } from '../log';
import type { CommandHost } from './register';

/** A scheme that can be picked. */
interface SchemeItem extends vscode.QuickPickItem {
  readonly scheme?: string;
}

/** Lets the user pick a scheme of a document: one that is shown, a preset, or any text that is typed. */
export function pickScheme(
  { services }: Pick<CommandHost, 'services'>,
  { schemes }: Pick<ModelDocument, 'schemes'>,
): Promise<string | undefined> {
  let listed = shownItems(schemes);
  const pick = vscode.window.createQuickPick<SchemeItem>();
  pick.placeholder = vscode.l10n.t('Choose a quantization scheme, or type one: int4 group=64');
  pick.matchOnDescription = true;
  const closed = new AbortController();
  /** What is typed, where it is not in the list: it goes before. */
  let typed: SchemeItem | undefined;
  const list = () => {
    pick.items = typed ? [typed, ...listed] : listed;
  };
  const read = async () => {
    const text = pick.value.trim();
    const isNew = text !== '' && !isListed(listed, text);
    const { signal } = closed;
    const description = isNew ? await schemes.describe(text, signal).catch(() => null) : null;
    // What was typed since is read after this.
    if (signal.aborted || text !== pick.value.trim()) return;
    typed = description ? typedItem(text, description) : undefined;
    list();
  };
  pick.onDidChangeValue(read);
  list();
  // The list is there at once; a worker may have to be started for the presets.
  const addPresets = async () => {
    const presets = await services.pool().request('scheme/presets', null);
    listed = [...listed, ...presetItems(presets, schemes.texts)];
    if (!closed.signal.aborted) await read();
  };
  void addPresets().catch(e => logFailure(services.log, 'listing presets', e));
  return new Promise(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      // A text that cannot be read stays, with what is wrong with it.
      if (!item?.scheme) return;
      resolve(item.scheme);
      pick.hide();
    });
    pick.onDidHide(() => {
      closed.abort();
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
