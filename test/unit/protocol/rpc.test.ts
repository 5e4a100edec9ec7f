import { expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { createClient, notify, onEvent, type Port, serve } from '../../../src/protocol/rpc';

interface Requests {
  double: [number, number];
  fail: [{ tag: 'over-limit' | null }, null];
  wait: [null, null];
  steps: [number, string];
}

/** Two ends of a pipe that clones what passes, as threads and iframes do. */
function pair(): [Port, Port] {
  const listeners: ((m: unknown) => void)[][] = [[], []];
  const end = (me: 0 | 1): Port => ({
    post: m => {
      const copy = structuredClone(m);
      queueMicrotask(() => {
        for (const f of listeners[1 - me]!) f(copy);
      });
    },
    onMessage: f => {
      listeners[me]!.push(f);
      return () => {
        listeners[me] = listeners[me]!.filter(g => g !== f);
      };
    },
  });
  return [end(0), end(1)];
}

function connect() {
  const [a, b] = pair();
  const waiting: { aborted: Promise<void>; started: Promise<void> } = {
    aborted: Promise.resolve(),
    started: Promise.resolve(),
  };
  let started = () => {};
  waiting.started = new Promise(resolve => {
    started = resolve;
  });
  let aborted = () => {};
  waiting.aborted = new Promise(resolve => {
    aborted = resolve;
  });
  const stop = serve<Requests>(b, {
    double: n => 2 * n,
    fail: ({ tag }) => {
      if (tag) throw new WeightError(tag, 'too large', { expected: 1, actual: 2 });
      throw new TypeError('a bug');
    },
    wait: async (_, { signal }) => {
      started();
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      aborted();
      throw new WeightError('cancelled', 'stopped');
    },
    steps: (n, { progress }) => {
      for (let i = 1; i <= n; i++) progress(i / n);
      return 'done';
    },
  });
  return { client: createClient<Requests>(a), raw: a, other: b, stop, waiting };
}

const caught = (p: Promise<unknown>) =>
  p.then(
    () => undefined,
    (e: unknown) => e,
  );

test('a request is answered, whatever else is under way', async () => {
  const { client } = connect();
  expect(await Promise.all([client.request('double', 2), client.request('double', 21)])).toEqual([
    4, 42,
  ]);
});

test('a WeightError keeps its tag and details; anything else is an internal error', async () => {
  const { client } = connect();
  const known = await caught(client.request('fail', { tag: 'over-limit' }));
  expect(WeightError.is(known, 'over-limit') && known.details).toEqual({ expected: 1, actual: 2 });
  const bug = await caught(client.request('fail', { tag: null }));
  expect(bug).toBeInstanceOf(Error);
  expect(WeightError.is(bug)).toBe(false);
  expect((bug as Error).message).toBe('a bug');
});

test('cancelling rejects at once and aborts the handler', async () => {
  const { client, waiting } = connect();
  const control = new AbortController();
  const answer = caught(client.request('wait', null, { signal: control.signal }));
  await waiting.started;
  control.abort();
  expect(WeightError.is(await answer, 'cancelled')).toBe(true);
  await waiting.aborted;
});

test('a signal that was aborted before is never sent', async () => {
  const { client, other } = connect();
  let frames = 0;
  other.onMessage(() => frames++);
  expect(
    WeightError.is(
      await caught(client.request('wait', null, { signal: AbortSignal.abort() })),
      'cancelled',
    ),
  ).toBe(true);
  await client.request('double', 1);
  expect(frames).toBe(1);
});

test('progress arrives in order, before the result', async () => {
  const { client } = connect();
  const seen: number[] = [];
  expect(await client.request('steps', 4, { onProgress: f => seen.push(f) })).toBe('done');
  expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
});

test('closing rejects what is pending and what comes after', async () => {
  const { client } = connect();
  const pending = caught(client.request('wait', null));
  client.dispose(new WeightError('io', 'the worker died'));
  expect(WeightError.is(await pending, 'io')).toBe(true);
  expect(WeightError.is(await caught(client.request('double', 1)), 'io')).toBe(true);
});

test('when the serving side stops, its handlers are aborted', async () => {
  const { client, stop, waiting } = connect();
  void caught(client.request('wait', null));
  await waiting.started;
  stop();
  await waiting.aborted;
});

test('a method that does not exist is an error, also when its name is inherited', async () => {
  const { raw, client, other } = connect();
  const errors: unknown[] = [];
  raw.onMessage(m => errors.push(m));
  for (const method of ['nope', 'toString', '__proto__'])
    raw.post({ kind: 'request', id: `x${method}`, method, params: null });
  await client.request('double', 1);
  expect(errors).toMatchObject([
    { kind: 'error' },
    { kind: 'error' },
    { kind: 'error' },
    { kind: 'result' },
  ]);
  expect(other).toBeDefined();
});

test('events reach who listens for them', async () => {
  const { raw, other, client } = connect();
  const heard: number[] = [];
  const stop = onEvent<{ changed: number; other: string }, 'changed'>(raw, 'changed', v =>
    heard.push(v),
  );
  notify<{ changed: number; other: string }, 'changed'>(other, 'changed', 7);
  notify<{ changed: number; other: string }, 'other'>(other, 'other', 'x');
  await client.request('double', 1);
  stop();
  notify<{ changed: number; other: string }, 'changed'>(other, 'changed', 8);
  await client.request('double', 1);
  expect(heard).toEqual([7]);
});
