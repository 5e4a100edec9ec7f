import { expect, test, vi } from 'vitest';
import type { ModelDocument } from '../../../src/host/editor/document';
import { Layers } from '../../../src/host/editor/layers';
import type { RequestHost } from '../../../src/host/editor/requests/common';
import { layerHandlers } from '../../../src/host/editor/requests/layer';
import type { LayerAnswer, LayerTask, LayerView } from '../../../src/protocol/layer';
import type { PoolCall, WorkerPool } from '../../../src/worker/pool';
import { entry, profile } from './fakes';

function answer(scheme: string, rows = 4): LayerAnswer {
  const mse = Float64Array.from({ length: rows }, (_, i) => i);
  const absMax = Float32Array.from(mse);
  return {
    view: { scheme } as LayerView,
    statistics: { profile: profile(), detail: null, findings: [] },
    rows: { absMax, sqnrDb: absMax, mse, params: null, hasZeroPoint: false },
  };
}

/** One request that a pool was asked, to be answered by hand. */
interface Asked {
  readonly method: string;
  readonly params: LayerTask & { readonly statistics?: unknown };
  readonly call: PoolCall;
  resolve(answer: unknown): void;
}

function poolByHand() {
  const asked: Asked[] = [];
  const request = vi.fn(
    (method: string, params: LayerTask, call: PoolCall) =>
      new Promise((resolve, reject) => {
        asked.push({ method, params, call, resolve });
        call.signal?.addEventListener('abort', () => reject(new Error('stopped')));
      }),
  );
  return { asked, pool: { request, dispose: async () => {} } as unknown as WorkerPool };
}

const task = (scheme: string): LayerTask => ({ entry: entry('a'), fileSize: 24, sigma: 6, scheme });

test('a layer is looked at once, however many views ask, and kept', async () => {
  const { asked, pool } = poolByHand();
  const layers = new Layers(() => pool);
  const progress: string[] = [];
  const first = layers.get(0, task('int8'), { onProgress: x => progress.push(`first ${x}`) });
  const second = layers.get(0, task('int8'), { onProgress: x => progress.push(`second ${x}`) });
  asked[0]!.call.onProgress?.(0.5);
  expect(progress).toEqual(['first 0.5', 'second 0.5']);
  expect(asked[0]!.call.priority).toBe('selected');
  const made = answer('int8');
  asked[0]!.resolve(made);
  expect(await first).toBe(made);
  expect(await second).toBe(made);
  expect(await layers.get(0, task('int8'), {})).toBe(made);
  expect(asked).toHaveLength(1);
});

test('statistics are made for the first scheme only', async () => {
  const { asked, pool } = poolByHand();
  const layers = new Layers(() => pool);
  const first = layers.get(0, task('int8'), {});
  const made = answer('int8');
  asked[0]!.resolve(made);
  await first;
  void layers.get(0, task('int4'), {});
  void layers.get(1, task('int4'), {});
  expect(asked.map(({ params }) => params.statistics)).toEqual([null, made.statistics, null]);
});

test('who leaves is told at once; the work is given up with the last', async () => {
  const { asked, pool } = poolByHand();
  const layers = new Layers(() => pool);
  const [one, other] = [new AbortController(), new AbortController()];
  const first = layers.get(0, task('int8'), { signal: one.signal });
  const second = layers.get(0, task('int8'), { signal: other.signal });
  one.abort();
  await expect(first).rejects.toMatchObject({ tag: 'cancelled' });
  expect(asked[0]!.call.signal!.aborted).toBe(false);
  other.abort();
  await expect(second).rejects.toMatchObject({ tag: 'cancelled' });
  expect(asked[0]!.call.signal!.aborted).toBe(true);
  // Asked again it begins anew.
  const again = layers.get(0, task('int8'), {});
  asked[1]!.resolve(answer('int8'));
  expect((await again).view.scheme).toBe('int8');
});

