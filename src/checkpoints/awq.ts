import type { TensorEntry } from '../formats/tensorFile';
import { missing, type Problem, scaleDtypes, undecoded } from './findings';
import type {
  Decoder,
  Layout,
  PackedWeight,
  QuantConfig,
  Recognised,
  StoredParams,
} from './layout';
import { lookUpTurned, valuesBy } from './nibbleValues';
import type { Parts } from './parts';
import { methodOf } from './quantHints';
import {
  byOutput,
  dequantizeGroups,
  groupText,
  moduleOf,
  type NotedDecoder,
  partProblem,
  type QweightModule,
  scaleNotes,
  storageProblem,
  toldGroup,
  wordDtypes,
} from './qweight';
import { scaleTimesCodePlus } from './runs';
import { packedRows } from './storedCodes';
import { turnedWords, unpackNibbles } from './unpack';

/**
 * AWQ, codes of 4 bits, in the three orders that AutoAWQ and llm-awq write. Parameters are [out, groups].
 * @source casper-hansen/AutoAWQ awq/modules/linear/{gemm,gemv,gemv_fast}.py, commit 88e4c76; mit-han-lab/llm-awq
 * awq/quantize/qmodule.py, commit d6e797a
 */
export const awq: Layout = {
  name: 'awq',
  recognise(anchor, around) {
    const module = moduleOf(anchor, around);
    if (!module?.scales || anchor.shape.length !== 2 || module.scales.shape.length !== 2)
      return null;
    const complete = { ...module, scales: module.scales };
    const variant = variantOf(complete, around.config);
    if (!variant) return null;
    const found = recognisers[variant](complete, around.config);
    return typeof found === 'string'
      ? undecoded(`${module.module}.weight`, `AWQ ${variant}`, found)
      : found;
  },
  open: (weight, parts) => openers[weight.packed.facts.variant as Decodable](weight, parts),
};

type Decodable = 'GEMM' | 'GEMV' | 'gemv_fast';
type Variant = Decodable | 'Marlin';

/** A module with its scales. */
type Scaled = QweightModule & { readonly scales: TensorEntry };

/**
 * Tells the order of codes from shapes. Those of GEMV can be GPTQ's too (4 bits, group 8): then g_idx or the config
 * decides.
 */
function variantOf(module: Scaled, config: QuantConfig | null): Variant | null {
  const { qweight, scales, groupIndex } = module;
  const [rows, columns] = qweight.shape as [number, number];
  const out = scales.shape[1]!;
  if (qweight.dtype === 'I16') return isFast(module) ? 'gemv_fast' : null;
  if (!groupIndex && methodOf(config) !== 'gptq' && isGemv(module)) return 'GEMV';
  if (8 * columns === out) return 'GEMM';
  return columns === 2 * out && rows % scales.shape[0]! === 0 ? 'Marlin' : null;
}

function isFast({ qweight, qzeros, scaledZeros, scales }: Scaled): boolean {
  const zeros = qzeros ?? scaledZeros;
  return zeros ? scaleDtypes.includes(zeros.dtype) : 4 * qweight.shape[0]! === scales.shape[1];
}

function isGemv({ qweight, scales, qzeros }: Scaled): boolean {
  const [out, padded] = scales.shape as [number, number];
  if (qweight.shape[0] !== out || !qzeros) return false;
  return qzeros.shape[0] === out && 8 * qzeros.shape[1]! === padded;
}

const recognisers: Readonly<
  Record<Variant, (module: Scaled, config: QuantConfig | null) => Recognised | string>
> = {
  GEMM: recogniseGemm,
  GEMV: recogniseGemv,
  gemv_fast: recogniseFast,
  Marlin: () => "the order of codes is Marlin's, which is not decoded",
};

const openers: Readonly<
  Record<Decodable, (weight: PackedWeight, parts: Parts) => Promise<NotedDecoder>>
> = { GEMM: openGemm, GEMV: openGemv, gemv_fast: openFast };

function storedProblem({ qweight, scales }: Scaled): Problem {
  return storageProblem(qweight, wordDtypes, 2) ?? storageProblem(scales, scaleDtypes, 2);
}

/** qweight [in, out / 8], qzeros [groups, out / 8], scales [groups, out]. */
function recogniseGemm(module: Scaled, config: QuantConfig | null): Recognised | string {
  const { qweight, scales, qzeros } = module;
  const [inner, columns] = qweight.shape as [number, number];
  const [groups, out] = scales.shape as [number, number];
  const problem =
    storedProblem(module) ??
    partProblem(qzeros, `${module.module}.qzeros`, {
      dtypes: wordDtypes,
      shape: [groups, columns],
    });
  if (problem) return problem;
  if (inner % groups !== 0) return `${groups} groups do not divide ${inner} columns`;
  return weightOf(module, 'GEMM', { out, inner, groupSize: inner / groups, config });
}

