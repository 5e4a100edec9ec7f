import { powerOfTwoBelow } from '../../base/floatBits';
import { levelCodec } from '../grids/levelCodec';
import { levelGrids } from '../grids/levelGrids';
import { absMaxOf, type SelfScaled } from './selfScaled';

/** The smallest scale that E8M0 can store. */
const smallestScale = 2 ** -127;

/**
 * An MX format: blocks of 32, each with a power of two for its scale: that of the largest |x| over that of the largest
 * level, at least 2^-127. Elements are rounded half to even and saturate. A block of zeros has the smallest scale.
 * @source OCP Microscaling Formats (MX) Specification v1.0, 6.3
 */
function mxFormat(element: 'fp4' | 'fp6-e2m3' | 'fp6-e3m2' | 'fp8-e4m3' | 'fp8-e5m2'): SelfScaled {
  const grid = levelGrids[element];
  const codec = levelCodec({ ...grid, rounding: { kind: 'even' }, division: 'divide' });
  const top = powerOfTwoBelow(grid.levels.at(-1)!);
  return {
    blockSize: 32,
    blocksPerRun: 1,
    isFlat: false,
    codes: codec.codes,
    bits: { code: grid.bits, block: 8, run: 0, tensor: 0 },
    quantize(run, _tensor, out) {
      const scale = Math.max(powerOfTwoBelow(absMaxOf(run)) / top, smallestScale);
      out.scales[0] = scale;
      codec.quantize(run, { scale, zeroPoint: 0 }, out);
    },
  };
}

/** The MX formats by name; `mxfp6` and `mxfp8` are their finer element types. */
export const mxFormats = {
  mxfp4: mxFormat('fp4'),
  mxfp6: mxFormat('fp6-e2m3'),
  'mxfp6-e3m2': mxFormat('fp6-e3m2'),
  mxfp8: mxFormat('fp8-e4m3'),
  'mxfp8-e5m2': mxFormat('fp8-e5m2'),
} as const satisfies Record<string, SelfScaled>;
