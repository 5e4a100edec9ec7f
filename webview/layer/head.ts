import * as l10n from '@vscode/l10n';
import type { LayerView } from '../../src/protocol/layer';
import { breakable, h, setAttribute, setText, show } from '../dom';
import {
  formatBand,
  formatBytes,
  formatFigure,
  formatPercent,
  formatPlain,
  formatShape,
} from '../format';
import type { Session } from '../session';
import { createFindingList } from '../views/findings';
import { createFixes } from './fixes';
import { createStatus } from './frame';
import { createNavigation } from './navigation';
import type { LayerStore } from './store';
import { sqnrText, theoryText } from './texts';

/** The layer's name, its figures under the scheme, and what they could be. */
export function createHead(session: Session, store: LayerStore) {
  const navigation = createNavigation(session, 'layer-names');
  const name = h('h2', { class: 'layer-name', tabindex: -1 });
  const facts = h('span', { class: 'layer-facts' });
  const scheme = h('code', { class: 'layer-scheme' });
  const hand = h('span', { class: 'chart-unit' }, l10n.t('range set by hand'));
  const figures = h('dl', { class: 'layer-figures' });
  const theory = h('p', { class: 'layer-theory' });
  const findings = h('div', { class: 'layer-findings' });
  const status = createStatus(l10n.t('Layer'));
  const fixes = createFixes(session, store, () => name.focus());
  const element = h(
    'section',
    { class: 'layer-head', 'aria-label': l10n.t('Layer') },
    h('div', { class: 'layer-title' }, name, facts, navigation.element),
    h('p', { class: 'layer-under' }, l10n.t('Under'), ' ', scheme, ' ', hand),
    status.element,
    figures,
    h('div', { class: 'layer-advice' }, theory, fixes.button),
    fixes.element,
    findings,
  );
  let drawn: LayerView | null = null;

  return {
    element,
    update(): void {
      const { detail } = session.state;
      const { shown, wanted, handScheme } = store;
      navigation.update();
      if (name.title !== detail?.name) {
        name.title = detail?.name ?? '';
        name.replaceChildren(...breakable(name.title));
      }
      setText(facts, detail ? factsOf(detail) : '');
      setText(scheme, handScheme ?? store.ref?.scheme ?? '');
      show(hand, handScheme !== null);
      status.update(wanted, shown !== null);
      setAttribute(element, 'aria-busy', wanted.status === 'loading' ? 'true' : undefined);
      figures.classList.toggle('old', wanted.status !== 'ready' && shown !== null);
      fixes.update();
      if (shown === drawn) return;
      drawn = shown;
      show(figures, shown?.report !== null && shown !== null);
      figures.replaceChildren(...(shown ? makeFigures(shown) : []));
      const text = shown && theoryText(shown.report?.sqnrDb ?? null, shown.gaussianSqnrDb);
      setText(theory, text ?? '');
      findings.replaceChildren(
        ...(shown && shown.findings.length > 0 ? [createFindingList(shown.findings)] : []),
      );
    },
    focus: () => navigation.focus(),
  };
}

function factsOf({
  dtype,
  shape,
  byteLength,
}: {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
}): string {
  return `${dtype} ${formatShape(shape)} · ${formatBytes(byteLength)}`;
}

/** The key figures, each with all digits on demand. */
function makeFigures({ report }: LayerView): HTMLElement[] {
  if (!report) return [];
  const { sqnrDb, mse, maxAbsError, bitsPerWeight, clippedFraction, scale, zeroPoint } = report;
  const kept = report.outliersKept ?? 0;
  const cells: (HTMLElement | null)[] = [
    pair(l10n.t('SQNR'), sqnrText(sqnrDb, mse), exact(sqnrDb)),
    pair(l10n.t('MSE'), formatFigure(mse), exact(mse)),
    pair(l10n.t('Largest error'), formatFigure(maxAbsError), exact(maxAbsError)),
    pair(l10n.t('Bits per weight'), formatPlain(bitsPerWeight), exact(bitsPerWeight)),
    pair(l10n.t('Clipped'), formatPercent(clippedFraction), exact(clippedFraction)),
    scale.count > 0 ? band(l10n.t('Scale'), scale) : null,
    scale.count > 0 ? band(l10n.t('Zero point'), zeroPoint) : null,
    kept > 0 ? pair(l10n.t('Outliers apart'), formatFigure(kept), exact(kept)) : null,
  ];
  return cells.filter(cell => cell !== null);
}

function band(
  title: string,
  { min, max }: { readonly min: number | null; readonly max: number | null },
) {
  const all = min === max ? exact(min) : `${exact(min)} … ${exact(max)}`;
  return pair(title, formatBand(min, max, formatFigure), all);
}

function pair(term: string, text: string, title: string | undefined): HTMLElement {
  return h('div', {}, h('dt', {}, term), h('dd', { title }, text));
}

/** All digits. */
function exact(x: number | null): string | undefined {
  return x === null ? undefined : String(x);
}
