import { describe, expect, it } from 'vitest';
import { decode, expectFinding, openStored, type StoredTensor, toldOf } from './storedModel';

function metadataOf(type: string, names: readonly string[], data: object = {}) {
  return {
    tensor_names: '["0.weight"]',
    '0.weight': JSON.stringify({ _type: type, _data: data, _tensor_data_names: names }),
  };
}

const codes32 = Int8Array.from({ length: 64 }, (_, i) => (i % 16) - 8);
const qdata: StoredTensor = { dtype: 'I8', shape: [2, 32], bytes: codes32 };
const scale22: StoredTensor = {
  ...{ dtype: 'F32', shape: [2, 2] },
  bytes: Float32Array.of(0.5, 1, 2, 4),
};
const zero22: StoredTensor = { dtype: 'I8', shape: [2, 2], bytes: Int8Array.of(0, 1, -1, 3) };

describe('torchao', () => {
  it('decodes int4 codes in bytes with zero points', async () => {
    const metadata = metadataOf('IntxUnpackedToInt8Tensor', ['qdata', 'scale', 'zero_point'], {
      target_dtype: { _type: 'torch.dtype', _data: 'int4' },
      block_size: [1, 16],
    });
    const opened = await openStored(
      { '0._weight_qdata': qdata, '0._weight_scale': scale22, '0._weight_zero_point': zero22 },
      { metadata },
    );
    expect(toldOf(opened)).toEqual({
      '0.weight': { shape: [2, 32], scheme: 'torchao int4, group 16', bits: 4, groupSize: 16 },
    });
    const { codes, values, params } = await decode(opened, '0.weight', 1);
    const [scale, zero] = [
      [0.5, 1, 2, 4],
      [0, 1, -1, 3],
    ];
    expect([...codes]).toEqual([...codes32]);
    expect([...values].map(v => v + 0)).toEqual(
      [...codes32].map((c, i) => (c - zero[i >> 4]!) * scale[i >> 4]! + 0),
    );
    expect(params.zeroPoint).toEqual(Float32Array.from(zero));
  });

  it('decodes int8 with a scale for each channel', async () => {
    const opened = await openStored(
      {
        '0._weight_qdata': qdata,
        '0._weight_scale': { dtype: 'F32', shape: [2, 1], bytes: Float32Array.of(3, 5) },
      },
      { metadata: metadataOf('Int8Tensor', ['qdata', 'scale']) },
    );
    expect(toldOf(opened)['0.weight']).toMatchObject({
      scheme: 'torchao int8, per channel',
      bits: 8,
    });
    const { values } = await decode(opened, '0.weight');
    expect([...values].map(v => v + 0)).toEqual(
      [...codes32].map((c, i) => c * (i < 32 ? 3 : 5) + 0),
    );
  });

  it('decodes float8 with a scale for each block of rows and columns', async () => {
    const ones = new Uint8Array(128).fill(0x38);
    const opened = await openStored(
      {
        '0._weight_qdata': { dtype: 'F8_E4M3', shape: [4, 32], bytes: ones },
        '0._weight_scale': scale22,
      },
      { metadata: metadataOf('Float8Tensor', ['qdata', 'scale']) },
    );
    expect(toldOf(opened)['0.weight']!.scheme).toBe('torchao float8 E4M3, block 2x16');
    const expected = Array.from(ones, (_, i) => [0.5, 1, 2, 4][2 * (i >> 6) + ((i >> 4) & 1)]);
    for (const step of [Infinity, 1, 3])
      expect([...(await decode(opened, '0.weight', step)).values]).toEqual(expected);
  });

  it.each([
    ['another subclass', 'Int4TilePackedTo4dTensor', {}, /not decoded/],
    ['a hostile subclass', 'constructor', {}, /not decoded/],
    ['a scale missing', 'Int8Tensor', { '0._weight_qdata': qdata }, /_scale" is missing/],
    [
      'a scale off by one',
      'Int8Tensor',
      { '0._weight_scale': { ...scale22, shape: [1, 4, 1] } },
      /does not cut/,
    ],
    ['codes of a wrong dtype', 'Float8Tensor', {}, /dtype I8/],
    ['a zero point missing', 'IntxUnpackedToInt8Tensor', {}, /zero_point" is missing/],
  ] as const)('finds %s', async (what, type, change, message) => {
    const whole = what === 'a scale missing' ? {} : { '0._weight_scale': scale22 };
    const tensors = { '0._weight_qdata': qdata, ...whole, ...change };
    const names = ['qdata', 'scale', 'zero_point'].slice(0, type.startsWith('Intx') ? 3 : 2);
    const opened = await openStored(tensors, { metadata: metadataOf(type, names) });
    const findings = opened.model.findings.map(f => f.message);
    expect(findings).toEqual([expect.stringMatching(message)]);
    expect(toldOf(opened)).toEqual({});
  });

  it.each(['', '{', '[]', '{"_type":3}'])('is not told by metadata %j', async text => {
    const opened = await openStored(
      { '0._weight_qdata': qdata },
      { metadata: { '0.weight': text } },
    );
    expect(toldOf(opened)).toEqual({});
    expect(opened.model.findings).toEqual([]);
  });

  it('says the name of a subclass that is not decoded', async () => {
    const metadata = metadataOf('Int4Tensor', ['qdata', 'scale', 'zero_point']);
    const opened = await openStored({ '0._weight_qdata': qdata }, { metadata });
    expectFinding(opened, '0.weight', /torchao Int4Tensor/);
  });
});
