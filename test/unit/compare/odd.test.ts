import { expect, test } from 'vitest';
import { pairWeights } from '../../../src/compare/pairs';
import type { TensorEntry } from '../../../src/formats/tensorFile';

function weight(name: string, shape: readonly number[]): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = { path: 'm', offset: 0, byteLength: 4 * count, byteOrder: 'little' } as const;
  return { name, dtype: 'F32', shape, count, data: { ...data, fortranOrder: false } };
}

const model = (weights: readonly TensorEntry[]) =>
  ({ format: 'safetensors', metadata: {}, weights }) as const;
const pairing = (a: readonly TensorEntry[], b: readonly TensorEntry[]) =>
  pairWeights(model(a) as never, model(b) as never);

test.each(['constructor', '__proto__', 'toString'])('a module called %s is a name', name => {
  const a = weight(`model.layers.0.${name}.weight`, [4, 4]);
  const { pairs, onlyA } = pairing([a, weight('x', [2])], [a]);
  expect(pairs.map(p => p.name)).toEqual([a.name]);
  expect(onlyA.map(u => u.name)).toEqual(['x']);
});

test('square experts that may be transposed are not compared', () => {
  const stored = (cols: number) => weight('model.layers.0.mlp.experts.down_proj', [2, 4, cols]);
  const decoded = weight('model.layers.0.mlp.experts.down_proj.weight', [2, 4, 4]);
  const { pairs, onlyA, onlyB } = pairing([stored(4)], [decoded]);
  expect(pairs).toEqual([]);
  expect(onlyA[0]!.reason).toMatch(/transposed/);
  expect(onlyB[0]!.reason).toMatch(/transposed/);
  // Of the same model's kind they are what they are.
  expect(pairing([stored(4)], [stored(4)]).pairs).toHaveLength(1);
});

test('many weights without counterparts are all told', () => {
  const side = (name: string) =>
    Array.from({ length: 20_000 }, (_, i) => weight(`${name}.layers.${i}.odd.weight`, [1]));
  const { onlyA, onlyB } = pairing(side('a'), side('b'));
  expect([onlyA.length, onlyB.length]).toEqual([20_000, 20_000]);
});
