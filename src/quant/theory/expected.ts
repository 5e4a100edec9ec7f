import type { Matrix } from '../../base/tile';
import type { Scheme } from '../scheme';

/** The SQNR in dB that a scheme gives Gaussian weights of this shape; null where that is not known. */
export function gaussianSqnrDb(_scheme: Scheme, _matrix: Matrix): number | null {
  return null;
}
