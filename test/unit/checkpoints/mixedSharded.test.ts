import { expect, test } from 'vitest';
import { openFixture, packedOf } from './fixture';
import { expectGolden, fixturePath, openTold, storedBytes } from './golden';

const [qProj, downProj] = ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'];
const [folder, index] = ['mixed-sharded', 'model.safetensors.index.json'];

test('codes and scales in different shards make one weight', async () => {
  const said = { scheme: 'GPTQ 4-bit, group 64, symmetric', bits: 4, groupSize: 64 };
  await expectGolden(folder, index, { [`${qProj}.weight`]: said, [`${downProj}.weight`]: said });
  const model = await openTold(fixturePath(folder, index));
  for (const { packed } of packedOf(model))
    expect(new Set(Object.values(packed.parts).map(p => p.entry.data.path)).size).toBe(2);
});

test('weights that are not quantized come through unchanged', async () => {
  const model = await openTold(fixturePath(folder, index));
  const expected = await openFixture(folder, 'expected.safetensors');
  const stored = expected.tensors.filter(t => t.name.endsWith('.weight_bf16'));
  const plain = model.weights.filter(w => !w.packed && w.name.endsWith('.weight'));
  const nameOf = (name: string) => name.replace(/_bf16$/, '');
  expect(plain.map(w => w.name).toSorted()).toEqual(stored.map(t => nameOf(t.name)).toSorted());
  for (const entry of stored) {
    const found = plain.find(w => w.name === nameOf(entry.name))!;
    expect(found).toMatchObject({ dtype: entry.dtype, shape: entry.shape });
    expect(await storedBytes(found)).toEqual(await storedBytes(entry));
  }
});
