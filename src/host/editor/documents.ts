import { EventEmitter, once } from 'node:events';
import * as vscode from 'vscode';
import type { Services } from '../services';
import { ModelDocument } from './document';

export const modelViewType = 'quantscope.model';
export const optionViewType = 'quantscope.modelOption';

/** The view type that lists a file's kind in the manifest. */
export function viewTypeOf(uri: vscode.Uri): string {
  return /\.(npz|index\.json)$/i.test(uri.path) ? optionViewType : modelViewType;
}

/** Whether our editor shows such a file. */
export function isTensorFile(uri: vscode.Uri): boolean {
  return /\.(safetensors|gguf|npy|npz|safetensors\.index\.json)$/i.test(uri.path);
}

/** The resource of a tab of ours. */
export function modelOfTab(tab: vscode.Tab | undefined): vscode.Uri | undefined {
  const input = tab?.input;
  if (!(input instanceof vscode.TabInputCustom)) return undefined;
  const ours = input.viewType === modelViewType || input.viewType === optionViewType;
  return ours ? input.uri : undefined;
}

/** The open documents: one a resource, shared by its tabs whatever their view type. */
export class Documents implements vscode.Disposable {
  readonly #services: Services;
  readonly #entries = new Map<string, { readonly document: ModelDocument; users: number }>();
  readonly #events = new EventEmitter();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #closed = new vscode.EventEmitter<vscode.Uri>();
  readonly #subscriptions: vscode.Disposable[];
  #running = false;

  constructor(services: Services) {
    this.#services = services;
    this.#events.setMaxListeners(0);
    const { tabGroups } = vscode.window;
    this.#subscriptions = [
      tabGroups.onDidChangeTabs(() => this.#updateContext()),
      tabGroups.onDidChangeTabGroups(() => this.#updateContext()),
      services.onSettings(() => {
        for (const document of this.all()) document.settingsChanged();
      }),
    ];
  }

  /** Tells the resource whose view is another one now, as often as its tabs are told. */
  get onDidChange(): vscode.Event<vscode.Uri> {
    return this.#changed.event;
  }

  /** Tells the resource of a document that has ended. */
  get onDidClose(): vscode.Event<vscode.Uri> {
    return this.#closed.event;
  }

  /** The document of a resource, for as long as the caller does not release it. */
  acquire(uri: vscode.Uri): ModelDocument {
    const key = uri.toString();
    const entry = this.#entries.get(key);
    if (entry) {
      entry.users++;
      return entry.document;
    }
    const document = new ModelDocument(uri, this.#services);
    this.#entries.set(key, { document, users: 1 });
    const changed = () => {
      this.#changed.fire(uri);
      this.#updateContext();
    };
    document.listen({ changed, selected: () => {} });
    this.#events.emit('opened');
    return document;
  }

  /** Gives a document back; the last one to do so ends it. */
  release(document: ModelDocument): void {
    const key = document.uri.toString();
    const entry = this.#entries.get(key);
    if (!entry || --entry.users > 0) return;
    this.#entries.delete(key);
    document.dispose();
    this.#closed.fire(document.uri);
    this.#updateContext();
  }

  get(uri: vscode.Uri): ModelDocument | undefined {
    return this.#entries.get(uri.toString())?.document;
  }

  all(): ModelDocument[] {
    return Array.from(this.#entries.values(), e => e.document);
  }

  /** The document of the active tab. */
  active(): ModelDocument | undefined {
    const uri = modelOfTab(vscode.window.tabGroups.activeTabGroup.activeTab);
    return uri && this.get(uri);
  }

  /** The document of a resource, once VS Code has opened it; undefined when it has not for five seconds. */
  async whenOpened(uri: vscode.Uri): Promise<ModelDocument | undefined> {
    const timeout = AbortSignal.timeout(5000);
    while (!this.get(uri)) {
      try {
        await once(this.#events, 'opened', { signal: timeout });
      } catch {
        return undefined; // the time is over
      }
    }
    return this.get(uri);
  }

  dispose(): void {
    for (const d of this.#subscriptions) d.dispose();
    for (const document of this.all()) document.dispose();
    this.#entries.clear();
    this.#changed.dispose();
    this.#closed.dispose();
  }

  /** Tells menus whether there is an analysis to cancel. */
  #updateContext(): void {
    const running = this.active()?.isRunning ?? false;
    if (running === this.#running) return;
    this.#running = running;
    void vscode.commands.executeCommand('setContext', 'quantscope.analysisRunning', running);
  }
}
