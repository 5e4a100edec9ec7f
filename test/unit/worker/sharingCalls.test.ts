import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { AnalysisRequest, BlockRequest } from '../../../src/protocol/worker';
import { emptyShelf } from '../../../src/worker/kernelShelf';
import { sharingRows } from '../../../src/worker/sharing';
import { memoryFiles } from '../countingSource';
import { type Asked, builtShelf, poolOf, stored, type Work, weights } from './shared';

const shelf = builtShelf();

/** How often each byte of a file was read, from `from` on. */
function readsOf(ranges: readonly (readonly [number, number])[], from: number, size: number) {
  const times = new Uint8Array(size);
  for (const [start, end] of ranges) for (let i = start; i < end; i++) times[i]!++;
  return new Set(times.subarray(from));
}

describe('what is read of the file', () => {
  const shape = [1032, 1024] as const;
  const readsFor = async (
    { entry, file }: ReturnType<typeof stored>,
    more: Partial<AnalysisRequest>,
  ) => {
    const files = memoryFiles({ f: file });
    const { pool } = poolOf(files, shelf);
    const request = { entry, fileSize: file.length, sigma: 6, schemes: [], ...more };
    const blockBytes = entry.data.byteLength / 4;
    await sharingRows(pool, 3, blockBytes).request('tensor/analyze', request);
    const counts = files.counts.get('f')!;
    expect(counts.open).toBe(0);
    return readsOf(counts.ranges, entry.data.offset, file.length);
  };

  test.each(['BF16', 'F16', 'F8_E4M3'] as const)(
    '%s: every byte once, for statistics, schemes by rows and of the tensor, and detail',
    async dtype => {
      const tensor = stored(weights(shape), shape, { dtype });
      const schemes = ['int8', 'q4_0', 'int8 tensor', 'int8 tensor calib=nv-mse'];
      expect(await readsFor(tensor, { schemes, detail: true })).toEqual(new Set([1]));
    },
  );

  test('F32: once for statistics and schemes by rows, twice with a scheme of the tensor', async () => {
    const tensor = stored(weights(shape), shape);
    const schemes = ['int8', 'int4 asym group=32'];
    expect(await readsFor(tensor, { schemes, channels: true })).toEqual(new Set([1]));
    expect(await readsFor(tensor, { schemes: [...schemes, 'int8 tensor'] })).toEqual(new Set([2]));
  });
});

describe('how a shared analysis ends', () => {
  const shape = [40, 256] as const;
  const { entry, file } = stored(weights(shape), shape);
  const request: AnalysisRequest = {
    ...{ entry, fileSize: file.length, sigma: 6 },
    schemes: ['int8', 'nvfp4'],
  };
  const blockBytes = file.length / 5;
  const sharedBy = (before?: Work) => {
    const { pool, asked } = poolOf(memoryFiles({ f: file }), emptyShelf, before);
    return { pool: sharingRows(pool, 3, blockBytes), asked };
  };
  const caught = (p: Promise<unknown>) =>
    p.then(
      () => undefined,
      (e: unknown) => e,
    );
  const isAborted = ({ call }: Asked) => call.signal!.aborted;

  test('one block that fails fails all, with its error, and the others are cancelled', async () => {
    const { pool, asked } = sharedBy(async ({ method, params, call }) => {
      if (method === 'tensor/block' && (params as BlockRequest).block.row === 16)
        throw new WeightError('io', 'the disk is gone');
      if (method !== 'tensor/block') return;
      await new Promise<void>(resolve => call.signal!.addEventListener('abort', () => resolve()));
    });
    const e = await caught(pool.request('tensor/analyze', request));
    expect(WeightError.is(e, 'io')).toBe(true);
    expect((e as Error).message).toBe('the disk is gone');
    expect(asked.length).toBe(6);
    expect(asked.every(isAborted)).toBe(true);
  });

  test('the worker that does the rest alone fails: so does all', async () => {
    const { pool, asked } = sharedBy(async ({ method }) => {
      if (method === 'tensor/analyze') throw new WeightError('io', 'the disk is gone');
    });
    expect(WeightError.is(await caught(pool.request('tensor/analyze', request)), 'io')).toBe(true);
    expect(asked.some(({ method }) => method === 'tensor/conclude')).toBe(false);
  });

  test('cancelled in between: cancelled, and nothing more is asked', async () => {
    const control = new AbortController();
    const { pool, asked } = sharedBy(async ({ params }) => {
      if ((params as Partial<BlockRequest>).block?.row === 16) control.abort();
    });
    const call = { signal: control.signal };
    const e = await caught(pool.request('tensor/analyze', request, call));
    expect(WeightError.is(e, 'cancelled')).toBe(true);
    expect(asked.every(isAborted)).toBe(true);
    expect(asked.some(({ method }) => method === 'tensor/conclude')).toBe(false);
  });

  test('a file that shrank is an error', async () => {
    const { pool } = poolOf(memoryFiles({ f: file.subarray(1) }), emptyShelf);
    const e = await caught(sharingRows(pool, 3, blockBytes).request('tensor/analyze', request));
    expect(WeightError.is(e, 'io')).toBe(true);
  });

  test.each([
    ['a scheme', { schemes: ['int88'] }],
    ['sigma', { sigma: 0 }],
  ])('%s that cannot be is refused, before the file is touched', async (_, bad) => {
    const files = memoryFiles({ f: file });
    const { pool } = poolOf(files, emptyShelf);
    const shared = sharingRows(pool, 3, blockBytes);
    const e = await caught(shared.request('tensor/analyze', { ...request, ...bad }));
    expect(WeightError.is(e, 'unsupported')).toBe(true);
    expect(files.counts.size).toBe(0);
  });

  test('every part has the priority of the whole', async () => {
    const { pool, asked } = sharedBy();
    await pool.request('tensor/analyze', request, { priority: 'hover' });
    expect(asked.map(({ call }) => call.priority)).toEqual(new Array(7).fill('hover'));
  });

  test('progress rises to 1, with a second look too', async () => {
    const large = stored(weights([1032, 1024]), [1032, 1024]);
    const asking = { ...request, entry: large.entry, fileSize: large.file.length };
    for (const schemes of [['int8'], ['int8', 'int8 tensor']]) {
      const { pool } = poolOf(memoryFiles({ f: large.file }), shelf);
      const seen: number[] = [];
      const onProgress = (fraction: number) => seen.push(fraction);
      const shared = sharingRows(pool, 3, 1_000_000);
      await shared.request('tensor/analyze', { ...asking, schemes }, { onProgress });
      expect(seen.length).toBeGreaterThan(4);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(seen.at(-1)).toBe(1);
    }
  });

  test('what is not shared, and other requests, go to the pool as they are', async () => {
    const { pool, asked } = sharedBy();
    const sampled = { ...request, sampleBytes: 4096 };
    const call = { priority: 'visible' } as const;
    await pool.request('tensor/analyze', sampled, call);
    expect(asked).toEqual([{ method: 'tensor/analyze', params: sampled, call }]);
    expect(asked[0]!.params).toBe(sampled);
  });

  test('one worker has nobody to share with', () => {
    const { pool } = poolOf(memoryFiles({ f: file }), emptyShelf);
    expect(sharingRows(pool, 1)).toBe(pool);
  });
});
