import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import {
  dtypeProblem,
  missing,
  type Problem,
  shapeProblem,
  shapeText,
  undecoded,
} from './findings';
import { fp4Decoder } from './fp4';
import type { Layout } from './layout';
import { floatsAs } from './storedCodes';

/** Weights of a block. */
const block = 32;

const suffix = '.weight_packed';

/**
 * compressed-tensors' mxfp4-pack-quantized: weight_packed U8 [out, in / 2], two E2M1 codes in a byte, the first in the low
 * bits; weight_scale U8 (E8M0) [out, in / 32]. Expert stacks have one axis more in front.
 * @source vllm-project/compressed-tensors src/compressed_tensors/compressors/mxfp4, commit ac8e2ba
 */
export const mxfp4: Layout = {
  name: 'mxfp4',
  recognise(anchor, { find }) {
    if (anchor.dtype !== 'U8' || !anchor.name.endsWith(suffix)) return null;
    const module = anchor.name.slice(0, -suffix.length);
    const scaleName = `${module}.weight_scale`;
    const scale = find(scaleName);
    const name = `${module}.weight`;
    const problem = scale ? problemOf(anchor, scale) : missing(scaleName);
    if (problem || !scale) return undecoded(name, 'compressed-tensors MXFP4', problem ?? '');
    return {
      kind: 'weight',
      name,
      shape: [...anchor.shape.slice(0, -1), 2 * anchor.shape.at(-1)!],
      packed: {
        layout: 'mxfp4',
        scheme: 'MXFP4 (compressed-tensors), block 32',
        ...{ bits: 4, groupSize: block },
        parts: { codes: anchor, scale },
        facts: {},
      },
    };
  },
  async open({ shape }, parts) {
    const scale = await floatsAs(parts, 'scale', 'F8_E8M0');
    const inner = shape.at(-1)!;
    const params = { shape: parts.entry('scale').shape, scale };
    return fp4Decoder(parts, { role: 'codes', inner, block, ...params });
  },
};

function problemOf(codes: TensorEntry, scale: TensorEntry): Problem {
  const dtype = dtypeProblem(scale, ['U8', 'F8_E8M0']);
  return dtype ?? fp4ShapeProblem(codes, scale, block);
}

/** What is wrong with the shapes of codes [..., out, in / 2] and scales [..., out, in / block]. */
export function fp4ShapeProblem(codes: TensorEntry, scale: TensorEntry, size: number): Problem {
  const inner = 2 * (codes.shape.at(-1) ?? 0);
  if (codes.shape.length < 2 || inner % size !== 0)
    return `${quote(codes.name)} has shape ${shapeText(codes.shape)}, expected [out, in / 2] with whole blocks of ${size}`;
  return shapeProblem(scale, [...codes.shape.slice(0, -1), inner / size]);
}