/** qweight [out, in / 8], qzeros [out, words], scales [out, 8 words], padded at the end of each row. */
function recogniseGemv(module: Scaled, config: QuantConfig | null): Recognised | string {
  const { qweight, scales, qzeros } = module;
  const problem = storedProblem(module) ?? storageProblem(qzeros!, wordDtypes, 2);
  if (problem) return problem;
  const [out, columns] = qweight.shape as [number, number];
  const inner = 8 * columns;
  const groupSize = paddedGroup(inner, scales.shape[1]!, config);
  if (groupSize === null) return unfitting(inner, scales.shape[1]!);
  return weightOf(module, 'GEMV', { out, inner, groupSize, config });
}

/** qweight I16 [out / 4, in], scales and qzeros [8 words, out], padded at the end of each column. */
function recogniseFast(module: Scaled, config: QuantConfig | null): Recognised | string {
  const { qweight, scales } = module;
  const zeros = module.qzeros ?? module.scaledZeros;
  if (!zeros) return missing(`${module.module}.qzeros`);
  const [quads, inner] = qweight.shape as [number, number];
  const padded = scales.shape[0]!;
  const shape = [padded, 4 * quads];
  const problem =
    storageProblem(qweight, ['I16'], 2) ??
    partProblem(scales, scales.name, { dtypes: scaleDtypes, shape }) ??
    partProblem(zeros, zeros.name, { dtypes: scaleDtypes, shape });
  if (problem) return problem;
  if (inner % 64 !== 0) return `${inner} columns are not a multiple of 64`;
  const groupSize = paddedGroup(inner, padded, config);
  if (groupSize === null) return unfitting(inner, padded);
  return weightOf({ ...module, qzeros: zeros }, 'gemv_fast', {
    out: 4 * quads,
    inner,
    groupSize,
    config,
  });
}

/** The group size whose groups are padded to that many: the config's if it fits, else the only usual one that does. */
function paddedGroup(inner: number, padded: number, config: QuantConfig | null): number | null {
  const fits = (size: number) => inner % size === 0 && paddedTo(inner / size, size) === padded;
  const told = Math.min(toldGroup(config) ?? 0, inner);
  if (told > 0 && fits(told)) return told;
  const fitting = [...new Set([32, 64, 128, inner])].filter(fits);
  return fitting.length === 1 ? fitting[0]! : null;
}

/** Groups with their padding: words of 8 zero points, in twos at group 64 and in fours at group 32. */
function paddedTo(groups: number, groupSize: number): number {
  const unit = groupSize >= 128 ? 1 : groupSize === 64 ? 2 : 4;
  return 8 * unit * Math.ceil(groups / 8 / unit);
}

function unfitting(inner: number, padded: number): string {
  return `no one group size gives ${padded} scales with padding for ${inner} columns`;
}

interface Extent {
  readonly out: number;
  readonly inner: number;
  readonly groupSize: number;
  readonly config: QuantConfig | null;
}

function weightOf(
  { module, qweight, scales, qzeros }: Scaled,
  variant: Decodable,
  { out, inner, groupSize, config }: Extent,
): Recognised {
  const order = variant === 'GEMM' ? '' : ` (${variant})`;
  return {
    kind: 'weight',
    name: `${module}.weight`,
    shape: [out, inner],
    packed: {
      layout: awq.name,
      scheme: `AWQ 4-bit, ${groupText(inner, groupSize, config)}${order}`,
      bits: 4,
      groupSize,
      parts: { qweight, scales, qzeros: qzeros! },
      facts: { variant },
    },
  };
}

const codes = { first: 0, count: 16 };

/** Where the code of a column is in a word of GEMM, by the column modulo 8. */
const gemmShifts = [0, 16, 4, 20, 8, 24, 12, 28] as const;

/** Outputs that are read together: their words, an eighth as many, lie side by side in each row of `qweight`. */
const rowsAtOnce = 512;

async function openGemm(weight: PackedWeight, parts: Parts): Promise<NotedDecoder> {
  const [out, inner] = weight.shape as [number, number];
  const groups = inner / weight.packed.groupSize!;
  const zeros = new Int32Array(out * groups);
  unpackGemm(turnedWords(await parts.bytes('qzeros'), out / 8), { row: 0, inner: groups }, zeros);
  const scale = byOutput(await parts.floats('scales'), out, groups);
  const codesOf: Decoder['codesOf'] = async ({ row, rows }, into) => {
    const [from, to] = [row >> 3, (row + rows + 7) >> 3];
    const turned = turnedWords(await parts.columns('qweight', from, to, 4), to - from);
    unpackGemm(turned, { row: row & 7, inner }, into);
  };
  const decoder = { ...withZeros(weight, scale, Float32Array.from(zeros)), codesOf, rowsAtOnce };
  const run = weight.packed.groupSize!;
  if (run % 8 !== 0) return decoder;
  const read = async ({ row, rows }: { row: number; rows: number }) => {
    const [from, to] = [row >> 3, (row + rows + 7) >> 3];
    const turned = turnedWords(await parts.columns('qweight', from, to, 4), to - from);
    return new Int32Array(turned.buffer);
  };
  const lookUp = lookUpTurned({ scale, zeroPoint: zeros, inner, run }, gemmShifts);
  return { ...decoder, valuesOf: valuesBy(read, lookUp) };
}

