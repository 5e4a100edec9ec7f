import { describe, expect, it } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { AnalysisOptions } from '../../../src/host/editor/analysis';
import { type Parts, partsOf } from '../../../src/host/parts';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import { type Call, settled, setUp } from './analysisSetUp';
import { analysis as figures, report } from './fakes';

const casts = [{ format: 'fp16', overflow: 0, underflow: 1, subnormal: 2, changed: 3 }] as const;

/** Answers with figures of each scheme that can be told apart. */
const end = (call: Call, given: Partial<TensorAnalysis> = {}) =>
  call.end({
    reports: call.request.schemes.map(scheme => report({ scheme })),
    schemeFindings: call.request.schemes.map(() => []),
    gaussianSqnrDb: call.request.schemes.map(scheme => scheme.length),
    ...(call.request.casts && { casts }),
    ...given,
  });

/** What was asked: tensor and schemes. */
const asked = (calls: readonly Call[]) =>
  calls.map(({ request: { entry, schemes, casts: wantsCasts } }) =>
    [entry.name, ...schemes, ...(wantsCasts ? ['casts'] : [])].join(' '),
  );

/** Answers all that comes, from the n-th request on. */
async function endAll(calls: readonly Call[], from: number, given?: Partial<TensorAnalysis>) {
  for (let i = from; i < calls.length; i++) await end(calls[i]!, given);
}

/** A model of so many tensors that has been analysed. */
async function analysed(count: number, options: Parameters<typeof setUp>[1] = {}) {
  const all = setUp(count, options);
  all.analysis.start('all');
  await settled();
  await endAll(all.calls, 0);
  const shown = (tensor: number) =>
    all.analysis.result(tensor)?.reports.map(r => r?.scheme ?? null) ?? null;
  return { ...all, shown };
}

