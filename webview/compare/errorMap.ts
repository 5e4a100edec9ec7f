import * as l10n from '@vscode/l10n';
import type { ReducedMap } from '../../src/checkpoints/storedView';
import type { HeatMapResult } from '../../src/compare/heatMap';
import { columnCount, rowCount } from '../counts';
import { formatFigure } from '../format';
import { colsText, rowsText } from '../places';

/** Errors of a weight by place. */
export interface ErrorMap {
  readonly heat: HeatMapResult;
  /** Of the weight, all dimensions but the last together. */
  readonly rows: number;
  readonly cols: number;
}

/** The errors of a weight of this shape. */
export function errorMapOf(heat: HeatMapResult, shape: readonly number[]): ErrorMap {
  return { heat, rows: shape.slice(0, -1).reduce((a, b) => a * b, 1), cols: shape.at(-1) ?? 1 };
}

/** As a picture is drawn of it. */
export function reducedMap({ heat, rows, cols }: ErrorMap): ReducedMap {
  return { shape: [rows, cols], rows: heat.rows, cols: heat.cols, means: heat.meanAbsError };
}

/** What rows the cells of a line of the picture stand for: `rows 32 … 63`, counted from 0. */
export function mapRowsText({ heat, rows }: ErrorMap, line: number): string {
  const from = line * heat.rowsPerCell;
  return rowsText(from, Math.min(rows, from + heat.rowsPerCell));
}

/** What columns the cells below each other stand for. */
export function mapColsText({ heat, cols }: ErrorMap, cell: number): string {
  const from = cell * heat.colsPerCell;
  return colsText(from, Math.min(cols, from + heat.colsPerCell));
}

/** What a cell says: where it is, and the mean error there. */
export function cellText(map: ErrorMap, index: number): string {
  const { cols, meanAbsError } = map.heat;
  const place = `${mapRowsText(map, Math.floor(index / cols))}, ${mapColsText(map, index % cols)}`;
  return l10n.t('{0}: mean |error| {1}', place, formatFigure(meanAbsError[index]));
}

/** Where the errors are largest on average, in a sentence: for those who cannot see the picture. */
export function describeErrors(map: ErrorMap): string {
  const { meanAbsError } = map.heat;
  const worst = meanAbsError.reduce<number>(
    (best, x, i) => ((x ?? -1) > (meanAbsError[best] ?? -1) ? i : best),
    0,
  );
  return l10n.t(
    'Mean absolute error by place, {0} by {1}. Largest at {2}.',
    rowCount(map.rows),
    columnCount(map.cols),
    cellText(map, worst),
  );
}
