import * as vscode from 'vscode';
import { saveExport } from '../editor/saveExport';
import { createSaver } from '../editor/saver';
import type { CommandHost } from './register';
import { readWish, targetDocument } from './target';

interface FormatItem extends vscode.QuickPickItem {
  readonly kindOfReport: 'html' | 'markdown';
}

/** Asks for a format and a place, and saves a report of what is known of a model. */
export async function exportReport(host: CommandHost, argument: unknown): Promise<void> {
  const document = await targetDocument(host, readWish(argument));
  if (!document?.loaded) return;
  const picked = await vscode.window.showQuickPick(formats(), {
    placeHolder: vscode.l10n.t('Choose the format of the report'),
  });
  if (!picked) return;
  const files = () => document.loaded?.model.files.map(f => f.path) ?? [];
  const saver = createSaver(document.uri, files);
  const { version } = host.services.context.extension.packageJSON;
  const { signal } = new AbortController();
  const saved = await saveExport(
    document,
    { saver, version },
    { kind: picked.kindOfReport },
    signal,
  );
  if (saved === null) return;
  const open = vscode.l10n.t('Open');
  const said = vscode.l10n.t('Saved {0}', saved);
  if ((await vscode.window.showInformationMessage(said, open)) === open) await saver.open();
}

function formats(): FormatItem[] {
  return [
    {
      label: vscode.l10n.t('Web page (HTML)'),
      detail: vscode.l10n.t(
        'Model, schemes, charts, worst layers, findings and figures in one file',
      ),
      kindOfReport: 'html',
    },
    {
      label: vscode.l10n.t('Markdown'),
      detail: vscode.l10n.t('The same without the charts'),
      kindOfReport: 'markdown',
    },
  ];
}
