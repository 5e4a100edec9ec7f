import type { Matrix } from '../base/tile';
import { storedFormat } from './run/formatMethod';
import { tooManyForHqq } from './run/hqqMethod';
import { methodOf } from './run/method';
import { methodShape } from './run/segments';
import type { Scheme } from './scheme';

/** Why a scheme cannot be laid over a matrix; null when it can. */
export function misfit(scheme: Scheme, matrix: Matrix): string | null {
  const { grid } = scheme;
  if (scheme.runtime === 'hqq') return tooManyForHqq(largestSegment(scheme, matrix));
  if (grid.kind !== 'format') return null;
  const stored = storedFormat(grid.name);
  if (stored.kind !== 'ggml' || matrix.cols % stored.format.blockSize === 0) return null;
  return `${grid.name} packs blocks of ${stored.format.blockSize} weights, and its rows have ${matrix.cols}`;
}

/** Weights that share a scale, at most: each segment but the last is as large as the first. */
function largestSegment(scheme: Scheme, matrix: Matrix): number {
  const [rows, cols] = methodShape(methodOf(scheme), matrix);
  const perSegment = (length: number, segments: number) =>
    Math.ceil(length / Math.max(1, segments));
  return perSegment(matrix.rows, rows) * perSegment(matrix.cols, cols);
}
