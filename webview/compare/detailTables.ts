import * as l10n from '@vscode/l10n';
import { figure, table } from '../charts/storedTables';
import { type ErrorMap, mapColsText, mapRowsText } from './errorMap';

/** Errors by place as a table: a row of it for each row of the picture. */
export function createErrorTable(map: ErrorMap): HTMLElement {
  const { rows, cols, meanAbsError } = map.heat;
  const heads = Array.from({ length: cols }, (_, col) => mapColsText(map, col));
  const lines = Array.from({ length: rows }, (_, row) => [
    mapRowsText(map, row),
    ...meanAbsError.slice(row * cols, (row + 1) * cols).map(figure),
  ]);
  return table(l10n.t('Mean absolute error by rows and columns'), ['', ...heads], lines);
}
