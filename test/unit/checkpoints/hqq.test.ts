import { describe, expect, it } from 'vitest';
import {
  changing,
  decode,
  expectFinding,
  expectReference,
  openChanged,
  openStored,
  plainOf,
  type StoredTensor,
  toldOf,
} from './storedModel';

const q = 'model.layers.0.self_attn.q_proj';
const down = 'model.layers.1.mlp.down_proj';

describe.each([
  ['hqq-4bit-g64-axis1', 'HQQ 4-bit, group 64', 4, 64, 80, 64],
  ['hqq-3bit-g64-axis0', 'HQQ 3-bit, group 64, axis 0', 3, null, 7, 160],
] as const)('%s', (folder, scheme, bits, groupSize, rows, columns) => {
  it('is told, with all of its settings', async () => {
    const opened = await openChanged(folder);
    const same = { scheme, bits, groupSize };
    expect(toldOf(opened)).toEqual({
      [`${q}.weight`]: { shape: [40, 256], ...same },
      [`${down}.weight`]: { shape: [24, 128], ...same },
    });
    expect(plainOf(opened)).toEqual([]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the library does', () => expectReference(folder));

  const unit = bits === 3 ? 4 : 1;
  const longer = {
    shape: [rows + 1, columns],
    data: { path: '', offset: 0, byteLength: (rows + 1) * columns * unit },
  };

  it.each([
    ['scale missing', 'scale', null, /scale" is missing/],
    ['zero missing', 'zero', null, /zero" is missing/],
    ['zero off by one', 'zero', { shape: [159, 1] }, /\[159, 1\], expected/],
    ['scale of a wrong dtype', 'scale', { dtype: 'I32' }, /dtype I32/],
    ['axis missing', 'axis', null, /not all stored/],
    ['codes off by one', 'W_q', longer, /bytes, expected \d+ for 160 groups of 64/],
  ] as const)('finds %s', async (_, part, change, message) => {
    const opened = await openChanged(
      folder,
      changing(`${q}.${part}`, change as Parameters<typeof changing>[1]),
    );
    expectFinding(opened, `${q}.weight`, message);
  });
});

/** A module whose codes are 0, 1, 2 ... in the order of the weight [2, 8]; four groups of four along axis 1. */
function module4(bits: number, units: readonly number[]): Record<string, StoredTensor> {
  const integers = (values: number[], shape: number[] = []): StoredTensor => ({
    ...{ dtype: 'I32', shape },
    bytes: Int32Array.from(values),
  });
  return {
    'm.W_q': { dtype: 'U8', shape: [units.length / 4, 4], bytes: Uint8Array.from(units) },
    'm.scale': { dtype: 'F32', shape: [4, 1], bytes: Float32Array.of(1, 2, 4, 8) },
    'm.zero': { dtype: 'F32', shape: [4, 1], bytes: Float32Array.of(0, 0.5, 0, 1) },
    'm.shape': integers([2, 8], [2]),
    'm.nbits': integers([bits]),
    'm.axis': integers([1]),
  };
}

describe('HQQ widths', () => {
  const scale = [1, 2, 4, 8];
  const zero = [0, 0.5, 0, 1];

  // The first chunk of rows is in the highest bits.
  it.each([
    [8, Array.from({ length: 16 }, (_, i) => 16 * i)],
    [4, Array.from({ length: 8 }, (_, i) => 16 * i + (i + 8))],
    [2, [0, 1, 2, 3].map(i => i * 64 + i * 16 + i * 4 + i)],
  ] as const)('decodes %i bits', async (bits, units) => {
    const opened = await openStored(module4(bits, units));
    const codes = Array.from({ length: 16 }, (_, i) => (bits === 8 ? 16 * i : i % 2 ** bits));
    const decoded = await decode(opened, 'm.weight');
    expect([...decoded.codes]).toEqual(codes);
    expect([...decoded.values]).toEqual(codes.map((c, i) => (c - zero[i >> 2]!) * scale[i >> 2]!));
  });

  it.each([7, 0, 16])('does not guess %i bits', async bits => {
    const opened = await openStored(
      module4(
        bits,
        Array.from({ length: 16 }, () => 0),
      ),
    );
    expectFinding(opened, 'm.weight', /bits, expected 1 to 6 or 8/);
  });

  it('finds scales that are quantized themselves', async () => {
    const flag: StoredTensor = { dtype: 'U8', shape: [], bytes: Uint8Array.of(1) };
    const opened = await openStored({ ...module4(2, [0, 0, 0, 0]), 'm.quant_scale': flag });
    expectFinding(opened, 'm.weight', /its scale is quantized itself/);
  });
});
