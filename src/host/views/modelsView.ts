import * as vscode from 'vscode';
import type { ModelIndex } from '../files/index';
import { childrenOf, nameOfElement, type TreeElement } from './modelTree';
import { treeItemOf } from './treeItems';

/** The tree's id in the manifest. */
export const modelsView = 'quantscope.models';

/** Lists the models of the workspace as a tree; nothing is looked for before the tree is seen. */
export function registerModelsView(index: ModelIndex): vscode.Disposable {
  const provider = createModelTree(index);
  const view = vscode.window.createTreeView(modelsView, {
    treeDataProvider: provider,
    showCollapseAll: true,
  });
  return vscode.Disposable.from(view, provider);
}

/** What fills the tree. */
export interface ModelTree extends vscode.TreeDataProvider<TreeElement>, vscode.Disposable {
  getChildren(element?: TreeElement): Promise<TreeElement[]>;
  getTreeItem(element: TreeElement): vscode.TreeItem;
}

/** Makes it. */
export function createModelTree(index: ModelIndex): ModelTree {
  const changed = new vscode.EventEmitter<undefined>();
  const listening = index.onDidChange(() => changed.fire(undefined));
  return {
    onDidChangeTreeData: changed.event,
    getTreeItem: treeItemOf,
    async getChildren(element) {
      if (element) return childrenOf(element);
      await index.whenReady();
      return index.models().map(known => ({ kind: 'model', known }));
    },
    dispose() {
      listening.dispose();
      changed.dispose();
    },
  };
}

/**
 * What a command is asked to work on, whichever menu it comes from: an element of the tree becomes the resource of its model,
 * or the tensor in it as key bindings name it; everything else is left as it is.
 */
export function targetOf(argument: unknown): unknown {
  if (!isElement(argument)) return argument;
  const { uri } = argument.known;
  if (argument.kind !== 'tensor') return uri;
  return { uri: uri.toString(), tensor: nameOfElement(argument) };
}

/** Copies the name of a tensor or a module, or the path of a model in the workspace. */
export async function copyName(argument: unknown): Promise<void> {
  if (!isElement(argument)) return;
  const name = nameOfElement(argument) ?? vscode.workspace.asRelativePath(argument.known.uri);
  await vscode.env.clipboard.writeText(name);
}

function isElement(argument: unknown): argument is TreeElement {
  if (typeof argument !== 'object' || argument === null || !('known' in argument)) return false;
  const { known } = argument;
  return (
    typeof known === 'object' && known !== null && 'uri' in known && known.uri instanceof vscode.Uri
  );
}
