import type { Stretch } from '../arithmetic';
import { levelCodec } from '../grids/levelCodec';
import { gridOfLevels, levelGrids } from '../grids/levelGrids';
import { findLevel, levelSearch } from '../grids/levelSearch';
import { absMaxOf, type Gatherer, type ScaledBlocks, type SelfScaled } from './selfScaled';

const blockSize = 64;
const blocksPerRun = 256;
const rounding = { kind: 'even' } as const;
/** The least that the library divides by. */
const tiny = Math.fround(1e-38);

const { levels } = levelGrids.nf4;
const codec = levelCodec({ ...levelGrids.nf4, rounding, division: 'reciprocal' });
/** The library divides in a block that is short. */
const shortCodec = levelCodec({ ...levelGrids.nf4, rounding, division: 'divide' });

/**
 * NF4 with scales that are quantized too. Blocks of 64 of the flattened tensor; the codes are chosen with the exact
 * absmax of the block. Stored is its distance from the mean absmax of the tensor, as one of 256 levels times the largest
 * distance of 256 blocks; that is what the codes are decoded with. All in float32, except that the mean is summed in
 * float64: the library's own may differ in the last digit.
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/functional.py, quantize_4bit with compress_statistics, and
 * backends/default/ops.py, quantize_4bit, quantize_blockwise, dequantize_blockwise
 */
export const nf4Double: SelfScaled = {
  blockSize,
  blocksPerRun,
  isFlat: true,
  codes: codec.codes,
  bits: { code: 4, block: 8, run: 32, tensor: 32 },
  gather: gatherMean,
  quantize(run, mean, out) {
    const blocks = blocksOf(run);
    const absMaxes = Float32Array.from(blocks, absMaxOf);
    for (const [i, block] of blocks.entries()) {
      const isShort = block.to - block.from < blockSize;
      const scale = Math.max(absMaxes[i]!, tiny);
      (isShort ? shortCodec : codec).quantize(block, { scale, zeroPoint: 0 }, out);
    }
    quantizeScales(absMaxes, mean, out.scales);
    for (const [i, block] of blocks.entries()) decode(block, out.scales[i]!, out);
  },
};

/** The mean absmax of the tensor's blocks. */
function gatherMean(): Gatherer {
  let sum = 0;
  let count = 0;
  return {
    add(block) {
      sum += absMaxOf(block);
      count++;
    },
    finish: () => Math.fround(sum / Math.max(count, 1)),
  };
}

function blocksOf({ values, from, to, index, stride }: Stretch): Stretch[] {
  const blocks: Stretch[] = [];
  for (let at = from; at < to; at += blockSize)
    blocks.push({
      values,
      from: at,
      to: Math.min(at + blockSize, to),
      index: index + (at - from) * stride,
      stride,
    });
  return blocks;
}

/** The scales of up to 256 blocks as they come back from storage. */
function quantizeScales(absMaxes: Float32Array, mean: number, scales: Float32Array): void {
  const distances = absMaxes.map(a => a - mean);
  const largest = absMaxOf({
    values: distances,
    from: 0,
    to: distances.length,
    index: 0,
    stride: 1,
  });
  const divisor = Math.max(largest, tiny);
  const inverse = Math.fround(1 / divisor);
  const isShort = distances.length < blocksPerRun;
  for (let i = 0; i < distances.length; i++) {
    const d = distances[i]!;
    const v = Math.fround(isShort ? d / divisor : d * inverse);
    const level = scaleSearch.levels[findLevel(scaleSearch, v)]!;
    scales[i] = Math.fround(level * largest) + mean;
  }
}

function decode({ from, to }: Stretch, scale: number, { codes, results }: ScaledBlocks): void {
  for (let i = from; i < to; i++) results[i] = levels[codes[i]!]! * scale;
}

/**
 * The 256 levels of bitsandbytes' dynamic 8-bit type: for each power of ten from 1e-6 to 1 the middles of 1, 2, 4, ... 64
 * equal parts of [0.1, 1] times that power, both signs; 0; and 1, which has no counterpart. Ascending, float32.
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/functional.py, create_dynamic_map; its torch.linspace counts
 * from the nearer end and multiplies and adds with one rounding, as the maps in checkpoints show
 */
export function dynamicLevels(): Float32Array {
  const positive: number[] = [];
  for (let i = 0; i < 7; i++) {
    const parts = 2 ** i;
    const power = Math.fround(10 ** (i - 6));
    const edges = Float32Array.from({ length: parts + 1 }, (_, k) => edge(k, parts));
    for (let k = 0; k < parts; k++)
      positive.push(Math.fround(power * (Math.fround(edges[k]! + edges[k + 1]!) / 2)));
  }
  return Float32Array.of(...positive.map(x => -x), 0, ...positive, 1).sort();
}

/** Edge k of [0.1, 1] in equal parts; the sum is exact in float64, so that it is rounded once. */
function edge(k: number, parts: number): number {
  const start = Math.fround(0.1);
  const step = Math.fround(Math.fround(1 - start) / parts);
  return k < (parts + 1) >> 1 ? start + step * k : 1 - step * (parts - k);
}

const scaleSearch = levelSearch({ ...gridOfLevels([...dynamicLevels()]), rounding });
