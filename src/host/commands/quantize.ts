import * as v from 'valibot';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatBytes, formatShape } from '../../base/format';
import type { TensorId } from '../../protocol/editor';
import type { ModelDocument } from '../editor/document';
import { dtypeText } from '../editor/dtypeText';
import type { Loaded } from '../editor/loaded';
import { schemeText } from '../editor/requests/common';
import { onlyOrPickedModel, showModel } from './open';
import { pickScheme } from './pickScheme';
import type { CommandHost } from './register';

/** What a key binding may say beforehand; what it leaves out is asked for. */
const wishSchema = v.partial(
  v.strictObject({ uri: v.string(), tensor: v.string(), scheme: schemeText }),
);
type Wish = v.InferOutput<typeof wishSchema>;

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

/** Menus give the resource, key bindings a wish. */
function readWish(argument: unknown): Wish {
  if (argument instanceof vscode.Uri) return { uri: argument.toString() };
  if (argument === undefined || argument === null) return {};
  const read = v.safeParse(wishSchema, argument);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new WeightError('unsupported', vscode.l10n.t('Bad command argument: {0}', issue.message));
}

/** The document that is asked for, else the active one, else the only one or the one the user picks; shown. */
async function targetDocument(
  host: CommandHost,
  { uri }: Wish,
): Promise<ModelDocument | undefined> {
  const active = uri === undefined ? host.documents.active() : undefined;
  if (active) {
    await active.whenReady();
    return active;
  }
  const target = uri === undefined ? await onlyOrPickedModel(host) : vscode.Uri.parse(uri, true);
  return target && showModel(host.documents, target);
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
