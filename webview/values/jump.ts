import * as l10n from '@vscode/l10n';
import { formatCount, formatShape } from '../format';
import { type Axes, axesShowing, type Cell, elementAt, flatIndex, type Slice } from './slice';

/** Where a text leads, or why it leads nowhere. */
export type Jump = { readonly axes: Axes; readonly place: Cell } | { readonly problem: string };

/** What is shown when somebody jumps. */
export interface Shown {
  readonly shape: readonly number[];
  readonly axes: Axes;
  readonly slice: Slice;
}

/** Reads `12, 340` (an index for each axis, or row and column of what is shown) or `#123456` (a number of the flat tensor). */
export function readJump(text: string, { shape, axes, slice }: Shown): Jump {
  const flat = /^#\s*(\d+)$/.exec(text.trim());
  const numbers = text.match(/\d+/g)?.map(Number) ?? [];
  if (flat) return toElement(Number(flat[1]));
  if (!/^\[?\s*\d+(\s*[,;\s]\s*\d+)*\s*,?\s*\]?$/.test(text.trim()))
    return { problem: help(shape) };
  if (numbers.length === shape.length) {
    const axis = numbers.findIndex((n, i) => n >= shape[i]!);
    if (axis >= 0) return { problem: beyond(numbers[axis]!, shape[axis]!, axis) };
    return toElement(flatIndex(shape, numbers));
  }
  const [row, col] = numbers as [number, number];
  if (numbers.length !== 2) return { problem: help(shape) };
  if (row >= slice.rows) return { problem: beyond(row, slice.rows, null) };
  if (col >= slice.cols) return { problem: beyond(col, slice.cols, null) };
  return toElement(elementAt(slice, { row, col }) ?? 0);

  function toElement(index: number): Jump {
    if (index < slice.count) return axesShowing(shape, axes, index);
    return {
      problem: l10n.t('There are {0} elements, from #0 on', formatCount(slice.count)),
    };
  }
}

function help(shape: readonly number[]): string {
  const example = shape.map(length => Math.floor(length / 2)).join(', ') || '0';
  return l10n.t('An index of {0} such as {1}, or # and a number', formatShape(shape), example);
}

function beyond(index: number, length: number, axis: number | null): string {
  return axis === null
    ? l10n.t('{0} is beyond the {1} that are shown', formatCount(index), formatCount(length))
    : l10n.t('Axis {0} ends before {1}: its length is {2}', axis, index, length);
}
