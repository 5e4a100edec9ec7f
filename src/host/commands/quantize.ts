import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatBytes, formatShape } from '../../base/format';
import type { TensorId } from '../../protocol/editor';
import { dtypeText } from '../editor/dtypeText';
import type { Loaded } from '../editor/loaded';
import { pickScheme } from './pickScheme';
import type { CommandHost } from './register';
import { readWish, targetDocument } from './target';

/** Most tensors in the list at a time; typing narrows it. */
const mostListed = 500;

/** Asks for a tensor and a scheme, and shows what the scheme does to the tensor. */
export async function quantizeTensor(host: CommandHost, argument: unknown): Promise<void> {
  const wish = readWish(argument);
  const document = await targetDocument(host, wish);
  const loaded = document?.loaded;
  if (!document || !loaded) return;
  const tensor =
    wish.tensor === undefined
      ? await pickTensor(loaded, document.selected)
      : named(loaded, wish.tensor);
  if (tensor === undefined) return;
  const scheme = wish.scheme ?? (await pickScheme(host, document));
  if (scheme === undefined || document.loaded !== loaded) return;
  await document.quantize(scheme, tensor);
}

/** Asks for a scheme, and shows what it does to every tensor of the model. */
export async function quantizeModel(host: CommandHost, argument: unknown): Promise<void> {
  const wish = readWish(argument);
  const document = await targetDocument(host, wish);
  if (!document?.loaded) return;
  const scheme = wish.scheme ?? (await pickScheme(host, document));
  if (scheme !== undefined) await document.quantize(scheme);
}

function named({ tensorNamed }: Loaded, name: string): TensorId {
  const tensor = tensorNamed(name);
  if (tensor === null)
    throw new WeightError('unsupported', vscode.l10n.t('No tensor is named {0}.', name));
  return tensor;
}

interface TensorItem extends vscode.QuickPickItem {
  readonly tensor: TensorId;
}

/** Lets the user pick a tensor, the selected one first. A list of all would be too long for a quick pick. */
function pickTensor(loaded: Loaded, selected: TensorId | null): Promise<TensorId | undefined> {
  const order = Array.from(loaded.rows.modelOrder()).filter(id => id !== selected);
  if (selected !== null) order.unshift(selected);
  const pick = vscode.window.createQuickPick<TensorItem>();
  pick.placeholder = vscode.l10n.t('Choose a tensor: type a part of its name');
  const list = () => {
    pick.items = tensorItems(loaded, order, pick.value.trim().toLowerCase());
  };
  return new Promise(resolve => {
    pick.onDidChangeValue(list);
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.tensor);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    list();
    pick.show();
  });
}

function tensorItems(loaded: Loaded, order: readonly TensorId[], text: string): TensorItem[] {
  const items: TensorItem[] = [];
  for (const tensor of order) {
    const entry = loaded.model.tensors[tensor]!;
    const { name, shape, data } = entry;
    if (text !== '' && !name.toLowerCase().includes(text)) continue;
    const description = `${dtypeText(entry)} ${formatShape(shape)} ${formatBytes(data.byteLength)}`;
    items.push({ label: plainLabel(name), description, tensor, alwaysShow: true });
    if (items.length === mostListed) break;
  }
  return items;
}

/** A label without icons: `$(name)` would be drawn as one. */
export function plainLabel(name: string): string {
  return name.slice(0, 300).replaceAll('$(', '$\u200b(');
}
