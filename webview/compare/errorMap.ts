import type { ReducedMap } from '../../src/checkpoints/storedView';
import type { HeatMapResult } from '../../src/compare/heatMap';
import { formatCount, formatFigure } from '../format';

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
export function rowsText({ heat, rows }: ErrorMap, line: number): string {
  return rangeText('row', { cell: line, size: heat.rowsPerCell, length: rows });
}

/** What columns the cells below each other stand for. */
export function colsText({ heat, cols }: ErrorMap, cell: number): string {
  return rangeText('column', { cell, size: heat.colsPerCell, length: cols });
}

/** What a cell says: where it is, and the mean error there. */
export function cellText(map: ErrorMap, index: number): string {
  const { cols, meanAbsError } = map.heat;
  const place = `${rowsText(map, Math.floor(index / cols))}, ${colsText(map, index % cols)}`;
  return `${place}: mean |error| ${formatFigure(meanAbsError[index])}`;
}

/** Where the errors are largest on average, in a sentence: for those who cannot see the picture. */
export function describeErrors(map: ErrorMap): string {
  const { meanAbsError } = map.heat;
  const worst = meanAbsError.reduce<number>(
    (best, x, i) => ((x ?? -1) > (meanAbsError[best] ?? -1) ? i : best),
    0,
  );
  const shape = `${formatCount(map.rows)} rows by ${formatCount(map.cols)} columns`;
  return `Mean absolute error by place, ${shape}. Largest at ${cellText(map, worst)}.`;
}

interface CellRange {
  readonly cell: number;
  /** Of a cell; the last one may be smaller. */
  readonly size: number;
  readonly length: number;
}

function rangeText(noun: string, { cell, size, length }: CellRange): string {
  const from = cell * size;
  const last = Math.min(length, from + size) - 1;
  return from === last
    ? `${noun} ${formatCount(from)}`
    : `${noun}s ${formatCount(from)} … ${formatCount(last)}`;
}
