import { describe, expect, test } from 'vitest';
import { emptyShelf, type KernelShelf } from '../../../src/worker/kernelShelf';
import { both, builtShelf, type Storage, stored, weights } from './shared';

/** Values that a cast loses, rounds or makes subnormal, and some that it leaves alone. */
const special = [NaN, Infinity, -Infinity, 0, -0, 1e-9, 3e-5, 5, 500, 7e4, 1e38, 2 ** -140];

function values(shape: readonly [number, number]): Float32Array {
  const all = weights(shape);
  all.set(special, 300);
  return all;
}

const storages: Storage[] = [
  ...(['BF16', 'F16', 'F32', 'F64', 'F8_E4M3'] as const).map(dtype => ({ dtype })),
  { dtype: 'F16', byteOrder: 'big' },
  { dtype: 'F64', byteOrder: 'big' },
  { dtype: 'F32', fortranOrder: true },
  { dtype: 'BF16', byteOrder: 'big', fortranOrder: true },
];

describe.each([
  ['plain functions', emptyShelf],
  ['kernels', builtShelf()],
] as [string, KernelShelf][])('what casts would do, with %s', (_, kernels) => {
  describe.each([
    ['tensors whose values are not counted', [35, 256]],
    ['tensors whose values are counted', [520, 512]],
  ] as [string, [number, number]][])('%s', (_name, shape) => {
    // Kernels are for float32.
    const isOfUse = ({ dtype }: Storage) => kernels === emptyShelf || dtype !== 'F64';
    test.each(storages.filter(isOfUse))(
      'of %j is what the detail tells, read whole or in blocks',
      async storage => {
        const tensor = stored(values(shape), shape, storage);
        const blockBytes = tensor.entry.data.byteLength / 5;
        const { whole: known } = await both(tensor, { detail: true }, { kernels });
        const wanted = known.detail?.casts;
        expect(wanted?.some(cast => cast.changed > 0)).toBe(true);
        for (const schemes of [
          [],
          ['int8'],
          ['int8 tensor calib=percentile:99'],
          ['int8 asym tensor'],
        ]) {
          const more = { casts: true, schemes };
          const { whole, shared } = await both(tensor, more, { kernels, blockBytes });
          expect(whole.casts).toEqual(wanted);
          expect(shared.casts).toEqual(wanted);
          expect(Object.keys(shared)).toEqual(Object.keys(whole));
        }
      },
    );
  });

  test('is told beside the detail, and only when it is asked for', async () => {
    const shape = [35, 256] as const;
    const tensor = stored(values(shape), shape);
    const options = { kernels, blockBytes: tensor.entry.data.byteLength / 5 };
    const asked = await both(tensor, { casts: true, detail: true, schemes: ['int8'] }, options);
    expect(asked.shared.casts).toEqual(asked.whole.detail?.casts);
    const { whole, shared } = await both(tensor, { schemes: ['int8'] }, options);
    expect(whole).not.toHaveProperty('casts');
    expect(shared).not.toHaveProperty('casts');
  });
});
