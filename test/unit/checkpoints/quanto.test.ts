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

describe('quanto int8', () => {
  it('is told, and leaves the scales of activations', async () => {
    const opened = await openChanged('quanto-int8');
    const same = { scheme: 'quanto int8, per channel', bits: 8, groupSize: null };
    expect(toldOf(opened)).toEqual({
      [`${q}.weight`]: { shape: [40, 256], ...same },
      [`${down}.weight`]: { shape: [24, 128], ...same },
    });
    expect(plainOf(opened).filter(name => !/\.(in|out)put_scale$/.test(name))).toEqual([]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the library does', () => expectReference('quanto-int8'));

  it.each([
    ['a scale missing', '_scale', null, /_scale" is missing/],
    ['a scale off by one', '_scale', { shape: [41, 1] }, /\[41, 1\], expected \[40, 1\]/],
    ['codes of a wrong dtype', '_data', { dtype: 'I16' }, /dtype I16/],
  ] as const)('finds %s', async (_, part, change, message) => {
    const opened = await openChanged('quanto-int8', changing(`${q}.weight.${part}`, change));
    expectFinding(opened, `${q}.weight`, message);
  });
});

describe('quanto int4', () => {
  it('is told as the groups that the file holds', async () => {
    const opened = await openChanged('quanto-int4');
    const same = { scheme: 'quanto int4, group 128, shown as groups', bits: 4, groupSize: 128 };
    expect(toldOf(opened)).toEqual({
      [`${q}.weight`]: { shape: [80, 128], ...same },
      [`${down}.weight`]: { shape: [24, 128], ...same },
    });
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the library does', () => expectReference('quanto-int4'));

  it.each([
    ['a scale missing', '_scale', null, /_scale" is missing/],
    ['a shift missing', '_shift', null, /_shift" is missing/],
    ['a shift off by one', '_shift', { shape: [81, 1] }, /\[81, 1\], expected \[80, 1\]/],
    ['codes off by one', '_data._data', { shape: [41, 128] }, /fits neither 4 and 2 bits/],
    ['codes of a wrong dtype', '_data._data', { dtype: 'I32' }, /dtype I32/],
  ] as const)('finds %s', async (_, part, change, message) => {
    const opened = await openChanged('quanto-int4', changing(`${q}.weight.${part}`, change));
    expectFinding(opened, `${q}.weight`, message);
  });
});

describe('quanto, other kinds', () => {
  it('decodes int2 with an integer shift, the first chunk in the lowest bits', async () => {
    // Row r of eight is in byte row r % 2, at bits 2 * floor(r / 2); its codes are r % 4.
    const byteRow = (r: number) => [0, 1, 2, 3].reduce((b, c) => b + ((r + 2 * c) % 4) * 4 ** c, 0);
    const opened = await openStored({
      'm.weight._data._data': {
        ...{ dtype: 'U8', shape: [2, 2] },
        bytes: Uint8Array.of(byteRow(0), byteRow(0), byteRow(1), byteRow(1)),
      },
      'm.weight._scale': {
        ...{ dtype: 'F32', shape: [8, 1] },
        bytes: Float32Array.from({ length: 8 }, (_, r) => r + 1),
      },
      'm.weight._shift': { dtype: 'I8', shape: [8, 1], bytes: new Int8Array(8).fill(2) },
    });
    expect(toldOf(opened)['m.weight']).toMatchObject({ shape: [8, 2], bits: 2 });
    const { codes, values, params } = await decode(opened, 'm.weight', 3);
    const rows = Array.from({ length: 16 }, (_, i) => i >> 1);
    expect([...codes]).toEqual(rows.map(r => r % 4));
    expect([...values]).toEqual(rows.map(r => (r + 1) * ((r % 4) - 2)));
    expect(params.zeroPoint).toEqual(new Float32Array(8).fill(2));
    expect(params.shift).toBeNull();
  });

  it('does not guess between 4 and 2 bits', async () => {
    const tensors = {
      'm.weight._data._data': { dtype: 'U8', shape: [1, 4], bytes: new Uint8Array(4) },
      'm.weight._scale': { dtype: 'F32', shape: [2, 1], bytes: new Float32Array(2) },
      'm.weight._shift': { dtype: 'F32', shape: [2, 1], bytes: new Float32Array(2) },
    } as const;
    expectFinding(await openStored(tensors), 'm.weight', /fits both 4 and 2 bits/);
    const told = await openStored(tensors, { config: { weights: 'int2' } });
    expect(toldOf(told)['m.weight']).toMatchObject({ bits: 2, shape: [2, 4] });
  });

  it('decodes float8 with one scale', async () => {
    const opened = await openStored({
      'm.weight._data': { dtype: 'F8_E4M3', shape: [1, 3], bytes: Uint8Array.of(0x38, 0xc0, 0x7f) },
      'm.weight._scale': { dtype: 'F32', shape: [], bytes: Float32Array.of(0.5) },
    });
    expect(toldOf(opened)['m.weight']!.scheme).toBe('quanto float8 E4M3, per tensor');
    const { values } = await decode(opened, 'm.weight');
    expect([...values]).toEqual([0.5, -1, Number.NaN]);
  });
});
