import path from 'node:path';
import { setTimeout as timerTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { AnalysisRequest } from '../../../src/protocol/worker';
import {
  createPool,
  type PoolCall,
  type PoolOptions,
  type Priority,
  type WorkerPool,
} from '../../../src/worker/pool';

const workerPath = path.join(import.meta.dirname, 'fakeWorker.mjs');
const pools: WorkerPool[] = [];

function pool(options: Partial<PoolOptions> = {}): WorkerPool {
  const made = createPool({ workerPath, size: 2, ...options });
  pools.push(made);
  return made;
}

afterEach(() => Promise.all(pools.splice(0).map(p => p.dispose())));

const analysis = (name: string) => ({ entry: { name } }) as unknown as AnalysisRequest;
const run = (p: WorkerPool, name: string, signal?: AbortSignal, priority?: Priority) =>
  p.request('tensor/analyze', analysis(name), {
    signal,
    ...(priority && { priority }),
  } satisfies PoolCall) as unknown as Promise<{ threadId: number }>;
const open = (p: WorkerPool) =>
  p.request('model/open', { path: '' }) as unknown as Promise<{
    threadId: number;
    workerData: unknown;
  }>;
const caught = (p: Promise<unknown>) =>
  p.then(
    () => undefined,
    (e: unknown) => e,
  );

test('analyses run on as many threads as the pool has, and no more', async () => {
  const p = pool({ size: 2 });
  const threads = await Promise.all(Array.from({ length: 9 }, () => run(p, 'ok')));
  expect(new Set(threads.map(t => t.threadId)).size).toBe(2);
});

test('headers are read while every worker is busy with an analysis', async () => {
  const p = pool({ size: 1 });
  const hanging = caught(run(p, 'hang'));
  expect((await open(p)).threadId).toBeGreaterThan(0);
  await p.dispose();
  expect(WeightError.is(await hanging, 'cancelled')).toBe(true);
});

test('a scheme that is typed is read while every worker is busy with an analysis', async () => {
  const p = pool({ size: 1 });
  const hanging = caught(run(p, 'hang'));
  const model = { matrices: [], otherBytes: 0 };
  expect(await p.request('scheme/describe', { text: 'int8', model })).toBeTruthy();
  expect(await p.request('scheme/presets', null)).toBeTruthy();
  await p.dispose();
  expect(WeightError.is(await hanging, 'cancelled')).toBe(true);
});

test.each(['die', 'throw'])(
  'a worker that dies (%s) rejects its request and is replaced',
  async how => {
    const p = pool({ size: 1 });
    const first = await run(p, 'ok');
    const failed = caught(run(p, how));
    const next = run(p, 'ok'); // was waiting behind it
    const e = await failed;
    expect(WeightError.is(e, 'io')).toBe(true);
    expect((e as Error).message).toMatch(how === 'die' ? /stopped with code 3/ : /out of luck/);
    expect((await next).threadId).not.toBe(first.threadId);
  },
);

test('cancelling frees the worker for the next in line', async () => {
  const p = pool({ size: 1 });
  const control = new AbortController();
  const hanging = caught(run(p, 'hang', control.signal));
  const waiting = new AbortController();
  const never = caught(run(p, 'ok', waiting.signal));
  const next = run(p, 'ok');
  waiting.abort();
  expect(WeightError.is(await never, 'cancelled')).toBe(true);
  control.abort();
  expect(WeightError.is(await hanging, 'cancelled')).toBe(true);
  expect((await next).threadId).toBeGreaterThan(0);
});

test('an idle worker ends; the next request starts another', async () => {
  const p = pool({ size: 1, idleMs: 0 });
  const threads = new Set<number>();
  // A request that comes before the idle timer fires keeps the worker: go on until two others have been started.
  while (threads.size < 3) {
    threads.add((await run(p, 'ok')).threadId);
    await timerTurn(1);
  }
});

test('after dispose everything is refused', async () => {
  const p = pool();
  const hanging = [caught(run(p, 'hang')), caught(run(p, 'hang')), caught(run(p, 'ok'))];
  await p.dispose();
  for (const e of await Promise.all(hanging)) expect(WeightError.is(e, 'cancelled')).toBe(true);
  expect(WeightError.is(await caught(open(p)), 'cancelled')).toBe(true);
});

/** Begins an analysis that ends when it is stopped. */
function hang(p: WorkerPool, priority: Priority) {
  const control = new AbortController();
  const ended = caught(run(p, 'hang', control.signal, priority));
  return {
    async stop() {
      control.abort();
      await ended;
    },
  };
}

test('who waits has its turn by priority, then by its coming', async () => {
  const p = pool({ size: 1 });
  const hanging = hang(p, 'selected');
  const order: string[] = [];
  const asked: Priority[] = ['rest', 'visible', 'rest', 'hover', 'visible', 'selected', 'hover'];
  const all = asked.map(async (priority, i) => {
    await run(p, 'ok', undefined, priority);
    order.push(`${priority} ${i}`);
  });
  await open(p);
  expect(order).toEqual([]);
  await hanging.stop();
  await Promise.all(all);
  expect(order).toEqual([
    ...['hover 3', 'hover 6', 'selected 5', 'visible 1', 'visible 4', 'rest 0', 'rest 2'],
  ]);
});

test('what ends something begun goes before others of its priority, and behind more urgent ones', async () => {
  const p = pool({ size: 1 });
  const hanging = hang(p, 'selected');
  const order: string[] = [];
  const asked: [string, PoolCall][] = [
    ['visible', { priority: 'visible' }],
    ['rest', {}],
    ['first of the rest', { isFirst: true }],
    ['first of the visible', { priority: 'visible', isFirst: true }],
    ['hover', { priority: 'hover' }],
  ];
  const all = asked.map(async ([name, call]) => {
    await p.request('tensor/analyze', analysis('ok'), call);
    order.push(name);
  });
  await hanging.stop();
  await Promise.all(all);
  expect(order).toEqual([
    ...['hover', 'first of the visible', 'visible', 'first of the rest', 'rest'],
  ]);
});

test.each(['hover', 'selected'] as const)(
  '%s does not wait for what is not urgent',
  async urgent => {
    const p = pool({ size: 1 });
    const hanging = hang(p, 'visible');
    const { threadId } = await open(p);
    expect(await run(p, 'ok', undefined, urgent)).toEqual({ threadId });
    expect(await run(p, 'ok', undefined, urgent)).toEqual({ threadId });
    await hanging.stop();
  },
);

test('a worker has one guest, who keeps it from the next in line while it stays', async () => {
  const p = pool({ size: 1 });
  const hanging = hang(p, 'rest');
  const guest = hang(p, 'hover');
  const order: string[] = [];
  const all = [run(p, 'ok', undefined, 'rest'), run(p, 'ok', undefined, 'hover')].map(
    async (done, i) => {
      await done;
      order.push(i === 0 ? 'rest' : 'hover');
    },
  );
  await open(p);
  await hanging.stop();
  await open(p);
  expect(order).toEqual([]);
  await guest.stop();
  await Promise.all(all);
  expect(order).toEqual(['hover', 'rest']);
});

test('an urgent analysis takes time from what is of the least use', async () => {
  const p = pool({ size: 2 });
  const visible = hang(p, 'visible');
  const { threadId } = await open(p);
  const rest = hang(p, 'rest');
  const guest = await run(p, 'ok', undefined, 'hover');
  expect(guest.threadId).not.toBe(threadId);
  await visible.stop();
  await rest.stop();
});

test('workers are told how much to read at a time', async () => {
  expect((await open(pool({ chunkBytes: 65_536 }))).workerData).toEqual({ chunkBytes: 65_536 });
  expect((await open(pool())).workerData).toEqual({});
});

describe('a place', () => {
  const at = (p: WorkerPool, name: string, options: Partial<PoolCall> = {}) =>
    p.request('tensor/analyze', analysis(name), {
      priority: 'selected',
      place: 'here',
      ...options,
    }) as unknown as Promise<{ threadId: number }>;

  test('is answered by one worker, as long as it lives', async () => {
    const p = pool({ size: 3 });
    const all = await Promise.all(Array.from({ length: 9 }, () => at(p, 'ok')));
    expect(new Set(all.map(t => t.threadId)).size).toBe(1);
    const other = await Promise.all([at(p, 'ok'), at(p, 'ok', { place: 'there' })]);
    expect(other[0]!.threadId).toBe(all[0]!.threadId);
    await caught(at(p, 'die'));
    expect((await at(p, 'ok')).threadId).not.toBe(all[0]!.threadId);
  });

  test('is another’s when the first who asked gave up before it was there', async () => {
    const p = pool({ size: 1 });
    const [hung, control] = [new AbortController(), new AbortController()];
    const hanging = caught(run(p, 'hang', hung.signal, 'selected'));
    const first = caught(at(p, 'ok', { signal: control.signal }));
    const second = at(p, 'ok');
    control.abort();
    expect(WeightError.is(await first, 'cancelled')).toBe(true);
    hung.abort();
    await hanging;
    expect((await second).threadId).toBeGreaterThan(0);
  });
});
