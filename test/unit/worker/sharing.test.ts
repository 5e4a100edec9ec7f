import { beforeAll, describe, expect, test } from 'vitest';
import { fromBFloat16, toBFloat16 } from '../../../src/base/float16';
import type { RealDType } from '../../../src/formats/decode';
import { dtypes } from '../../../src/formats/dtype';
import type { BlockRequest } from '../../../src/protocol/worker';
import { analyzeTensor } from '../../../src/worker/handlers';
import { emptyShelf, type KernelShelf } from '../../../src/worker/kernelShelf';
import { memoryFiles } from '../countingSource';
import { expectAgreement } from './agreement';
import { type Asked, both, builtShelf, type Storage, stored, weights } from './shared';

const byRows = [
  ...['int8', 'int4 group=128', 'int4 asym group=32', 'uint4 group=48', 'nf4', 'nf4 group=64'],
  ...['bitsandbytes nf4', 'bitsandbytes fp4-bnb', 'bitsandbytes int8', 'fp8-e4m3', 'fp16'],
  ...['bf16', 'q4_0', 'q4_k', 'q6_k', 'mxfp4', 'nvfp4', 'nf4-double', 'int8 outliers=abs:0.12'],
  ...['int8 outliers=1%', 'int8 outliers=3sigma', 'int4 outliers=columns:0.14 group=32'],
  ...['int8 round=stochastic:7', 'int8 tensor round=stochastic', 'hqq int4 group=64'],
  ...['gptq int4 group=128', 'awq int4 asym group=128', 'int4 group=128 calib=mse'],
  ...['int8 tensor', 'int8 channel=1', 'fp8-e4m3 block=16x100', 'ternary tensor'],
];

const byCounts = [
  ...['int8 tensor', 'int8 asym tensor', 'uint8 tensor', 'fp8-e4m3 tensor', 'nf4 tensor'],
  ...['int8 tensor calib=percentile:99.9', 'int8 tensor calib=entropy:ort,2048,128'],
  ...['int8 tensor calib=entropy:nv', 'int8 tensor calib=nv-mse', 'int4 tensor calib=mse:20'],
  ...['int8 asym tensor calib=ort-percentile', 'int8 tensor calib=torch-histogram'],
  ...['int8 tensor calib=range:-0.1,0.05', 'int8 tensor outliers=3sigma'],
  ...['int8 tensor outliers=abs:0.12', 'fp16', 'onnxruntime int8 tensor', 'ternary tensor'],
];

const byRange = [
  ...['int8 tensor', 'int8 asym tensor', 'uint8 tensor', 'int8 asym tensor zero=free'],
  ...['fp8-e4m3 tensor', 'nf4 tensor', 'fp4 tensor scale=e8m0', 'int8 tensor scale=f16'],
  ...['int4 tensor range=full', 'int8 tensor round=away', 'fp16', 'bf16'],
  ...['int8 asym tensor calib=range:-0.1,0.05', 'onnxruntime int8 tensor'],
  ...['onnxruntime uint8 asym tensor', 'torch-eager int8 tensor', 'tflite int8 tensor'],
  ...['torch-fake-quant uint4 asym tensor', 'gptq int4 tensor'],
];

const shelf = builtShelf();

const isSecondLook = ({ method, params }: Asked) =>
  method === 'tensor/block' && (params as BlockRequest).known !== undefined;

