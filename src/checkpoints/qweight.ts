import { quote } from '../base/limits';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { dtypeProblem, missing, type Problem, shapeProblem, shapeText } from './findings';
import type { Decoder, QuantConfig, Surroundings } from './layout';
import { countOf } from './quantHints';

/** A decoder that found, in what is stored, something a person should look at: each a sentence. */
export interface NotedDecoder extends Decoder {
  readonly notes: readonly string[];
}

/** The tensors that GPTQ and AWQ store under one module's name. */
export interface QweightModule {
  /** Of the module, without a dot at its end. */
  readonly module: string;
  readonly qweight: TensorEntry;
  readonly scales: TensorEntry | undefined;
  readonly qzeros: TensorEntry | undefined;
  /** llm-awq's name for the zeros of gemv_fast. */
  readonly scaledZeros: TensorEntry | undefined;
  readonly groupIndex: TensorEntry | undefined;
}

const suffix = '.qweight';

/** Dtypes of words of 32 bits, whose sign means nothing. */
export const wordDtypes: readonly DType[] = ['I32', 'U32'];

/** The module of a `MODULE.qweight`; null for any other tensor. */
export function moduleOf(qweight: TensorEntry, { find }: Surroundings): QweightModule | null {
  if (!qweight.name.endsWith(suffix)) return null;
  const module = qweight.name.slice(0, -suffix.length);
  return {
    module,
    qweight,
    scales: find(`${module}.scales`),
    qzeros: find(`${module}.qzeros`),
    scaledZeros: find(`${module}.scaled_zeros`),
    groupIndex: find(`${module}.g_idx`),
  };
}

/** Why a tensor cannot be one of these with that many axes, row by row in little-endian bytes. */
export function storageProblem(
  entry: TensorEntry,
  dtypes: readonly DType[],
  rank: number,
): Problem {
  const { shape, data } = entry;
  const wrong = dtypeProblem(entry, dtypes);
  if (wrong) return wrong;
  if (shape.length !== rank || entry.count === 0)
    return `${quote(entry.name)} has shape ${shapeText(shape)}, expected ${rank} axes, none empty`;
  const plain = data.byteOrder === 'little' && (rank === 1 || !data.fortranOrder);
  return plain ? null : `${quote(entry.name)} is not stored row by row, little-endian`;
}

/** A tensor that must be there, with one of these dtypes and exactly this shape. */
export function partProblem(
  entry: TensorEntry | undefined,
  name: string,
  { dtypes, shape }: { readonly dtypes: readonly DType[]; readonly shape: readonly number[] },
): Problem {
  if (!entry) return missing(name);
  return storageProblem(entry, dtypes, shape.length) ?? shapeProblem(entry, shape);
}

/**
 * Turns parameters by group into parameters by output.
 * @param values [groups or more, out]; rows past `groups` are padding
 * @returns [out, groups]
 */
export function byOutput(values: Float32Array, out: number, groups: number): Float32Array {
  const turned = new Float32Array(out * groups);
  for (let g = 0; g < groups; g++)
    for (let n = 0; n < out; n++) turned[n * groups + g] = values[g * out + n]!;
  return turned;
}

/** Parameters of groups that all rows are cut into: `run` weights each. */
export interface GroupParams {
  readonly scale: Float32Array;
  readonly zeroPoint: Float32Array;
  readonly inner: number;
  /** Divides `inner`. */
  readonly run: number;
}

/**
 * Values scale * (code - zero). The difference is exact and so is the product in float64: storing it is the one rounding.
 * Four at a time: nearly twice as fast as one.
 */
export function dequantizeGroups({
  scale,
  zeroPoint,
  inner,
  run,
}: GroupParams): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    let group = (row * inner) / run;
    for (let i = 0, end = rows * inner; i < end; group++) {
      const s = scale[group]!;
      const z = zeroPoint[group]!;
      const to = i + run;
      for (; i + 3 < to; i += 4) {
        out[i] = s * (codes[i]! - z);
        out[i + 1] = s * (codes[i + 1]! - z);
        out[i + 2] = s * (codes[i + 2]! - z);
        out[i + 3] = s * (codes[i + 3]! - z);
      }
      for (; i < to; i++) out[i] = s * (codes[i]! - z);
    }
  };
}

/** What is wrong with scales, as sentences. */
export function scaleNotes(scale: Float32Array): string[] {
  let count = 0;
  for (const s of scale) if (!Number.isFinite(s)) count++;
  return count === 0 ? [] : [`${count} of ${scale.length} scales are NaN or infinite`];
}

/** The group size that the config tells; Infinity where it says whole rows, null where nothing. */
export function toldGroup(config: QuantConfig | null): number | null {
  const told = config?.group_size ?? config?.q_group_size;
  return told === -1 ? Infinity : countOf(told);
}

/** How far parameters reach, for a scheme's text. A group as long as a row is one where the config says so. */
export function groupText(inner: number, groupSize: number, config: QuantConfig | null): string {
  const isGroup = groupSize < inner || toldGroup(config) === groupSize;
  return isGroup ? `group ${groupSize}` : 'per channel';
}
