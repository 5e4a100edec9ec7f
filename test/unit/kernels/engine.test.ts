import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../../src/base/bytes';
import type { DType } from '../../../src/formats/dtype';
import { encoderFor } from '../../../src/formats/encode';
import { streamRows } from '../../../src/formats/rows';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { kernelEngine } from '../../../src/kernels/engine';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import type { ErrorReport } from '../../../src/quant/errorReport';
import { parseScheme } from '../../../src/quant/schemeText';
import { analyzeRows } from '../../../src/worker/analysis';
import { normals } from '../quant/normals';
import { builtKernels } from './built';

const schemes = [
  ...['int8', 'int8 asym', 'uint8 sym', 'int4 group=128', 'uint4 group=32', 'int3 group=7'],
  ...['int8 tensor', 'int8 asym tensor', 'uint4 tensor', 'int2 tensor range=full'],
  ...['int8 tensor calib=percentile:99', 'int4 group=64 outliers=1%', 'int4 block=4x16'],
  ...['nf4', 'nf4 channel', 'fp8-e4m3', 'fp8-e5m2 group=64', 'fp4 group=16', 'mxfp4'],
  ...[
    'q4_0',
    'q8_0',
    'q4_k',
    'q5_k',
    'q2_k',
    'int4 calib=mse',
    'uint4 group=64 calib=mse:100,0.8,2',
    'gptq int4',
  ],
];

/** What a kernel must give to the bit; the other figures follow from sums, which may differ a little. */
const exact = [
  ...(['scheme', 'bitsPerWeight', 'clippedFraction', 'codesUsed', 'codesAvailable'] as const),
  ...(['scale', 'zeroPoint', 'outliersKept'] as const),
] satisfies (keyof ErrorReport)[];
/** The kernels' own bound is 2^-18 of a sum; of such weights they stay within what is promised of a figure. */
const sumFigures = ['mse', 'rmse', 'meanAbsError', 'relativeFrobenius', 'rmseOverScale'] as const;
const sumBound = 1e-6;

function tensor(dtype: DType, shape: readonly number[], values: Float32Array) {
  const bytes = encoderFor(dtype)(values);
  const data = {
    path: 'memory',
    offset: 8,
    byteLength: bytes.length,
    byteOrder: 'little',
  } as const;
  const entry: TensorEntry = {
    ...{ name: 'w', dtype, shape, count: values.length },
    data: { ...data, fortranOrder: false },
  };
  const source: ByteSource = {
    size: bytes.length,
    async read(offset, into) {
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
  return { entry, source };
}

interface How {
  readonly kernels: boolean;
  readonly chunkBytes: number;
  readonly texts?: readonly string[];
}

async function analyse(
  { entry, source }: ReturnType<typeof tensor>,
  { kernels, chunkBytes, texts = schemes }: How,
): Promise<TensorAnalysis> {
  const lent = kernels ? kernelEngine(builtKernels()) : undefined;
  const stream = streamRows(source, entry, { chunkBytes, memory: lent?.memory });
  const parsed = texts.map(parseScheme);
  return analyzeRows(entry, stream, { sigma: 4, schemes: parsed, engine: lent?.engine });
}

function expectAlike(fast: TensorAnalysis, plain: TensorAnalysis): void {
  const { mean, std, outliers, ...counts } = fast.profile!;
  expect(counts).toEqual({
    ...plain.profile,
    mean: undefined,
    std: undefined,
    outliers: undefined,
  });
  expect(Math.abs(mean! - plain.profile!.mean!)).toBeLessThanOrEqual(1e-12 * plain.profile!.std!);
  expect(Math.abs(std! / plain.profile!.std! - 1)).toBeLessThan(1e-12);
  expect(outliers.count).toBe(plain.profile!.outliers.count);
  expect(fast.findings).toEqual(plain.findings);
  for (const [i, report] of fast.reports.entries()) {
    const twin = plain.reports[i] ?? null;
    expect(report === null).toBe(twin === null);
    if (!report || !twin) continue;
    for (const key of exact) expect(report[key], `${twin.scheme} ${key}`).toEqual(twin[key]);
    for (const key of sumFigures)
      expect(Math.abs(report[key]! / twin[key]! - 1), `${twin.scheme} ${key}`).toBeLessThan(
        sumBound,
      );
    expect(Math.abs(report.maxAbsError! / twin.maxAbsError! - 1)).toBeLessThan(2 ** -22);
    expect(Math.abs(report.codeEntropy! - twin.codeEntropy!)).toBeLessThan(1e-12);
  }
}

const shape = [36, 512];
const values = normals(36 * 512, 7).map((x, i) => (i % 512 === 5 ? 30 * x : x) * 0.02);
values.fill(0, 512, 1024);

describe('an analysis with kernels is that of the plain functions', () => {
  test.each(['BF16', 'F16', 'F32', 'F8_E4M3', 'F64'] as const)('%s', async dtype => {
    const weights = tensor(dtype, shape, values);
    const plain = await analyse(weights, { kernels: false, chunkBytes: 2 ** 20 });
    for (const chunkBytes of [2 ** 20, 8192, 3000])
      expectAlike(await analyse(weights, { kernels: true, chunkBytes }), plain);
  });

  test('with NaN and infinities', async () => {
    const some = values.map((x, i) => (i === 700 ? Number.NaN : i === 3000 ? -Infinity : x));
    const weights = tensor('F32', shape, some);
    expectAlike(
      await analyse(weights, { kernels: true, chunkBytes: 8192 }),
      await analyse(weights, { kernels: false, chunkBytes: 8192 }),
    );
  });

  test('one row of odd length, and a tensor larger than what is held of a segment', async () => {
    for (const [rows, cols] of [
      [1, 777],
      [3, 2 ** 19 + 64],
    ] as const) {
      const weights = tensor('BF16', [rows, cols], normals(rows * cols, 3));
      const texts = ['int8', 'int8 tensor', 'uint4 tensor', 'nf4 tensor', 'int4 group=128'];
      const few = { chunkBytes: 2 ** 20, texts };
      expectAlike(
        await analyse(weights, { ...few, kernels: true }),
        await analyse(weights, { ...few, kernels: false }),
      );
    }
  });
});
