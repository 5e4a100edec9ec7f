import type { DocumentView, Series } from '../../src/protocol/editor';
import { h } from '../dom';
import { formatBand } from '../format';
import { commonPrefix } from './axisLabels';
import { metrics } from './metrics';

/** The charts as a table: what they show, for those who cannot see a canvas or want the figures. */
export function createFigureTable(series: Series, doc: DocumentView): HTMLTableElement {
  const columns = metrics.flatMap(metric =>
    metric.bands(series).map((band, i) => ({
      metric,
      band,
      scheme: metric.perScheme ? (doc.schemes[i] ?? '') : '',
    })),
  );
  const merged = series.name.length < series.count;
  const caption = h(
    'caption',
    {},
    merged ? 'Lowest … highest of neighbouring tensors' : 'Figures per layer',
  );
  const head = h('tr', {}, h('th', { scope: 'col' }, merged ? 'First tensor' : 'Tensor'));
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
    const cells = columns.map(({ metric, band }) =>
      h('td', {}, formatBand(band.low[mark], band.high[mark], metric.format)),
    );
    body.append(
      h('tr', {}, h('th', { scope: 'row', title: name }, name.slice(prefix.length)), ...cells),
    );
  });
  return h('table', { class: 'figures' }, caption, h('thead', {}, head), body);
}
