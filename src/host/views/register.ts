import * as vscode from 'vscode';
import type { Documents } from '../editor/documents';
import type { ModelIndex } from '../files/index';
import { registerCodeLens } from './codeLens';
import { registerDefaultStatus } from './defaultStatus';
import { registerModelsView } from './modelsView';
import { registerProblems } from './problems';

/** Registers what is shown of models outside of our editor. */
export function registerViews(documents: Documents, index: ModelIndex): vscode.Disposable {
  return vscode.Disposable.from(
    registerModelsView(index),
    registerDefaultStatus(documents, index),
    registerCodeLens(documents, index),
    registerProblems(documents),
  );
}
