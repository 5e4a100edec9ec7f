import { describe, expect, it } from 'vitest';
import { WeightError } from '../../../../src/base/errors';
import type { Comparison, ComparisonDetail } from '../../../../src/compare/comparison';
import { PairRun } from '../../../../src/host/compare/pairRun';
import type { CompareRequest } from '../../../../src/protocol/worker';
import type { PoolCall, WorkerPool } from '../../../../src/worker/pool';
import { figures, pair, paired } from './fakes';

interface Call {
  readonly request: CompareRequest;
  readonly options: PoolCall;
  /** Answers, and lets what waits for the answer run. */
  end(result?: Partial<Comparison>): Promise<void>;
  fail(e: unknown): Promise<void>;
}

const settled = () => new Promise(resolve => setImmediate(resolve));
const detail: ComparisonDetail = {
  heat: { rows: 1, cols: 1, rowsPerCell: 2, colsPerCell: 4, meanAbsError: [0.1] },
  histograms: null,
};

/** A run whose requests the test answers. */
function setUp(shapes: readonly (readonly number[])[], width = 1) {
  const calls: Call[] = [];
  const internal: unknown[] = [];
  const request = (_: string, params: unknown, options: PoolCall = {}) =>
    new Promise<Comparison>((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(new WeightError('cancelled', 'x')));
      calls.push({
        request: params as CompareRequest,
        options,
        end: async result => {
          resolve({ ...figures(), ...result });
          await settled();
        },
        fail: async e => {
          reject(e);
          await settled();
        },
      });
    });
  const run = new PairRun(paired(shapes.map((shape, i) => pair(`p${i}`, shape))), {
    pool: () => ({ request }) as unknown as WorkerPool,
    width: () => width,
    onChange: () => {},
    onInternalError: e => internal.push(e),
  });
  const asked = () => calls.map(call => call.request.a.entry.name);
  return { run, calls, internal, asked };
}

const context = (signal = new AbortController().signal) => ({ signal, progress: () => {} });
const same = (count: number) => Array.from({ length: count }, () => [2, 3]);

describe('comparing all pairs', () => {
  it('asks for two a worker at a time, in the order of the model, with the size of each file', async () => {
    const { calls, asked, run } = setUp(same(6), 2);
    expect(asked()).toEqual(['p0', 'p1', 'p2', 'p3']);
    expect(calls[0]?.request).toMatchObject({ a: { fileSize: 777 }, b: { fileSize: 888 } });
    await calls[1]!.end({ sqnrDb: 12 });
    expect(asked()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
    expect(run.row(1)).toMatchObject({ status: 'done', figures: { sqnrDb: 12 } });
    expect(run.row(0)).toMatchObject({ status: 'running', figures: null });
    expect(run.row(5)).toMatchObject({ status: 'waiting' });
  });

  it('counts by elements, and is done when every pair has ended, one way or the other', async () => {
    const { calls, run, internal } = setUp([
      [1, 30],
      [1, 10],
    ]);
    calls[0]!.options.onProgress?.(0.5);
    expect(run.progress()).toMatchObject({ state: 'running', donePairs: 0, fraction: 15 / 40 });
    await calls[1]!.fail(new WeightError('malformed', 'broken'));
    expect(run.progress()).toMatchObject({ donePairs: 1, failed: 1, fraction: 25 / 40 });
    expect(run.row(1)).toMatchObject({ status: 'failed', error: 'broken' });
    await calls[0]!.end();
    expect(run.progress()).toMatchObject({ state: 'done', fraction: 1, current: null });
    expect(internal).toEqual([]);
  });

  it('goes on with those that are on the screen', async () => {
    const { calls, asked, run } = setUp(same(9));
    run.see([7, 8]);
    await calls[0]!.end();
    expect(asked()).toEqual(['p0', 'p1', 'p7']);
  });

  it('stops when it is cancelled, and then goes on where it was', async () => {
    const { calls, asked, run } = setUp(same(5));
    await calls[0]!.end();
    run.cancel();
    await settled();
    expect(run.progress()).toMatchObject({ state: 'cancelled', donePairs: 1, current: null });
    expect(asked()).toEqual(['p0', 'p1', 'p2']);
    run.resume();
    expect(asked().slice(3)).toEqual(['p1', 'p2']);
    for (let i = 3; i < 7; i++) await calls[i]!.end();
    expect(run.progress()).toMatchObject({ state: 'done', donePairs: 5 });
  });

  it('of nothing is done at once', () => {
    expect(setUp([]).run.progress()).toMatchObject({ state: 'done', pairs: 0, fraction: 1 });
  });
});

describe('a pair in detail', () => {
  it('is asked for before the others, and its figures count', async () => {
    const { calls, run } = setUp(same(5));
    const answer = run.detail(4, context());
    expect(calls.at(-1)?.request).toMatchObject({ a: { entry: { name: 'p4' } }, detail: true });
    expect(calls.at(-1)?.options.priority).toBe('selected');
    await calls.at(-1)!.end({ detail, sqnrDb: 9 });
    expect(await answer).toMatchObject({ name: 'p4', detail, figures: { sqnrDb: 9 } });
    expect(run.progress().donePairs).toBe(1);
    expect(run.row(4).figures).not.toHaveProperty('detail');
  });

  it('is kept until another one is there', async () => {
    const { calls, run } = setUp(same(1));
    const first = run.detail(0, context());
    await calls.at(-1)!.end({ detail });
    await first;
    const { length } = calls;
    expect(await run.detail(0, context())).toMatchObject({ detail });
    expect(calls).toHaveLength(length);
  });

  it('that is given up is compared in its turn', async () => {
    const { calls, asked, run } = setUp(same(4));
    const selecting = new AbortController();
    const answer = run.detail(3, context(selecting.signal));
    await calls[0]!.end();
    selecting.abort();
    await expect(answer).rejects.toMatchObject({ tag: 'cancelled' });
    await calls[1]!.end();
    expect(asked().filter(name => name === 'p3')).toHaveLength(2);
  });

  it('whose failure is our mistake says so, to the log too', async () => {
    const { calls, run, internal } = setUp(same(1));
    const answer = run.detail(0, context());
    const mistake = new Error('oops');
    await calls.at(-1)!.fail(mistake);
    expect(await answer).toMatchObject({ status: 'failed', error: 'oops', detail: null });
    expect(internal).toEqual([mistake]);
  });
});

it('the chart has the pairs in the order of the model, several a mark where there are many', async () => {
  const { calls, run } = setUp(same(4), 2);
  await calls[0]!.end({ sqnrDb: 30 });
  await calls[1]!.end({ sqnrDb: 10 });
  await calls[3]!.end({ sqnrDb: 25 });
  expect(run.series(2)).toEqual({
    ...{ count: 4, start: Int32Array.of(0, 2, 4), pair: Int32Array.of(0, 2), name: ['p0', 'p2'] },
    sqnrDb: { low: Float64Array.of(10, 25), high: Float64Array.of(30, 25) },
  });
});
