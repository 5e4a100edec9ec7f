import type { DocumentView, Summary } from '../../src/protocol/editor';
import { h, icon, setText, show } from '../dom';
import { formatBytes, formatCountOf } from '../format';
import { createFindingList } from './findings';
import { createPopover } from './popover';

const formatNames: Record<Summary['format'], string> = {
  safetensors: 'safetensors',
  npy: 'npy',
  npz: 'npz',
  gguf: 'GGUF',
  'safetensors-index': 'safetensors, sharded',
};
const manyDtypes = 4;

/** The line on top: what the file is, in figures. */
export function createSummary(onTensor: (name: string) => void) {
  const facts = h('div', { class: 'facts' });
  const findings = createPopover('Findings');
  const metadata = createPopover('Metadata');
  const heading = h('h1', { class: 'visually-hidden' });
  const element = h(
    'header',
    { class: 'summary', 'aria-label': 'Summary' },
    heading,
    facts,
    h('div', { class: 'summary-tools' }, findings.element, metadata.element),
  );
  let drawn = '';

  return {
    element,
    update({ summary, fileName }: DocumentView): void {
      setText(heading, fileName);
      const key = JSON.stringify(summary);
      if (!summary || key === drawn) return;
      drawn = key;
      facts.replaceChildren(...makeFacts(summary));
      const { length } = summary.findings;
      show(findings.element, length > 0);
      findings.label.replaceChildren(icon(worst(summary)), formatCountOf(length, 'finding'));
      findings.panel.replaceChildren(createFindingList(summary.findings, onTensor));
      show(metadata.element, summary.metadata.length > 0);
      metadata.label.replaceChildren(icon('info'), 'Metadata');
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
    fact(formatCountOf(parameters, 'parameter')),
    fact(formatBytes(byteLength), `${byteLength.toLocaleString('en-US')} bytes`),
    fact(formatCountOf(tensors, 'tensor')),
  ];
  if (summary.dtypes.length) list.push(fact(dtypeText(summary), dtypeTitle(summary)));
  list.push(fact(formatNames[summary.format]));
  if (shards > 1) list.push(fact(formatCountOf(shards, 'file')));
  if (copiedFrom)
    list.push(
      fact(
        `copy from ${copiedFrom}`,
        'The bytes were read whole from another place than this disk',
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
  return names.join(separator) + (more > 0 ? ` and ${more} more` : '');
}

function dtypeTitle({ dtypes }: Summary): string {
  return dtypes
    .map(d => `${d.dtype}: ${formatCountOf(d.tensors, 'tensor')}, ${formatBytes(d.byteLength)}`)
    .join('\n');
}
