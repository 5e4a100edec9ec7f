import { throwIfCancelled, WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { Tile } from '../base/tile';
import { dtypes } from '../formats/dtype';
import type { RowStream } from '../formats/rows';
import type { Finding, TensorEntry } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';
import { AffineRun } from '../quant/affineRun';
import type { Scheme } from '../quant/scheme';
import { countBeyond, Moments } from '../stats/moments';
import type { Profile } from '../stats/profile';

/** What to compute while the rows stream past. */
export interface AnalysisOptions {
  /** Outlier threshold in standard deviations. */
  readonly sigma: number;
  readonly schemes: readonly Scheme[];
  readonly signal?: AbortSignal | undefined;
  /** Called with the elements passed so far and in all, over both passes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Whether a tensor has figures at all, and whether schemes apply to it. */
export function figuresOf({ dtype, count }: TensorEntry): {
  statistics: boolean;
  schemes: boolean;
} {
  const { kind } = dtypes[dtype];
  return { statistics: kind !== 'complex', schemes: kind === 'float' && count > 0 };
}

/** The analysis of a tensor whose values are never read: complex numbers have no order and so no range. */
export function withoutFigures(entry: TensorEntry, schemes: number): TensorAnalysis {
  const message = `${quote(entry.name)} holds complex numbers (${entry.dtype}): it has no range to quantize, so it has no figures`;
  return {
    profile: null,
    reports: new Array<null>(schemes).fill(null),
    sampled: 1,
    findings: [{ severity: 'info', message, tensor: entry.name }],
  };
}

/**
 * Statistics and error figures of one tensor, in at most two passes over its rows (a third look at rows that are too
 * long for a chunk). Memory is bounded by the chunk.
 * @throws WeightError 'cancelled', or whatever reading throws
 */
export async function analyzeRows(
  entry: TensorEntry,
  stream: RowStream,
  options: AnalysisOptions,
): Promise<TensorAnalysis> {
  const { sigma, schemes } = options;
  const moments = new Moments();
  const runs = schemes.map(s => new AffineRun(s, stream.matrix));
  const applied = figuresOf(entry).schemes ? runs : [];
  const look = looker(stream, options);

  const only = await firstPass(
    stream,
    moments,
    applied.filter(r => !r.wholeTensor),
    look,
  );

  const threshold = sigma * moments.std;
  const whole = applied.filter(r => r.wholeTensor);
  for (const run of whole) run.setRange(moments.min, moments.max);
  let outliers = 0;
  if (whole.length > 0 || moments.absMax > threshold) {
    const second = (tile: Tile) => {
      outliers += countBeyond(tile.data, threshold);
      for (const run of whole) run.apply(tile);
    };
    if (only) second(only);
    else for (const panel of stream.panels()) for await (const tile of look(panel, 1)) second(tile);
  }

  const profile = moments.profile(threshold, outliers);
  return {
    profile,
    reports: runs.map(r => (applied.includes(r) ? r.report(profile.count) : null)),
    sampled: entry.count === 0 ? 1 : profile.count / entry.count,
    findings: findingsOf(entry, profile),
  };
}

type Look = (panel: Parameters<RowStream['tiles']>[0], weight: 0 | 1) => AsyncIterable<Tile>;

/** The tiles of a panel, with the checks that belong between tiles. Only looks of weight 1 count as progress. */
function looker(stream: RowStream, { signal, onProgress }: AnalysisOptions): Look {
  const total = 2 * stream.elements;
  let done = 0;
  let rested = performance.now();
  return async function* (panel, weight) {
    for await (const tile of stream.tiles(panel, signal)) {
      yield tile;
      throwIfCancelled(signal);
      done += weight * tile.data.length;
      onProgress?.(done, total);
      // Bytes that are already in memory resolve without leaving the microtask queue: let messages in now and then.
      if (performance.now() - rested > 20) {
        await new Promise(resolve => setImmediate(resolve));
        rested = performance.now();
      }
    }
  };
}

/** Moments, and the schemes whose segments lie within a row. Returns the tile when there was just one. */
async function firstPass(
  stream: RowStream,
  moments: Moments,
  runs: readonly AffineRun[],
  look: Look,
): Promise<Tile | undefined> {
  let tiles = 0;
  let last: Tile | undefined;
  for (const panel of stream.panels()) {
    const wholeRow = { row: panel.row, rows: panel.rows, col: 0, cols: stream.matrix.cols };
    const crossing = runs.filter(
      r => panel.tiles > 1 && !r.holdsWholeSegments({ col: 0, cols: stream.tileCols }),
    );
    for (const run of crossing) run.begin(wholeRow);
    for await (const tile of look(panel, 1)) {
      moments.add(tile.data);
      for (const run of runs) {
        const within = !crossing.includes(run);
        if (within) run.begin(tile);
        run.observe(tile);
        if (within) run.apply(tile);
      }
      tiles++;
      last = tile;
    }
    if (crossing.length === 0) continue;
    for await (const tile of look(panel, 0)) for (const run of crossing) run.apply(tile);
  }
  return tiles === 1 ? last : undefined;
}

function findingsOf({ name, count }: TensorEntry, { nan, infinite }: Profile): Finding[] {
  if (nan + infinite === 0) return [];
  const parts = [nan > 0 && `${nan} NaN`, infinite > 0 && `${infinite} infinite`].filter(Boolean);
  const message = `${quote(name)} holds ${parts.join(' and ')} of ${count} values; they are left out of its figures`;
  return [{ severity: 'warning', message, tensor: name }];
}

/** Schemes are checked before any byte is read. */
export function checkSigma(sigma: number): number {
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new WeightError('unsupported', `sigma must be a positive number, found ${sigma}`);
  return sigma;
}
