import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { missing, type Problem, scaleDtypes, shapeText, undecoded } from './findings';
import {
  countOverwritten,
  type PackedZeros,
  storedZeros,
  type ZeroRule,
  zerosPlusOne,
} from './gptqZeros';
import type {
  Decoder,
  Layout,
  PackedWeight,
  QuantConfig,
  Recognised,
  StoredParams,
} from './layout';
import { lookUpWords, valuesBy } from './nibbleValues';
import type { Parts } from './parts';
import { countOf, methodOf, objectOf } from './quantHints';
import {
  byOutput,
  dequantizeGroups,
  groupText,
  moduleOf,
  type NotedDecoder,
  type QweightModule,
  scaleNotes,
  storageProblem,
  toldGroup,
  wordDtypes,
} from './qweight';
import type { Unpack } from './storedCodes';
import { turnedWords, unpackBytes, unpackNibbles, unpackPlanes, unpackStream } from './unpack';

/**
 * GPTQ as AutoGPTQ, GPTQModel and AutoRound store it: codes [in, out] packed down the columns of `qweight`, zero points
 * [groups, out] packed along the rows of `qzeros`, `scales` [groups, out]. The weight is scale * (code - zero), [out, in].
 * Parameters are [out, groups].
 * @source AutoGPTQ/AutoGPTQ auto_gptq/nn_modules/qlinear/qlinear_cuda.py, commit 9f7d370; ModelCloud/GPTQModel
 * gptqmodel/nn_modules/qlinear/__init__.py, commit f4c327a
 */
export const gptq: Layout = {
  name: 'gptq',
  recognise(anchor, around) {
    const module = moduleOf(anchor, around);
    if (!module || !isPackedAsIntegers(module)) return null;
    const weight = `${module.module}.weight`;
    const format = formatOf(around.config);
    const problem = tensorProblem(module) ?? format.problem;
    if (problem) return undecoded(weight, 'GPTQ', problem);
    const fitted = fitShapes(module as Complete, around.config, format);
    if (typeof fitted === 'string') return undecoded(weight, 'GPTQ', fitted);
    return weightOf(module as Complete, fitted, around.config);
  },
  open: openGptq,
};

/** A module of which nothing is missing. */
type Complete = QweightModule & { readonly [role in 'scales' | 'qzeros']: TensorEntry };

/** What the config says of how GPTQ is stored. */
interface Format {
  readonly zeros: ZeroRule;
  readonly planar: boolean;
  readonly problem: Problem;
}

/** Formats by their names in `checkpoint_format`, and AutoRound's by those in `packing_format`. */
const formats: Readonly<Record<string, Omit<Format, 'problem'>>> = {
  gptq: { zeros: 'plus one', planar: false },
  gptq_v2: { zeros: 'direct', planar: false },
  gptq_p: { zeros: 'direct', planar: true },
  'auto_round:auto_gptq': { zeros: 'plus one', planar: false },
  'auto_round:gptqmodel': { zeros: 'direct', planar: false },
  auto_round: { zeros: 'direct', planar: false },
};

function formatOf(config: QuantConfig | null): Format {
  const said = config?.checkpoint_format ?? config?.packing_format ?? config?.format;
  const zeros = config ? 'unsaid' : 'unknown';
  const unsaid = { zeros, planar: false, problem: null } as const;
  const foreign = !['', 'gptq', 'auto-round', 'auto_round'].includes(methodOf(config));
  if (typeof said !== 'string' || foreign) return unsaid;
  const known = Object.hasOwn(formats, said) ? formats[said] : undefined;
  if (known) return { ...known, problem: null };
  return { ...unsaid, problem: `its format is ${quote(said)}, which is not decoded` };
}

const integerDtypes: readonly DType[] = ['I8', 'U8', 'I16', 'U16', 'I32', 'U32', 'I64', 'U64'];

/** Other tensors of that name are left alone, unless what lies beside them says that they should be codes. */
function isPackedAsIntegers({ qweight, scales, qzeros }: QweightModule): boolean {
  return integerDtypes.includes(qweight.dtype) || (scales !== undefined && qzeros !== undefined);
}

function tensorProblem({ module, qweight, scales, qzeros, groupIndex }: QweightModule): Problem {
  if (!scales) return missing(`${module}.scales`);
  const problem = storageProblem(qweight, wordDtypes, 2) ?? storageProblem(scales, scaleDtypes, 2);
  if (problem) return problem;
  if (!qzeros) return missing(`${module}.qzeros`);
  return (
    storageProblem(qzeros, wordDtypes, 2) ??
    (groupIndex ? storageProblem(groupIndex, ['I32'], 1) : null)
  );
}

/** What the shapes tell. */
interface Fitted {
  readonly bits: number;
  readonly inner: number;
  readonly groupSize: number;
  readonly planar: boolean;
  readonly zeros: ZeroRule;
}

