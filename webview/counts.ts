// Numbers of things, in the user's language.
import * as l10n from '@vscode/l10n';
import { formatCount } from './format';

/** `1 tensor`, `1,234 tensors`. */
export function tensorCount(n: number): string {
  return n === 1 ? l10n.t('1 tensor') : l10n.t('{0} tensors', formatCount(n));
}

/** `1 layer`, `300 layers`. */
export function layerCount(n: number): string {
  return n === 1 ? l10n.t('1 layer') : l10n.t('{0} layers', formatCount(n));
}

/** `1 mark`, `2,000 marks`. */
export function markCount(n: number): string {
  return n === 1 ? l10n.t('1 mark') : l10n.t('{0} marks', formatCount(n));
}

/** `1 finding`, `3 findings`. */
export function findingCount(n: number): string {
  return n === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', formatCount(n));
}

/** `1 element`, `8,192 elements`. */
export function elementCount(n: number): string {
  return n === 1 ? l10n.t('1 element') : l10n.t('{0} elements', formatCount(n));
}

/** `1 parameter`, `309,633 parameters`. */
export function parameterCount(n: number): string {
  return n === 1 ? l10n.t('1 parameter') : l10n.t('{0} parameters', formatCount(n));
}

/** `1 file`, `4 files`. */
export function fileCount(n: number): string {
  return n === 1 ? l10n.t('1 file') : l10n.t('{0} files', formatCount(n));
}

/** `1 weight`, `8,192 weights`. */
export function weightCount(n: number): string {
  return n === 1 ? l10n.t('1 weight') : l10n.t('{0} weights', formatCount(n));
}

/** `1 value`, `3 values`. */
export function valueCount(n: number): string {
  return n === 1 ? l10n.t('1 value') : l10n.t('{0} values', formatCount(n));
}

/** `1 cell`, `12 cells`. */
export function cellCount(n: number): string {
  return n === 1 ? l10n.t('1 cell') : l10n.t('{0} cells', formatCount(n));
}

/** `1 pair`, `15 pairs`. */
export function pairCount(n: number): string {
  return n === 1 ? l10n.t('1 pair') : l10n.t('{0} pairs', formatCount(n));
}

/** `1 row`, `64 rows`. */
export function rowCount(n: number): string {
  return n === 1 ? l10n.t('1 row') : l10n.t('{0} rows', formatCount(n));
}

/** `1 column`, `64 columns`. */
export function columnCount(n: number): string {
  return n === 1 ? l10n.t('1 column') : l10n.t('{0} columns', formatCount(n));
}

/** `1 group`, `32 groups`. */
export function groupCount(n: number): string {
  return n === 1 ? l10n.t('1 group') : l10n.t('{0} groups', formatCount(n));
}
