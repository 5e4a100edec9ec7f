import * as l10n from '@vscode/l10n';
import { commonPrefix } from '../../src/base/axisLabels';
import { tensorKinds } from '../../src/base/tensorKind';
import type { DocumentView, Series } from '../../src/protocol/editor';
import { h } from '../dom';
import { createKindBadge } from './kinds';
import { formatMark, makeMetrics } from './metrics';
import { isMerged } from './zoom';

/**
 * The charts as a table: what they show, for those who cannot see a canvas or want the figures.
 * @param hidden by scheme, whether the charts leave it out
 */
export function createFigureTable(
  series: Series,
  doc: DocumentView,
  hidden: readonly boolean[],
): HTMLTableElement {
  const columns = makeMetrics().flatMap(metric =>
    metric.bands(series).flatMap((band, i) => {
      if (!metric.perScheme) return [{ metric, band, scheme: '' }];
      return hidden[i] ? [] : [{ metric, band, scheme: doc.schemes[i] ?? '' }];
    }),
  );
  const merged = isMerged(series);
  const caption = h(
    'caption',
    {},
    merged ? l10n.t('Lowest … highest of neighbouring tensors') : l10n.t('Figures per layer'),
  );
  const head = h(
    'tr',
    {},
    h('th', { scope: 'col' }, merged ? l10n.t('First tensor') : l10n.t('Tensor')),
  );
  for (const { metric, scheme } of columns)
    head.append(
      h(
        'th',
        { scope: 'col', title: metric.help },
        metric.title + (metric.suffix && `,${metric.suffix}`),
        h('span', { class: 'sub' }, scheme),
      ),
    );
  const prefix = commonPrefix(series.name);
  const body = h('tbody');
  series.name.forEach((name, mark) => {
    const kind = tensorKinds[series.kind[mark]!]!;
    const cells = columns.map(({ metric, band }) => {
      const title = formatMark({ format: allDigits, suffix: '' }, band, mark);
      return h('td', { title }, formatMark({ format: metric.format, suffix: '' }, band, mark));
    });
    body.append(
      h(
        'tr',
        {},
        h('th', { scope: 'row', title: name }, createKindBadge(kind), name.slice(prefix.length)),
        ...cells,
      ),
    );
  });
  return h('table', { class: 'figures' }, caption, h('thead', {}, head), body);
}

function allDigits(figure: number | null | undefined): string {
  return Number.isFinite(figure) ? String(figure) : '';
}
