import { quote } from '../base/limits';
import type { DType } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import { contentsOf } from './contents';
import { dtypeProblem, scaleDtypes, undecoded } from './findings';
import { scaleOnly } from './fp4';
import type { Layout, QuantConfig, Recognised, Surroundings } from './layout';
import { levelCodes } from './levelCodes';
import { moduleOf, weightName } from './moduleName';
import { methodOf, prefixOf, weightArgsOf } from './quantHints';
import { gridFacts, scaledDecoder, scalesOf } from './scaledDecoder';
import { fitScales, misfit, rowGroups, type ScaleGrid } from './scaleGrid';
import { byteTable, packedRows } from './storedCodes';
import { unpackBytes } from './unpack';

/** Dtypes of the elements, and their names for people. */
const elements = {
  F8_E4M3: 'E4M3',
  F8_E5M2: 'E5M2',
  F8_E4M3FNUZ: 'E4M3FNUZ',
  F8_E5M2FNUZ: 'E5M2FNUZ',
} as const;

type Element = keyof typeof elements;

/** Dtypes of powers of two: U8 is E8M0 by another name. */
const powerDtypes: readonly DType[] = ['F8_E8M0', 'U8'];

/** `quant_method`s whose FP8 weights always have scales. */
const fp8Methods = ['fp8', 'fbgemm_fp8', 'modelopt', 'compressed-tensors'];

/**
 * FP8 elements with scales that multiply, also where they are called `_inv`: `W = element * scale`, rounded once. One
 * scale a tensor, output channel, expert or block of rows and columns (edges cut); MXFP8 is a power of two for 32 columns.
 * Parameters have the shape in which the scales are stored.
 * @source deepseek-ai/DeepSeek-V3 inference/kernel.py, weight_dequant_kernel; vllm-project/compressed-tensors
 * quantization/lifecycle/forward.py, dequantize; comfyanonymous/ComfyUI QUANTIZATION.md
 */
export const fp8: Layout = {
  name: 'fp8',
  recognise(anchor, around) {
    const element = elementOf(anchor, around);
    if (!element || anchor.shape.length < 2) return null;
    const scale = scaleOf(anchor, around);
    if (scale) return told(anchor, { element, scale, around });
    if (!fp8Methods.includes(methodOf(around.config))) return null; // a plain cast
    return undecoded(
      weightName(anchor.name),
      `FP8 ${elements[element]}`,
      'it has no scale, which the config promises',
    );
  },
  async open(weight, parts) {
    const scale = await scalesOf(parts, 'scale');
    const levels = byteTable(weight.packed.facts.element as Element);
    return scaledDecoder({
      weight,
      codes: levelCodes(levels),
      levels,
      params: scaleOnly(parts.entry('scale').shape, scale),
      codesOf: packedRows(parts, 'codes', { rowBytes: weight.shape.at(-1)!, unpack: unpackBytes }),
    });
  },
};

/** The dtype of elements; U8 may hold raw ones, if something says so. */
function elementOf({ name, dtype }: TensorEntry, around: Surroundings): Element | null {
  if (dtype in elements) return dtype as Element;
  if (dtype !== 'U8' || !name.endsWith('.weight')) return null;
  const m = moduleOf(name);
  if (around.find(`${m}.weight_scale_2`)) return null; // NVFP4
  const told = comfyFormat(around.find(`${m}.comfy_quant`)) ?? configFormat(around.config);
  return told === null ? null : told.endsWith('e5m2') ? 'F8_E5M2' : 'F8_E4M3';
}

/** The FP8 format in ComfyUI's JSON beside a weight. */
function comfyFormat(entry: TensorEntry | undefined): string | null {
  const bytes = entry && contentsOf(entry);
  const found = bytes && /"format":\s*"(float8_\w+)"/.exec(new TextDecoder().decode(bytes));
  return found?.[1] ?? null;
}

function configFormat(config: QuantConfig | null): string | null {
  const method = methodOf(config);
  const isFp8 =
    method === 'fp8' || method === 'fbgemm_fp8' || /^FP8/.test(String(config?.quant_algo ?? ''));
  if (!isFp8) return null;
  return typeof config?.fmt === 'string' ? config.fmt : 'e4m3';
}

/** The scales of a weight, whatever they are called. */
function scaleOf({ name }: TensorEntry, { find }: Surroundings): TensorEntry | undefined {
  const m = moduleOf(name);
  const names = name.endsWith('.weight')
    ? ['weight_scale_inv', 'weight_scale', 'scale_weight', 'qscale_weight', 'scale'].map(
        end => `${m}.${end}`,
      )
    : [`${name}_scale_inv`, `${name}_scale`];
  return names.map(find).find(found => found !== undefined);
}

interface Found {
  readonly element: Element;
  readonly scale: TensorEntry;
  readonly around: Surroundings;
}

function told(codes: TensorEntry, { element, scale, around }: Found): Recognised | null {
  const comfy = around.find(`${moduleOf(codes.name)}.comfy_quant`);
  const isMx = hasBlocksOf32(scale, codes);
  if (isMx && comfy) return null; // its scales are swizzled
  const grid = isMx
    ? { ...rowGroups(32), perMatrix: scale.shape.at(-2)! * scale.shape.at(-1)!, text: 'block 32' }
    : fitScales(scale.shape, codes.shape, weightArgsOf(around.config));
  const name = weightName(codes.name);
  const kind = `${prefixOf(around.config)}${isMx ? 'MXFP8' : 'FP8'} ${elements[element]}`;
  const problem = dtypeProblem(scale, [...scaleDtypes, ...powerDtypes]);
  if (problem !== null) return undecoded(name, kind, problem);
  if (!grid) return undecoded(name, kind, misfit(scale, codes.shape));
  return {
    kind: 'weight',
    name,
    shape: codes.shape,
    packed: {
      layout: 'fp8',
      scheme: `${kind}, ${grid.text}`,
      bits: 8,
      groupSize: grid.groupSize,
      parts: { codes, scale, ...(comfy && { comfy }) },
      facts: { ...gridFacts(grid), element },
    },
    notes: orientationNotes(name, grid, codes),
  };
}

/** Experts of fbgemm are stored the other way round, which shows in one scale for each column. */
function orientationNotes(name: string, grid: ScaleGrid, { shape }: TensorEntry): string[] {
  if (shape.length < 3 || grid.columnBlock !== 1) return [];
  return [
    `${quote(name)} is shown as it is stored: [experts, in, out], with a scale for each output`,
  ];
}

function hasBlocksOf32({ dtype, shape }: TensorEntry, codes: TensorEntry): boolean {
  const expected = [...codes.shape.slice(0, -1), Math.ceil(codes.shape.at(-1)! / 32)];
  return (
    powerDtypes.includes(dtype) &&
    shape.length === expected.length &&
    expected.every((d, i) => d === shape[i])
  );
}
