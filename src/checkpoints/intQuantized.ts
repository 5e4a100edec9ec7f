import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { contentsOf } from './contents';
import { dtypeProblem, missing, scaleDtypes, shapeProblem, undecoded } from './findings';
import type { Layout, Recognised, Surroundings } from './layout';
import { moduleOf } from './moduleName';
import { methodOf, prefixOf, weightArgsOf } from './quantHints';
import { gridFacts, gridGroups, groupIndexProblem, scaledDecoder } from './scaledDecoder';
import { fitScales, misfit } from './scaleGrid';
import { packedRows } from './storedCodes';
import { unpackSignedBytes } from './unpack';

/**
 * Codes of one byte in two's complement: `(q - zero) * scale`, as compressed-tensors' `int-quantized`, Quark and ComfyUI
 * store them. Parameters have the shape in which the scales are stored.
 * @source vllm-project/compressed-tensors quantization/lifecycle/forward.py, dequantize
 */
export const intQuantized: Layout = {
  name: 'intQuantized',
  recognise(codes, around) {
    if (codes.dtype !== 'I8' || codes.shape.length < 2 || !codes.name.endsWith('.weight'))
      return null;
    const m = moduleOf(codes.name);
    const scale = around.find(`${m}.weight_scale`);
    if (scale) return told(codes, scale, around);
    if (methodOf(around.config) !== 'compressed-tensors') return null;
    return undecoded(codes.name, 'compressed-tensors int8', missing(`${m}.weight_scale`));
  },
  async open(weight, parts) {
    const { shape } = parts.entry('scale');
    return scaledDecoder({
      weight,
      codes: { first: -128, count: 256 },
      levels: Float32Array.from({ length: 256 }, (_, i) => i - 128),
      params: {
        shape,
        scale: await parts.floats('scale'),
        zeroPoint: parts.has('zeroPoint') ? await parts.floats('zeroPoint') : null,
        ...{ bias: null, shift: null },
        groupIndex: await gridGroups(weight, parts),
      },
      codesOf: packedRows(parts, 'codes', {
        rowBytes: weight.shape.at(-1)!,
        unpack: unpackSignedBytes,
      }),
    });
  },
};

function told(codes: TensorEntry, scale: TensorEntry, around: Surroundings): Recognised {
  const { name, shape } = codes;
  const find = (end: string) => around.find(`${moduleOf(name)}.${end}`);
  const [zeroPoint, groupIndex, comfy] = ['weight_zero_point', 'weight_g_idx', 'comfy_quant'].map(
    find,
  );
  const kind = `${prefixOf(around.config)}int8`;
  const problem =
    dtypeProblem(scale, scaleDtypes) ??
    (zeroPoint
      ? (dtypeProblem(zeroPoint, ['I8']) ?? shapeProblem(zeroPoint, scale.shape))
      : null) ??
    (groupIndex ? groupIndexProblem(groupIndex, shape.at(-1)!) : null);
  if (problem !== null) return undecoded(name, kind, problem);
  const grid = fitScales(scale.shape, shape, weightArgsOf(around.config));
  if (!grid) return undecoded(name, kind, misfit(scale, shape));
  const order = groupIndex ? ', act-order' : '';
  return {
    kind: 'weight',
    name,
    shape,
    packed: {
      layout: 'intQuantized',
      scheme: `${kind}, ${grid.text}, ${zeroPoint ? 'asymmetric' : 'symmetric'}${order}`,
      bits: 8,
      groupSize: grid.groupSize,
      parts: {
        ...{ codes, scale },
        ...(zeroPoint && { zeroPoint }),
        ...(groupIndex && { groupIndex }),
        ...(comfy && { comfy }),
      },
      facts: gridFacts(grid),
    },
    notes: rotationNotes(name, comfy),
  };
}

/** ComfyUI may store weights in a basis of its own. */
function rotationNotes(name: string, comfy: TensorEntry | undefined): string[] {
  const bytes = comfy && contentsOf(comfy);
  if (!bytes || !new TextDecoder().decode(bytes).includes('"convrot"')) return [];
  return [
    `${quote(name)} is rotated by a Hadamard matrix (convrot): its values are those of the rotated weight`,
  ];
}
