import { levelCodec } from '../grids/levelCodec';
import { levelGrids } from '../grids/levelGrids';
import { findLevel, levelSearch } from '../grids/levelSearch';
import { absMaxOf, type Gatherer, type SelfScaled } from './selfScaled';

const rounding = { kind: 'even' } as const;
const elements = levelCodec({ ...levelGrids.fp4, rounding, division: 'divide' });
const scaleSearch = levelSearch({ ...levelGrids['fp8-e4m3'], rounding });

/** Largest level of FP4, and of E4M3, which holds the block scales. */
const elementMax = 6;
const scaleMax = 448;

/**
 * NVFP4: blocks of 16. The tensor's float32 scale is max|x| / (6 * 448); a block's is max|x| / 6 over that, stored as
 * E4M3, and a zero as 1. The effective scale is their product, rounded to float32. A tensor of zeros has scale 1.
 * A block so small that its stored scale is 0 becomes zeros.
 * @source NVIDIA/Model-Optimizer modelopt/torch/quantization/qtensor/nvfp4_tensor.py, NVFP4QTensor
 */
export const nvfp4: SelfScaled = {
  blockSize: 16,
  blocksPerRun: 1,
  isFlat: false,
  codes: elements.codes,
  bits: { code: 4, block: 8, run: 0, tensor: 32 },
  gather: gatherScale,
  quantize(run, tensor, out) {
    const exact = Math.fround(absMaxOf(run) / Math.fround(elementMax * tensor));
    const stored = exact === 0 ? 1 : scaleSearch.levels[findLevel(scaleSearch, exact)]!;
    const scale = Math.fround(stored * tensor);
    out.scales[0] = scale;
    elements.quantize(run, { scale, zeroPoint: 0 }, out);
  },
};

/** The tensor's scale. */
function gatherScale(): Gatherer {
  let absMax = 0;
  return {
    add(block) {
      absMax = Math.max(absMax, absMaxOf(block));
    },
    finish: () => Math.fround(absMax / (elementMax * scaleMax)) || 1,
  };
}
