import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/host/extension';
import type { DocumentView, RowsView, TensorRow } from '../../src/protocol/editor';
import { activeExtension, openWith, until, workspaceFile } from './vscodeHelpers';

export const viewType = 'quantscope.model';
/** All tensors, in the model's order. */
export const everything: RowsView = {
  ...{ filter: '', sort: 'model', descending: false, grouped: false, collapsed: [] },
};
/** The sample model. */
export const model = () => workspaceFile('model.safetensors');
/** One of its tensors. */
export const qProj = 'model.layers.0.self_attn.q_proj.weight';

/** What the extension lets its tests do; set by `connect`. */
export let api: TestApi;

/** Activates the extension, and waits until VS Code knows its editors. */
export async function connect(): Promise<void> {
  api = (await activeExtension()).exports as TestApi;
  await openWith(model(), viewType);
}

/** The document's view, once it is as wanted. */
export async function viewWhen(
  uri: vscode.Uri,
  what: string,
  holds: (view: DocumentView) => boolean,
): Promise<DocumentView> {
  let view: DocumentView | undefined;
  const take = () =>
    api.request(uri, 'document/get', null).then(
      next => {
        view = next;
        taken.fire();
      },
      () => {}, // closed, or not open yet: another event follows
    );
  const taken = new vscode.EventEmitter<void>();
  const changes = api.onDidChange(changed => {
    if (changed.toString() === uri.toString()) void take();
  });
  void take();
  await until(what, () => view !== undefined && holds(view), taken.event).finally(() => {
    changes.dispose();
    taken.dispose();
  });
  return view!;
}

/** The document's view, once all is analysed. */
export const done = (uri: vscode.Uri) =>
  viewWhen(uri, 'analysis is done', view => view.analysis.state === 'done');

/** The rows of a view, groups left out. */
export async function rowsOf(uri: vscode.Uri, view = everything): Promise<TensorRow[]> {
  const page = await api.request(uri, 'rows/page', { view, from: 0, count: 2000 });
  return page.rows.filter(row => row.kind === 'tensor');
}

/** The number of a tensor. */
export async function idOf(uri: vscode.Uri, name: string): Promise<number> {
  const row = (await rowsOf(uri)).find(r => r.name === name);
  assert.ok(row, `${name} is listed`);
  return row.tensor;
}
