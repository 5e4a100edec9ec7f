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

/** How the codes and scales of one stack of experts are named; the second is the first release's. */
const spellings = [
  { blocks: '_blocks', scales: '_scales', weight: '.weight' },
  { blocks: '.blocks', scales: '.scales', weight: '' },
] as const;

/**
 * MXFP4 of gpt-oss: a stack of experts [experts, out, in] as blocks U8 [experts, out, in / 32, 16], two E2M1 codes in a
 * byte, the first in the low bits, and scales U8 (E8M0) [experts, out, in / 32].
 * @source openai/gpt-oss gpt_oss/torch/weights.py, commit 7b58334
 */
export const gptOss: Layout = {
  name: 'gpt-oss',
  recognise(anchor, { find }) {
    const spelling = spellings.find(s => anchor.name.endsWith(s.blocks));
    if (!spelling) return null;
    const prefix = anchor.name.slice(0, -spelling.blocks.length);
    const scales = find(prefix + spelling.scales);
    if (!scales && !looksLikeBlocks(anchor)) return null;
    const name = prefix + spelling.weight;
    const problem = scales ? problemOf(anchor, scales) : missing(prefix + spelling.scales);
    if (problem || !scales) return undecoded(name, 'MXFP4', problem ?? '');
    return {
      kind: 'weight',
      name,
      shape: [...anchor.shape.slice(0, 2), anchor.shape[2]! * block],
      packed: {
        ...{ layout: 'gpt-oss', scheme: 'MXFP4, block 32', bits: 4, groupSize: block },
        parts: { codes: anchor, scale: scales },
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

function looksLikeBlocks({ dtype, shape }: TensorEntry): boolean {
  return dtype === 'U8' && shape.length === 4 && shape[3] === block / 2;
}

function problemOf(blocks: TensorEntry, scales: TensorEntry): Problem {
  const { name, shape } = blocks;
  const dtype = dtypeProblem(blocks, ['U8']) ?? dtypeProblem(scales, ['U8', 'F8_E8M0']);
  if (dtype) return dtype;
  if (shape.length !== 4 || shape[3] !== block / 2)
    return `${quote(name)} has shape ${shapeText(shape)}, expected [experts, out, in / 32, 16]`;
  return shapeProblem(scales, shape.slice(0, 3));
}
