import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openModel } from '../../../src/formats/model';
import { streamRows } from '../../../src/formats/rows';
import type { Model } from '../../../src/formats/tensorFile';
import { openTensor } from '../../../src/formats/tensorSource';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { analyzeTensor } from '../../../src/worker/handlers';
import { runScheme } from './runScheme';

/** numpy with ONNX QuantizeLinear semantics; int8 per-channel codes checked equal to torch's. */
interface Case {
  readonly id: number;
  readonly tensor: string;
  readonly bits: number;
  readonly symmetric: boolean;
  readonly granularity: 'tensor' | 'channel' | 'group';
  readonly groupSize?: number;
  readonly mse: number;
  readonly maxAbsError: number;
  readonly meanAbsError: number;
  readonly sqnrDb: number;
  readonly relativeFrobenius: number;
  readonly cosine: number;
}

const folder = path.resolve(import.meta.dirname, '../../fixtures/golden');
const { cases } = JSON.parse(await readFile(path.join(folder, 'affine.cases.json'), 'utf8')) as {
  cases: Case[];
};
let input: Model;
let expected: Model;

beforeAll(async () => {
  input = await openModel(nodeFileSystem, path.join(folder, 'affine.input.safetensors'));
  expected = await openModel(nodeFileSystem, path.join(folder, 'affine.expected.safetensors'));
});

const entryOf = (model: Model, name: string) => model.tensors.find(t => t.name === name);

async function valuesOf(model: Model, name: string): Promise<Float64Array> {
  const entry = entryOf(model, name)!;
  const source = await openTensor(nodeFileSystem, entry, model.files[0]!.byteLength);
  const stream = streamRows(source, entry, {});
  const out = new Float64Array(entry.count);
  let at = 0;
  for (const panel of stream.panels())
    for await (const { data } of stream.tiles(panel)) {
      out.set(data, at);
      at += data.length;
    }
  await source.close();
  return out;
}

/** The golden asymmetric codes are unsigned, the symmetric ones signed. */
const schemeText = ({ bits, symmetric, granularity, groupSize }: Case) =>
  `${symmetric ? 'int' : 'uint'}${bits} ${granularity === 'group' ? `group=${groupSize}` : granularity}`;

describe('96 cases of numpy with ONNX semantics', () => {
  test.each(cases.map(c => [`${c.id}: ${c.tensor} ${schemeText(c)}`, c] as const))(
    '%s: figures',
    async (_, c) => {
      const entry = entryOf(input, c.tensor)!;
      const scheme = schemeText(c);
      const analysis = await analyzeTensor(nodeFileSystem, {
        entry,
        fileSize: input.files[0]!.byteLength,
        sigma: 6,
        schemes: [scheme],
      });
      const report = analysis.reports[0]!;
      expect(report.scheme).toBe(scheme.replace(' channel', ''));
      // Sums of 6144 float64 terms in another order than numpy's: a few units of the last place.
      for (const figure of [
        'mse',
        'meanAbsError',
        'relativeFrobenius',
        'cosine',
        'sqnrDb',
      ] as const)
        expect(Math.abs(report[figure]! / c[figure] - 1), figure).toBeLessThan(1e-12);
      expect(report.maxAbsError).toBe(c.maxAbsError);
    },
  );

  test('scales, zero points and codes are equal to the last bit', async () => {
    let compared = { scales: 0, codes: 0 };
    for (const c of cases) {
      if (!entryOf(expected, `${c.id}.scale`)) continue;
      const [rows, cols] = entryOf(input, c.tensor)!.shape;
      const values = await valuesOf(input, c.tensor);
      const result = runScheme(schemeText(c), values, [rows!, cols!]);
      const id = `${c.id}: ${schemeText(c)}`;
      expect(result.scales, id).toEqual([...(await valuesOf(expected, `${c.id}.scale`))]);
      expect(result.zeroPoints, id).toEqual([...(await valuesOf(expected, `${c.id}.zeroPoint`))]);
      compared = { ...compared, scales: compared.scales + 1 };
      if (!entryOf(expected, `${c.id}.codes`)) continue;
      expect(result.codes, id).toEqual([...(await valuesOf(expected, `${c.id}.codes`))]);
      compared.codes++;
    }
    expect(compared).toEqual({ scales: 80, codes: 40 });
  });
});
