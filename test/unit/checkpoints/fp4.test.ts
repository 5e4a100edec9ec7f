import { describe, expect, it } from 'vitest';
import {
  changing,
  decode,
  expectFinding,
  expectReference,
  openChanged,
  openStored,
  plainOf,
  toldOf,
} from './storedModel';

const q = 'model.layers.0.self_attn.q_proj';
const down = 'model.layers.1.mlp.down_proj';
const experts = 'model.layers.0.mlp.experts';

function linear(scheme: string, groupSize: number) {
  return {
    [`${q}.weight`]: { shape: [40, 256], scheme, bits: 4, groupSize },
    [`${down}.weight`]: { shape: [24, 128], scheme, bits: 4, groupSize },
  };
}

describe('gpt-oss MXFP4', () => {
  it('is told as stacks of experts, and leaves the biases', async () => {
    const opened = await openChanged('gptoss-mxfp4');
    const same = { scheme: 'MXFP4, block 32', bits: 4, groupSize: 32 };
    expect(toldOf(opened)).toEqual({
      [`${experts}.down_proj.weight`]: { shape: [3, 64, 32], ...same },
      [`${experts}.gate_up_proj.weight`]: { shape: [3, 64, 64], ...same },
    });
    expect(plainOf(opened).sort()).toEqual([
      `${experts}.down_proj_bias`,
      `${experts}.gate_up_proj_bias`,
    ]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the libraries do', () => expectReference('gptoss-mxfp4'));

  it.each([
    ['scales missing', '_scales', null, /_scales" is missing/],
    [
      'scales off by one',
      '_scales',
      { shape: [3, 64, 3] },
      /shape \[3, 64, 3\], expected \[3, 64, 2\]/,
    ],
    ['scales of a wrong dtype', '_scales', { dtype: 'F32' }, /dtype F32, expected U8/],
    ['blocks off by one', '_blocks', { shape: [3, 64, 2, 15] }, /expected \[experts, out, in/],
    ['blocks of a wrong dtype', '_blocks', { dtype: 'I8' }, /dtype I8, expected U8/],
  ] as const)('finds %s', async (_, suffix, change, message) => {
    const opened = await openChanged(
      'gptoss-mxfp4',
      changing(`${experts}.gate_up_proj${suffix}`, change),
    );
    expectFinding(opened, `${experts}.gate_up_proj.weight`, message);
  });

  it('knows the names of the first release', async () => {
    const opened = await openStored({
      'block.0.mlp.mlp1_weight.blocks': {
        ...{ dtype: 'U8', shape: [1, 1, 1, 16] },
        bytes: Uint8Array.from({ length: 16 }, (_, i) => i + 16 * (15 - i)),
      },
      'block.0.mlp.mlp1_weight.scales': {
        dtype: 'U8',
        shape: [1, 1, 1],
        bytes: Uint8Array.of(128),
      },
    });
    const { codes, values } = await decode(opened, 'block.0.mlp.mlp1_weight');
    expect([...codes.slice(0, 6)]).toEqual([0, 15, 1, 14, 2, 13]);
    expect([...values.slice(0, 6)]).toEqual([0, -12, 1, -8, 2, -6]);
  });
});

describe('compressed-tensors MXFP4', () => {
  it('is told', async () => {
    const opened = await openChanged('ct-mxfp4');
    expect(toldOf(opened)).toEqual(linear('MXFP4 (compressed-tensors), block 32', 32));
    expect(plainOf(opened)).toEqual([]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the libraries do', () => expectReference('ct-mxfp4'));

  it.each([
    ['a scale missing', 'weight_scale', null, /weight_scale" is missing/],
    ['a scale off by one', 'weight_scale', { shape: [41, 8] }, /\[41, 8\], expected \[40, 8\]/],
    ['a scale of a wrong dtype', 'weight_scale', { dtype: 'F16' }, /dtype F16/],
    ['codes off by one', 'weight_packed', { shape: [40, 127] }, /whole blocks of 32/],
  ] as const)('finds %s', async (_, part, change, message) => {
    expectFinding(
      await openChanged('ct-mxfp4', changing(`${q}.${part}`, change)),
      `${q}.weight`,
      message,
    );
  });
});

describe.each([
  ['nvfp4-modelopt', 'NVFP4 (ModelOpt), block 16', 'weight', 'weight_scale_2'],
  ['ct-nvfp4', 'NVFP4 (compressed-tensors), block 16', 'weight_packed', 'weight_global_scale'],
] as const)('%s', (folder, scheme, codes, tensorScale) => {
  it('is told, and leaves what is about inputs', async () => {
    const opened = await openChanged(folder);
    expect(toldOf(opened)).toEqual(linear(scheme, 16));
    expect(plainOf(opened).filter(name => !name.endsWith('.input_scale'))).toEqual([]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the libraries do', () => expectReference(folder));

  it.each([
    ['a scale missing', 'weight_scale', null, /weight_scale" is missing/],
    ['the tensor scale missing', tensorScale, null, / is missing/],
    ['a scale off by one', 'weight_scale', { shape: [40, 17] }, /\[40, 17\], expected \[40, 16\]/],
    ['a scale of a wrong dtype', 'weight_scale', { dtype: 'I8' }, /dtype I8, expected F8_E4M3/],
    ['two tensor scales', tensorScale, { shape: [2], count: 2 }, /expected one value/],
    ['codes off by one', codes, { shape: [40, 129] }, /whole blocks of 16/],
  ] as const)('finds %s', async (_, part, change, message) => {
    const opened = await openChanged(folder, changing(`${q}.${part}`, change));
    expectFinding(opened, `${q}.weight`, message);
  });
});

it('notes that the input of an NVFP4 module is scaled', async () => {
  const opened = await openStored({
    'm.weight': { dtype: 'U8', shape: [1, 8], bytes: Uint8Array.of(0x21, 0, 0, 0, 0, 0, 0, 0xf0) },
    'm.weight_scale': { dtype: 'F8_E4M3', shape: [1, 1], bytes: Uint8Array.of(0x40) },
    'm.weight_scale_2': { dtype: 'F32', shape: [], bytes: Float32Array.of(0.25) },
    'm.pre_quant_scale': { dtype: 'F32', shape: [16], bytes: new Float32Array(16) },
  });
  const { values } = await decode(opened, 'm.weight');
  expect([values[0], values[1], values[15]]).toEqual([0.25, 0.5, -3]);
  expect(opened.model.findings.map(f => f.message)).toEqual([
    expect.stringContaining('"m.pre_quant_scale"'),
  ]);
});

it('scales each expert of an NVFP4 stack by its own', async () => {
  const opened = await openStored({
    'm.weight': { dtype: 'U8', shape: [2, 1, 8], bytes: new Uint8Array(16).fill(0x22) },
    'm.weight_scale': { dtype: 'F8_E4M3', shape: [2, 1, 1], bytes: Uint8Array.of(0x38, 0x38) },
    'm.weight_scale_2': { dtype: 'F32', shape: [2], bytes: Float32Array.of(3, 5) },
  });
  const { values } = await decode(opened, 'm.weight');
  expect([values[0], values[15], values[16], values[31]]).toEqual([3, 3, 5, 5]);
});
