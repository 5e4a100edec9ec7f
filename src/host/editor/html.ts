import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folder that a webview may load from. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist');
}

/** Texts of the page in the user's language; null where that is English, and VS Code has no others. */
export function pageStrings(): Readonly<Record<string, string>> | null {
  return vscode.l10n.bundle ?? null;
}

/** Pages that the webview's script knows. */
export type Page = 'editor' | 'comparison';

/** A page: nothing in it comes from a file that is shown. */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: Page): string {
  const nonce = randomBytes(16).toString('base64url');
  const root = webviewRoot(extensionUri);
  const dist = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  const csp = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<link rel="stylesheet" href="${dist('codicon.css')}">
<link rel="stylesheet" href="${dist('style.css')}">
<title>Quantscope</title>
</head>
<body data-page="${page}" data-state="loading">
<div id="app"></div>
<script nonce="${nonce}" src="${dist('webview.js')}"></script>
</body>
</html>`;
}
