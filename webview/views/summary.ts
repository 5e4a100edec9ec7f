import * as l10n from '@vscode/l10n';
import type { DocumentView, Summary } from '../../src/protocol/editor';
import { fileCount, findingCount, parameterCount, tensorCount } from '../counts';
import { h, icon, setAttribute, setText, show } from '../dom';
import { formatBytes, formatCount } from '../format';
import { createFindingList } from './findings';
import { createPopover } from './popover';

/** Names of formats are the same in every language. */
function formatName(format: Summary['format']): string {
  if (format === 'gguf') return 'GGUF';
  return format === 'safetensors-index' ? l10n.t('safetensors, sharded') : format;
}

const manyDtypes = 4;

/** The line on top: what the file is, in figures. */
export function createSummary(
  onTensor: (name: string) => void,
  exporting: { readonly menu: HTMLElement; readonly hint: HTMLElement },
) {
  const facts = h('div', { class: 'facts' });
  const findings = createPopover(l10n.t('Findings'));
  const metadata = createPopover(l10n.t('Metadata'));
  const heading = h('h1', { class: 'visually-hidden' });
  const element = h(
    'header',
    { class: 'summary', 'aria-label': l10n.t('Summary') },
    heading,
    facts,
    h(
      'div',
      { class: 'summary-tools' },
      exporting.hint,
      findings.element,
      metadata.element,
      exporting.menu,
    ),
  );
  let drawn = '';

  return {
    element,
    update({ summary, fileName }: DocumentView): void {
      setText(heading, fileName);
      const key = JSON.stringify(summary);
      if (!summary || key === drawn) return;
      drawn = key;
      const list = makeFacts(summary);
      facts.replaceChildren(...list);
      setAttribute(facts, 'title', list.map(({ textContent }) => textContent).join(' · '));
      const { length } = summary.findings;
      show(findings.element, length > 0);
      findings.label.replaceChildren(icon(worst(summary)), findingCount(length));
      findings.panel.replaceChildren(createFindingList(summary.findings, onTensor));
      show(metadata.element, summary.metadata.length > 0);
      const label = h('span', { class: 'label-of-icon' }, l10n.t('Metadata'));
      metadata.label.replaceChildren(icon('info'), label);
      setAttribute(metadata.label, 'title', l10n.t('Metadata'));
      metadata.panel.replaceChildren(createMetadataList(summary));
    },
  };
}

/** Metadata as a list of terms. */
export function createMetadataList({ metadata }: Summary): HTMLElement {
  const terms = metadata.flatMap(([key, value]) => [h('dt', {}, key), h('dd', {}, value)]);
  return h('dl', { class: 'metadata' }, ...terms);
}

function worst({ findings }: Summary): string {
  const has = (severity: string) => findings.some(f => f.severity === severity);
  return has('error') ? 'error' : has('warning') ? 'warning' : 'info';
}

function makeFacts(summary: Summary): HTMLElement[] {
  const { parameters, byteLength, tensors, shards, copiedFrom } = summary;
  const list = [
    fact(parameterCount(parameters)),
    fact(formatBytes(byteLength), l10n.t('{0} bytes', formatCount(byteLength))),
    fact(tensorCount(tensors)),
  ];
  if (summary.dtypes.length) list.push(fact(dtypeText(summary), dtypeTitle(summary)));
  list.push(fact(formatName(summary.format)));
  if (shards > 1) list.push(fact(fileCount(shards)));
  if (copiedFrom)
    list.push(
      fact(
        l10n.t('copy from {0}', copiedFrom),
        l10n.t('The bytes were read whole from another place than this disk'),
      ),
    );
  return list;
}

function fact(text: string, title?: string): HTMLElement {
  return h('span', { class: 'fact', title }, text);
}

function dtypeText({ dtypes }: Summary): string {
  const names = dtypes.slice(0, manyDtypes).map(d => d.dtype);
  const more = dtypes.length - names.length;
  const separator = names.some(name => name.includes(',')) ? '; ' : ', ';
  const listed = names.join(separator);
  return more > 0 ? l10n.t('{0} and {1} more', listed, more) : listed;
}

function dtypeTitle({ dtypes }: Summary): string {
  return dtypes
    .map(d => `${d.dtype}: ${tensorCount(d.tensors)}, ${formatBytes(d.byteLength)}`)
    .join('\n');
}
