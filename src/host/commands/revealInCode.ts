import * as v from 'valibot';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { type CodePlace, findInCode } from '../files/codeSearch';
import { plainLabel } from './quantize';
import type { CommandHost } from './register';

/** What a key binding, the tree or a row of the editor may say beforehand; a row says more. */
const wishSchema = v.object({ tensor: v.string() });

interface CodeItem extends vscode.QuickPickItem {
  readonly place: CodePlace;
}

/**
 * Shows where the code of the workspace names a tensor: the one given, or the selected one of the editor that is given or
 * active. Of several places the user picks one.
 * @throws WeightError 'unsupported' when no tensor is selected
 */
export async function revealInCode(host: CommandHost, argument: unknown): Promise<void> {
  const name = wantedName(host, argument);
  const places = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Looking for {0} in code', name),
      cancellable: true,
    },
    async (_, token) => {
      const found = await findInCode(name, token);
      return token.isCancellationRequested ? undefined : found;
    },
  );
  if (!places) return;
  if (places.length === 0) {
    const message = vscode.l10n.t('No text file of the workspace names {0} or its module.', name);
    void vscode.window.showInformationMessage(message);
    return;
  }
  const place = places.length === 1 ? places[0] : await pickPlace(name, places);
  if (place) await showPlace(place);
}

function wantedName({ documents }: CommandHost, argument: unknown): string {
  const wish = v.safeParse(wishSchema, argument);
  if (wish.success) return wish.output.tensor;
  const document = argument instanceof vscode.Uri ? documents.get(argument) : documents.active();
  const selected = document?.selected ?? null;
  const name = selected === null ? undefined : document?.loaded?.model.tensors[selected]?.name;
  if (name === undefined)
    throw new WeightError(
      'unsupported',
      vscode.l10n.t('Select a tensor in a Quantscope editor first.'),
    );
  return name;
}

async function pickPlace(
  name: string,
  places: readonly CodePlace[],
): Promise<CodePlace | undefined> {
  const picked = await vscode.window.showQuickPick(places.map(itemOf), {
    placeHolder: vscode.l10n.t('Places that name {0}', name),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.place;
}

function itemOf(place: CodePlace): CodeItem {
  const { uri, line, form, preview } = place;
  const where = `${vscode.workspace.asRelativePath(uri)}:${line + 1}`;
  return {
    label: `$(file-code) ${plainLabel(where)}`,
    description: plainLabel(form.text),
    detail: plainLabel(preview),
    place,
  };
}

/** Opens a place with the name selected. */
async function showPlace({ uri, line, column, form }: CodePlace): Promise<void> {
  const selection = new vscode.Range(line, column, line, column + form.text.length);
  await vscode.window.showTextDocument(uri, { selection });
}