test('what was looked at longest ago goes when there is too much of it', async () => {
  const { asked, pool } = poolByHand();
  const layers = new Layers(() => pool);
  const look = async (scheme: string) => {
    const before = asked.length;
    const looked = layers.get(0, task(scheme), {});
    // 16 bytes a row: 24 MiB.
    if (asked.length > before) asked.at(-1)!.resolve(answer(scheme, 1.5 * 2 ** 20));
    await looked;
    return asked.length > before;
  };
  expect([await look('int8'), await look('int6')]).toEqual([true, true]);
  expect(await look('int8')).toBe(false);
  expect(await look('int4')).toBe(true);
  expect([await look('int8'), await look('int6')]).toEqual([false, true]);
});

function handlers() {
  const { asked, pool } = poolByHand();
  const loaded = {
    sigma: 5,
    model: { tensors: [entry('a'), entry('b')], files: [{ path: '/m', byteLength: 99 }] },
  };
  const document = { generation: 3, loaded };
  const all = layerHandlers({
    document: document as unknown as ModelDocument,
    services: { pool: () => pool } as RequestHost['services'],
    strings: null,
    reopenWith: async () => {},
    onInternalError: () => {},
  });
  const context = { signal: new AbortController().signal, progress: () => {} };
  const ref = { tensor: { generation: 3, tensor: 1 }, scheme: 'int8' };
  return { all, asked, document, context, ref };
}

test('two pages of a document share what was looked at, until it is read again', async () => {
  const { all, asked, document, context, ref } = handlers();
  const view = all['layer/get'](ref, context);
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  expect(asked[0]!.params).toMatchObject({ entry: { name: 'b' }, fileSize: 99, sigma: 5 });
  asked[0]!.resolve(answer('int8'));
  expect(await view).toEqual({ scheme: 'int8' });
  const series = await all['layer/channels']({ ...ref, from: 0, to: 9, marks: 2 }, context);
  expect(series).toMatchObject({ rows: 4, from: 0, to: 4, scale: null, zeroPoint: null });
  expect(series!.mse).toEqual({
    low: Float64Array.of(0, 2),
    median: Float64Array.of(0.5, 2.5),
    high: Float64Array.of(1, 3),
  });
  expect(asked).toHaveLength(1);
  // The same file in its next generation.
  Object.assign(document, { generation: 4, loaded: { ...document.loaded } });
  await expect(all['layer/get'](ref, context)).rejects.toMatchObject({ tag: 'cancelled' });
  void all['layer/get']({ ...ref, tensor: { generation: 4, tensor: 1 } }, context);
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]!.params.statistics).toBeNull();
});

test('maps, curves and fixes go to a worker that the user waits for', async () => {
  const { all, asked, context, ref } = handlers();
  const window = { row: 0, rows: 1, col: 0, cols: 2 };
  void all['layer/map']({ ...ref, of: 'error', window, cells: 16 }, context);
  void all['layer/curve']({ ...ref, by: 'mse', segment: 2 }, context);
  void all['layer/fixes'](ref, context);
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  expect(asked.map(({ method }) => method)).toEqual(['layer/map', 'layer/curve', 'layer/fixes']);
  expect(asked[0]!.params).toMatchObject({ of: 'error', window, cells: 16, statistics: null });
  expect(asked[1]!.params).toMatchObject({ by: 'mse', segment: 2, scheme: 'int8' });
  expect(asked.map(({ call }) => call.priority)).toEqual(['selected', 'selected', 'selected']);
});

test.each([
  ['layer/map', { of: 'error', window: null, cells: 257 }],
  ['layer/map', { of: 'other', window: null, cells: 8 }],
  ['layer/channels', { from: 0, to: 4, marks: 2001 }],
  ['layer/curve', { by: 'mse', segment: -1 }],
] as const)('%s with %j is refused', async (method, params) => {
  const { all, context, ref } = handlers();
  const ask = all[method] as (params: unknown, c: typeof context) => Promise<unknown>;
  await expect(ask({ ...ref, ...params }, context)).rejects.toThrow();
});
