import type { GroupRow, SortKey, TensorRow } from '../../src/protocol/editor';
import {
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
}

const none = () => '';

/** The columns for these schemes less those that are hidden, in the order shown; Name is always the first. */
export function makeColumns(
  schemes: readonly string[],
  sigma: number,
  hidden: readonly string[] = [],
): Column[] {
  return [
    text('name', 'Name', 'Name', row => row.name),
    text('dtype', 'Dtype', 'Element type', row => row.dtype),
    text('shape', 'Shape', 'Shape', row => formatShape(row.shape)),
    size('elements', 'Elements', 'Number of elements', 'elements', formatCount),
    size('bytes', 'Bytes', 'Size in the file', 'byteLength', formatBytes),
    {
      ...figure('absMax', '|max|', 'Largest magnitude', true),
      sort: 'absMax',
      text: row => figureText(row, row.absMax, x => formatFigure(x, 3)),
    },
    {
      ...figure('outliers', 'Outliers', `Elements with |x| > ${sigma}σ`, true),
      sort: 'outliers',
      text: row => figureText(row, row.outliers, formatPercent),
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

function sqnrColumn(scheme: string, i: number): Column {
  return {
    ...figure(`sqnr sqnr${i}`, 'SQNR dB', `SQNR of ${scheme}, in dB`, false),
    sort: sqnrKeys[i] ?? null,
    scheme: i,
    text: row => figureText(row, row.sqnrDb[i] ?? null, formatDecibel),
  };
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
