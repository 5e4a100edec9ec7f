import * as l10n from '@vscode/l10n';
import type { Finding } from '../../src/formats/tensorFile';
import { h, icon } from '../dom';

/** Findings as a list; each with the sign and the word of its severity. */
export function createFindingList(
  findings: readonly Finding[],
  onTensor?: (name: string) => void,
): HTMLElement {
  return h('ul', { class: 'findings' }, ...findings.map(finding => item(finding, onTensor)));
}

function item({ severity, message, tensor }: Finding, onTensor?: (name: string) => void) {
  const sign = h(
    'span',
    { class: `badge ${severity}`, role: 'img', 'aria-label': severityText(severity) },
    icon(severity),
  );
  const text = h('span', {}, message);
  if (!tensor || !onTensor) return h('li', {}, sign, text);
  const show = h(
    'button',
    { type: 'button', class: 'button link', onclick: () => onTensor(tensor) },
    tensor,
  );
  return h('li', {}, sign, h('span', {}, text, ' ', show));
}

function severityText(severity: Finding['severity']): string {
  switch (severity) {
    case 'error':
      return l10n.t('error');
    case 'warning':
      return l10n.t('warning');
    case 'info':
      return l10n.t('info');
  }
}
