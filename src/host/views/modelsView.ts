import * as vscode from 'vscode';
import { byPath, type ModelIndex } from '../files/index';
import { childrenOf, nameOfElement, type TreeElement } from './modelTree';
import { treeItemOf } from './treeItems';

/** The view's id in the manifest. */
const modelsView = 'quantscope.models';

/** Lists the models of the workspace as a tree; nothing is looked for before the tree is seen. */
export function registerModelsView(tree: ModelTree): vscode.Disposable {
  const options = { treeDataProvider: tree, showCollapseAll: true };
  return vscode.Disposable.from(vscode.window.createTreeView(modelsView, options), tree);
}

/** What fills the tree. */
export interface ModelTree extends vscode.TreeDataProvider<TreeElement>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<undefined>;
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
      // By path alone: a model that is opened stays where it is.
      const models = index.models().sort(byPath);
      return models.map(known => ({ kind: 'model', known }));
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
