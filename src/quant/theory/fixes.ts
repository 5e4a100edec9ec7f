import { WeightError } from '../../base/errors';
import type { Matrix } from '../../base/tile';
import { misfit } from '../misfit';
import { methodOf } from '../run/method';
import { methodShape } from '../run/segments';
import type { FormatName, Granularity, Scheme } from '../scheme';
import { parseScheme, printScheme } from '../schemeText';

/** Why a scheme may lose more than it would on normal weights. */
export type Cause = 'outliers' | 'clipping' | 'granularity';

/** A scheme without one cause of loss. */
export interface Fix {
  readonly cause: Cause;
  /** Its shortest text. */
  readonly scheme: string;
}

/**
 * The same scheme with each cause of loss removed, as far as that can be; none for casts.
 * - outliers: those beyond 6 standard deviations kept apart. Normal weights have none, so that what is gained is due to
 *   outliers alone, and few are stored twice as wide as the rest.
 * - clipping: the range searched for the least error in place of the whole range; in place of any other, the whole range.
 * - granularity: the next finer of tensor, channel, 128, 32 and 16 weights; of a format, one with finer scales.
 */
export function fixesOf(scheme: Scheme, matrix: Matrix): Fix[] {
  if (scheme.grid.kind === 'cast') return [];
  const changes: [Cause, readonly Scheme[]][] = [
    ['outliers', withoutOutliers(scheme)],
    ['clipping', withOtherRange(scheme)],
    ['granularity', finer(scheme, matrix)],
  ];
  return changes.flatMap(([cause, schemes]) => {
    const text = schemes.map(s => textOf(s, matrix)).find(t => t !== null);
    return text === undefined || text === null ? [] : [{ cause, scheme: text }];
  });
}

/** The text of a scheme; null where its parts do not fit together or it does not fit the matrix. */
function textOf(scheme: Scheme, matrix: Matrix): string | null {
  try {
    const text = printScheme(scheme);
    return misfit(parseScheme(text), matrix) === null ? text : null;
  } catch (error) {
    if (WeightError.is(error, 'unsupported')) return null;
    throw error;
  }
}

function withoutOutliers(scheme: Scheme): Scheme[] {
  return scheme.outliers ? [] : [{ ...scheme, outliers: { kind: 'sigma', k: 6 } }];
}

const mse = { kind: 'mse', grid: 100, shrink: 0.8, norm: 2.4 } as const;

function withOtherRange(scheme: Scheme): Scheme[] {
  const { grid, runtime, calibration } = scheme;
  // HQQ fits its zero point to the whole range: it clips nothing.
  if (grid.kind === 'format' || runtime === 'hqq') return [];
  const isWhole = calibration.kind === 'minmax' || calibration.kind === 'absmean';
  return [{ ...scheme, calibration: isWhole ? mse : { kind: 'minmax' } }];
}

/** Formats, and what has finer scales at about their size. */
const finerFormats: Partial<Record<FormatName, string>> = {
  mxfp4: 'nvfp4',
  q4_0: 'q4_k',
  q4_1: 'q4_k',
  q5_0: 'q5_k',
  q5_1: 'q5_k',
  'nf4-double': 'bitsandbytes nf4 group=32',
};

/** Sizes that groups are refined to. */
const groupSizes = [128, 32, 16];

function finer(scheme: Scheme, matrix: Matrix): Scheme[] {
  const { grid, outliers } = scheme;
  if (grid.kind === 'format') {
    const text = finerFormats[grid.name];
    return text ? [{ ...parseScheme(text), outliers }] : [];
  }
  const segments = segmentsOf(scheme, matrix);
  return finerThan(scheme.granularity)
    .map(granularity => ({ ...scheme, granularity }))
    .filter(candidate => segmentsOf(candidate, matrix) > segments);
}

/** Coarsest first. */
function finerThan(granularity: Granularity): Granularity[] {
  const groups = groupSizes.map((size): Granularity => ({ kind: 'group', size }));
  switch (granularity.kind) {
    case 'tensor':
      return [{ kind: 'channel', axis: 0 }, ...groups];
    case 'channel':
      return granularity.axis === 0
        ? groups
        : groupSizes.map(rows => ({ kind: 'block', rows, cols: 1 }));
    case 'group':
      return groups.filter(g => g.kind === 'group' && g.size < granularity.size);
    case 'block':
      return halved(granularity);
  }
}

/** A block in four parts, or in two where it is one row or column. */
function halved({ rows, cols }: Extract<Granularity, { kind: 'block' }>): Granularity[] {
  if (rows * cols === 1) return [];
  return [{ kind: 'block', rows: Math.ceil(rows / 2), cols: Math.ceil(cols / 2) }];
}

/** How many segments have parameters of their own. */
function segmentsOf(scheme: Scheme, matrix: Matrix): number {
  const [out, groups] = methodShape(methodOf(scheme), matrix);
  return out * groups;
}
