import * as vscode from 'vscode';
import type { Documents } from '../editor/documents';
import type { ModelIndex } from '../files/index';
import { registerCodeLens } from './codeLens';
import { registerDefaultStatus } from './defaultStatus';
import { type ModelTree, registerModelsView } from './modelsView';
import { registerProblems } from './problems';

/** What the views show. */
export interface ViewsHost {
  readonly documents: Documents;
  readonly index: ModelIndex;
  readonly tree: ModelTree;
}

/** Registers what is shown of models outside of our editor. */
export function registerViews({ documents, index, tree }: ViewsHost): vscode.Disposable {
  return vscode.Disposable.from(
    registerModelsView(tree),
    registerDefaultStatus(documents, index),
    registerCodeLens(documents, index),
    registerProblems(documents),
  );
}
