import { figure, table } from '../charts/storedTables';
import { formatCount, formatFigure } from '../format';
import { colsText, type ErrorMap, rowsText } from './errorMap';
import type { HistogramPair } from './histograms';

/** Two histograms as a table: bins that both leave empty are left out. */
export function createHistogramTable({ a, b }: HistogramPair): HTMLElement {
  const edge = (i: number) => formatFigure(a.lo + ((a.hi - a.lo) * i) / a.counts.length);
  const rows = a.counts.flatMap((count, i) => {
    const other = b.counts[i] ?? 0;
    if (count + other === 0) return [];
    return [[edge(i), edge(i + 1), formatCount(count), formatCount(other)]];
  });
  return table('Values of both weights by bin', ['From', 'To', 'First', 'Second'], rows);
}

/** Errors by place as a table: a row of it for each row of the picture. */
export function createErrorTable(map: ErrorMap): HTMLElement {
  const { rows, cols, meanAbsError } = map.heat;
  const heads = Array.from({ length: cols }, (_, col) => colsText(map, col));
  const lines = Array.from({ length: rows }, (_, row) => [
    rowsText(map, row),
    ...meanAbsError.slice(row * cols, (row + 1) * cols).map(figure),
  ]);
  return table('Mean absolute error by rows and columns', ['', ...heads], lines);
}
