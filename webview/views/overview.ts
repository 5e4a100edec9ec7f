import * as l10n from '@vscode/l10n';
import type { DocumentView, Summary } from '../../src/protocol/editor';
import { h } from '../dom';
import { formatBytes, formatCount } from '../format';
import { createMetadataList } from './summary';

/** What stands in the details while no tensor is selected: the file as a whole. */
export function createOverview(doc: DocumentView): HTMLElement[] {
  const { summary } = doc;
  if (!summary) return [];
  const parts = [
    h(
      'div',
      { class: 'details-head' },
      h('div', { class: 'details-title' }, h('h2', {}, doc.fileName)),
      h(
        'p',
        { class: 'note' },
        l10n.t('Select a layer in a chart or a row of the table to see its figures.'),
      ),
    ),
    h(
      'section',
      { class: 'details-section' },
      h('h3', {}, l10n.t('Element types')),
      dtypeTable(summary),
    ),
  ];
  if (summary.metadata.length)
    parts.push(
      h(
        'section',
        { class: 'details-section' },
        h('h3', {}, l10n.t('Metadata')),
        createMetadataList(summary),
      ),
    );
  return parts;
}

function dtypeTable({ dtypes }: Summary): HTMLElement {
  const titles = [l10n.t('Dtype'), l10n.t('Tensors'), l10n.t('Bytes')].map(title =>
    h('th', { scope: 'col' }, title),
  );
  const rows = dtypes.map(({ dtype, tensors, byteLength }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, dtype),
      h('td', {}, formatCount(tensors)),
      h('td', {}, formatBytes(byteLength)),
    ),
  );
  return h(
    'table',
    { class: 'schemes' },
    h('thead', {}, h('tr', {}, ...titles)),
    h('tbody', {}, ...rows),
  );
}
