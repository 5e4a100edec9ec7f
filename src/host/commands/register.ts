import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatBytes } from '../../base/format';
import type { Comparisons } from '../compare/panel';
import type { Documents } from '../editor/documents';
import type { ModelIndex } from '../files/index';
import { openTensorBesideCommand, openTensorCommand } from '../hover/cards';
import { logFailure } from '../log';
import type { Services } from '../services';
import { copyName, targetOf } from '../views/modelsView';
import { compareWith } from './compare';
import { compareSchemes } from './compareSchemes';
import { exportReport } from './exportReport';
import { goToTensor } from './goToTensor';
import { chooseFiles, openBeside, openModel, openTensor, openTensorBeside } from './open';
import { quantizeModel, quantizeTensor } from './quantize';
import { findOutliers, rankLayers } from './ranked';
import { revealInCode } from './revealInCode';
import { setDefaultModel } from './setDefaultModel';

/** What commands work with. */
export interface CommandHost {
  readonly services: Services;
  readonly documents: Documents;
  readonly index: ModelIndex;
  readonly comparisons: Comparisons;
}

/** Registers every command. */
export function registerCommands(host: CommandHost): vscode.Disposable {
  const { services, documents } = host;
  const open = async (uri: unknown, uris: unknown) => {
    for (const each of chosen(uri, uris) ?? (await chooseFiles())) await openModel(each);
  };
  const beside = (uri: unknown) => openBeside(host, uriOf(uri));
  const compare = (uri: unknown, uris: unknown) => compareWith(host, chosen(uri, uris) ?? []);
  const commands: Record<string, (...args: unknown[]) => unknown> = {
    'quantscope.open': open,
    'quantscope.openBeside': beside,
    // The same under names that say more where the category is not shown: in menus.
    'quantscope.openResource': open,
    'quantscope.openResourceBeside': beside,
    'quantscope.quantizeTensor': wish => quantizeTensor(host, wish),
    'quantscope.quantizeModel': wish => quantizeModel(host, wish),
    'quantscope.compareWith': compare,
    'quantscope.compareResource': compare,
    'quantscope.compareSchemes': wish => compareSchemes(host, wish),
    'quantscope.findOutliers': wish => findOutliers(host, wish),
    'quantscope.rankLayers': wish => rankLayers(host, wish),
    'quantscope.exportReport': wish => exportReport(host, wish),
    'quantscope.clearCache': () => clearCache(services),
    'quantscope.reload': () => documents.active()?.reload(),
    'quantscope.cancelAnalysis': () => documents.active()?.loaded?.analysis.cancel(),
    'quantscope.showLog': () => services.log.show(),
    'quantscope.goToTensor': wish => goToTensor(host, wish),
    'quantscope.revealInCode': wish => revealInCode(host, wish),
    'quantscope.setDefaultModel': given => setDefaultModel(host, given),
    'quantscope.refreshModels': () => host.index.refresh(),
    [openTensorCommand]: (uri, name) => openTensor(host, String(uri), String(name)),
    [openTensorBesideCommand]: (uri, name) => openTensorBeside(host, String(uri), String(name)),
  };
  return vscode.Disposable.from(
    // What it copies is an element of the tree itself.
    vscode.commands.registerCommand('quantscope.copyName', copyName),
    ...Object.entries(commands).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          await run(...args.map(targetOf));
        } catch (e) {
          report(services, id, e);
        }
      }),
    ),
  );
}

/** What is shown keeps its figures; the next model is analysed anew. */
async function clearCache({ results }: Services): Promise<void> {
  const freed = await results.clear();
  const said = vscode.l10n.t('The cache is empty: {0} freed.', formatBytes(freed));
  void vscode.window.showInformationMessage(said);
}

/** The explorer gives the clicked resource and everything that is selected with it. */
function chosen(uri: unknown, uris: unknown): vscode.Uri[] | undefined {
  const many = Array.isArray(uris) ? uris.filter(u => u instanceof vscode.Uri) : [];
  if (many.length > 0) return many;
  const single = uriOf(uri);
  return single && [single];
}

/** Menus give resources, links in hovers their text. */
function uriOf(given: unknown): vscode.Uri | undefined {
  if (typeof given === 'string') return vscode.Uri.parse(given, true);
  return given instanceof vscode.Uri ? given : undefined;
}

/** A command has no tab to show its failure in. */
function report(services: Services, command: string, e: unknown): void {
  logFailure(services.log, command, e);
  if (WeightError.is(e, 'cancelled')) return;
  const message = e instanceof Error ? e.message : String(e);
  void vscode.window.showErrorMessage(message);
}
