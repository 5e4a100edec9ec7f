import { describe, expect, it } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { type AnalysisOptions, sampleBytes } from '../../../src/host/editor/analysis';
import { partsOf } from '../../../src/host/parts';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import { type Call, settled, setUp } from './analysisSetUp';
import { analysis as figures } from './fakes';

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>(r => {
    resolve = r;
  });
  return { promise, resolve };
}

describe('analysis', () => {
  it('reads nothing before it is started', () => {
    const { analysis, calls } = setUp(3);
    expect(analysis.view()).toMatchObject({
      state: 'offered',
      doneTensors: 0,
      totalTensors: 3,
      totalBytes: 72,
    });
    expect(calls).toHaveLength(0);
  });

  it('keeps to its width, in the order of the model, and counts what is done', async () => {
    const { analysis, calls, asked } = setUp(3);
    analysis.start('all');
    expect(asked()).toEqual(['t2', 't1']);
    expect(calls[0]!.request).toMatchObject({ fileSize: 777, sigma: 6, schemes: ['int8'] });
    expect(calls[0]!.request).not.toHaveProperty('sampleBytes');
    calls[1]!.options.onProgress?.(0.5);
    expect(analysis.view()).toMatchObject({
      ...{ state: 'running', doneTensors: 0, totalTensors: 3, doneBytes: 12, totalBytes: 72 },
      current: [
        { tensor: 't2', fraction: 0 },
        { tensor: 't1', fraction: 0.5 },
      ],
    });
    await calls[1]!.end();
    expect(asked()).toEqual(['t2', 't1', 't0']);
    expect(analysis.view()).toMatchObject({ doneTensors: 1, doneBytes: 24 });
    expect([0, 1, 2].map(analysis.status)).toEqual(['running', 'done', 'running']);
    await calls[0]!.end({ profile: null });
    await calls[2]!.end();
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 3, current: [] });
    expect([0, 1, 2].map(analysis.status)).toEqual(['done', 'done', 'no-figures']);
  });

  it('is done at once without tensors', () => {
    const { analysis } = setUp(0);
    analysis.start('all');
    expect(analysis.view().state).toBe('done');
  });

  it('stops what runs when cancelled, keeps what is done, and resumes with the rest', async () => {
    const { analysis, calls, asked } = setUp(4);
    analysis.start('all');
    await calls[0]!.end();
    analysis.cancel();
    expect(calls.map(c => c.options.signal?.aborted)).toEqual([false, true, true]);
    expect(analysis.view()).toMatchObject({
      state: 'cancelled',
      doneTensors: 1,
      current: [],
      failed: 0,
    });
    await settled();
    expect(calls).toHaveLength(3);
    expect([0, 1, 2, 3].map(analysis.status)).toEqual(['waiting', 'waiting', 'waiting', 'done']);
    analysis.start('all');
    expect(asked().slice(3)).toEqual(['t2', 't1']);
    expect(analysis.view()).toMatchObject({
      state: 'running',
      doneTensors: 1,
      totalTensors: 4,
      totalBytes: 72,
    });
  });

  it('keeps a failure with its tensor, goes on, and tries again when asked', async () => {
    const { analysis, calls, internal } = setUp(2);
    analysis.start('all');
    await calls[0]!.fail(new WeightError('truncated', 'too short'));
    await calls[1]!.fail(new Error('bug'));
    expect(analysis.view()).toMatchObject({ state: 'done', failed: 2, doneTensors: 2 });
    expect(analysis.error(1)).toMatchObject({ tag: 'truncated', message: 'too short' });
    expect(analysis.error(0)).toMatchObject({ tag: 'internal' });
    expect(internal).toHaveLength(1);
    analysis.start('all');
    await calls[2]!.end();
    expect(analysis.status(1)).toBe('done');
    expect(analysis.view().failed).toBe(0);
  });

  it('samples, then reads whole what was only sampled', async () => {
    const { analysis, calls, asked } = setUp(2, { shape: [1024, 2048] });
    expect(analysis.view().sampleBytes).toBe(2 * sampleBytes);
    analysis.start('sample');
    expect(calls[0]!.request.sampleBytes).toBe(sampleBytes);
    await calls[0]!.end({ sampled: 0.5 });
    await calls[1]!.end({ sampled: 1 });
    expect([0, 1].map(analysis.status)).toEqual(['done', 'sampled']);
    expect(analysis.view()).toMatchObject({ state: 'done', sampleBytes: 0 });
    analysis.start('all');
    expect(asked().slice(2)).toEqual(['t1']);
    expect(analysis.view()).toMatchObject({
      state: 'running',
      doneTensors: 1,
      totalTensors: 2,
      totalBytes: 8 * 2 ** 20,
    });
    await calls[2]!.end();
    expect([0, 1].map(analysis.status)).toEqual(['done', 'done']);
  });

  it('stops a running sample when the whole tensor is wanted, and loses none', async () => {
    const { analysis, calls, asked } = setUp(2, { width: 1 });
    analysis.start('sample');
    analysis.start('all');
    expect(calls[0]!.options.signal?.aborted).toBe(true);
    await settled();
    expect(asked()).toEqual(['t1', 't1']);
    await calls[1]!.end();
    await calls[2]!.end();
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 2 });
  });

  it('takes named tensors first, once each', async () => {
    const { analysis, calls, asked } = setUp(5, { width: 1 });
    analysis.start('all');
    analysis.start('all', [0]);
    analysis.start('all', [1, 1]);
    for (let i = 0; i < 5; i++) await calls[i]!.end();
    expect(asked()).toEqual(['t4', 't1', 't0', 't3', 't2']);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 5 });
  });

  it('goes back to the offer after some tensors only', async () => {
    const { analysis, calls } = setUp(5);
    analysis.start('all', [3]);
    expect(analysis.view()).toMatchObject({
      state: 'running',
      doneTensors: 0,
      totalTensors: 1,
      totalBytes: 24,
    });
    await calls[0]!.end();
    expect(analysis.view()).toMatchObject({ state: 'offered', doneTensors: 1, totalTensors: 5 });
    analysis.start('all', [3]);
    expect(calls).toHaveLength(1);
    expect(analysis.view().state).toBe('offered');
  });

  it('ignores answers that come after the end', async () => {
    const { analysis, calls, changes } = setUp(1);
    analysis.start('all');
    analysis.dispose();
    const before = changes();
    await calls[0]!.end();
    expect(analysis.result(0)).toBeNull();
    expect(changes()).toBe(before);
  });
});

