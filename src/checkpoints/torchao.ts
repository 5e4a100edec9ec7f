import { quote } from '../base/limits';
import type { RealDType } from '../formats/decode';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import {
  dtypeProblem,
  missing,
  type Problem,
  scaleDtypes,
  shapeProblem,
  shapeText,
  undecoded,
} from './findings';
import { scaleOnly } from './fp4';
import type { Layout, PackedWeight, Recognised, Surroundings } from './layout';
import { levelCodes } from './levelCodes';
import { countOf, objectOf } from './quantHints';
import { offsetTimesScale, tableTimesScale } from './runs';
import { byteTable, packedRows } from './storedCodes';
import { unpackBytes, unpackSignedBytes } from './unpack';

/** Subclasses that store a plain code for each weight, and the dtypes of these. */
const plainTypes: ReadonlyMap<string, readonly DType[]> = new Map([
  ['Int8Tensor', ['I8']],
  ['IntxUnpackedToInt8Tensor', ['I8']],
  ['Float8Tensor', ['F8_E4M3', 'F8_E5M2']],
]);

const zeroDtypes: readonly DType[] = [...scaleDtypes, 'I8'];

/** Blocks of fewer columns would take as much memory as the weight. */
const leastBlock = 16;

/**
 * torchao's safetensors: the file's metadata names the subclass of each weight as JSON; its tensors are
 * `MODULE._weight_qdata`, `_scale` and `_zero_point`. Codes lie as the weight does; a scale serves the block that the two
 * shapes' quotient tells: `(code - zero_point) * scale`, or `float8 * scale`. Subclasses that pack codes are not decoded.
 * @source pytorch/ao torchao/prototype/safetensors and quantization/quantize_/workflows, commit 36027d8
 */
export const torchao: Layout = {
  name: 'torchao',
  recognise(anchor, around) {
    const found = /^(.*)\._([^.]+)_qdata$/.exec(anchor.name);
    if (!found) return null;
    const name = `${found[1]}.${found[2]}`;
    const told = parse(around.metadata[name]);
    return typeof told._type === 'string' ? recognise(anchor, { name, told, around }) : null;
  },
  async open(weight, parts) {
    const scale = await parts.floats('scale');
    const zero = parts.has('zeroPoint') ? await parts.floats('zeroPoint') : null;
    const { dtype } = parts.entry('codes');
    const inner = weight.shape.at(-1)!;
    const [run, spread] = [Number(weight.packed.facts.run), spreadOf(weight)];
    const [scales, runs] = [spread(scale), { inner, run }];
    const isInteger = dtype === 'I8';
    const zeros = zero ? spread(zero) : new Float32Array(isInteger ? scales.length : 0);
    const levels = isInteger ? null : byteTable(dtype as RealDType);
    return {
      codes: levels ? levelCodes(levels) : { first: -128, count: 256 },
      params: { ...scaleOnly(parts.entry('scale').shape, scale), zeroPoint: zero },
      codesOf: packedRows(parts, 'codes', {
        rowBytes: inner,
        unpack: isInteger ? unpackSignedBytes : unpackBytes,
      }),
      dequantize: levels
        ? tableTimesScale(runs, levels, scales)
        : offsetTimesScale(runs, zeros, scales),
    };
  },
};

interface Subclass {
  readonly name: string;
  /** What the metadata says of the weight. */
  readonly told: Readonly<Record<string, unknown>>;
  readonly around: Surroundings;
}

