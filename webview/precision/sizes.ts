import * as l10n from '@vscode/l10n';
import type { DocumentView } from '../../src/protocol/editor';
import type { ModelSizes } from '../../src/protocol/precision';
import { createSwatch } from '../charts/swatch';
import { readTheme } from '../charts/theme';
import { parameterCount, tensorCount } from '../counts';
import { h } from '../dom';
import { formatBytes, formatCount, formatPlain } from '../format';
import { formText } from './texts';

/** A line of the table of sizes. */
interface Line {
  readonly name: string;
  readonly note: string;
  /** Index of the scheme that it is of. */
  readonly scheme: number | null;
  readonly bitsPerWeight: number | null;
  /** Null while it is not known. */
  readonly byteLength: number | null;
}

/** The model's size in its present form, in the usual ones, and under each scheme. */
export function createSizesSection() {
  const body = h('div', { class: 'precision-table' });
  const note = h('p', { class: 'note' });
  const element = h(
    'section',
    { class: 'precision-section precision-sizes', 'aria-labelledby': 'precision-sizes' },
    h('h2', { id: 'precision-sizes' }, l10n.t('Size')),
    body,
    note,
  );
  let shown = '';

  return {
    element,
    /** Draws again in another theme's colours. */
    forget(): void {
      shown = '';
    },
    update(sizes: ModelSizes | null, doc: DocumentView): void {
      const key = JSON.stringify([sizes, doc.schemes, doc.schemeFacts]);
      if (key === shown) return;
      shown = key;
      element.setAttribute('aria-busy', String(sizes === null));
      body.replaceChildren(sizes ? table(linesOf(sizes, doc)) : l10n.t('Reading the headers …'));
      note.textContent = sizes && noteText(sizes);
    },
  };
}

function linesOf({ forms }: ModelSizes, doc: DocumentView): Line[] {
  return [
    ...forms.map(({ id, bitsPerWeight, byteLength }): Line => {
      const [name, note] = id === 'present' ? [l10n.t('As it is'), dtypesText(doc)] : formText(id);
      return { name, note, scheme: null, bitsPerWeight, byteLength };
    }),
    ...doc.schemes.map((name, scheme): Line => {
      const facts = doc.schemeFacts[scheme];
      return {
        ...{ name, note: facts?.meaning ?? '', scheme },
        bitsPerWeight: facts?.bitsPerWeight ?? null,
        byteLength: facts?.byteLength ?? null,
      };
    }),
  ];
}

/** What most bytes are stored as. */
function dtypesText({ summary }: DocumentView): string {
  const names = summary?.dtypes.map(({ dtype }) => dtype) ?? [];
  return names.slice(0, 2).join(', ') + (names.length > 2 ? ' …' : '');
}

function table(lines: readonly Line[]): HTMLElement {
  const present = lines[0]?.byteLength ?? 0;
  const largest = Math.max(...lines.map(line => line.byteLength ?? 0));
  const theme = readTheme();
  const titles = [
    ['', l10n.t('Form')],
    ['', l10n.t('Size')],
    [l10n.t('Bits of each weight that is converted, with its part of the scales'), l10n.t('Bits')],
    [l10n.t('Times the present size'), l10n.t('To now')],
  ] as const;
  const head = titles.map(([title, text]) =>
    h('th', { scope: 'col', title: title || undefined }, text),
  );
  const rows = lines.map(({ name, note, scheme, bitsPerWeight, byteLength }, i) => {
    const share = byteLength === null || largest === 0 ? 0 : byteLength / largest;
    const bar = h('span', {
      class: i === 0 ? 'size-bar present' : 'size-bar',
      'aria-hidden': 'true',
    });
    bar.style.setProperty('--share', String(share));
    const bytes = byteLength === null ? '…' : formatBytes(byteLength);
    const exact = byteLength === null ? undefined : l10n.t('{0} bytes', formatCount(byteLength));
    return h(
      'tr',
      { 'data-form': i },
      h(
        'th',
        { scope: 'row', title: note ? `${name}: ${note}` : name },
        scheme !== null && createSwatch(theme, scheme),
        h('span', {}, name),
        note && h('span', { class: 'sub' }, note),
      ),
      h('td', { class: 'size', title: exact }, bar, h('span', {}, bytes)),
      h(
        'td',
        { title: bitsPerWeight === null ? undefined : String(bitsPerWeight) },
        bitsText(bitsPerWeight),
      ),
      h(
        'td',
        {},
        byteLength === null || present === 0 ? '–' : `× ${formatPlain3(byteLength / present)}`,
      ),
    );
  });
  return h(
    'table',
    { class: 'figures' },
    h('caption', {}, l10n.t('Size of the model by form')),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...rows),
  );
}

const bitsText = (bits: number | null) => (bits === null ? '–' : formatPlain(bits));

const formatPlain3 = (ratio: number) => (ratio < 10 ? ratio.toFixed(2) : formatPlain(ratio));

function noteText({ converted, others }: ModelSizes): string {
  if (converted.tensors === 0)
    return l10n.t(
      'Nothing would be converted: there is no tensor of floating-point numbers with two or more dimensions.',
    );
  const words = l10n.t(
    'Converted: {0} of floating-point numbers or packed weights with two or more dimensions ({1}).',
    tensorCount(converted.tensors),
    parameterCount(converted.weights),
  );
  if (others.tensors === 0) return words;
  const rest = l10n.t(
    'Everything else stays as it is stored: {0}, {1}.',
    tensorCount(others.tensors),
    formatBytes(others.byteLength),
  );
  return `${words} ${rest}`;
}
