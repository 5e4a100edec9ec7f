import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { contentsOf } from './contents';
import { dtypeProblem, missing, type Problem, scaleDtypes, shapeText, undecoded } from './findings';
import type { Layout, PackedWeight, Recognised, Surroundings } from './layout';
import type { Parts } from './parts';
import { type WeightArgs, weightArgsOf } from './quantHints';
import { gridFacts, gridGroups, groupIndexProblem, scaledDecoder } from './scaledDecoder';
import { fitScales, misfit } from './scaleGrid';
import { packedRows } from './storedCodes';
import { unpackLines, type WordPacking, wordPackings, wordsOf } from './wordPacking';

/**
 * compressed-tensors `pack-quantized`: `(q - zero) * scale`, both signed. Codes are packed along the input axis, zero
 * points along the output axis, each line in words of its own. Parameters [out, groups], or as the scales are stored.
 * @source vllm-project/compressed-tensors compressors/pack_quantized; neuralmagic/compressed-tensors (to 0.17) for `whole`
 */
export const compressedTensors: Layout = {
  name: 'compressedTensors',
  recognise(anchor, around) {
    if (!anchor.name.endsWith('.weight_packed') || anchor.dtype === 'U8') return null; // U8: FP4
    return told(anchor, around);
  },
  async open(weight, parts) {
    const { shape } = parts.entry('scale');
    const packing = packingIn(weight);
    const [columns, levels] = [weight.shape.at(-1)!, 2 ** packing.bits];
    const scale = await parts.floats('scale');
    const zeroPoint = parts.has('zeroPoint') ? await zerosOf(weight, parts) : null;
    const groupIndex = await gridGroups(weight, parts);
    return scaledDecoder({
      weight,
      codes: { first: -levels / 2, count: levels },
      levels: Float32Array.from({ length: levels }, (_, i) => i - levels / 2),
      params: { shape, scale, zeroPoint, bias: null, shift: null, groupIndex },
      codesOf: packedRows(parts, 'codes', {
        rowBytes: 4 * wordsOf(packing, columns),
        unpack: (bytes, out) => unpackLines(bytes, { packing, length: columns }, out),
      }),
    });
  },
};

type Roles = Readonly<Record<'codes' | 'scale' | 'shape', TensorEntry>> & {
  readonly zeroPoint?: TensorEntry;
  readonly groupIndex?: TensorEntry;
};

function told(codes: TensorEntry, around: Surroundings): Recognised {
  const m = codes.name.slice(0, -'.weight_packed'.length);
  const name = `${m}.weight`;
  const fail = (problem: string) => undecoded(name, 'compressed-tensors', problem);
  const find = (end: string) => around.find(`${m}.${end}`);
  const [scale, shape] = [find('weight_scale'), find('weight_shape')];
  if (!scale) return fail(missing(`${m}.weight_scale`));
  if (!shape) return fail(missing(`${m}.weight_shape`));
  const [zeroPoint, groupIndex] = [find('weight_zero_point'), find('weight_g_idx')];
  const parts = {
    ...{ codes, scale, shape },
    ...(zeroPoint && { zeroPoint }),
    ...(groupIndex && { groupIndex }),
  };
  const full = fullShape(parts);
  if (typeof full === 'string') return fail(full);
  const problem = problemOf(parts, full.at(-1)!);
  if (problem !== null) return fail(problem);
  return fitted(name, full, { parts, around });
}

function fitted(
  name: string,
  shape: readonly number[],
  { parts, around }: { readonly parts: Roles; readonly around: Surroundings },
): Recognised {
  const { codes, scale, zeroPoint, groupIndex } = parts;
  const fail = (problem: string) => undecoded(name, 'compressed-tensors', problem);
  const hints = weightArgsOf(around.config);
  const grid = fitScales(scale.shape, shape, hints);
  if (!grid) return fail(misfit(scale, shape));
  const fits = wordPackings.filter(packing => isPackedSo(packing, shape, parts));
  const packing = chosen(fits, hints, around);
  if (!packing) return fail(unfit(zeroPoint ? [codes, zeroPoint] : [codes], shape));
  const order = groupIndex ? ', act-order' : '';
  return {
    kind: 'weight',
    name,
    shape,
    packed: {
      layout: 'compressedTensors',
      scheme: `compressed-tensors int${packing.bits}, ${grid.text}, ${symmetry(zeroPoint)}${order}`,
      bits: packing.bits,
      groupSize: grid.groupSize,
      parts: { ...parts },
      facts: { ...gridFacts(grid), packing: packing.kind },
    },
    notes: packingNotes(name, packing, { fits, hints }),
  };
}

const symmetry = (zeroPoint: TensorEntry | undefined) => (zeroPoint ? 'asymmetric' : 'symmetric');

