import path from 'node:path';
import { expect, test } from 'vitest';
import type { CallContext } from '../../../src/protocol/rpc';
import { nodeFileSystem } from '../../../src/worker/fileSystem';
import { workerHandlers } from '../../../src/worker/handlers';

const folder = path.join(import.meta.dirname, '../../fixtures/checkpoints/gptq-4bit-g128-sym');
const file = (name: string) => path.join(folder, name);
const context: CallContext = { signal: new AbortController().signal, progress: () => {} };
const pair = workerHandlers(nodeFileSystem)['models/pair'];

test('pairs the packed weights of a model with the plain ones of its original', async () => {
  const [a, b] = [file('original.safetensors'), file('model.safetensors')];
  const { pairs, ...models } = await pair({ a, b }, context);
  expect(pairs.length).toBeGreaterThan(0);
  for (const { name, a, b } of pairs) {
    expect(b.entry.name).toBe(name);
    expect([a.entry.packed?.layout, b.entry.packed?.layout]).toEqual([undefined, 'gptq']);
  }
  expect(models.a.files.map(f => f.path)).toEqual([a]);
  expect(models.b.files.map(f => f.path)).toEqual([b]);
});

test('says which of the two files is at fault', async () => {
  const [a, b] = [file('original.safetensors'), file('config.json')];
  await expect(pair({ a, b }, context)).rejects.toMatchObject({ details: { file: b } });
});
