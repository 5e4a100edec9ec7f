import type { Matrix } from '../../base/tile';
import { storedFormat } from '../run/formatMethod';
import type { Method } from '../run/method';
import type { Outliers, Scheme } from '../scheme';
import { castError } from './casts';
import { logWithin, upperQuantile, upperTail } from './normal';

/** Segments of one size. */
export interface Segments {
  readonly size: number;
  /** Fraction of the tensor's weights that are in them. */
  readonly share: number;
}

/** Which weights share parameters; as the scheme's method has it, which costs more to make. */
export function segmentsOf(scheme: Scheme): Pick<Method, 'granularity' | 'flat'> {
  const { grid, granularity, runtime } = scheme;
  if (grid.kind !== 'format')
    return { granularity, flat: runtime === 'bitsandbytes' && granularity.kind === 'group' };
  const { format } = storedFormat(grid.name);
  return { granularity: { kind: 'group', size: format.blockSize }, flat: false };
}

/** The sizes of the segments of a matrix: at the ends of rows and at its edges they may be smaller. */
export function sizesOf(
  { granularity, flat }: Pick<Method, 'granularity' | 'flat'>,
  matrix: Matrix,
): Segments[] {
  const { rows, cols } = matrix;
  const whole = (size: number) => [{ size, share: 1 }];
  switch (granularity.kind) {
    case 'tensor':
      return whole(rows * cols);
    case 'channel':
      return whole(granularity.axis === 0 ? cols : rows);
    case 'group':
      return cut(flat && cols % granularity.size !== 0 ? rows * cols : cols, granularity.size);
    case 'block':
      return cut(rows, granularity.rows).flatMap(down =>
        cut(cols, granularity.cols).map(across => ({
          size: down.size * across.size,
          share: down.share * across.share,
        })),
      );
  }
}

/** A length in parts of a size, the last of which may be short. */
function cut(length: number, size: number): Segments[] {
  const short = length % size;
  const parts = [
    { size, share: (length - short) / length },
    { size: short, share: short / length },
  ];
  return parts.filter(({ share }) => share > 0);
}

/** What an outlier rule leaves. */
export interface Kept {
  /** Fraction of the weights that are kept apart. */
  readonly share: number;
  /** The largest magnitude that the others may have, in standard deviations. */
  readonly bound: number;
  /** The squared error of those kept apart, per weight of the tensor and variance: they are cast to float16. */
  readonly error: number;
}

/** What a rule keeps apart of normal weights with this standard deviation. */
export function keptApart(outliers: Outliers | null, matrix: Matrix, sigma: number): Kept {
  if (!outliers) return { share: 0, bound: Infinity, error: 0 };
  const bound = boundOf(outliers, matrix.rows * matrix.cols, sigma);
  const all = castError('fp16', sigma, Infinity) ?? 0;
  if (outliers.kind === 'columns') {
    const share = -Math.expm1(matrix.rows * logWithin(bound));
    return { share, bound, error: share * all };
  }
  const error = all - (castError('fp16', sigma, bound) ?? 0);
  return { share: 2 * upperTail(bound), bound, error };
}

/** In standard deviations; infinite where nothing is kept. */
function boundOf(outliers: Outliers, count: number, sigma: number): number {
  switch (outliers.kind) {
    case 'top': {
      const kept = Math.floor((outliers.percent / 100) * count);
      return kept === 0 ? Infinity : upperQuantile(kept / count / 2);
    }
    case 'sigma':
      return outliers.k;
    default:
      return outliers.threshold / sigma;
  }
}
