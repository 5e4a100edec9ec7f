import * as vscode from 'vscode';

const LIMIT_MS = 20_000;

/** The folder that VS Code has opened. */
export function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error('no folder is open');
  return folder.uri;
}

/** A file of the workspace, by its path in it. */
export function workspaceFile(path: string): vscode.Uri {
  return vscode.Uri.joinPath(workspaceFolder(), path);
}

/** Our extension, activated. */
export async function activeExtension(): Promise<vscode.Extension<unknown>> {
  const extension = vscode.extensions.getExtension('quantscope.quantscope');
  if (!extension) throw new Error('quantscope.quantscope is not installed');
  await extension.activate();
  return extension;
}

/**
 * Waits until something holds, asking again whenever one of the events says that something changed.
 * @throws after 20 s, naming what was waited for
 */
export function until(
  what: string,
  holds: () => boolean,
  ...changes: readonly vscode.Event<unknown>[]
): Promise<void> {
  return new Promise((resolve, reject) => {
    const disposables: vscode.Disposable[] = [];
    const end = (error?: unknown) => {
      clearTimeout(timer);
      for (const disposable of disposables) disposable.dispose();
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(
      () => end(new Error(`not within ${LIMIT_MS / 1000} s: ${what}`)),
      LIMIT_MS,
    );
    const ask = () => {
      try {
        if (holds()) end();
      } catch (error) {
        end(error);
      }
    };
    for (const change of changes) disposables.push(change(ask));
    ask();
  });
}

/** The view type of the active tab, when it is a custom editor. */
export function activeViewType(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom ? input.viewType : undefined;
}

/**
 * Opens a file as a click in the explorer does, until it is in the editor of the view type. For its first second VS Code
 * may not know yet which editors extensions bring, and tells nobody when it does: then it is closed and asked for again.
 * @returns the tab
 */
export async function openWith(uri: vscode.Uri, viewType: string): Promise<vscode.Tab> {
  for (let attempt = 1; attempt <= 40; attempt++) {
    await vscode.commands.executeCommand('vscode.open', uri);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    if (tab && activeViewType() === viewType) return tab;
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  throw new Error(`${uri.path} never opened in ${viewType}`);
}

/** Closes all tabs, so that a test begins with none. */
export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** What hovers say at a text's first occurrence in a file. */
export async function hoverTexts(uri: vscode.Uri, text: string): Promise<string[]> {
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.getText().indexOf(text);
  if (at < 0) throw new Error(`${uri.path} does not contain ${text}`);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    document.positionAt(at + 1),
  );
  return hovers.flatMap(hover =>
    hover.contents.map(content => (typeof content === 'string' ? content : content.value)),
  );
}