describe.each([
  ['plain functions', emptyShelf],
  ['kernels', shelf],
] as [string, KernelShelf][])('%s', (_, kernels) => {
  describe('tensors of five blocks', () => {
    const shape = [35, 256] as const;
    const storages: Storage[] = [
      ...(['BF16', 'F16', 'F32', 'F64', 'F8_E4M3'] as const).map(dtype => ({ dtype })),
      { dtype: 'F16', byteOrder: 'big' },
      { dtype: 'F64', byteOrder: 'big' },
      { dtype: 'F32', fortranOrder: true },
      { dtype: 'BF16', byteOrder: 'big', fortranOrder: true },
      { dtype: 'F8_E4M3', fortranOrder: true },
    ];
    // Kernels are for float32.
    const isOfUse = ({ dtype }: Storage) => kernels === emptyShelf || dtype !== 'F64';
    test.each(storages.filter(isOfUse))('%j', async storage => {
      const tensor = stored(weights(shape), shape, storage);
      const blockBytes = tensor.entry.data.byteLength / 5;
      const more = { schemes: byRows, channels: true, detail: true };
      const { shared, whole, asked } = await both(tensor, more, { kernels, blockBytes });
      expectAgreement(shared, whole);
      expect(asked.filter(({ method }) => method === 'tensor/block').length).toBe(5);
      expect(shared.reports.every(report => report !== null)).toBe(true);
    });

    const schemes = ['int8', 'q4_0', 'int8 tensor', 'nf4-double', 'bitsandbytes nf4'];
    const [long, wide] = [[50, 200] as const, [6, 3000] as const];
    test.each([
      ['channels only', long, { channels: true }],
      ['detail only', long, { detail: true }],
      ['neither', long, {}],
      ['rows longer than what is read at a time', wide, { channels: true, detail: true }],
    ])('%s', async (_name, size, more) => {
      for (const dtype of ['F32', 'BF16'] as const) {
        const tensor = stored(weights(size), size, { dtype });
        const options = { kernels, blockBytes: tensor.entry.data.byteLength / 5 };
        const { shared, whole } = await both(tensor, { ...more, schemes }, options);
        expectAgreement(shared, whole);
        expect(Object.keys(shared)).toEqual(Object.keys(whole));
        expect(shared.reports.map(report => report === null)).toEqual(
          schemes.map(scheme => scheme === 'q4_0' && size[1] % 32 !== 0),
        );
      }
    });

    const special = (values: Float32Array, from: number) => {
      values.set([NaN, Infinity, -Infinity, 0, -0, 2 ** -140, 5, -7], from);
      return values;
    };
    test.each([
      ['NaN and infinities', special(weights(shape), 3000)],
      ['infinities where a block begins', special(weights(shape), 7 * 256)],
      ['a block of zeros', weights(shape, row => Number(row < 7 || row > 14))],
      ['zeros first', weights(shape, row => Number(row > 14))],
      ['outliers in one block', weights(shape, row => (row === 20 ? 40 : 1))],
      ['a spread that grows', weights(shape, row => 1 + row)],
      ['a spread that shrinks', weights(shape, row => (row < 7 ? 50 : 1))],
      ['nothing but zeros', new Float32Array(35 * 256)],
      ['one value', new Float32Array(35 * 256).fill(-3)],
      ['nothing finite', new Float32Array(35 * 256).fill(NaN)],
    ])('%s', async (_name, values) => {
      const few = ['int8', 'int8 asym', 'int4 asym group=32', 'nf4', 'mxfp4', 'int8 tensor'];
      const more = { schemes: [...few, 'int8 outliers=abs:0.3'], channels: true, detail: true };
      for (const dtype of ['F32', 'BF16'] as const) {
        const tensor = stored(values, shape, { dtype });
        const options = { kernels, blockBytes: tensor.entry.data.byteLength / 5 };
        const { shared, whole } = await both(tensor, more, options);
        expectAgreement(shared, whole);
      }
    });
  });

  describe('outliers that only a second look can count', () => {
    const shape = [72, 256] as const;
    const values = weights(shape, row => (row < 9 ? 1 : 0.01));
    const beyond = (std: number) => values.filter(x => Math.abs(x) > 2 * std).length;
    test.each([
      ['F32', false, ['int8'], true],
      ['F32', true, ['int8'], true],
      ['F64', false, ['int8'], true],
      ['BF16', false, ['int8'], true],
      // Where values are counted, the counts tell.
      ['BF16', true, ['int8'], false],
      ['BF16', false, [], false],
    ] as const)('%s, detail %s, %j', async (dtype, detail, schemes, looksAgain) => {
      const tensor = stored(values, shape, { dtype });
      const options = { kernels, blockBytes: tensor.entry.data.byteLength / 8 };
      const more = { sigma: 2, detail, schemes };
      const { shared, whole, asked } = await both(tensor, more, options);
      expectAgreement(shared, whole);
      expect(asked.some(isSecondLook)).toBe(looksAgain);
      const { std, outliers } = shared.profile!;
      expect(outliers.count).toBeGreaterThan(0);
      if (dtype !== 'BF16') expect(outliers.count).toBe(beyond(std!));
    });
  });

  describe('tensors with more weights than are held', () => {
    const shape = [1032, 1024] as const;
    const size = 1032 * 1024;
    let values: Float32Array;
    beforeAll(() => {
      values = weights(shape, row => (row === 600 ? 4 : 1));
      values.set([NaN, Infinity], 700_000);
    });
    const few = ['int8 asym tensor', 'fp8-e4m3 tensor', 'fp16'];
    const blockBytes = (dtype: RealDType) => (size * dtypes[dtype].bits) / 8 / 4;

    test.each(['BF16', 'F8_E4M3'] as const)('%s: by counts', async dtype => {
      const tensor = stored(values, shape, { dtype });
      const options = { kernels, blockBytes: blockBytes(dtype) };
      for (const detail of [true, false]) {
        const more = { schemes: byCounts, detail };
        const { shared, whole, asked } = await both(tensor, more, options);
        expectAgreement(shared, whole);
        expect(asked.map(({ method }) => method)).toEqual([
          ...new Array(4).fill('tensor/block'),
          'tensor/conclude',
        ]);
      }
    });

    test.each([
      ['F32', kernels === emptyShelf ? few : byRange, false],
      [kernels === emptyShelf ? 'F64' : 'F16', few, true],
    ] as const)('%s: by the range', async (dtype, schemes, channels) => {
      const tensor = stored(values, shape, { dtype });
      const options = { kernels, blockBytes: blockBytes(dtype) };
      const { shared, whole, asked } = await both(tensor, { schemes, channels }, options);
      expectAgreement(shared, whole);
      expect(asked.filter(isSecondLook).length).toBe(4);
      expect(asked.some(({ method }) => method === 'tensor/analyze')).toBe(false);
    });
  });
});

test('counted or streamed, the same values have the same figures', async () => {
  const shape = [1032, 1024] as const;
  const bfloat16 = stored(weights(shape), shape, { dtype: 'BF16' });
  const values = weights(shape).map(x => fromBFloat16(toBFloat16(x)));
  const float32 = stored(values, shape);
  const schemes = byCounts.filter(scheme => /percentile|outliers|fp16|asym/.test(scheme));
  const more = { schemes, detail: true };
  const counted = await both(bfloat16, more, { blockBytes: 500_000 });
  const request = { entry: float32.entry, fileSize: float32.file.length, sigma: 3, ...more };
  const files = memoryFiles({ f: float32.file });
  const streamed = await analyzeTensor(files, request);
  expectAgreement(counted.shared, streamed);
  expectAgreement(counted.whole, streamed);
});
