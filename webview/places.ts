// Places in a matrix, in the user's language: all counted from 0, [from, to).
import * as l10n from '@vscode/l10n';
import { formatCount } from './format';

/** `row 12`, or `rows 12 … 15`. */
export function rowsText(from: number, to: number): string {
  return to - from === 1
    ? l10n.t('row {0}', formatCount(from))
    : l10n.t('rows {0} … {1}', formatCount(from), formatCount(to - 1));
}

/** `column 12`, or `columns 12 … 15`. */
export function colsText(from: number, to: number): string {
  return to - from === 1
    ? l10n.t('column {0}', formatCount(from))
    : l10n.t('columns {0} … {1}', formatCount(from), formatCount(to - 1));
}

/** `group 12`, or `groups 12 … 15`. */
export function groupsText(from: number, to: number): string {
  return to - from === 1
    ? l10n.t('group {0}', formatCount(from))
    : l10n.t('groups {0} … {1}', formatCount(from), formatCount(to - 1));
}
