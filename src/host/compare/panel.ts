import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { CompareEvents } from '../../protocol/compare';
import { notify, serve } from '../../protocol/rpc';
import { serveEachPage } from '../editor/channel';
import { pageHtml, pageStrings, webviewRoot } from '../editor/html';
import { logFailure } from '../log';
import type { Services } from '../services';
import { ModelComparison } from './comparison';
import { compareHandlers } from './requests';
import { type ComparedUris, openPair } from './sources';

const viewType = 'quantscope.compare';

/** What a page keeps for when its window opens again. */
const stateSchema = v.object({ a: v.string(), b: v.string() });

/** The comparisons that are shown, each in a panel of its own; a comparison ends with its panel. */
export class Comparisons implements vscode.Disposable {
  readonly #services: Services;
  readonly #open = new Set<ModelComparison>();
  readonly #serializer: vscode.Disposable;
  readonly #changed = new vscode.EventEmitter<void>();

  constructor(services: Services) {
    this.#services = services;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: async (panel, state) => this.#restore(panel, state),
    });
  }

  /** Opens a panel that compares two models. */
  open(uris: ComparedUris): void {
    const title = `${nameOf(uris.a)} \u2194 ${nameOf(uris.b)}`;
    const column = vscode.ViewColumn.Active;
    this.#show(uris, vscode.window.createWebviewPanel(viewType, title, column));
  }

  /** Tells that one of them has news, or has ended. */
  get onDidChange(): vscode.Event<void> {
    return this.#changed.event;
  }

  all(): readonly ModelComparison[] {
    return [...this.#open];
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const comparison of this.#open) comparison.dispose();
    this.#changed.dispose();
  }

  #restore(panel: vscode.WebviewPanel, state: unknown): void {
    const known = v.safeParse(stateSchema, state);
    if (!known.success) {
      panel.dispose();
      return;
    }
    const { a, b } = known.output;
    this.#show({ a: vscode.Uri.parse(a), b: vscode.Uri.parse(b) }, panel);
  }

  #show(uris: ComparedUris, panel: vscode.WebviewPanel): void {
    const onChange = () => this.#changed.fire();
    const comparison = showComparison(this.#services, uris, { panel, onChange });
    this.#open.add(comparison);
    panel.onDidDispose(() => {
      this.#open.delete(comparison);
      onChange();
    });
  }
}

/** Where a comparison is shown, and who else is told of its changes. */
interface ShownIn {
  readonly panel: vscode.WebviewPanel;
  onChange(): void;
}

/** Shows a comparison in a panel. Waits for nothing: the page asks when it is there. */
function showComparison(
  services: Services,
  uris: ComparedUris,
  { panel, onChange }: ShownIn,
): ModelComparison {
  const { webview } = panel;
  let closed = false;
  const post = (message: unknown) => {
    if (!closed) void webview.postMessage(message);
  };
  const events = { post, onMessage: () => () => {} };
  const comparison = new ModelComparison({
    names: { a: namesOf(uris.a), b: namesOf(uris.b) },
    open: signal => openPair(services, uris, signal),
    pool: services.pool,
    width: () => services.settings().workers,
    onChange() {
      const { generation } = comparison;
      notify<CompareEvents, 'comparison/changed'>(events, 'comparison/changed', { generation });
      onChange();
    },
    onInternalError: e => logFailure(services.log, 'comparing', e),
  });
  const handlers = compareHandlers({
    comparison,
    strings: pageStrings(),
    onInternalError: (method, e) => logFailure(services.log, method, e),
  });
  const subscriptions: vscode.Disposable[] = [];
  const channel = serveEachPage(
    {
      post,
      onMessage: listener => void webview.onDidReceiveMessage(listener, null, subscriptions),
    },
    port => serve(port, handlers),
  );
  panel.onDidChangeViewState(() => panel.visible || channel.end(), null, subscriptions);
  panel.onDidDispose(() => {
    closed = true;
    channel.end();
    comparison.dispose();
    for (const d of subscriptions) d.dispose();
  });
  const { extensionUri } = services.context;
  webview.options = { enableScripts: true, localResourceRoots: [webviewRoot(extensionUri)] };
  webview.html = pageHtml(webview, extensionUri, 'comparison');
  return comparison;
}

function nameOf(uri: vscode.Uri): string {
  return path.posix.basename(uri.path);
}

function namesOf(uri: vscode.Uri) {
  return {
    name: nameOf(uri),
    path: vscode.workspace.asRelativePath(uri),
    uri: uri.toString(),
  };
}
