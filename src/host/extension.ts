import type * as vscode from 'vscode';
import type { ComparisonView } from '../protocol/compare';
import type { EditorRequests } from '../protocol/editor';
import type { Params, Result } from '../protocol/rpc';
import { registerCommands } from './commands/register';
import { Comparisons } from './compare/panel';
import { Documents } from './editor/documents';
import { registerEditor } from './editor/provider';
import { editorHandlers } from './editor/requests/all';
import { ModelIndex } from './files/index';
import { registerHover } from './hover/provider';
import { logFailure } from './log';
import { createServices } from './services';
import { createModelTree, type ModelTree } from './views/modelsView';
import { registerViews } from './views/register';

/** For our own tests only: asks an open document what its page would ask. */
export interface TestApi {
  request<K extends keyof EditorRequests>(
    uri: vscode.Uri,
    method: K,
    params: Params<EditorRequests, K>,
  ): Promise<Result<EditorRequests, K>>;
  /** Tells a document whose page would be told of a change. */
  readonly onDidChange: vscode.Event<vscode.Uri>;
  /** The comparisons that are shown. */
  comparisons(): readonly ComparisonView[];
  readonly onDidCompare: vscode.Event<void>;
  /** What fills the tree of models. */
  readonly tree: ModelTree;
  /** Where copies of files are kept that are not on a disk. */
  readonly storage: vscode.Uri;
}

/** Writes what is not on disk yet; set by `activate`. */
let flush = () => Promise.resolve();

/** Wires the parts together; none of them works before it is used. */
export function activate(context: vscode.ExtensionContext): TestApi {
  const services = createServices(context);
  flush = () => services.results.flush();
  const documents = new Documents(services);
  const index = new ModelIndex(services, documents);
  const comparisons = new Comparisons(services);
  const tree = createModelTree(index);
  // Disposed in this order: what others use comes last.
  context.subscriptions.push(
    registerEditor(services, documents),
    registerCommands({ services, documents, index, comparisons }),
    registerHover(services, index),
    registerViews({ documents, index, tree }),
    comparisons,
    index,
    documents,
    services,
  );
  return {
    onDidChange: documents.onDidChange,
    comparisons: () => comparisons.all().map(c => c.view()),
    onDidCompare: comparisons.onDidChange,
    tree,
    storage: context.globalStorageUri,
    async request(uri, method, params) {
      const document = documents.get(uri);
      if (!document) throw new Error(`not open: ${uri}`);
      const handlers = editorHandlers({
        document,
        services,
        strings: null,
        reopenWith: () => Promise.reject(new Error('only from a tab')),
        onInternalError: (name, e) => logFailure(services.log, name, e),
      });
      const context = { signal: new AbortController().signal, progress: () => {} };
      return handlers[method](params, context);
    },
  };
}

/** VS Code waits for it: figures computed last are there when the window opens again. */
export function deactivate(): Promise<void> {
  return flush();
}
