import { expect, it } from 'vitest';
import { type DType, dtypeInfo } from '../../../src/formats/dtype';
import { expectFinding, openStored, type StoredTensor, toldOf } from './storedModel';

function zeros(dtype: DType, shape: readonly number[]): StoredTensor {
  const bits = shape.reduce((a, b) => a * b, dtypeInfo(dtype).bits);
  return { dtype, shape, bytes: new Uint8Array(bits / 8) };
}

type Kinds = Readonly<Record<string, readonly [DType, readonly number[]]>>;

function modelOf(kinds: Kinds, options: Parameters<typeof openStored>[1] = {}) {
  const tensors = Object.entries(kinds).map(([k, [dtype, shape]]) => [
    `m.${k}`,
    zeros(dtype, shape),
  ]);
  return openStored(Object.fromEntries(tensors) as Record<string, StoredTensor>, options);
}

it.each<[string, Kinds]>([
  ['Marlin', { B: ['I32', [8, 64]], s: ['F16', [1, 32]] }],
  ['sparse Marlin', { B_24: ['I32', [8, 64]], B_meta: ['I16', [8, 8]], s: ['F16', [1, 32]] }],
  [
    'compressed-tensors marlin-24',
    { weight_packed: ['I32', [8, 8]], scale_packed: ['F16', [1, 8]], meta: ['I16', [8, 8]] },
  ],
  ['EXL2', { q_weight: ['I32', [8, 32]], q_scale: ['I32', [1, 4]], q_scale_max: ['F16', [1]] }],
  ['EXL3', { trellis: ['I16', [1, 1, 64]], suh: ['F16', [16]], svh: ['F16', [16]] }],
  ['AQLM', { codes: ['I8', [8, 1, 1]], codebooks: ['F16', [1, 256, 1, 8]], scales: ['F16', [8]] }],
  ['VPTQ', { indices: ['I16', [1, 8, 4]], 'centroids.weight': ['F16', [1, 16]] }],
  ['SpQR', { dense_weights: ['I64', [8]], row_offsets: ['I32', [9]] }],
  ['EETQ', { weight: ['I8', [16, 8]], weight_scales: ['F16', [8]] }],
  ['SVDQuant', { qweight: ['I8', [8, 8]], wscales: ['F16', [1, 8]] }],
  [
    'ComfyUI NVFP4',
    {
      weight: ['U8', [128, 32]],
      weight_scale: ['F8_E4M3', [128, 4]],
      weight_scale_2: ['F32', []],
      comfy_quant: ['U8', [19]],
    },
  ],
  [
    'ComfyUI MXFP8',
    { weight: ['F8_E4M3', [128, 128]], weight_scale: ['U8', [128, 4]], comfy_quant: ['U8', [19]] },
  ],
  ['Quark OCP MX', { weight: ['U8', [8, 16]], weight_scale: ['U8', [8, 1]] }],
  ['Quark INT4', { weight: ['I32', [64, 1]], weight_scale: ['F32', [2, 8]] }],
  ['ModelOpt INT4 AWQ', { weight: ['U8', [4, 128]], weight_scale: ['F32', [8, 1]] }],
  [
    'Gemma QAT',
    {
      weight: ['U8', [8, 16]],
      weight_scale: ['F32', [8, 1]],
      input_activation_scale: ['F32', []],
    },
  ],
])('names %s, and says that it is not decoded', async (format, kinds) => {
  const opened = await modelOf(kinds);
  const message = `\\(${format}\\) cannot be decoded`;
  expect(toldOf(opened)).toEqual({});
  expectFinding(opened, 'm.weight', new RegExp(message));
});

it('knows ComfyUI by the metadata of the file', async () => {
  const opened = await modelOf(
    { weight: ['U8', [128, 32]], weight_scale: ['F8_E4M3', [128, 4]], weight_scale_2: ['F32', []] },
    { metadata: { _quantization_metadata: '{}' } },
  );
  expectFinding(opened, 'm.weight', /ComfyUI NVFP4/);
});

it('knows BitNet by its config only', async () => {
  const kinds: Kinds = { weight: ['U8', [2, 8]], weight_scale: ['F32', [1]] };
  const opened = await modelOf(kinds, { config: { quant_method: 'bitnet' } });
  expectFinding(opened, 'm.weight', /BitNet/);
  expect((await modelOf(kinds)).model.findings).toEqual([]);
});

it.each<[string, Kinds]>([
  ['a plain weight', { weight: ['F32', [8, 8]] }],
  ['bytes alone', { weight: ['U8', [8, 8]] }],
  ['a matrix called B', { B: ['F32', [8, 8]], s: ['F32', [8]] }],
])('leaves %s alone', async (_, kinds) => {
  expect((await modelOf(kinds)).model.findings).toEqual([]);
});
