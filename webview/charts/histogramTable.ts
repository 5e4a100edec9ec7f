import { formatCount, formatFigure } from '../format';
import type { HistogramInput } from './histogramPlot';
import { table } from './storedTables';

/** Words of a table of two histograms. */
export interface HistogramWords {
  readonly caption: string;
  /** From, to, and what the two count. */
  readonly heads: readonly [from: string, to: string, area: string, line: string];
}

/** Two histograms as a table: bins that both leave empty are left out. */
export function createHistogramTable(
  { lo, hi, area, line }: HistogramInput,
  { caption, heads }: HistogramWords,
): HTMLElement {
  const edge = (i: number) => formatFigure(lo + ((hi - lo) * i) / area.length);
  const rows = area.flatMap((count, i) => {
    const other = line[i] ?? 0;
    if (count + other === 0) return [];
    return [[edge(i), edge(i + 1), formatCount(count), formatCount(other)]];
  });
  return table(caption, heads, rows);
}
