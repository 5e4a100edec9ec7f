import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openModel } from '../../../src/formats/model';
import { kernelEngine } from '../../../src/kernels/engine';
import { parseScheme } from '../../../src/quant/schemeText';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor } from '../../../src/worker/handlers';
import { builtKernels } from './built';

const figures = [
  'mse',
  'maxAbsError',
  'meanAbsError',
  'relativeFrobenius',
  'cosine',
  'sqnrDb',
] as const;

type Case = Readonly<Record<(typeof figures)[number], number>> & {
  readonly tensor: string;
  readonly bits: number;
  readonly symmetric: boolean;
  readonly granularity: 'tensor' | 'channel' | 'group';
  readonly groupSize?: number;
};

const folder = path.resolve(import.meta.dirname, '../../fixtures/golden');
const { cases } = JSON.parse(await readFile(path.join(folder, 'affine.cases.json'), 'utf8')) as {
  cases: Case[];
};

/** Kernels add up in float32 lanes: their figures are held to what users are promised, not to what float64 gives. */
test('the 96 golden cases within 1e-6 with kernels, as the built product computes them', async () => {
  const model = await openModel(nodeFileSystem, path.join(folder, 'affine.input.safetensors'));
  const fileSize = model.files[0]!.byteLength;
  const lent = { ...kernelEngine(builtKernels()), giveBack: () => {} };
  expect(cases).toHaveLength(96);
  expect(lent.engine.segmentKernel(parseScheme('int8'))).toBeDefined();
  for (const c of cases) {
    const granularity = c.granularity === 'group' ? `group=${c.groupSize}` : c.granularity;
    const scheme = `${c.symmetric ? 'int' : 'uint'}${c.bits} ${granularity}`;
    const entry = model.tensors.find(t => t.name === c.tensor)!;
    const request = { entry, fileSize, sigma: 6, schemes: [scheme] };
    const { reports } = await analyzeTensor(nodeFileSystem, request, { kernels: () => lent });
    for (const figure of figures) {
      const bound = Math.max(1e-12, 1e-6 * Math.abs(c[figure]));
      const difference = Math.abs(reports[0]![figure]! - c[figure]);
      expect(difference, `${c.tensor} ${scheme} ${figure}`).toBeLessThanOrEqual(bound);
    }
  }
});