describe('other schemes on a model that is done', () => {
  it('are read by themselves, and only what is missing; what is known is shown meanwhile', async () => {
    const { analysis, calls, shown } = await analysed(2, { width: 1 });
    analysis.setSchemes(['nf4', 'int8']);
    expect(asked(calls).slice(2)).toEqual(['t1 nf4']);
    expect([0, 1].map(analysis.status)).toEqual(['waiting', 'running']);
    expect(shown(0)).toEqual([null, 'int8']);
    expect(analysis.isComplete(0)).toBe(false);
    expect(analysis.view()).toMatchObject({ state: 'running', doneTensors: 0, totalBytes: 48 });
    await end(calls[2]!);
    expect(shown(1)).toEqual(['nf4', 'int8']);
    expect(analysis.result(1)?.gaussianSqnrDb).toEqual([3, 4]);
    expect(analysis.view()).toMatchObject({ doneTensors: 1, totalTensors: 2, doneBytes: 24 });
    await endAll(calls, 3);
    expect(asked(calls).slice(3)).toEqual(['t0 nf4']);
    expect(analysis.view().state).toBe('done');
  });

  it('that were shown before are there at once', async () => {
    const { analysis, calls, shown } = await analysed(2);
    analysis.setSchemes(['nf4']);
    await endAll(calls, 2);
    analysis.setSchemes(['int8']);
    analysis.setSchemes(['int8', 'nf4']);
    expect(calls).toHaveLength(4);
    expect(shown(0)).toEqual(['int8', 'nf4']);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 2 });
  });

  it('are kept up to 16, those shown longest ago go first', async () => {
    const { analysis, calls } = await analysed(1);
    for (let i = 0; i < 16; i++) {
      analysis.setSchemes([`s${i}`]);
      await endAll(calls, calls.length - 1);
    }
    expect(calls).toHaveLength(17);
    analysis.setSchemes(['s0']);
    expect(calls).toHaveLength(17);
    analysis.setSchemes(['int8']);
    expect(asked(calls).slice(17)).toEqual(['t0 int8']);
  });

  it('are not read of tensors they do not apply to', async () => {
    const ints = await analysed(2, { dtype: 'I32' });
    ints.analysis.setSchemes(['nf4']);
    expect(ints.calls).toHaveLength(2);
    expect(ints.shown(0)).toEqual([null]);
    expect(ints.analysis.status(0)).toBe('done');
    const none = setUp(1);
    none.analysis.start('all');
    await end(none.calls[0]!, { profile: null });
    none.analysis.setSchemes(['nf4']);
    expect(none.calls).toHaveLength(1);
    expect(none.analysis.status(0)).toBe('no-figures');
  });

  it('are read of a sample where only that was read, of the whole elsewhere', async () => {
    const { analysis, calls } = setUp(2, { shape: [1024, 2048], width: 1 });
    analysis.start('all', [0]);
    await end(calls[0]!);
    analysis.start('sample');
    await end(calls[1]!, { sampled: 0.5 });
    expect([0, 1].map(analysis.status)).toEqual(['done', 'sampled']);
    analysis.setSchemes(['int8', 'nf4']);
    expect(calls[2]!.request).toHaveProperty('sampleBytes');
    await end(calls[2]!, { sampled: 0.5 });
    expect(calls[3]!.request).not.toHaveProperty('sampleBytes');
    await end(calls[3]!);
    expect(asked(calls).slice(2)).toEqual(['t1 nf4', 't0 nf4']);
    expect([0, 1].map(analysis.status)).toEqual(['done', 'sampled']);
    analysis.start('all');
    // What is known of a sample is not known of the whole.
    expect(asked(calls).slice(4)).toEqual(['t1 int8 nf4']);
  });

  it('in another order are only shown in another order', async () => {
    const { analysis, calls, shown } = await analysed(1);
    analysis.setSchemes(['int8', 'nf4']);
    await endAll(calls, 1);
    analysis.setSchemes(['nf4', 'int8']);
    expect(shown(0)).toEqual(['nf4', 'int8']);
    expect(calls).toHaveLength(2);
  });

  it('leave a failure as it is until it has been tried again', async () => {
    const { analysis, calls } = setUp(2, { width: 1 });
    analysis.start('all');
    await calls[0]!.fail(new WeightError('io', 'gone'));
    await end(calls[1]!);
    analysis.setSchemes(['nf4']);
    await calls[2]!.fail(new WeightError('io', 'gone'));
    expect(analysis.status(1)).toBe('failed');
    await end(calls[3]!);
    expect(analysis.view()).toMatchObject({ state: 'done', failed: 1 });
    expect(asked(calls).slice(2)).toEqual(['t1 nf4', 't0 nf4']);
  });
});

describe('other schemes while an analysis runs', () => {
  it('are read with what waits, and again of what was read without them', async () => {
    const { analysis, calls } = setUp(4, { width: 1 });
    analysis.start('all');
    await end(calls[0]!);
    calls[1]!.options.onProgress?.(0.5);
    analysis.setSchemes(['int8', 'nf4']);
    // What is being read goes on: its figures are still wanted.
    expect(calls[1]!.options.signal?.aborted).toBe(false);
    expect(analysis.view()).toMatchObject({
      ...{ state: 'running', doneTensors: 0, totalTensors: 4 },
      // t2 is read twice.
      ...{ doneBytes: 12, totalBytes: 5 * 24 },
    });
    for (let i = 1; i < calls.length; i++) await end(calls[i]!);
    expect(asked(calls)).toEqual([
      ...['t3 int8', 't2 int8', 't2 nf4', 't3 nf4', 't1 int8 nf4', 't0 int8 nf4'],
    ]);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 4 });
    for (const tensor of [0, 1, 2, 3])
      expect(analysis.result(tensor)?.reports.map(r => r?.scheme)).toEqual(['int8', 'nf4']);
  });

  it('that are wanted no more are not read on, and what takes their place is', async () => {
    const { analysis, calls } = await analysed(1);
    analysis.setSchemes(['int8', 'hqq int4']);
    analysis.setSchemes(['int8', 'nf4']);
    expect(calls[1]!.options.signal?.aborted).toBe(true);
    expect(asked(calls).slice(1)).toEqual(['t0 hqq int4', 't0 nf4']);
    expect(analysis.view()).toMatchObject({ doneTensors: 0, totalTensors: 1, totalBytes: 24 });
    analysis.setSchemes(['int8']);
    expect(calls[2]!.options.signal?.aborted).toBe(true);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 1, current: [] });
    expect(calls).toHaveLength(3);
  });

  it('keep the order in which the user waits', async () => {
    const { analysis, calls } = setUp(5, { width: 1 });
    analysis.start('all');
    analysis.start('all', [1]);
    analysis.see([0]);
    analysis.setSchemes(['nf4']);
    for (let i = 0; i < calls.length; i++) await end(calls[i]!);
    expect(asked(calls)).toEqual(['t4 int8', 't4 nf4', 't1 nf4', 't0 nf4', 't3 nf4', 't2 nf4']);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 5 });
  });

  it('of some tensors are read of those that wait and of the one under way', async () => {
    const { analysis, calls } = setUp(5, { width: 1 });
    analysis.start('all', [2, 3]);
    analysis.setSchemes(['nf4']);
    expect(analysis.view()).toMatchObject({ totalTensors: 2, totalBytes: 3 * 24 });
    for (let i = 0; i < calls.length; i++) await end(calls[i]!);
    expect(asked(calls)).toEqual(['t2 int8', 't2 nf4', 't3 nf4']);
    expect(analysis.view()).toMatchObject({ state: 'offered', doneTensors: 2 });
  });
});