function fitShapes(module: Complete, config: QuantConfig | null, format: Format): Fitted | string {
  const { qweight, scales, qzeros } = module;
  const [groups, out] = scales.shape as [number, number];
  if (qweight.shape[1] !== out || qzeros.shape[0] !== groups) return misfit(module);
  const candidates = [2, 3, 4, 5, 6, 7, 8].filter(bits => bitsFit(module, bits, format));
  const told = countOf(config?.bits ?? config?.w_bit);
  const bits = candidates.length > 1 ? candidates.find(b => b === told) : candidates[0];
  if (!bits) return misfit(module);
  const inner = (qweight.shape[0]! * 32) / bits;
  const groupSize = groupOf(groups, inner, config);
  if (groupSize === null) return `${groups} groups do not divide ${inner} columns`;
  const planar = isPlanar(bits, format);
  return {
    bits,
    inner,
    groupSize,
    planar,
    zeros: bits > 4 && planar ? 'direct' : format.zeros,
  };
}

/** Columns of a group: the config's if they fit, else equal parts; null where there are none. */
function groupOf(groups: number, inner: number, config: QuantConfig | null): number | null {
  const told = toldGroup(config);
  if (told && groups > 1 && Math.ceil(inner / told) === groups) return told;
  return inner % groups === 0 ? inner / groups : null;
}

/** Of 5, 6 and 7 bits only planes are written. */
function isPlanar(bits: number, format: Format): boolean {
  return format.planar || (bits > 4 && bits < 8);
}

/** Inputs fill their words, as every writer demands; the last word of outputs may be padded. */
function bitsFit({ qweight, scales, qzeros, groupIndex }: Complete, bits: number, format: Format) {
  const out = scales.shape[1]!;
  const inner = (qweight.shape[0]! * 32) / bits;
  const planar = isPlanar(bits, format);
  const zeroWords = planar ? bits * Math.ceil(out / 32) : Math.ceil((out * bits) / 32);
  if (zeroWords !== qzeros.shape[1] || inner % (planar ? 32 : 1) !== 0) return false;
  return !groupIndex || groupIndex.shape[0] === inner;
}

function misfit({ qweight, scales, qzeros, groupIndex }: Complete): string {
  const shapes = Object.entries({
    qweight,
    scales,
    qzeros,
    ...(groupIndex && { g_idx: groupIndex }),
  });
  const found = shapes.map(([role, { shape }]) => `${role} ${shapeText(shape)}`).join(', ');
  return `expected qweight [in * bits / 32, out], scales [groups, out], qzeros [groups, out * bits / 32] and g_idx [in], or a shape of AWQ; found ${found}`;
}

function weightOf(
  { module, qweight, scales, qzeros, groupIndex }: Complete,
  { bits, inner, groupSize, planar, zeros }: Fitted,
  config: QuantConfig | null,
): Recognised {
  const { sym, desc_act: actOrder } = config ?? {};
  const words = [`GPTQ ${bits}-bit`, groupText(inner, groupSize, config)];
  if (typeof sym === 'boolean') words.push(sym ? 'symmetric' : 'asymmetric');
  if (actOrder === true && groupSize < inner) words.push('act-order');
  const variant = planar ? ' (planar)' : zeros === 'direct' ? ' (v2)' : '';
  return {
    kind: 'weight',
    name: `${module}.weight`,
    shape: [scales.shape[1]!, inner],
    packed: {
      layout: gptq.name,
      scheme: words.join(', ') + variant,
      bits,
      groupSize,
      parts: { qweight, scales, qzeros, ...(groupIndex && { g_idx: groupIndex }) },
      facts: {
        planar,
        zeros,
        symmetric: sym === true,
        wholeWords: isWrittenByGptqModel(config),
      },
    },
  };
}

/** It says so in `meta.quantizer`, and subtracts from whole words: nothing is lost. */
function isWrittenByGptqModel(config: QuantConfig | null): boolean {
  return [objectOf(config?.meta).quantizer].flat().some(q => /^gptqmodel/i.test(String(q)));
}

/** Outputs that are read together: their words lie side by side in each row of `qweight`. */
const rowsAtOnce = 128;

async function openGptq(weight: PackedWeight, parts: Parts): Promise<NotedDecoder> {
  const { bits, facts } = weight.packed;
  const [out, inner] = weight.shape as [number, number];
  const groups = parts.entry('scales').shape[0]!;
  const scale = byOutput(await parts.floats('scales'), out, groups);
  const { zeros, notes } = await zerosOf(weight, parts, groups);
  const groupIndex = await groupsOf(parts, groups);
  const params: StoredParams = {
    shape: [out, groups],
    scale,
    zeroPoint: byOutput(Float32Array.from(zeros), out, groups),
    ...{ bias: null, shift: null, groupIndex },
  };
  return {
    codes: { first: 0, count: 2 ** bits },
    params,
    rowsAtOnce,
    codesOf: columnCodes(parts, inner, unpackOf(bits, facts.planar === true)),
    dequantize: dequantizer(params, inner, weight.packed.groupSize!),
    ...(bits === 4 && fastValues(parts, params, { inner, run: weight.packed.groupSize! })),
    notes: [...notes, ...scaleNotes(scale)],
  };
}

