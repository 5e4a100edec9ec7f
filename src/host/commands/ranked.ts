import * as vscode from 'vscode';
import { formatCount, formatDecibel, formatPercent } from '../../base/format';
import type { TensorId } from '../../protocol/editor';
import type { ModelDocument } from '../editor/document';
import { outlierFraction } from '../editor/figures';
import type { Loaded } from '../editor/loaded';
import { rankWorst } from '../editor/ranking';
import { plainLabel } from './quantize';
import type { CommandHost } from './register';
import { readWish, targetDocument } from './target';

/** Layers that are listed; the table sorts all of them. */
const mostListed = 200;

interface LayerItem extends vscode.QuickPickItem {
  readonly tensor: TensorId;
}

/** Lists what is known now, the layer to look at first before all others. */
type Ranking = (loaded: Loaded) => LayerItem[];

/** Lists the layers with the largest share of outliers; the one that is picked is selected. */
export async function findOutliers(host: CommandHost, argument: unknown): Promise<void> {
  const document = await targetDocument(host, readWish(argument));
  if (!document?.loaded) return;
  const title = vscode.l10n.t('Layers with the largest share of outliers');
  await pickLayer(document, title, byOutliers);
}

/** Lists the layers that lose most under a scheme, the first that is shown if none is given; the picked one is selected. */
export async function rankLayers(host: CommandHost, argument: unknown): Promise<void> {
  const wish = readWish(argument);
  const document = await targetDocument(host, wish);
  if (!document?.loaded) return;
  if (wish.scheme !== undefined) await document.quantize(wish.scheme);
  const { texts } = document.schemes;
  const scheme = Math.max(0, texts.indexOf(wish.scheme ?? ''));
  const title = vscode.l10n.t(
    'Layers by sensitivity to {0}, the lowest SQNR first',
    texts[scheme] ?? '',
  );
  await pickLayer(document, title, loaded => bySensitivity(loaded, scheme));
}

function byOutliers({ model, analysis }: Loaded): LayerItem[] {
  const known = model.tensors.flatMap(({ name }, tensor) => {
    const profile = analysis.result(tensor)?.profile ?? null;
    const fraction = outlierFraction(profile) ?? 0;
    return profile && fraction > 0
      ? [{ name, tensor, fraction, count: profile.outliers.count }]
      : [];
  });
  known.sort((a, b) => b.fraction - a.fraction);
  return known.slice(0, mostListed).map(({ name, tensor, fraction, count }) => ({
    label: plainLabel(name),
    description: vscode.l10n.t('{0}, {1} weights', formatPercent(fraction), formatCount(count)),
    tensor,
  }));
}

function bySensitivity({ model, analysis }: Loaded, scheme: number): LayerItem[] {
  const { tensors } = model;
  const source = { tensors, analysis: (id: TensorId) => analysis.result(id) };
  const ids = Int32Array.from(tensors.keys());
  return rankWorst(source, ids, { scheme, count: mostListed }).map(
    ({ name, tensor, ...figures }) => ({
      label: plainLabel(name),
      description: vscode.l10n.t(
        '{0} dB, {1} of the squared error',
        formatDecibel(figures.sqnrDb),
        formatPercent(figures.share),
      ),
      tensor,
    }),
  );
}

/** Lists layers while their figures arrive. */
async function pickLayer(document: ModelDocument, title: string, ranking: Ranking): Promise<void> {
  const { loaded } = document;
  if (!loaded) return;
  if (loaded.analysis.view().state !== 'done') loaded.analysis.start('all');
  const pick = vscode.window.createQuickPick<LayerItem>();
  pick.title = title;
  pick.matchOnDescription = true;
  const list = () => {
    if (document.loaded !== loaded) return pick.hide();
    const { state, doneTensors, totalTensors } = loaded.analysis.view();
    pick.busy = state === 'running';
    pick.placeholder = pick.busy
      ? vscode.l10n.t('Analysed {0} of {1}; choose a layer', doneTensors, totalTensors)
      : vscode.l10n.t('Choose a layer');
    const [active] = pick.activeItems;
    pick.items = ranking(loaded);
    const again = pick.items.find(item => item.tensor === active?.tensor);
    if (again) pick.activeItems = [again];
  };
  const listening = document.listen({ changed: list, selected: () => {} });
  list();
  const chosen = await new Promise<TensorId | undefined>(resolve => {
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.tensor);
      pick.hide();
    });
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  });
  listening.dispose();
  pick.dispose();
  if (chosen !== undefined && document.loaded === loaded) document.select(chosen);
}