describe('other schemes on a model that is not to be read', () => {
  it('leave an offer an offer, and a cancelled analysis cancelled', async () => {
    const offered = setUp(2);
    offered.analysis.setSchemes(['nf4']);
    expect(offered.analysis.view().state).toBe('offered');
    const cancelled = setUp(2, { width: 1 });
    cancelled.analysis.start('all');
    await end(cancelled.calls[0]!);
    cancelled.analysis.cancel();
    cancelled.analysis.setSchemes(['nf4']);
    expect(cancelled.analysis.view()).toMatchObject({ state: 'cancelled', doneTensors: 0 });
    expect(offered.calls.length + cancelled.calls.length).toBe(2);
    cancelled.analysis.start('all');
    expect(asked(cancelled.calls).slice(2)).toEqual(['t1 nf4']);
  });

  it('are read of the selected tensor, if that was', async () => {
    const { analysis, calls } = setUp(3);
    analysis.select(1);
    analysis.setSchemes(['nf4']);
    expect(calls).toHaveLength(0);
    analysis.start('all', [1, 2]);
    await endAll(calls, 0);
    analysis.setSchemes(['int8']);
    await endAll(calls, 2);
    expect(asked(calls)).toEqual(['t1 nf4', 't2 nf4', 't1 int8']);
    expect(analysis.view()).toMatchObject({ state: 'offered', doneTensors: 1 });
  });

  it('are read of the selected tensor after the rest was stopped, too', async () => {
    const { analysis, calls } = setUp(3, { width: 1 });
    analysis.start('all');
    await end(calls[0]!);
    analysis.select(2);
    analysis.cancel();
    analysis.setSchemes(['nf4']);
    await end(calls.at(-1)!);
    expect(asked(calls)).toEqual(['t2 int8', 't1 int8', 't2 nf4']);
    expect(analysis.view()).toMatchObject({ state: 'cancelled', doneTensors: 1 });
  });
});

describe('casts', () => {
  it('are counted of every tensor once they are wanted, and of what follows', async () => {
    const { analysis, calls } = await analysed(2);
    expect(analysis.result(0)).not.toHaveProperty('casts');
    analysis.wantCasts();
    analysis.wantCasts();
    expect(analysis.result(0)).toHaveProperty('casts', null);
    await endAll(calls, 2);
    expect(asked(calls).slice(2)).toEqual(['t1 casts', 't0 casts']);
    expect(analysis.result(0)?.casts).toEqual(casts);
    analysis.setSchemes(['int8', 'nf4']);
    expect(asked(calls).slice(4)).toEqual(['t1 nf4', 't0 nf4']);
  });

  it('are counted with what is read anyway', () => {
    const { analysis, calls } = setUp(1);
    analysis.wantCasts();
    expect(analysis.view().state).toBe('offered');
    analysis.start('all');
    expect(asked(calls)).toEqual(['t0 int8 casts']);
  });
});

