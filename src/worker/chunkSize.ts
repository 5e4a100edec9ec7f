import { matrixOf } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type { Calibration, Scheme } from '../quant/scheme';

/**
 * Bytes to read at a time, so that a worker looks up from its work, for a cancellation or for something urgent, about
 * every 20 ms whatever the schemes cost. Rows are cut only where they would be cut anyway.
 */
export function chunkSizeFor(
  entry: TensorEntry,
  schemes: readonly Scheme[],
  chunkBytes: number,
): number {
  const cost = schemes.reduce((sum, scheme) => sum + costOf(scheme), 0);
  const rowBytes = Math.ceil(entry.data.byteLength / Math.max(1, matrixOf(entry.shape).rows));
  return Math.min(
    chunkBytes,
    Math.max(smallest, rowBytes, Math.ceil(chunkBytes / Math.max(1, cost))),
  );
}

/** Below this a read costs more than it brings. */
const smallest = 16 * 1024;

/** Time per weight as a multiple of a plain scheme's, in round numbers. */
function costOf({ grid, granularity, calibration: { kind } }: Scheme): number {
  if (grid.kind === 'format') return /^(q\d_k|iq4)/.test(grid.name) ? 16 : 2;
  const search = granularity.kind === 'tensor' ? wholeTensor[kind] : eachSegment[kind];
  return search ?? (grid.kind === 'integer' ? 1 : 2);
}

/** Searches that try many scales for each weight. */
const eachSegment: Readonly<Partial<Record<Calibration['kind'], number>>> = {
  mse: 64,
  hqq: 32,
  'entropy-ort': 64,
  'entropy-nv': 64,
  'nv-mse': 64,
  'torch-histogram': 64,
};

/** Of a whole tensor a histogram is searched, once. */
const wholeTensor: Readonly<Partial<Record<Calibration['kind'], number>>> = { mse: 64, hqq: 32 };
