import { isCountable } from '../formats/patterns';
import { matrixOf, type RowBlock } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import type { AnalysisRequest, SharePlan, Way } from '../protocol/worker';
import { misfit } from '../quant/misfit';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { parseScheme } from '../quant/schemeText';
import { maxChannels } from '../stats/channels';
import { checkSigma, figuresOf } from './analysis';

/** What is found of each is kept until all are merged: memory may not grow with the tensor. */
const mostBlocks = 16;

/**
 * The plan of a request, of blocks of about so many bytes; null where sharing is not possible or not worth it.
 * @throws WeightError 'unsupported' for a scheme or a sigma that cannot be
 */
export function planOf(request: AnalysisRequest, blockBytes: number): SharePlan | null {
  const { entry, schemes, sampleBytes, channels, detail = false } = request;
  const matrix = matrixOf(entry.shape);
  const { byteLength, zip } = entry.data;
  // A zip member has to be checked, and maybe inflated, by whoever opens it; of a packed weight all scales are read.
  if (zip || entry.packed || sampleBytes || matrix.rows === 1 || byteLength < 2 * blockBytes)
    return null;
  const figures = figuresOf(entry);
  if (!figures.statistics) return null;
  checkSigma(request.sigma);
  const perRow = channels && matrix.rows <= maxChannels;
  const way = (text: string) =>
    figures.schemes ? wayOf(parseScheme(text), entry, perRow) : 'none';
  const ways = schemes.map(way);
  const isDetailWhole = detail && !isCountable(entry);
  // Who reads it all for the one does the other on the way.
  const isWhole = isDetailWhole || ways.includes('whole');
  if (isWhole && !ways.some(isShared)) return null;
  const bytes = Math.max(blockBytes, byteLength / mostBlocks);
  const each = Math.max(1, Math.round((bytes * matrix.rows) / byteLength));
  return { blocks: blocksOf(matrix.rows, each), ways, isDetailWhole };
}

function blocksOf(rows: number, each: number): RowBlock[] {
  const count = Math.ceil(rows / each);
  return Array.from({ length: count }, (_, i) => ({
    row: i * each,
    rows: Math.min(each, rows - i * each),
  }));
}

function isShared(way: Way): boolean {
  return way === 'rows' || way === 'counts' || way === 'range';
}

/** @param channels whether figures of each row are asked for: then counts of the whole tensor do not do */
function wayOf(scheme: Scheme, entry: TensorEntry, channels = false): Way {
  const matrix = matrixOf(entry.shape);
  if (misfit(scheme, matrix) !== null) return 'none';
  const run = new SchemeRun(scheme, matrix, false);
  if (run.isOrderless && isCountable(entry) && !channels) return 'counts';
  if (run.isRowwise) return 'rows';
  if (!run.isOrderless) return 'whole';
  const isRange = scheme.calibration.kind === 'minmax' && scheme.outliers === null;
  return isRange ? 'range' : 'whole';
}