describe('other schemes that are stored', () => {
  /** A store that answers when it is told to; it knows what is given. */
  function store(known: Readonly<Record<string, Parts>>) {
    const waiting: (() => void)[] = [];
    const results: AnalysisOptions['results'] = {
      async stored(requests) {
        await new Promise<void>(resolve => waiting.push(resolve));
        return requests.map(({ entry, sampleBytes }) =>
          sampleBytes ? null : (known[entry.name] ?? null),
        );
      },
      compute: (request, work) => work(request),
    };
    const answer = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        next();
        await settled();
      }
    };
    return { results, answer };
  }
  const partsOfSchemes = (...schemes: string[]) =>
    partsOf({ schemes }, figures({ reports: schemes.map(scheme => report({ scheme })) }));

  it('are shown, and only the others are read', async () => {
    const both = partsOfSchemes('int8', 'nf4');
    const { results, answer } = store({ t0: both, t1: partsOfSchemes('int8') });
    const { analysis, calls } = setUp(2, { results });
    await answer();
    expect(analysis.view().state).toBe('done');
    analysis.setSchemes(['nf4', 'int8']);
    // What is stored is looked for before anything is read.
    expect(calls).toHaveLength(0);
    expect(analysis.view().state).toBe('running');
    await answer();
    expect(asked(calls)).toEqual(['t1 nf4']);
    expect(analysis.result(0)?.reports.map(r => r?.scheme)).toEqual(['nf4', 'int8']);
    await endAll(calls, 0);
    expect(analysis.view().state).toBe('done');
  });

  it('leave an offer an offer while the store is asked', async () => {
    const { results, answer } = store({ t0: partsOfSchemes('nf4') });
    const { analysis, calls } = setUp(2, { results });
    await answer();
    analysis.setSchemes(['nf4']);
    expect(analysis.view().state).toBe('offered');
    await answer();
    expect(analysis.view()).toMatchObject({ state: 'offered', doneTensors: 1 });
    expect(calls).toHaveLength(0);
  });

  it('are asked for again when others are wanted meanwhile', async () => {
    const { results, answer } = store({ t0: partsOfSchemes('int8', 'nf4', 'q4_0') });
    const { analysis, calls } = setUp(1, { results });
    analysis.setSchemes(['nf4']);
    analysis.setSchemes(['q4_0']);
    await answer();
    expect(analysis.view().state).toBe('done');
    expect(analysis.result(0)?.reports.map(r => r?.scheme)).toEqual(['q4_0']);
    expect(calls).toHaveLength(0);
  });

  it('wait for nothing that runs, which goes on when they are there', async () => {
    const { results, answer } = store({ t0: partsOfSchemes('int8', 'nf4') });
    const { analysis, calls } = setUp(3, { results, width: 1 });
    await answer();
    analysis.start('all');
    analysis.setSchemes(['nf4']);
    expect(asked(calls)).toEqual(['t2 int8']);
    await end(calls[0]!);
    expect(calls).toHaveLength(1);
    await answer();
    await endAll(calls, 1);
    expect(asked(calls)).toEqual(['t2 int8', 't2 nf4', 't1 nf4']);
    expect(analysis.view()).toMatchObject({ state: 'done', doneTensors: 3 });
  });

  it('come too late for who has gone', async () => {
    const { results, answer } = store({ t0: partsOfSchemes('nf4') });
    const { analysis, calls } = setUp(1, { results });
    await answer();
    analysis.setSchemes(['nf4']);
    analysis.dispose();
    await answer();
    expect(analysis.result(0)?.reports).toEqual([null]);
    expect(calls).toHaveLength(0);
  });
});