describe('what the user waits for', () => {
  const priorities = (calls: readonly Call[]) => calls.map(c => c.options.priority);

  it('comes first: the selected tensor, those asked for, those in sight, the rest', async () => {
    const { analysis, calls, asked } = setUp(8, { width: 1 });
    analysis.select(3);
    analysis.see([1, 6, 1]);
    analysis.start('all');
    analysis.start('all', [4, 5]);
    for (let i = 0; i < 8; i++) await calls[i]!.end();
    expect(asked()).toEqual(['t3', 't4', 't5', 't1', 't6', 't7', 't2', 't0']);
    expect(priorities(calls)).toEqual([
      ...['selected', 'visible', 'visible', 'visible', 'visible', 'rest', 'rest', 'rest'],
    ]);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 8 });
  });

  it('follows the screen: what came into sight last goes first', async () => {
    const { analysis, calls, asked } = setUp(6, { width: 1 });
    analysis.start('all');
    analysis.see([0, 1]);
    analysis.see([2]);
    for (let i = 0; i < 6; i++) await calls[i]!.end();
    expect(asked()).toEqual(['t5', 't2', 't0', 't1', 't4', 't3']);
  });

  it('does not wait until others are done', async () => {
    const { analysis, calls, asked } = setUp(5, { width: 1 });
    analysis.start('all');
    analysis.select(1);
    analysis.start('all', [2], 'hover');
    expect(asked()).toEqual(['t4', 't1']);
    await calls[1]!.end();
    expect(asked()).toEqual(['t4', 't1', 't2']);
    expect(priorities(calls)).toEqual(['rest', 'selected', 'hover']);
    await calls[2]!.end();
    expect(asked()).toHaveLength(3);
    await calls[0]!.end();
    expect(asked().slice(3)).toEqual(['t3']);
    await calls[3]!.end();
    await calls[4]!.end();
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 5 });
  });

  it('is read only when it is to be read', () => {
    const { analysis, calls } = setUp(3);
    analysis.select(1);
    analysis.see([0, 1, 2]);
    expect(calls).toHaveLength(0);
    expect(analysis.view().state).toBe('offered');
  });

  it('is asked for again, more urgently, when it has not begun; else it is left alone', async () => {
    const { analysis, calls, asked } = setUp(3, { width: 2 });
    analysis.start('all');
    calls[1]!.options.onProgress?.(0.1);
    analysis.start('all', [1], 'hover');
    expect(calls).toHaveLength(2);
    analysis.start('all', [2], 'hover');
    expect(calls[0]!.options.signal?.aborted).toBe(true);
    expect(asked()).toEqual(['t2', 't1', 't2']);
    expect(calls[2]!.options.priority).toBe('hover');
    analysis.start('all', [2], 'hover');
    expect(calls).toHaveLength(3);
    expect(analysis.view()).toMatchObject({ totalTensors: 3, totalBytes: 72, doneTensors: 0 });
    for (const i of [2, 1, 3]) await calls[i]!.end();
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 3 });
  });
});