/** The values of codes of 4 bits, whose groups are in order and fill their rows. */
function fastValues(
  parts: Parts,
  { scale, zeroPoint, groupIndex }: StoredParams,
  { inner, run }: { readonly inner: number; readonly run: number },
): Pick<Decoder, 'valuesOf'> {
  const isOrdered = groupIndex?.every((g, k) => g === Math.floor(k / run)) ?? true;
  if (!isOrdered || inner % run !== 0 || run % 8 !== 0) return {};
  const read = async ({ row, rows }: { row: number; rows: number }) =>
    new Int32Array(turnedWords(await parts.columns('qweight', row, row + rows, 4), rows).buffer);
  const lookUp = lookUpWords({ scale, zeroPoint: zeroPoint!, inner, run });
  return { valuesOf: valuesBy(read, lookUp) };
}

/** Values scale * (code - zero); groups in order that fill their rows are the fast case. */
function dequantizer(
  { shape, scale, zeroPoint, groupIndex }: StoredParams,
  inner: number,
  run: number,
): Decoder['dequantize'] {
  const inOrder = Int32Array.from({ length: inner }, (_, k) => Math.floor(k / run));
  const ordered = groupIndex?.every((g, k) => g === inOrder[k]) ?? true;
  if (ordered && inner % run === 0)
    return dequantizeGroups({ scale, zeroPoint: zeroPoint!, inner, run });
  const [groups, zeros, groupOfColumn] = [shape[1]!, zeroPoint!, groupIndex ?? inOrder];
  return ({ row, rows }, codes, out) => {
    for (let i = 0, first = row * groups; i < rows * inner; first += groups)
      for (let k = 0; k < inner; k++, i++) {
        const param = first + groupOfColumn[k]!;
        out[i] = scale[param]! * (codes[i]! - zeros[param]!);
      }
  };
}

/** The group of each column; null where it is not stored, or all 0 as old files have it where it means nothing. */
async function groupsOf(parts: Parts, groups: number): Promise<Int32Array | null> {
  if (!parts.has('g_idx')) return null;
  const stored = Int32Array.from(await parts.words('g_idx'));
  const wrong = stored.findIndex(g => g < 0 || g >= groups);
  if (wrong >= 0) {
    const { name } = parts.entry('g_idx');
    throw new WeightError(
      'malformed',
      `tensor ${quote(name)} puts column ${wrong} in group ${stored[wrong]} of ${groups}`,
      { tensor: name, expected: `[0, ${groups})`, actual: stored[wrong]! },
    );
  }
  const unused = groups > 1 && stored.every(g => g === 0);
  return unused ? null : stored;
}

/** Zero points as they are applied, [groups, out], and what is odd about them. */
async function zerosOf({ shape, packed }: PackedWeight, parts: Parts, groups: number) {
  const { bits, facts } = packed;
  const bytes = await parts.bytes('qzeros');
  const stored = { bits, planar: facts.planar === true, groups, out: shape[0]!, bytes };
  const middle = 2 ** (bits - 1);
  const direct = storedZeros(stored);
  const told = facts.zeros as ZeroRule;
  // Symmetric in every group as stored: the rule would make them all asymmetric.
  const asStored = told === 'direct' || (told !== 'plus one' && direct.every(z => z === middle));
  const zeros = asStored ? direct : zerosPlusOne(stored);
  const off = zeros.reduce((count, z) => count + Number(z !== middle), 0);
  const notes: string[] = [];
  if (facts.symmetric && off > 0)
    notes.push(
      `the config says symmetric, but ${off} of ${zeros.length} zero points are not ${middle}`,
    );
  if (!asStored && !facts.wholeWords) notes.push(...overwrittenNotes(stored));
  if (asStored && told !== 'direct')
    notes.push('no config tells the format: all zero points are symmetric as stored (GPTQ v2)');
  if (!asStored && told === 'unknown' && off > 0)
    notes.push('no config tells the format: zero points are the stored ones plus 1 (GPTQ v1)');
  return { zeros, notes };
}

function overwrittenNotes(stored: PackedZeros): string[] {
  const count = countOverwritten(stored);
  if (count === 0) return [];
  return [
    `${count} of ${stored.bytes.length / 4} words of zero points are all ones up to the top, as AutoGPTQ writes them over a zero point of 0: those above it may be lost`,
  ];
}

function unpackOf(bits: number, planar: boolean): Unpack {
  if (bits === 4) return unpackNibbles;
  if (bits === 8) return unpackBytes;
  const unpack = planar ? unpackPlanes : unpackStream;
  return (bytes, out) => unpack(bytes, bits, out);
}

/** Reads codes that are packed down the columns of `qweight`. */
function columnCodes(parts: Parts, inner: number, unpack: Unpack): Decoder['codesOf'] {
  return async ({ row, rows }, out) => {
    const turned = turnedWords(await parts.columns('qweight', row, row + rows, 4), rows);
    const rowBytes = turned.length / rows;
    for (let r = 0; r < rows; r++)
      unpack(
        turned.subarray(r * rowBytes, (r + 1) * rowBytes),
        out.subarray(r * inner, (r + 1) * inner),
      );
  };
}
