import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { scaleDtypes, undecoded } from './findings';
import type { Layout, Surroundings } from './layout';
import { methodOf } from './quantHints';

/** What a format is known by, beyond the anchor's name. */
interface Sight {
  readonly anchor: TensorEntry;
  /** The tensor of the same module with that name. */
  beside(name: string): TensorEntry | undefined;
  readonly around: Surroundings;
}

/** A format that is known by its tensors, but not decoded. */
interface Undecodable {
  readonly format: string;
  /** The end of the anchor's name. */
  readonly anchor: string;
  readonly dtypes: readonly DType[];
  /** Tensors that its module has too: all of them. */
  readonly beside: readonly string[];
  readonly when?: (sight: Sight) => boolean;
}

const e8m0: readonly DType[] = ['U8', 'F8_E8M0'];

/**
 * Formats whose codes are permuted, entropy- or lattice-coded, or of which no description was checked against the library.
 * @source shared reference, checkpoint-layouts.md sections 0.2, 7.5, 8.4 and 9.5
 */
const formats: readonly Undecodable[] = [
  { format: 'Marlin', anchor: '.B', dtypes: ['I32'], beside: ['s'] },
  { format: 'sparse Marlin', anchor: '.B_24', dtypes: ['I32'], beside: ['B_meta'] },
  {
    format: 'compressed-tensors marlin-24',
    anchor: '.weight_packed',
    dtypes: ['I32'],
    beside: ['scale_packed', 'meta'],
  },
  { format: 'EXL2', anchor: '.q_weight', dtypes: ['I32'], beside: ['q_scale'] },
  { format: 'EXL3', anchor: '.trellis', dtypes: ['I16'], beside: [] },
  { format: 'AQLM', anchor: '.codes', dtypes: ['I8', 'I16'], beside: ['codebooks'] },
  {
    format: 'VPTQ',
    anchor: '.indices',
    dtypes: ['I16', 'U16', 'I32', 'I64'],
    beside: ['centroids.weight'],
  },
  { format: 'SpQR', anchor: '.dense_weights', dtypes: ['I64'], beside: ['row_offsets'] },
  { format: 'EETQ', anchor: '.weight', dtypes: ['I8'], beside: ['weight_scales'] },
  { format: 'SVDQuant', anchor: '.qweight', dtypes: ['I8', 'I32'], beside: ['wscales'] },
  {
    format: 'ComfyUI NVFP4',
    anchor: '.weight',
    dtypes: ['U8'],
    beside: ['weight_scale', 'weight_scale_2'],
    when: isComfy,
  },
  {
    format: 'ComfyUI MXFP8',
    anchor: '.weight',
    dtypes: ['F8_E4M3', 'U8'],
    beside: ['weight_scale'],
    when: sight => isComfy(sight) && hasScale(sight, e8m0),
  },
  {
    format: 'Quark OCP MX',
    anchor: '.weight',
    dtypes: ['U8'],
    beside: ['weight_scale'],
    when: sight => hasScale(sight, e8m0) && !isComfy(sight) && !isByteEach(sight),
  },
  { format: 'Quark INT4', anchor: '.weight', dtypes: ['I32'], beside: ['weight_scale'] },
  {
    format: 'ModelOpt INT4 AWQ',
    anchor: '.weight',
    dtypes: ['U8'],
    beside: ['weight_scale'],
    when: sight =>
      hasScale(sight, scaleDtypes) &&
      sight.beside('weight_scale')!.shape[0] === 2 * (sight.anchor.shape[0] ?? 0),
  },
  {
    format: 'Gemma QAT',
    anchor: '.weight',
    dtypes: ['U8'],
    beside: ['weight_scale', 'input_activation_scale'],
  },
  {
    format: 'BitNet',
    anchor: '.weight',
    dtypes: ['U8'],
    beside: ['weight_scale'],
    when: ({ around }) => methodOf(around.config) === 'bitnet',
  },
];

/** Names the formats that are recognised and not decoded. */
export const undecodable: Layout = {
  name: 'undecodable',
  recognise(anchor, around) {
    const format = formats.find(f => isOf(f, anchor, around));
    if (!format) return null;
    const module = anchor.name.slice(0, -format.anchor.length);
    return undecoded(`${module}.weight`, format.format, 'this format is only recognised');
  },
  open() {
    throw new TypeError('nothing is decoded by this layout');
  },
};

function isOf(format: Undecodable, anchor: TensorEntry, around: Surroundings): boolean {
  if (!anchor.name.endsWith(format.anchor) || !format.dtypes.includes(anchor.dtype)) return false;
  const module = anchor.name.slice(0, -format.anchor.length);
  const beside = (name: string) => around.find(`${module}.${name}`);
  if (!format.beside.every(name => beside(name))) return false;
  return format.when?.({ anchor, beside, around }) ?? true;
}

function hasScale({ beside }: Sight, dtypes: readonly DType[]): boolean {
  return dtypes.includes(beside('weight_scale')!.dtype);
}

/** Whether each block of 32 weights has 32 bytes: FP8. */
function isByteEach({ anchor, beside }: Sight): boolean {
  return anchor.shape.at(-1) === 32 * (beside('weight_scale')!.shape.at(-1) ?? 0);
}

/** ComfyUI marks a layer with a tensor, or all of them in the file's metadata. */
function isComfy({ beside, around }: Sight): boolean {
  return beside('comfy_quant') !== undefined || '_quantization_metadata' in around.metadata;
}
