import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { dtypeProblem, missing, type Problem, shapeText, undecoded } from './findings';
import { fp4Decoder } from './fp4';
import type { Layout, Recognised, Surroundings } from './layout';
import { fp4ShapeProblem } from './mxfp4';
import type { Parts } from './parts';

/** Weights of a block. */
const block = 16;

/** How a producer names its tensors, and what it does with the scale of the tensor. */
interface Producer {
  readonly title: string;
  readonly codes: string;
  readonly tensorScale: string;
  readonly divides: boolean;
}

const producers: readonly Producer[] = [
  { title: 'ModelOpt', codes: '.weight', tensorScale: '.weight_scale_2', divides: false },
  {
    title: 'compressed-tensors',
    codes: '.weight_packed',
    tensorScale: '.weight_global_scale',
    divides: true,
  },
];

/**
 * NVFP4: U8 [out, in / 2], two E2M1 codes in a byte, the first in the low bits; weight_scale F8_E4M3 [out, in / 16]; one
 * float32 for the tensor (or each expert of a stack), by which ModelOpt multiplies the block's scale and compressed-tensors
 * divides it; that result is rounded to float32 before it scales the code.
 * @source NVIDIA/TensorRT-Model-Optimizer modelopt/torch/quantization/qtensor/nvfp4_tensor.py, commit 5a4242f;
 *   vllm-project/compressed-tensors src/compressed_tensors/compressors/nvfp4, commit ac8e2ba
 */
export const nvfp4: Layout = {
  name: 'nvfp4',
  recognise(anchor, around) {
    if (anchor.dtype !== 'U8') return null;
    const producer = producers.find(p => anchor.name.endsWith(p.codes));
    return producer ? recognise(anchor, producer, around) : null;
  },
  async open({ shape, packed }, parts) {
    const scale = await blockScales(parts, packed.facts.divides === true);
    const inner = shape.at(-1)!;
    const params = { shape: parts.entry('scale').shape, scale };
    return fp4Decoder(parts, { role: 'codes', inner, block, ...params });
  },
};

function recognise(
  anchor: TensorEntry,
  { title, codes, tensorScale, divides }: Producer,
  { find }: Surroundings,
): Recognised | null {
  const module = anchor.name.slice(0, -codes.length);
  const scale = find(`${module}.weight_scale`);
  const whole = find(module + tensorScale);
  // Other layouts have U8 codes and scales of that name too: E4M3 scales or a second one make it NVFP4.
  if (!whole && scale?.dtype !== 'F8_E4M3') return null;
  const name = `${module}.weight`;
  const scheme = `NVFP4 (${title}), block ${block}`;
  if (!scale) return undecoded(name, scheme, missing(`${module}.weight_scale`));
  if (!whole) return undecoded(name, scheme, missing(module + tensorScale));
  const problem = problemOf(anchor, scale, whole);
  if (problem) return undecoded(name, scheme, problem);
  const smoothed = find(`${module}.pre_quant_scale`);
  return {
    kind: 'weight',
    name,
    shape: [...anchor.shape.slice(0, -1), 2 * anchor.shape.at(-1)!],
    packed: {
      ...{ layout: 'nvfp4', scheme, bits: 4, groupSize: block },
      parts: { codes: anchor, scale, tensorScale: whole },
      facts: { divides },
    },
    ...(smoothed && {
      notes: [`${quote(smoothed.name)} scales this module's input; the weight is shown without it`],
    }),
  };
}

function problemOf(codes: TensorEntry, scale: TensorEntry, whole: TensorEntry): Problem {
  const dtype = dtypeProblem(scale, ['F8_E4M3']) ?? dtypeProblem(whole, ['F32']);
  const problem = dtype ?? fp4ShapeProblem(codes, scale, block);
  if (problem) return problem;
  const experts = codes.shape.length > 2 ? codes.shape[0] : 1;
  if (whole.count === 1 || whole.count === experts) return null;
  return `${quote(whole.name)} has shape ${shapeText(whole.shape)}, expected one value${experts === 1 ? '' : ' or one for each expert'}`;
}

/** Scales of blocks with the tensor's in them, float32. */
async function blockScales(parts: Parts, divides: boolean): Promise<Float32Array> {
  const scale = await parts.floats('scale');
  const whole = await parts.floats('tensorScale');
  const each = scale.length / whole.length;
  for (let i = 0; i < scale.length; i++) {
    const tensor = whole[Math.floor(i / each)]!;
    scale[i] = divides ? scale[i]! / tensor : scale[i]! * tensor;
  }
  return scale;
}
