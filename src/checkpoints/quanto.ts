import { quote } from '../base/limits';
import type { RealDType } from '../formats/decode';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { chunkedCodes } from './chunkedCodes';
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
import type { Decoder, Layout, PackedWeight, QuantConfig, Recognised } from './layout';
import { levelCodes } from './levelCodes';
import type { Parts } from './parts';
import { offsetTimesScale, scaleTimesCodePlus, tableTimesScale } from './runs';
import { byteTable, packedRows } from './storedCodes';
import { unpackBytes, unpackSignedBytes } from './unpack';

/** Dtypes of codes of one byte. */
const byteDtypes: readonly DType[] = ['I8', 'F8_E4M3', 'F8_E5M2', 'F8_E4M3FNUZ'];

const shiftDtypes: readonly DType[] = [...scaleDtypes, 'I8', 'U8'];

/**
 * optimum-quanto. qint8 and qfloat8: `_data` [out, in], `_scale` [out, 1] or one, `code * scale`. qint4 and qint2: the file
 * holds groups only, `_data._data` U8 [groups * bits / 8, group] of the matrix [groups, group], whose rows are split in
 * 8 / bits chunks, the first in the low bits; `_scale` and `_shift` [groups, 1], `scale * code - shift`, or
 * `scale * (code - shift)` where the shift is an integer. Where the rows of the weight begin is not stored: the weight is
 * shown as [groups, group].
 * @source huggingface/optimum-quanto optimum/quanto/tensor, commit e33f820
 */
export const quanto: Layout = {
  name: 'quanto',
  recognise(anchor, { find, config }) {
    const grouped = stem(anchor.name, '._data._data');
    if (grouped !== null)
      return recogniseGroups(grouped, anchor, {
        scale: find(`${grouped}._scale`),
        shift: find(`${grouped}._shift`),
        config,
      });
    const name = stem(anchor.name, '._data');
    if (name === null || (!byteDtypes.includes(anchor.dtype) && !find(`${name}._scale`)))
      return null;
    return recogniseBytes(name, anchor, find(`${name}._scale`));
  },
  open(weight, parts) {
    return parts.has('shift') ? openGroups(weight, parts) : openBytes(weight, parts);
  },
};

function stem(name: string, suffix: string): string | null {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : null;
}

function recogniseBytes(
  name: string,
  codes: TensorEntry,
  scale: TensorEntry | undefined,
): Recognised {
  if (!scale) return undecoded(name, 'quanto', missing(`${name}._scale`));
  const isInteger = codes.dtype === 'I8';
  const scheme = `quanto ${isInteger ? 'int8' : codes.dtype.replace('F8_', 'float8 ')}`;
  const [out = 1] = codes.shape;
  const problem =
    (codes.shape.length < 2
      ? `it has shape ${shapeText(codes.shape)}, expected [out, in]`
      : null) ??
    dtypeProblem(codes, byteDtypes) ??
    dtypeProblem(scale, scaleDtypes) ??
    (scale.count === 1 ? null : shapeProblem(scale, [out, ...codes.shape.slice(1).map(() => 1)]));
  if (problem) return undecoded(name, scheme, problem);
  return {
    kind: 'weight',
    name,
    shape: codes.shape,
    packed: {
      layout: 'quanto',
      scheme: `${scheme}, per ${scale.count === 1 ? 'tensor' : 'channel'}`,
      ...{ bits: 8, groupSize: null, parts: { codes, scale }, facts: {} },
    },
  };
}

interface Groups {
  readonly scale: TensorEntry | undefined;
  readonly shift: TensorEntry | undefined;
  readonly config: QuantConfig | null;
}

function recogniseGroups(
  name: string,
  codes: TensorEntry,
  { scale, shift, config }: Groups,
): Recognised {
  if (!scale) return undecoded(name, 'quanto', missing(`${name}._scale`));
  if (!shift) return undecoded(name, 'quanto', missing(`${name}._shift`));
  const problem = groupsProblem(codes, scale, shift);
  if (problem) return undecoded(name, 'quanto', problem);
  const [packedRows = 0, group = 0] = codes.shape;
  const groups = scale.count;
  const fitting = [4, 2].filter(bits => Math.ceil((groups * bits) / 8) === packedRows);
  const said = fitting.filter(bits => String(config?.weights).endsWith(`int${bits}`));
  const [bits, other] = said.length > 0 ? said : fitting;
  if (!bits || other)
    return undecoded(
      name,
      'quanto',
      `${quote(codes.name)} of shape ${shapeText(codes.shape)} fits ${other ? 'both' : 'neither'} 4 and 2 bits for ${groups} groups`,
    );
  return {
    kind: 'weight',
    name,
    shape: [groups, group],
    packed: {
      layout: 'quanto',
      scheme: `quanto int${bits}, group ${group}, shown as groups`,
      ...{ bits, groupSize: group, parts: { codes, scale, shift }, facts: {} },
    },
  };
}

function groupsProblem(codes: TensorEntry, scale: TensorEntry, shift: TensorEntry): Problem {
  const dtype =
    dtypeProblem(codes, ['U8']) ??
    dtypeProblem(scale, scaleDtypes) ??
    dtypeProblem(shift, shiftDtypes);
  if (dtype) return dtype;
  if (codes.shape.length !== 2)
    return `${quote(codes.name)} has shape ${shapeText(codes.shape)}, expected [packed groups, group]`;
  return shapeProblem(scale, [scale.shape[0] ?? 1, 1]) ?? shapeProblem(shift, scale.shape);
}

async function openBytes({ shape, count }: PackedWeight, parts: Parts): Promise<Decoder> {
  const { dtype } = parts.entry('codes');
  const inner = shape.at(-1)!;
  const scale = await parts.floats('scale');
  const params = scaleOnly(parts.entry('scale').shape, scale);
  const runs = { inner, run: count / scale.length };
  if (dtype === 'I8')
    return {
      ...{ codes: { first: -128, count: 256 }, params },
      codesOf: packedRows(parts, 'codes', { rowBytes: inner, unpack: unpackSignedBytes }),
      dequantize: offsetTimesScale(runs, new Float32Array(scale.length), scale),
    };
  const levels = byteTable(dtype as RealDType);
  return {
    ...{ codes: levelCodes(levels), params },
    codesOf: packedRows(parts, 'codes', { rowBytes: inner, unpack: unpackBytes }),
    dequantize: tableTimesScale(runs, levels, scale),
  };
}

async function openGroups({ shape, packed }: PackedWeight, parts: Parts): Promise<Decoder> {
  const { bits } = packed;
  const inner = shape.at(-1)!;
  const scale = await parts.floats('scale');
  const shift = await parts.floats('shift');
  const isInteger = !scaleDtypes.includes(parts.entry('shift').dtype);
  const runs = { inner, run: inner };
  const params = scaleOnly(parts.entry('scale').shape, scale);
  return {
    codes: { first: 0, count: 2 ** bits },
    params: isInteger ? { ...params, zeroPoint: shift } : { ...params, shift },
    codesOf: chunkedCodes(parts, 'codes', {
      ...{ inner, bits, unitBytes: 1 },
      chunk: parts.entry('codes').count,
      shiftOf: chunk => bits * chunk,
    }),
    dequantize: isInteger
      ? offsetTimesScale(runs, shift, scale)
      : scaleTimesCodePlus(
          runs,
          scale,
          shift.map(s => -s),
        ),
  };
}
