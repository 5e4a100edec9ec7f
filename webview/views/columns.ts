import * as l10n from '@vscode/l10n';
import type { GroupRow, SortKey, TensorRow } from '../../src/protocol/editor';
import { excessText } from '../charts/theory';
import {
  exactFigure,
  formatBytes,
  formatCount,
  formatDecibel,
  formatFigure,
  formatPercent,
  formatShape,
} from '../format';

/** The head of a column. */
export interface HeadColumn<K extends string> {
  /** Class of its cells: the style sheet gives width, and the window width from which it is shown. */
  readonly id: string;
  readonly title: string;
  /** Title in full, for tooltips and screen readers. */
  readonly label: string;
  readonly sort: K | null;
  /** Direction of the first click: figures begin with the end that matters. */
  readonly descendingFirst: boolean;
  /** Index of the scheme whose sign stands in the head. */
  readonly scheme?: number;
}

/** How rows are sorted; `model` is the order of the file. */
export interface Sorting<K extends string> {
  readonly sort: K | 'model';
  readonly descending: boolean;
}

/** A column of the table. */
export interface Column extends HeadColumn<SortKey> {
  text(row: TensorRow): string;
  group(row: GroupRow): string;
  /** What else there is to say of a cell, for its tooltip. */
  tip?(row: TensorRow): string | null;
}

const none = () => '';

/** The columns for these schemes less those that are hidden, in the order shown; Name is always the first. */
export function makeColumns(
  schemes: readonly string[],
  sigma: number,
  hidden: readonly string[] = [],
): Column[] {
  return [
    text('name', l10n.t('Name'), l10n.t('Name'), row => row.name),
    {
      ...text('dtype', l10n.t('Dtype'), l10n.t('Element type'), row => row.dtype),
      tip: row => row.dtype,
    },
    text('shape', l10n.t('Shape'), l10n.t('Shape'), row => formatShape(row.shape)),
    size('elements', l10n.t('Elements'), l10n.t('Number of elements'), 'elements', formatCount),
    {
      ...size('bytes', l10n.t('Bytes'), l10n.t('Size in the file'), 'byteLength', formatBytes),
      tip: row => l10n.t('{0} bytes', formatCount(row.byteLength)),
    },
    {
      ...figure('absMax', '|max|', l10n.t('Largest magnitude'), true),
      sort: 'absMax',
      text: row => figureText(row, row.absMax, x => formatFigure(x, 3)),
      tip: row => exactFigure(row.absMax) ?? null,
    },
    {
      ...figure('outliers', l10n.t('Outliers'), l10n.t('Elements with |x| > {0}σ', sigma), true),
      sort: 'outliers',
      text: row => figureText(row, row.outliers, formatPercent),
      tip: row => percentTip(row.outliers),
    },
    ...schemes.map(sqnrColumn).filter((_, i) => !hidden.includes(schemes[i]!)),
  ];
}

function text(id: SortKey & string, title: string, label: string, of: Column['text']): Column {
  return { id, title, label, sort: id, descendingFirst: false, text: of, group: none };
}

function size(
  id: SortKey & string,
  title: string,
  label: string,
  field: 'elements' | 'byteLength',
  format: (n: number) => string,
): Column {
  const of = (row: TensorRow | GroupRow) => format(row[field]);
  return { id, title, label, sort: id, descendingFirst: true, text: of, group: of };
}

function figure(id: string, title: string, label: string, descendingFirst: boolean) {
  return { id, title, label, descendingFirst, group: none };
}

const sqnrKeys = ['sqnr0', 'sqnr1', 'sqnr2', 'sqnr3'] as const;

/** What loses most comes first. */
function sqnrColumn(scheme: string, i: number): Column {
  return {
    ...figure(
      `sqnr sqnr${i}`,
      l10n.t('SQNR dB'),
      l10n.t('SQNR of {0}, in dB; the stronger its colour, the lower', scheme),
      false,
    ),
    sort: sqnrKeys[i] ?? null,
    scheme: i,
    text: row => figureText(row, row.sqnrDb[i] ?? null, formatDecibel),
    tip: row => {
      const exact = exactFigure(row.sqnrDb[i]);
      if (exact === undefined) return null;
      const excess = excessText(row.sqnrDb[i], row.gaussianSqnrDb[i]);
      return [`${scheme}: ${exact} dB`, ...(excess ? [excess] : [])].join('\n');
    },
  };
}

function percentTip(fraction: number | null): string | null {
  const exact = exactFigure(fraction === null ? null : 100 * fraction);
  return exact === undefined ? null : `${exact} %`;
}

/** A figure, or why there is none: nothing yet, being read, or not defined. Who waits for another scheme has figures. */
function figureText(
  row: TensorRow,
  value: number | null,
  format: (x: number | null) => string,
): string {
  if (row.status === 'waiting' && value === null) return '';
  if (row.status === 'running' && value === null) return '…';
  if (value === null) return '–';
  return row.status === 'sampled' ? `≈ ${format(value)}` : format(value);
}

/** The view after a click on a head: first direction, the other, back to the model's order. */
export function nextSort<K extends string>(
  view: Sorting<K>,
  column: Pick<HeadColumn<K>, 'sort' | 'descendingFirst'>,
): Sorting<K> {
  const { sort, descendingFirst } = column;
  if (sort === null) return { sort: view.sort, descending: view.descending };
  if (view.sort !== sort) return { sort, descending: descendingFirst };
  if (view.descending === descendingFirst) return { sort, descending: !descendingFirst };
  return { sort: 'model', descending: false };
}
