import * as vscode from 'vscode';

const key = 'quantscope.defaultModel';

/** The model that the user has chosen to be looked at first, kept with the workspace. */
export class DefaultModel implements vscode.Disposable {
  readonly #state: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  get onDidChange(): vscode.Event<void> {
    return this.#changed.event;
  }

  /** Undefined: none is chosen, the nearest one is looked at. */
  get uri(): vscode.Uri | undefined {
    const stored = this.#state.get(key);
    return typeof stored === 'string' ? vscode.Uri.parse(stored) : undefined;
  }

  /** Chooses a model; undefined chooses none. */
  async set(uri: vscode.Uri | undefined): Promise<void> {
    await this.#state.update(key, uri?.toString());
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
