import type { Matrix } from '../base/tile';
import { storedFormat } from './run/formatMethod';
import type { Scheme } from './scheme';

/** Why a scheme cannot be laid over a matrix; null when it can. */
export function misfit({ grid }: Scheme, { cols }: Matrix): string | null {
  if (grid.kind !== 'format') return null;
  const stored = storedFormat(grid.name);
  if (stored.kind !== 'ggml' || cols % stored.format.blockSize === 0) return null;
  return `${grid.name} packs blocks of ${stored.format.blockSize} weights, and its rows have ${cols}`;
}
