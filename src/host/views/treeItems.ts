import path from 'node:path';
import * as vscode from 'vscode';
import { escapeControls, formatBytes, formatCountOf, formatShape } from '../../base/format';
import { type TensorKind, tensorKind } from '../../base/tensorKind';
import { totalBytes } from '../editor/analysis';
import { dtypeText } from '../editor/dtypeText';
import type { KnownModel } from '../files/index';
import type { TreeElement } from './modelTree';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

const icons: Readonly<Record<TensorKind, string>> = {
  ...{ embedding: 'book', q: 'search', k: 'key', v: 'symbol-value', qkv: 'combine', o: 'output' },
  ...{ gate: 'filter', up: 'arrow-up', down: 'arrow-down', norm: 'settings', head: 'target' },
  ...{ conv: 'table', bias: 'add', other: 'symbol-array' },
};

/** An element as VS Code draws it. */
export function treeItemOf(element: TreeElement): vscode.TreeItem {
  switch (element.kind) {
    case 'model':
      return modelItemOf(element.known);
    case 'group':
      return groupItemOf(element);
    case 'tensor':
      return tensorItemOf(element);
    case 'rest':
      return restItemOf(element.count);
  }
}

function modelItemOf({ uri, model, isDefault }: KnownModel): vscode.TreeItem {
  const item = new vscode.TreeItem(uri, Collapsed);
  const folder = path.posix.dirname(vscode.workspace.asRelativePath(uri));
  const tensors = formatCountOf(model.tensors.length, 'tensor');
  const size = formatBytes(totalBytes(model.tensors));
  item.id = uri.toString();
  item.label = path.posix.basename(uri.path);
  item.description = [folder === '.' ? '' : folder, size].filter(Boolean).join(' · ');
  item.tooltip = [
    vscode.workspace.asRelativePath(uri),
    `${tensors}, ${size}`,
    ...(isDefault ? [vscode.l10n.t('Names are looked up here first.')] : []),
  ].join('\n');
  item.iconPath = new vscode.ThemeIcon(isDefault ? 'star-full' : 'package');
  item.contextValue = isDefault ? 'modelDefault' : 'model';
  return item;
}

function groupItemOf({ known, group, at }: TreeElement & { kind: 'group' }): vscode.TreeItem {
  const item = new vscode.TreeItem(escapeControls(group.label), Collapsed);
  const facts = [formatCountOf(group.tensors, 'tensor'), formatBytes(group.byteLength)];
  item.id = `${known.uri}\ngroup ${at}`;
  item.description = facts.join(' · ');
  item.tooltip = `${escapeControls(group.path)}\n${facts.join(', ')}`;
  item.iconPath = new vscode.ThemeIcon('symbol-namespace');
  item.contextValue = 'group';
  return item;
}

function tensorItemOf(element: TreeElement & { kind: 'tensor' }): vscode.TreeItem {
  const { known, tensor, label } = element;
  const entry = known.model.tensors[tensor]!;
  const { name, shape, count, data } = entry;
  const item = new vscode.TreeItem(escapeControls(label), None);
  const size = formatBytes(data.byteLength);
  item.id = `${known.uri}\ntensor ${tensor}`;
  item.description = [dtypeText(entry), formatShape(shape), size].join(' ');
  item.tooltip = [
    escapeControls(name),
    `${dtypeText(entry)} ${formatShape(shape)}`,
    `${formatCountOf(count, 'element')}, ${size}`,
  ].join('\n');
  item.iconPath = new vscode.ThemeIcon(icons[tensorKind(name)]);
  item.contextValue = 'tensor';
  item.command = {
    command: 'quantscope.goToTensor',
    title: vscode.l10n.t('Open Tensor'),
    arguments: [{ uri: known.uri.toString(), tensor: name }],
  };
  return item;
}

function restItemOf(count: number): vscode.TreeItem {
  const label = vscode.l10n.t('{0} more: find them by name', count);
  const item = new vscode.TreeItem(label, None);
  item.iconPath = new vscode.ThemeIcon('search');
  item.command = { command: 'quantscope.goToTensor', title: label };
  return item;
}
