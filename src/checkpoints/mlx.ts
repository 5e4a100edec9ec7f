import { quote } from '../base/limits';
import type { RealDType } from '../formats/decode';
import type { TensorEntry } from '../formats/tensorFile';
import { dtypeProblem, missing, scaleDtypes, shapeProblem, shapeText, undecoded } from './findings';
import { fp4Decoder, scaleOnly } from './fp4';
import type { Decoder, Layout, PackedWeight, QuantConfig, Recognised } from './layout';
import { levelCodes } from './levelCodes';
import type { Parts } from './parts';
import { scaleTimesCodePlus, tableTimesScale } from './runs';
import { byteTable, floatsAs, packedRows } from './storedCodes';
import { unpackBytes, unpackNibbles, unpackStream } from './unpack';

/** Bits of a code, and weights that share a scale. */
interface Width {
  readonly bits: number;
  readonly groupSize: number;
}

/** Modes whose scales are small floats in U8 and that have no biases: 32 bits times columns over scales tells them apart. */
const floatModes: readonly (Width & { mode: 'nvfp4' | 'mxfp4' | 'mxfp8'; scale: RealDType })[] = [
  { mode: 'nvfp4', bits: 4, groupSize: 16, scale: 'F8_E4M3' },
  { mode: 'mxfp4', bits: 4, groupSize: 32, scale: 'F8_E8M0' },
  { mode: 'mxfp8', bits: 8, groupSize: 32, scale: 'F8_E8M0' },
];

const affineWidths: readonly Width[] = [2, 3, 4, 5, 6, 8].flatMap(bits =>
  [32, 64, 128].map(groupSize => ({ bits, groupSize })),
);

/**
 * MLX: weight U32 [out, in * bits / 32], codes as one stream along the row, the first in the lowest bits. Affine: scales
 * and biases [out, in / group], `scale * code + bias`. The modes mxfp4, nvfp4 and mxfp8 have scales U8 and no biases.
 * Only the product of bits and group is in the shapes; the config tells the two apart.
 * @source ml-explore/mlx mlx/ops.cpp and mlx/backend/cpu/quantized.cpp, commit 846d176
 */
export const mlx: Layout = {
  name: 'mlx',
  recognise(anchor, { find, config }) {
    const suffix = '.weight';
    if (anchor.dtype !== 'U32' || !anchor.name.endsWith(suffix)) return null;
    const module = anchor.name.slice(0, -suffix.length);
    const scales = find(`${module}.scales`);
    const biases = find(`${module}.biases`);
    if (!scales && !biases) return null;
    if (!scales) return undecoded(anchor.name, 'MLX', missing(`${module}.scales`));
    if (scales.dtype === 'U8' && !biases) return recogniseFloat(anchor, scales);
    if (!biases) return undecoded(anchor.name, 'MLX', missing(`${module}.biases`));
    return recogniseAffine({ codes: anchor, scale: scales, bias: biases }, hintOf(config, module));
  },
  open(weight, parts) {
    return parts.has('bias') ? openAffine(weight, parts) : openFloat(weight, parts);
  },
};

function recogniseFloat(codes: TensorEntry, scale: TensorEntry): Recognised {
  const product = bitsPerScale(codes, scale);
  const found = floatModes.find(m => m.bits * m.groupSize === product);
  if (!found) return undecoded(codes.name, 'MLX', columnsProblem(codes, scale));
  const inner = found.groupSize * scale.shape.at(-1)!;
  const title = `${found.mode.toUpperCase()} (MLX), block ${found.groupSize}`;
  const problem = shapeProblem(scale, [...codes.shape.slice(0, -1), inner / found.groupSize]);
  if (problem) return undecoded(codes.name, title, problem);
  return weightOf(
    { codes, scale },
    { ...found, inner, scheme: title, facts: { mode: found.mode } },
  );
}

