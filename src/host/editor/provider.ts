import * as vscode from 'vscode';
import type { EditorEvents } from '../../protocol/editor';
import { notify, serve } from '../../protocol/rpc';
import { logFailure } from '../log';
import type { Services } from '../services';
import { serveEachPage } from './channel';
import type { DocumentListener, ModelDocument } from './document';
import { type Documents, modelViewType, optionViewType } from './documents';
import { pageHtml, pageStrings, webviewRoot } from './html';
import { editorHandlers } from './requests/all';
import { createSaver } from './saver';

/** What VS Code holds of a document: it ends each of these by itself, the shared one ends with the last. */
interface Handle extends vscode.CustomDocument {
  readonly document: ModelDocument;
}

/** Registers the editor under both of its view types. */
export function registerEditor(services: Services, documents: Documents): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider<Handle> = {
    openCustomDocument(uri) {
      const document = documents.acquire(uri);
      return { uri, document, dispose: () => documents.release(document) };
    },
    resolveCustomEditor({ document }, panel) {
      connect(services, document, panel);
    },
  };
  const options = {
    supportsMultipleEditorsPerDocument: true,
    webviewOptions: { retainContextWhenHidden: false, enableFindWidget: false },
  };
  return vscode.Disposable.from(
    ...[modelViewType, optionViewType].map(viewType =>
      vscode.window.registerCustomEditorProvider(viewType, provider, options),
    ),
  );
}

/** Shows a document in a tab. Waits for nothing: the page asks when it is there. */
function connect(services: Services, document: ModelDocument, panel: vscode.WebviewPanel): void {
  const { webview } = panel;
  const { extensionUri } = services.context;
  let closed = false;
  const post = (message: unknown) => {
    if (!closed) void webview.postMessage(message);
  };
  const events = { post, onMessage: () => () => {} };
  const view: DocumentListener = {
    changed: generation =>
      notify<EditorEvents, 'document/changed'>(events, 'document/changed', { generation }),
    selected: (tensor, scheme) =>
      notify<EditorEvents, 'selection/changed'>(events, 'selection/changed', {
        tensor,
        ...(scheme !== undefined && { scheme }),
      }),
  };
  const handlers = editorHandlers({
    document,
    services,
    strings: pageStrings(),
    exporting: {
      saver: createSaver(document.uri, () => document.loaded?.model.files.map(f => f.path) ?? []),
      version: services.context.extension.packageJSON.version,
    },
    view,
    reopenWith: editor => reopenWith(document.uri, editor, panel.viewColumn),
    onInternalError: (method, e) => logFailure(services.log, method, e),
  });

  const subscriptions: vscode.Disposable[] = [document.listen(view)];
  const channel = serveEachPage(
    {
      post,
      onMessage: listener => void webview.onDidReceiveMessage(listener, null, subscriptions),
    },
    port => serve(port, handlers),
  );
  panel.onDidChangeViewState(
    () => {
      if (panel.visible) document.checkDisk();
      else channel.end();
    },
    null,
    subscriptions,
  );
  panel.onDidDispose(() => {
    closed = true;
    channel.end();
    for (const d of subscriptions) d.dispose();
  });
  webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
  webview.html = pageHtml(webview, extensionUri, 'editor');
}

/** Shows the resource in another editor. */
async function reopenWith(
  uri: vscode.Uri,
  editor: 'text' | 'hex' | 'pick',
  viewColumn: vscode.ViewColumn | undefined,
): Promise<void> {
  const hex = vscode.extensions.getExtension('ms-vscode.hexeditor') !== undefined;
  const options = { viewColumn: viewColumn ?? vscode.ViewColumn.Active };
  if (editor === 'text')
    await vscode.commands.executeCommand('vscode.openWith', uri, 'default', options);
  else if (editor === 'hex' && hex)
    await vscode.commands.executeCommand('vscode.openWith', uri, 'hexEditor.hexedit', options);
  else await vscode.commands.executeCommand('workbench.action.reopenWithEditor');
}