/** Takes rows from `row` on out of words [columns, inner], each with a code of 8 rows. */
function unpackGemm(
  bytes: Uint8Array,
  { row, inner }: { readonly row: number; readonly inner: number },
  out: Int32Array,
): void {
  for (let at = 0, r = row; at < out.length; r++) {
    const shift = gemmShifts[r & 7]!;
    const nibble = shift & 4;
    const end = at + inner;
    let from = 4 * (r >> 3) * inner + (shift >> 3);
    for (; at + 3 < end; at += 4, from += 16) {
      out[at] = (bytes[from]! >> nibble) & 15;
      out[at + 1] = (bytes[from + 4]! >> nibble) & 15;
      out[at + 2] = (bytes[from + 8]! >> nibble) & 15;
      out[at + 3] = (bytes[from + 12]! >> nibble) & 15;
    }
    for (; at < end; at++, from += 4) out[at] = (bytes[from]! >> nibble) & 15;
  }
}

async function openGemv(weight: PackedWeight, parts: Parts): Promise<NotedDecoder> {
  const [out, inner] = weight.shape as [number, number];
  const groups = inner / weight.packed.groupSize!;
  const stored = await parts.floats('scales');
  const zeros = new Int32Array(stored.length);
  unpackNibbles(await parts.bytes('qzeros'), zeros);
  const codesOf = packedRows(parts, 'qweight', { rowBytes: inner / 2, unpack: unpackNibbles });
  const unpadded = (values: ArrayLike<number>) =>
    Float32Array.from({ length: out * groups }, (_, i) => {
      const row = Math.floor(i / groups);
      return values[(row * values.length) / out + (i - row * groups)]!;
    });
  return { ...withZeros(weight, unpadded(stored), unpadded(zeros)), codesOf };
}

/** What GEMM and GEMV share: scale * (code - zero). */
function withZeros({ shape, packed }: PackedWeight, scale: Float32Array, zeroPoint: Float32Array) {
  const run = packed.groupSize!;
  return {
    codes,
    params: paramsOf(shape, run, { scale, zeroPoint, bias: null }),
    dequantize: dequantizeGroups({ scale, zeroPoint, inner: shape[1]!, run }),
    notes: scaleNotes(scale),
  };
}

function paramsOf(
  [out, inner]: readonly number[],
  groupSize: number,
  params: Pick<StoredParams, 'scale' | 'zeroPoint' | 'bias'>,
): StoredParams {
  return { shape: [out!, inner! / groupSize], ...params, shift: null, groupIndex: null };
}

async function openFast(weight: PackedWeight, parts: Parts): Promise<NotedDecoder> {
  const [out, inner] = weight.shape as [number, number];
  const run = weight.packed.groupSize!;
  const scale = byOutput(await parts.floats('scales'), out, inner / run);
  const bias = byOutput(await parts.floats('qzeros'), out, inner / run);
  return {
    codes,
    params: paramsOf(weight.shape, run, { scale, zeroPoint: null, bias }),
    rowsAtOnce: 4,
    codesOf: fastCodes(parts, inner),
    dequantize: scaleTimesCodePlus({ inner, run }, scale, bias),
    notes: [...scaleNotes(scale), ...(bias.every(Number.isFinite) ? [] : ['a zero is not finite'])],
  };
}

/** Reads codes of gemv_fast, whose rows are stored four together. */
function fastCodes(parts: Parts, inner: number): Decoder['codesOf'] {
  const quadBytes = 2 * inner;
  return async ({ row, rows }, out) => {
    const [from, to] = [row >> 2, (row + rows + 3) >> 2];
    const bytes = new Uint8Array((to - from) * quadBytes);
    await parts.read('qweight', from * quadBytes, bytes);
    for (let r = 0; r < rows; r++) {
      const quad = ((row + r) >> 2) - from;
      unpackFast(
        bytes.subarray(quad * quadBytes, (quad + 1) * quadBytes),
        (row + r) & 3,
        out.subarray(r * inner, (r + 1) * inner),
      );
    }
  };
}

/**
 * Takes row `r` out of four. Of each 64 columns a row has 16 words of 2 bytes side by side; each half of them has 32
 * columns, and a word the columns 8 apart, the first in its low bits.
 */
function unpackFast(bytes: Uint8Array, r: number, out: Int32Array): void {
  for (let k = 0; k < out.length; k += 32) {
    const first = 2 * (64 * (k >> 6) + 16 * r) + ((k & 32) >> 1);
    for (let j = 0; j < 8; j++) {
      const low = bytes[first + 2 * j]!;
      const high = bytes[first + 2 * j + 1]!;
      out[k + j] = low & 15;
      out[k + j + 8] = low >> 4;
      out[k + j + 16] = high & 15;
      out[k + j + 24] = high >> 4;
    }
  }
}