function recogniseAffine(
  parts: { readonly codes: TensorEntry; readonly scale: TensorEntry; readonly bias: TensorEntry },
  hint: Partial<Width>,
): Recognised {
  const { codes, scale, bias } = parts;
  const product = bitsPerScale(codes, scale);
  const fitting = affineWidths.filter(w => w.bits * w.groupSize === product);
  const said = fitting.filter(w => w.bits === hint.bits && w.groupSize === hint.groupSize);
  const [width, other] = said.length > 0 ? said : fitting;
  const problem =
    dtypeProblem(scale, scaleDtypes) ??
    dtypeProblem(bias, [scale.dtype]) ??
    shapeProblem(bias, scale.shape) ??
    shapeProblem(scale, [...codes.shape.slice(0, -1), scale.shape.at(-1) ?? 1]);
  if (problem) return undecoded(codes.name, 'MLX', problem);
  if (!width) return undecoded(codes.name, 'MLX', columnsProblem(codes, scale));
  if (other) return undecoded(codes.name, 'MLX', ambiguityOf(fitting));
  const { bits, groupSize } = width;
  const inner = groupSize * scale.shape.at(-1)!;
  const scheme = `MLX ${bits}-bit, group ${groupSize}`;
  return weightOf(parts, { bits, groupSize, inner, scheme, facts: { mode: 'affine' } });
}

function weightOf(
  parts: { readonly codes: TensorEntry; readonly scale: TensorEntry; readonly bias?: TensorEntry },
  found: Width & { inner: number; scheme: string; facts: { mode: string } },
): Recognised {
  const { bits, groupSize, inner, scheme, facts } = found;
  const { name, shape } = parts.codes;
  return {
    kind: 'weight',
    name,
    shape: [...shape.slice(0, -1), inner],
    packed: { layout: 'mlx', scheme, bits, groupSize, parts: { ...parts }, facts },
  };
}

/** Bits of code for each scale: bits times group. */
function bitsPerScale(codes: TensorEntry, scale: TensorEntry): number {
  return (32 * (codes.shape.at(-1) ?? 0)) / (scale.shape.at(-1) ?? 0);
}

function columnsProblem(codes: TensorEntry, scale: TensorEntry): string {
  return `no bits and group make ${quote(codes.name)} of shape ${shapeText(codes.shape)} fit ${quote(scale.name)} of shape ${shapeText(scale.shape)}`;
}

function ambiguityOf(fitting: readonly Width[]): string {
  const ways = fitting.map(w => `${w.bits}-bit with group ${w.groupSize}`).join(' or ');
  return `its shapes fit ${ways}, and no config tells which`;
}

/** What the config says of a module: its own entry, or that of all. */
function hintOf(config: QuantConfig | null, module: string): Partial<Width> {
  const own = config?.[module];
  const { bits, group_size: groupSize } = { ...config, ...(isObject(own) ? own : {}) };
  return {
    ...(typeof bits === 'number' && { bits }),
    ...(typeof groupSize === 'number' && { groupSize }),
  };
}

function isObject(value: unknown): value is QuantConfig {
  return typeof value === 'object' && value !== null;
}

async function openAffine({ shape, packed }: PackedWeight, parts: Parts): Promise<Decoder> {
  const { bits, groupSize } = packed;
  const inner = shape.at(-1)!;
  const scale = await parts.floats('scale');
  const bias = await parts.floats('bias');
  return {
    codes: { first: 0, count: 2 ** bits },
    params: { ...scaleOnly(parts.entry('scale').shape, scale), bias },
    codesOf: packedRows(parts, 'codes', { rowBytes: (inner * bits) / 8, unpack: unpackOf(bits) }),
    dequantize: scaleTimesCodePlus({ inner, run: groupSize! }, scale, bias),
  };
}

/** Fields of 4 and 8 bits do not cross bytes: the stream is read faster. */
function unpackOf(bits: number): (bytes: Uint8Array, out: Int32Array) => void {
  if (bits === 4) return unpackNibbles;
  if (bits === 8) return unpackBytes;
  return (bytes, out) => unpackStream(bytes, bits, out);
}

async function openFloat({ shape, packed }: PackedWeight, parts: Parts): Promise<Decoder> {
  const { scale: dtype, bits, groupSize } = floatModes.find(m => m.mode === packed.facts.mode)!;
  const scale = await floatsAs(parts, 'scale', dtype);
  const inner = shape.at(-1)!;
  const { shape: scaleShape } = parts.entry('scale');
  if (bits === 4)
    return fp4Decoder(parts, { role: 'codes', inner, block: groupSize, shape: scaleShape, scale });
  const levels = byteTable('F8_E4M3');
  return {
    codes: levelCodes(levels),
    params: scaleOnly(scaleShape, scale),
    codesOf: packedRows(parts, 'codes', { rowBytes: inner, unpack: unpackBytes }),
    dequantize: tableTimesScale({ inner, run: groupSize }, levels, scale),
  };
}