describe('results that are stored', () => {
  /** A store that answers when it is told to. */
  function store(known: Readonly<Record<string, Partial<TensorAnalysis>>>) {
    const opened = deferred();
    const computed: string[] = [];
    const results: AnalysisOptions['results'] = {
      async stored(requests) {
        await opened.promise;
        return requests.map(({ entry, sampleBytes: sample }) => {
          const found = known[`${entry.name}${sample ? ' sample' : ''}`];
          return found ? partsOf({ schemes: ['int8'] }, figures(found)) : null;
        });
      },
      compute(request, work) {
        computed.push(request.entry.name);
        return work(request);
      },
    };
    const open = async () => {
      opened.resolve();
      await settled();
    };
    return { results, computed, open };
  }

  it('are shown without being asked for, and nothing is read', async () => {
    const { results, open } = store({ t0: {}, t1: { profile: null } });
    const { analysis, calls, changes } = setUp(3, { results });
    // Whether there is anything to offer is not known before the store has answered.
    expect(analysis.view().state).toBe('running');
    await open();
    expect([0, 1, 2].map(analysis.status)).toEqual(['done', 'no-figures', 'waiting']);
    expect(changes()).toBeGreaterThan(0);
    expect(calls).toHaveLength(0);
    expect(analysis.view()).toMatchObject({ state: 'offered', doneTensors: 2 });
  });

  it('are there before an analysis starts, which reads the others', async () => {
    const { results, open, computed } = store({ t0: {}, t2: {} });
    const { analysis, calls, asked } = setUp(4, { results });
    analysis.start('all');
    analysis.start('all', [0]);
    expect(analysis.view().state).toBe('running');
    await settled();
    expect(calls).toHaveLength(0);
    await open();
    expect(asked()).toEqual(['t3', 't1']);
    expect(computed).toEqual(['t3', 't1']);
    expect(analysis.view()).toMatchObject({
      ...{ state: 'running', doneTensors: 2, totalTensors: 4, totalBytes: 48 },
    });
    await calls[0]!.end();
    await calls[1]!.end();
    expect(analysis.view().state).toBe('done');
  });

  it('of a sample are shown until the whole is read', async () => {
    const { results, open } = store({ 't0 sample': { sampled: 0.5 } });
    const { analysis, asked } = setUp(1, { results });
    await open();
    expect(analysis.status(0)).toBe('sampled');
    analysis.start('all');
    expect(asked()).toEqual(['t0']);
  });

  it('make a whole model done at once', async () => {
    const { results, open } = store({ t0: {} });
    const { analysis, calls } = setUp(1, { results });
    analysis.start('all');
    await open();
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 1 });
    expect(calls).toHaveLength(0);
  });

  it('come too late for who has cancelled or gone', async () => {
    const { results, open } = store({ t0: {} });
    const cancelled = setUp(2, { results });
    cancelled.analysis.start('all');
    cancelled.analysis.cancel();
    const gone = setUp(2, { results });
    gone.analysis.start('all');
    gone.analysis.dispose();
    await open();
    expect(cancelled.analysis.view()).toMatchObject({ state: 'cancelled', doneTensors: 1 });
    expect(cancelled.calls).toHaveLength(0);
    expect(gone.analysis.result(0)).toBeNull();
    expect(gone.calls).toHaveLength(0);
  });
});