function recognise(codes: TensorEntry, { name, told, around }: Subclass): Recognised {
  const type = String(told._type);
  const scheme = `torchao ${type}`;
  const dtypesOf = plainTypes.get(type);
  if (!dtypesOf) return undecoded(name, scheme, 'this subclass is not decoded');
  const stem = codes.name.slice(0, -'_qdata'.length);
  const [scale, zeroPoint] = [around.find(`${stem}_scale`), around.find(`${stem}_zero_point`)];
  const names = Array.isArray(told._tensor_data_names) ? told._tensor_data_names : [];
  if (!scale) return undecoded(name, scheme, missing(`${stem}_scale`));
  if (!zeroPoint && names.includes('zero_point'))
    return undecoded(name, scheme, missing(`${stem}_zero_point`));
  if (codes.shape.length < 2)
    return undecoded(name, scheme, `it has shape ${shapeText(codes.shape)}, expected [out, in]`);
  const problem = dtypeProblem(codes, dtypesOf) ?? scaleProblem(codes, scale, zeroPoint);
  if (problem) return undecoded(name, scheme, problem);
  const bits = bitsOf(told);
  const block = codes.shape.map((d, i) => (scale.count === 1 ? d : d / scale.shape[i]!));
  const columns = block.at(-1)!;
  const rowBlock = scale.count === 1 ? 1 : block.at(-2)!;
  const isGroup = rowBlock === 1 && columns < codes.shape.at(-1)!;
  return {
    kind: 'weight',
    name,
    shape: codes.shape,
    packed: {
      layout: 'torchao',
      scheme: `torchao ${kindOf(codes, bits)}, ${blockText(block, codes.shape)}`,
      bits,
      groupSize: isGroup ? columns : null,
      parts: { codes, scale, ...(zeroPoint && { zeroPoint }) },
      facts: { rowBlock, run: scale.count === 1 ? codes.count : columns },
    },
  };
}

/** Scales of every row, where one serves several rows. */
function spreadOf({ shape, packed }: PackedWeight): (params: Float32Array) => Float32Array {
  const rowBlock = Number(packed.facts.rowBlock);
  const groupsInRow = shape.at(-1)! / Number(packed.facts.run);
  if (rowBlock === 1) return params => params;
  return params =>
    Float32Array.from({ length: params.length * rowBlock }, (_, i) => {
      const row = Math.floor(i / groupsInRow);
      return params[Math.floor(row / rowBlock) * groupsInRow + (i % groupsInRow)]!;
    });
}

function scaleProblem(
  codes: TensorEntry,
  scale: TensorEntry,
  zeroPoint: TensorEntry | undefined,
): Problem {
  const problem =
    dtypeProblem(scale, scaleDtypes) ??
    (zeroPoint && (dtypeProblem(zeroPoint, zeroDtypes) ?? shapeProblem(zeroPoint, scale.shape)));
  if (problem) return problem;
  if (scale.count === 1) return null;
  const { shape } = codes;
  const fits =
    scale.shape.length === shape.length &&
    shape.every((d, i) => d % scale.shape[i]! === 0) &&
    shape.slice(0, -2).every((d, i) => d === scale.shape[i]) &&
    shape.at(-1)! / scale.shape.at(-1)! >= Math.min(leastBlock, shape.at(-1)!);
  if (fits) return null;
  return `${quote(scale.name)} of shape ${shapeText(scale.shape)} does not cut ${shapeText(shape)} into blocks of at least ${leastBlock} columns`;
}

/** `int4` for codes of 4 bits in a byte each. */
function bitsOf(told: Subclass['told']): number {
  const target = objectOf(objectOf(told._data).target_dtype)._data;
  return countOf(Number(/^int(\d)$/.exec(String(target))?.[1])) ?? 8;
}

function kindOf({ dtype }: TensorEntry, bits: number): string {
  return dtype === 'I8' ? `int${bits}` : dtype.replace('F8_', 'float8 ');
}

function blockText(block: readonly number[], shape: readonly number[]): string {
  const [rows, columns] = [block.at(-2) ?? 1, block.at(-1)!];
  if (block.every((d, i) => d === shape[i])) return 'per tensor';
  if (rows > 1) return `block ${rows}x${columns}`;
  return columns === shape.at(-1) ? 'per channel' : `group ${columns}`;
}

function parse(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text ?? 'null'));
  } catch {
    return {}; // another program's metadata under that name
  }
}
