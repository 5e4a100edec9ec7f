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

/** Codes as one stream, the first in the lowest bits, by arithmetic on one large integer. */
function stream(codes: readonly number[], bits: number): Uint32Array {
  let all = codes.reduceRight((high, code) => (high << BigInt(bits)) | BigInt(code), 0n);
  const words: number[] = [];
  for (let i = 0; i < (codes.length * bits) / 32; i++, all >>= 32n)
    words.push(Number(all & 0xffffffffn));
  return Uint32Array.from(words);
}

/** One row of 128 weights with two groups of 64, scales 0.5 and -2, biases 1 and 3. */
function row128(codes: readonly number[], bits: number): Record<string, StoredTensor> {
  const words = stream(codes, bits);
  return {
    'm.weight': { dtype: 'U32', shape: [1, words.length], bytes: words },
    'm.scales': { dtype: 'F32', shape: [1, 2], bytes: Float32Array.of(0.5, -2) },
    'm.biases': { dtype: 'F32', shape: [1, 2], bytes: Float32Array.of(1, 3) },
  };
}

describe.each([
  ['mlx-3bit-g64', 3, 64],
  ['mlx-4bit-g64', 4, 64],
  ['mlx-5bit-g32', 5, 32],
  ['mlx-6bit-g64', 6, 64],
  ['mlx-8bit-g32', 8, 32],
] as const)('%s', (folder, bits, groupSize) => {
  it('is told', async () => {
    const opened = await openChanged(folder);
    const same = { scheme: `MLX ${bits}-bit, group ${groupSize}`, bits, groupSize };
    expect(toldOf(opened)).toEqual({
      [`${q}.weight`]: { shape: [40, 256], ...same },
      [`${down}.weight`]: { shape: [24, 128], ...same },
    });
    expect(plainOf(opened)).toEqual([]);
    expect(opened.model.findings).toEqual([]);
  });

  it('decodes as the library does', () => expectReference(folder));

  it.each([
    ['scales missing', 'scales', null, /scales" is missing/],
    ['biases missing', 'biases', null, /biases" is missing/],
    ['biases off by one', 'biases', { shape: [40, 3] }, /\[40, 3\], expected/],
    ['rows off by one', 'weight', { shape: [41, (256 * bits) / 32] }, /expected \[41, /],
    ['columns off by one', 'weight', { shape: [40, (256 * bits) / 32 + 1] }, /no bits and group/],
    ['scales of a wrong dtype', 'scales', { dtype: 'I16' }, /dtype I16/],
  ] as const)('finds %s', async (_, part, change, message) => {
    const opened = await openChanged(folder, changing(`${q}.${part}`, change));
    expectFinding(opened, `${q}.weight`, message);
  });
});

describe('bits and group of MLX', () => {
  const codes = Array.from({ length: 128 }, (_, i) => (7 * i + 3) % 4);

  it('come from the entry of the module before that of all', async () => {
    const config = { bits: 4, group_size: 32, m: { bits: 2, group_size: 64 } };
    const opened = await openStored(row128(codes, 2), { config });
    expect(toldOf(opened)['m.weight']).toMatchObject({ bits: 2, groupSize: 64, shape: [1, 128] });
    const decoded = await decode(opened, 'm.weight');
    expect([...decoded.codes]).toEqual(codes);
    const expected = codes.map((c, i) => (i < 64 ? 0.5 * c + 1 : -2 * c + 3));
    expect([...decoded.values]).toEqual(expected);
  });

  it('come from the shapes alone where one pair fits', async () => {
    const five = Array.from({ length: 128 }, (_, i) => (5 * i) % 32);
    const opened = await openStored(row128(five, 5), { config: { bits: 4, group_size: 64 } });
    expect(toldOf(opened)['m.weight']).toMatchObject({ bits: 5, groupSize: 64 });
    expect([...(await decode(opened, 'm.weight')).codes]).toEqual(five);
  });

  it.each([null, { bits: 3, group_size: 64 }])('are not guessed with config %j', async config => {
    const opened = await openStored(row128(codes, 2), { config });
    expectFinding(opened, 'm.weight', /2-bit with group 64 or 4-bit with group 32/);
  });
});

describe('MLX modes of small floats', () => {
  const nibbles = Uint32Array.of(0x76543210, 0xfedcba98, 0x76543210, 0xfedcba98);
  const e2m1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

  it('decodes mxfp4', async () => {
    const opened = await openStored({
      'm.weight': { dtype: 'U32', shape: [1, 4], bytes: nibbles },
      'm.scales': { dtype: 'U8', shape: [1, 1], bytes: Uint8Array.of(126) },
    });
    expect(toldOf(opened)['m.weight']).toMatchObject({ scheme: 'MXFP4 (MLX), block 32', bits: 4 });
    const { values } = await decode(opened, 'm.weight');
    expect([...values]).toEqual([...e2m1, ...e2m1].map(v => v / 2));
  });

  it('decodes nvfp4', async () => {
    const opened = await openStored({
      'm.weight': { dtype: 'U32', shape: [1, 4], bytes: nibbles },
      // E4M3: 0x38 is 1, 0x44 is 3.
      'm.scales': { dtype: 'U8', shape: [1, 2], bytes: Uint8Array.of(0x38, 0x44) },
    });
    expect(toldOf(opened)['m.weight']).toMatchObject({ scheme: 'NVFP4 (MLX), block 16', bits: 4 });
    const { values } = await decode(opened, 'm.weight');
    expect([...values]).toEqual([...e2m1, ...e2m1.map(v => 3 * v)]);
  });

  it('decodes mxfp8', async () => {
    const bytes = new Uint8Array(32).fill(0x38);
    bytes.set([0xb8, 0x01, 0x7e]);
    const opened = await openStored({
      'm.weight': { dtype: 'U32', shape: [1, 8], bytes },
      'm.scales': { dtype: 'U8', shape: [1, 1], bytes: Uint8Array.of(128) },
    });
    expect(toldOf(opened)['m.weight']).toMatchObject({ scheme: 'MXFP8 (MLX), block 32', bits: 8 });
    const { values } = await decode(opened, 'm.weight');
    expect([...values.slice(0, 4)]).toEqual([-2, 2 ** -8, 896, 2]);
  });
});
