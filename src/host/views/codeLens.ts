import path from 'node:path';
import * as vscode from 'vscode';
import { formatDecibel, formatShape } from '../../base/format';
import type { Documents } from '../editor/documents';
import { dtypeText } from '../editor/dtypeText';
import { atMostEvery } from '../editor/throttle';
import { type KnownModel, type ModelIndex, nearestFirst, type Place } from '../files/index';
import { namesOnLine } from '../files/lineNames';
import { openTensorCommand } from '../hover/cards';
import { codeLensEnabled } from '../settings';

const languages = ['python', 'json', 'jsonc'];
/** Lines that are looked at; longer files are lists of names, where a line above each would be in the way. */
const mostLines = 10_000;
const mostLenses = 200;
/** New figures are shown at most this often, in milliseconds. */
const renewMs = 1000;

/** A line above code; what it says is made when it comes into sight. */
class TensorLens extends vscode.CodeLens {
  readonly places: readonly Place[];

  constructor(range: vscode.Range, places: readonly Place[]) {
    super(range);
    this.places = places;
  }
}

/** Shows what the tensors are that Python and JSON name, where a setting says so. */
export function registerCodeLens(documents: Documents, index: ModelIndex): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const announce = atMostEvery(renewMs, () => changed.fire());
  /** Where nobody wants lines above code, figures that arrive are no reason to ask for them again. */
  let isWanted = false;
  const renew = () => {
    if (isWanted) announce();
  };
  const provider: vscode.CodeLensProvider<TensorLens> = {
    onDidChangeCodeLenses: changed.event,
    async provideCodeLenses(document, token) {
      if (!codeLensEnabled(document)) return [];
      isWanted = true;
      await index.whenReady();
      return token.isCancellationRequested ? [] : lensesOf(document, index);
    },
    resolveCodeLens(lens) {
      lens.command = commandOf(lens.places);
      return lens;
    },
  };
  return vscode.Disposable.from(
    changed,
    announce,
    index.onDidChange(renew),
    documents.onDidChange(renew),
    vscode.workspace.onDidChangeConfiguration(e => {
      if (e.affectsConfiguration('quantscope.codeLens')) announce();
    }),
    vscode.languages.registerCodeLensProvider(
      languages.map(language => ({ language })),
      provider,
    ),
  );
}

function lensesOf(document: vscode.TextDocument, index: ModelIndex): TensorLens[] {
  const models = index.models();
  const lenses: TensorLens[] = [];
  if (models.length === 0) return lenses;
  const lines = Math.min(document.lineCount, mostLines);
  for (let line = 0; line < lines && lenses.length < mostLenses; line++)
    for (const { name, column } of namesOnLine(document.lineAt(line).text)) {
      const places = nearestFirst(index.places(name, models), document.uri);
      if (places.length === 0) continue;
      const range = new vscode.Range(line, column, line, column + name.length);
      lenses.push(new TensorLens(range, places));
    }
  return lenses.slice(0, mostLenses);
}

/** Dtype, shape, what is known of the error; which model it is, where the name is in several. */
function commandOf([place, ...others]: readonly Place[]): vscode.Command {
  if (!place) return { title: '', command: '' };
  const { known, tensor } = place;
  const entry = known.model.tensors[tensor]!;
  const facts = [dtypeText(entry), formatShape(entry.shape), ...sqnrOf(known, tensor)];
  if (others.length > 0) {
    const file = path.posix.basename(known.uri.path);
    facts.push(vscode.l10n.t('{0} and {1} more', file, others.length));
  }
  return {
    title: facts.join(' · '),
    tooltip: vscode.l10n.t(
      'Open {0} in {1}',
      entry.name,
      vscode.workspace.asRelativePath(known.uri),
    ),
    command: openTensorCommand,
    arguments: [known.uri.toString(), entry.name],
  };
}

/** Under the schemes that are shown, as far as they are computed. */
function sqnrOf({ document }: KnownModel, tensor: number): string[] {
  const result = document?.loaded?.analysis.result(tensor);
  if (!document || !result) return [];
  return document.schemes.texts.flatMap((text, i) => {
    const sqnr = result.reports[i]?.sqnrDb;
    return typeof sqnr === 'number' ? [`${text} ${formatDecibel(sqnr)} dB`] : [];
  });
}
