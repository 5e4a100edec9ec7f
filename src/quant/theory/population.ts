import type { Matrix } from '../../base/tile';
import type { Method } from '../run/method';
import type { Outliers } from '../scheme';
import { logWithin, upperQuantile, upperTail } from './normal';

/** Segments of one size. */
export interface Segments {
  readonly size: number;
  /** Fraction of the tensor's weights that are in them. */
  readonly share: number;
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
}

/** What a rule keeps apart of normal weights with this standard deviation. */
export function keptApart(outliers: Outliers | null, matrix: Matrix, sigma: number): Kept {
  const count = matrix.rows * matrix.cols;
  if (!outliers) return { share: 0, bound: Infinity };
  switch (outliers.kind) {
    case 'top': {
      const share = Math.floor((outliers.percent / 100) * count) / count;
      return { share, bound: share === 0 ? Infinity : upperQuantile(share / 2) };
    }
    case 'columns': {
      const bound = outliers.threshold / sigma;
      return { share: -Math.expm1(matrix.rows * logWithin(bound)), bound };
    }
    default: {
      const bound = outliers.kind === 'sigma' ? outliers.k : outliers.threshold / sigma;
      return { share: 2 * upperTail(bound), bound };
    }
  }
}
