import { quote } from '../base/limits';
import { decoderFor, floatsFor, isReal } from '../formats/decode';
import type { TensorEntry } from '../formats/tensorFile';
import { chunkedCodes } from './chunkedCodes';
import { contentsOf } from './contents';
import {
  dtypeProblem,
  missing,
  type Problem,
  scaleDtypes,
  shapeProblem,
  undecoded,
} from './findings';
import { scaleOnly } from './fp4';
import type { Decoder, Layout, Recognised, Surroundings } from './layout';
import { offsetTimesScale } from './runs';

/** Codes in a unit, by bits: a byte, but words of 32 bits for 3 bits. */
const codesInUnit: Readonly<Record<number, number>> = { 8: 1, 6: 1, 5: 1, 4: 2, 3: 10, 2: 4, 1: 8 };

/** What else a module stores beside codes, scales and zero points. */
const settings = [
  ...['shape', 'nbits', 'group_size', 'axis', 'packing', 'channel_wise', 'round_zero', 'optimize'],
  ...['compute_dtype', 'unpack_view_dtype', 'view_as_float', 'quant_scale', 'quant_zero'],
  ...['encoded_state_dict', 'stores_quant_config', 'offload_meta'],
] as const;

/** What the small tensors of a module say. */
interface Settings {
  readonly shape: readonly number[];
  readonly bits: number;
  readonly axis: number;
}

/**
 * HQQ: the weight, row-major, is reshaped to [groups, group] (axis 1) or [group, groups] (axis 0), and the rows of that
 * matrix are split in equal chunks, the first in the highest bits of W_q: bytes, or for 3 bits words of 32 with ten codes
 * from bit 27 down. scale and zero are [groups, 1] or [1, groups]; `(code - zero) * scale`, zero being real.
 * @source mobiusml/hqq hqq/core/quantize.py and bitpack.py, commit e0b1d00
 */
export const hqq: Layout = {
  name: 'hqq',
  recognise(anchor, around) {
    if (!anchor.name.endsWith('.W_q')) return null;
    return recognise(anchor, anchor.name.slice(0, -'.W_q'.length), around);
  },
  async open({ shape, count, packed }, parts) {
    const { bits, facts } = packed;
    const inner = shape.at(-1)!;
    const scale = await parts.floats('scale');
    const zeroPoint = await parts.floats('zero');
    const unitBytes = bits === 3 ? 4 : 1;
    const chunks = codesInUnit[bits]!;
    const run = count / scale.length;
    return {
      codes: { first: 0, count: 2 ** bits },
      params: { ...scaleOnly(parts.entry('scale').shape, scale), zeroPoint },
      codesOf: chunkedCodes(parts, 'codes', {
        ...{ inner, bits, unitBytes },
        chunk: parts.entry('codes').data.byteLength / unitBytes,
        shiftOf: chunk => fieldBits(bits) * (chunks - 1 - chunk),
      }),
      dequantize:
        facts.axis === 1
          ? offsetTimesScale({ inner, run }, zeroPoint, scale)
          : alternating(inner, zeroPoint, scale),
    };
  },
};

/** Bits of a field: codes of 5 and 6 bits have a byte of their own. */
function fieldBits(bits: number): number {
  return bits > 4 ? 8 : bits;
}

function recognise(codes: TensorEntry, module: string, { find }: Surroundings): Recognised {
  const name = `${module}.weight`;
  const [scale, zero] = [find(`${module}.scale`), find(`${module}.zero`)];
  if (!scale) return undecoded(name, 'HQQ', missing(`${module}.scale`));
  if (!zero) return undecoded(name, 'HQQ', missing(`${module}.zero`));
  const stored = Object.fromEntries(
    settings.flatMap(key => {
      const entry = find(`${module}.${key}`);
      return entry ? [[key, entry] as const] : [];
    }),
  );
  const told = settingsOf(stored);
  if (typeof told === 'string') return undecoded(name, 'HQQ', told);
  const { shape, bits, axis } = told;
  const problem = problemOf({ codes, scale, zero }, told);
  if (problem) return undecoded(name, `HQQ ${bits}-bit`, problem);
  const group = product(shape) / scale.count;
  const isInRow = axis === 1 && shape.at(-1)! % group === 0;
  return {
    kind: 'weight',
    name,
    shape,
    packed: {
      layout: 'hqq',
      scheme: `HQQ ${bits}-bit, group ${group}${axis === 0 ? ', axis 0' : ''}`,
      ...{ bits, groupSize: isInRow ? group : null },
      parts: { codes, scale, zero, ...stored },
      facts: { axis },
    },
  };
}

/** Reads the settings, or says why they cannot be used. */
function settingsOf(stored: Readonly<Record<string, TensorEntry>>): Settings | string {
  const shape = integersOf(stored.shape);
  const [bits, axis] = [integersOf(stored.nbits)?.[0], integersOf(stored.axis)?.[0]];
  if (!shape || bits === undefined || axis === undefined)
    return 'its shape, nbits and axis are not all stored as numbers';
  if (shape.length < 2 || shape.some(d => !Number.isSafeInteger(d) || d < 1))
    return `its stored shape is [${shape.join(', ')}], expected at least two positive integers`;
  if (!codesInUnit[bits]) return `it has ${bits} bits, expected 1 to 6 or 8`;
  if (axis !== 0 && axis !== 1) return `its groups lie along axis ${axis}, expected 0 or 1`;
  const nested = ['quant_scale', 'quant_zero'].find(key => integersOf(stored[key])?.[0] === 1);
  if (nested) return `its ${nested.slice('quant_'.length)} is quantized itself`;
  return { shape, bits, axis };
}

/** The integers in a small tensor that was read with the headers; null where it was not. */
function integersOf(entry: TensorEntry | undefined): number[] | null {
  const bytes = entry && contentsOf(entry);
  if (!bytes || !isReal(entry.dtype)) return null;
  const out = floatsFor(entry.dtype, entry.count);
  decoderFor(entry.dtype, entry.data.byteOrder)(bytes, 0, out);
  return [...out];
}

interface Stored {
  readonly codes: TensorEntry;
  readonly scale: TensorEntry;
  readonly zero: TensorEntry;
}

function problemOf({ codes, scale, zero }: Stored, { shape, bits, axis }: Settings): Problem {
  const groups = scale.count;
  const group = product(shape) / groups;
  const problem =
    dtypeProblem(scale, scaleDtypes) ??
    dtypeProblem(zero, scaleDtypes) ??
    shapeProblem(scale, axis === 1 ? [groups, 1] : [1, groups]) ??
    shapeProblem(zero, scale.shape);
  if (problem) return problem;
  if (!Number.isInteger(group))
    return `${product(shape)} weights do not fall into ${groups} whole groups`;
  const [rows, columns] = axis === 1 ? [groups, group] : [group, groups];
  const units = Math.ceil(rows / codesInUnit[bits]!) * columns;
  const expected = units * (bits === 3 ? 4 : 1);
  // Codes may be stored as floats whose bytes they are: only the bytes are counted.
  const { byteLength } = codes.data;
  if (byteLength === expected) return null;
  return `${quote(codes.name)} has ${byteLength} bytes, expected ${expected} for ${groups} groups of ${group}`;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Values `(code - zero) * scale` where neighbours in the row-major weight belong to neighbouring groups. */
function alternating(
  inner: number,
  zero: Float32Array,
  scale: Float32Array,
): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    let group = (row * inner) % scale.length;
    for (let i = 0; i < rows * inner; i++) {
      out[i] = Math.fround(codes[i]! - zero[group]!) * scale[group]!;
      if (++group === scale.length) group = 0;
    }
  };
}