/** Leading dimensions of the packed codes, then what `weight_shape` says; else what is wrong. */
function fullShape({ codes, shape: stored }: Roles): readonly number[] | string {
  const bytes = contentsOf(stored);
  if (stored.dtype !== 'I64' || !bytes || bytes.length < 16)
    return `${quote(stored.name)} cannot be read as integers of 64 bits`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [out, columns] = [16, 8].map(end => Number(view.getBigInt64(bytes.length - end, true)));
  if (codes.shape.length < 2 || out !== codes.shape.at(-2) || !(columns! > 0))
    return `${quote(stored.name)} says [${out}, ${columns}], but ${quote(codes.name)} has shape ${shapeText(codes.shape)}`;
  return [...codes.shape.slice(0, -1), columns!];
}

function problemOf({ codes, scale, zeroPoint, groupIndex }: Roles, columns: number): Problem {
  return (
    dtypeProblem(codes, ['I32']) ??
    dtypeProblem(scale, scaleDtypes) ??
    (zeroPoint ? dtypeProblem(zeroPoint, ['I32', 'I8']) : null) ??
    (groupIndex ? groupIndexProblem(groupIndex, columns) : null)
  );
}

/** Whether a packing gives the shapes that are stored. Early releases store zero points as I8, not packed. */
function isPackedSo(packing: WordPacking, shape: readonly number[], parts: Roles): boolean {
  const { codes, scale, zeroPoint } = parts;
  if (codes.shape.at(-1) !== wordsOf(packing, shape.at(-1)!)) return false;
  if (!zeroPoint) return true;
  const expected = [...scale.shape];
  if (zeroPoint.dtype === 'I32') expected[shape.length - 2] = wordsOf(packing, shape.at(-2)!);
  return String(zeroPoint.shape) === String(expected);
}

/** Among the packings that fit, the one that the config tells; the first where it tells none. */
function chosen(
  fits: readonly WordPacking[],
  hints: readonly WeightArgs[],
  { config }: Surroundings,
): WordPacking | undefined {
  const told = fits.filter(({ bits }) => hints.some(h => h.bits === bits));
  const among = told.length > 0 ? told : fits;
  const isOld = /^0\.(\d|1[0-7])(\D|$)/.test(String(config?.version ?? ''));
  return (isOld && among.find(p => p.kind === 'whole' && p.bits === among[0]!.bits)) || among[0];
}

function packingNotes(
  name: string,
  { bits }: WordPacking,
  { fits, hints }: { readonly fits: readonly WordPacking[]; readonly hints: readonly WeightArgs[] },
): string[] {
  if (hints.some(h => h.bits === bits)) return [];
  const told = [...new Set(hints.flatMap(h => h.bits ?? []))];
  if (told.length > 0)
    return [`${quote(name)} is packed in ${bits} bits; the config says ${told.join(' or ')}`];
  const others = [...new Set(fits.map(fit => fit.bits))].filter(b => b !== bits);
  if (others.length === 0) return [];
  return [
    `${quote(name)} is read as ${bits} bits; ${others.join(' or ')} would fit its shapes too, and no config tells`,
  ];
}

function unfit(entries: readonly TensorEntry[], shape: readonly number[]): string {
  const found = entries.map(e => `${quote(e.name)} of shape ${shapeText(e.shape)}`).join(' and ');
  return `no bit width packs ${shapeText(shape)} into ${found}`;
}

function packingIn({ packed }: PackedWeight): WordPacking {
  return { bits: packed.bits, kind: packed.facts.packing as WordPacking['kind'] };
}

/** Zero points in the scales' shape [.., out, groups]; packed, a line is a group's outputs, and lies down a column. */
async function zerosOf(weight: PackedWeight, parts: Parts): Promise<Float32Array> {
  const { dtype, shape } = parts.entry('zeroPoint');
  if (dtype === 'I8') return parts.floats('zeroPoint');
  const [words, groups] = [shape.at(-2)!, shape.at(-1)!];
  const out = weight.shape.at(-2)!;
  const stored = await parts.words('zeroPoint');
  const matrices = stored.length / (words * groups);
  const zeros = new Float32Array(matrices * out * groups);
  const line = new Uint32Array(words);
  const bytes = new Uint8Array(line.buffer);
  const codes = new Int32Array(out);
  for (let i = 0; i < matrices * groups; i++) {
    const [matrix, group] = [Math.floor(i / groups), i % groups];
    for (let w = 0; w < words; w++) line[w] = stored[(matrix * words + w) * groups + group]!;
    unpackLines(bytes, { packing: packingIn(weight), length: out }, codes);
    for (let o = 0; o < out; o++) zeros[(matrix * out + o) * groups + group] = codes[o]!;
  }
  return zeros;
}
