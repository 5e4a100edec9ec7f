import { expect, test } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import type { CallContext } from '../../../src/protocol/rpc';
import type { AnalysisRequest } from '../../../src/protocol/worker';
import { workerHandlers } from '../../../src/worker/handlers';
import { entry } from '../host/fakes';

const tensor = entry('t', [64, 1024]);
const fileSize = tensor.data.byteLength;
const request: AnalysisRequest = { entry: tensor, fileSize, sigma: 6, schemes: ['int8'] };

/** A file of small numbers, and how much of it was read at a time. */
function setUp() {
  const reads: number[] = [];
  const files = {
    open: async () => ({
      size: fileSize,
      async read(offset: number, into: Uint8Array) {
        reads.push(into.byteLength);
        const values = new Float32Array(into.byteLength / 4).map((_, i) => (offset / 4 + i) % 97);
        into.set(new Uint8Array(values.buffer));
      },
      close: async () => {},
    }),
  } as unknown as FileSystem;
  const handlers = workerHandlers(files, { chunkBytes: 4096 });
  return { analyze: handlers['tensor/analyze'], reads };
}

const context = (progress = (_: number) => {}): CallContext => ({
  signal: new AbortController().signal,
  progress,
});

test('as much is read at a time as the worker was told', async () => {
  const { analyze, reads } = setUp();
  await analyze(request, context());
  expect(new Set(reads)).toEqual(new Set([4096]));
});

test('others stand still while something urgent is analysed, and then go on to the same end', async () => {
  const alone = await setUp().analyze(request, context());
  const { analyze, reads } = setUp();
  const ended: string[] = [];
  const begun = new Promise<void>(resolve => {
    void Promise.resolve(
      analyze(
        request,
        context(() => resolve()),
      ),
    ).then(result => {
      ended.push('other');
      expect(result).toEqual(alone);
    });
  });
  await begun;
  const before = reads.length;
  expect(before).toBeLessThan(64);
  await analyze({ ...request, urgent: true }, context());
  ended.push('urgent');
  // One of the other's reads may have been under way.
  expect(reads.length - before).toBeLessThanOrEqual(2 * 64 + 1);
  while (ended.length < 2) await new Promise(resolve => setImmediate(resolve));
  expect(ended).toEqual(['urgent', 'other']);
});
