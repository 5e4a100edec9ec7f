import { WeightError } from '../../base/errors';
import { tensorKind } from '../../base/tensorKind';
import type { DType } from '../../formats/dtype';
import type { NewTensor } from '../../formats/safetensorsWriter';
import type { TensorEntry } from '../../formats/tensorFile';
import type { Scheme } from '../../quant/scheme';
import { printScheme } from '../../quant/schemeText';

/** How compressed-tensors holds what a scheme makes of a weight. */
export interface Packing {
  readonly format: 'pack-quantized' | 'int-quantized' | 'float-quantized';
  readonly bits: 4 | 8;
  readonly symmetric: boolean;
  readonly strategy: 'tensor' | 'channel' | 'group';
  readonly groupSize: number | null;
  readonly scaleDType: DType;
  /** What is taken from our codes and zero points so that they are signed. */
  readonly shift: number;
}

const held =
  'compressed-tensors holds int4 and int8 (sym or asym, or uint4 and uint8 asym; by group or channel, 8 bits also by tensor) ' +
  'and fp8-e4m3 (by channel or tensor), with scales of f32, f16 or bf16, without outliers kept apart and without a runtime of its own';

const scaleDTypes: Readonly<Record<Scheme['scale'], DType | null>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  e8m0: null,
};

/**
 * The packing of a scheme.
 * @throws WeightError 'unsupported' for what the format cannot hold, saying what it can
 * @source vllm-project/compressed-tensors compressors/format.py and quantization/quant_args.py
 */
export function packingOf(scheme: Scheme): Packing {
  const packing = tryPacking(scheme);
  if (packing) return packing;
  throw new WeightError('unsupported', `${printScheme(scheme)} cannot be written: ${held}`);
}

function tryPacking(scheme: Scheme): Packing | null {
  const { grid, symmetric, granularity, scale, runtime, outliers } = scheme;
  const scaleDType = scaleDTypes[scale];
  if (!scaleDType || runtime !== null || outliers || granularity.kind === 'block') return null;
  if (granularity.kind === 'channel' && granularity.axis !== 0) return null;
  const strategy = granularity.kind;
  const groupSize = granularity.kind === 'group' ? granularity.size : null;
  const common = { strategy, groupSize, scaleDType };
  if (grid.kind === 'named' && grid.name === 'fp8-e4m3' && groupSize === null)
    return { ...common, format: 'float-quantized', bits: 8, symmetric: true, shift: 0 };
  if (grid.kind !== 'integer' || (grid.bits !== 4 && grid.bits !== 8)) return null;
  if (symmetric ? !grid.signed : scheme.zero === 'free') return null;
  if (grid.bits === 4 && strategy === 'tensor') return null;
  const isPacked = grid.bits === 4 || strategy === 'group';
  const format = isPacked ? 'pack-quantized' : 'int-quantized';
  const shift = grid.signed ? 0 : 2 ** (grid.bits - 1);
  return { ...common, format, bits: grid.bits, symmetric, shift };
}

/** Why a weight is not packed, though the scheme could be laid over it; null when it is. */
export function whyNotPacked({ name, shape }: TensorEntry, packing: Packing): string | null {
  if (shape.length !== 2 || !name.endsWith('.weight'))
    return 'compressed-tensors holds the weights of linear layers, [out, in] and named MODULE.weight';
  const kind = tensorKind(name);
  if (kind === 'embedding' || kind === 'head')
    return `it is no linear layer of the body (${kind}), which loaders expect in its own dtype`;
  const { groupSize } = packing;
  if (groupSize !== null && shape[1]! % groupSize !== 0)
    return `its rows of ${shape[1]} are no multiple of the group of ${groupSize}`;
  return null;
}

/** The module of a weight's name. */
export function moduleOf(name: string): string {
  return name.slice(0, -'.weight'.length);
}

/** Names, dtypes and shapes of the tensors that stand for a weight [out, in]. */
export function packedTensors({ name, shape }: TensorEntry, packing: Packing): NewTensor[] {
  const [out, columns] = shape as [number, number];
  const { format, bits, symmetric, scaleDType } = packing;
  const scaleShape = scaleShapeOf([out, columns], packing);
  const of = (part: string) => `${moduleOf(name)}.${part}`;
  const scale = { name: of('weight_scale'), dtype: scaleDType, shape: scaleShape };
  if (format !== 'pack-quantized') {
    const dtype = format === 'int-quantized' ? 'I8' : 'F8_E4M3';
    const zero = { name: of('weight_zero_point'), dtype: 'I8', shape: scaleShape } as const;
    return [{ name, dtype, shape }, scale, ...(symmetric ? [] : [zero])];
  }
  const words = (count: number) => Math.ceil((count * bits) / 32);
  const zeroShape = [words(out), scaleShape[1]!];
  return [
    { name: of('weight_packed'), dtype: 'I32', shape: [out, words(columns)] },
    scale,
    { name: of('weight_shape'), dtype: 'I64', shape: [2] },
    ...(symmetric
      ? []
      : [{ name: of('weight_zero_point'), dtype: 'I32', shape: zeroShape } as const]),
  ];
}

function scaleShapeOf([out, columns]: readonly [number, number], packing: Packing): number[] {
  const { strategy, groupSize } = packing;
  if (strategy === 'tensor') return [1];
  return [out, strategy === 'group' ? columns / groupSize! : 1];
}
