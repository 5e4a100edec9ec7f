import { expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { Row, RowPage } from '../../../src/protocol/editor';
import { createRowCache } from '../../../webview/rowCache';

interface Call {
  readonly from: number;
  readonly count: number;
  readonly signal: AbortSignal;
  answer(change?: Partial<RowPage>): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A host of `total` rows whose answers come when the test says so. */
function harness({ total = 1000, maxPages = 4 } = {}) {
  const calls: Call[] = [];
  const errors: unknown[] = [];
  let changes = 0;
  const cache = createRowCache({
    pageSize: 100,
    maxPages,
    fetch: (from, count, signal) =>
      new Promise<RowPage>((resolve, reject) => {
        const settle = async (act: () => void) => {
          act();
          await new Promise(done => setImmediate(done));
        };
        calls.push({
          from,
          count,
          signal,
          answer: change => settle(() => resolve({ ...page(from, count, total), ...change })),
          fail: error => settle(() => reject(error)),
        });
      }),
    onChange: () => {
      changes++;
    },
    onError: error => errors.push(error),
  });
  return { cache, calls, errors, changes: () => changes };
}

function page(from: number, count: number, total: number, mark = 'old'): RowPage {
  const length = Math.max(0, Math.min(count, total - from));
  const rows = Array.from({ length }, (_, i) => row(from + i, mark));
  return { generation: 1, total, matching: total, from, rows, filterError: null };
}

function row(index: number, mark: string): Row {
  const path = `${mark}.${index}`;
  return {
    kind: 'group',
    path,
    label: path,
    depth: 0,
    tensors: 1,
    elements: 1,
    byteLength: 1,
    collapsed: true,
  };
}

const pathOf = (r: Row | undefined) => (r?.kind === 'group' ? r.path : undefined);

test('the first look fetches the first page, once', async () => {
  const { cache, calls, changes } = harness();
  cache.want(0, 30);
  cache.want(0, 30);
  expect(calls.map(c => [c.from, c.count])).toEqual([[0, 100]]);
  expect(cache.total).toBeNull();
  await calls[0]!.answer();
  expect(cache.total).toBe(1000);
  expect(pathOf(cache.row(99))).toBe('old.99');
  expect(cache.row(100)).toBeUndefined();
  expect(changes()).toBe(1);
});

test('neighbouring pages are fetched before they are reached, and none past the end', async () => {
  const { cache, calls } = harness({ total: 250 });
  cache.want(0, 30);
  await calls[0]!.answer();
  cache.want(40, 70);
  expect(calls.map(c => c.from)).toEqual([0, 100]);
  await calls[1]!.answer();
  cache.want(210, 250);
  expect(calls.map(c => c.from)).toEqual([0, 100, 200]);
});

test('pages that were scrolled past are given up', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  await calls[0]!.answer();
  cache.want(480, 510);
  const passed = calls.slice(1);
  cache.want(900, 930);
  expect(passed.map(c => c.signal.aborted)).toEqual(passed.map(() => true));
  await passed[0]!.answer();
  expect(cache.row(passed[0]!.from)).toBeUndefined();
});

test('pages used longest ago are forgotten', async () => {
  const { cache, calls } = harness({ maxPages: 2 });
  for (const from of [0, 210, 510]) {
    cache.want(from, from + 10);
    for (const call of calls.filter(c => !c.signal.aborted)) await call.answer();
  }
  const held = [0, 200, 500].map(i => cache.row(i) !== undefined);
  expect(held[0]).toBe(false);
  expect(held[2]).toBe(true);
});

test('a refresh keeps the old rows until the new ones are there', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  await calls[0]!.answer();
  cache.refresh();
  expect(pathOf(cache.row(3))).toBe('old.3');
  await calls[1]!.answer(page(0, 100, 1000, 'new'));
  expect(pathOf(cache.row(3))).toBe('new.3');
  expect(calls).toHaveLength(2);
});

test('a refresh during a fetch asks once more after it, and never starves', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  cache.refresh();
  cache.refresh();
  expect(calls).toHaveLength(1);
  await calls[0]!.answer();
  expect(pathOf(cache.row(0))).toBe('old.0');
  expect(calls).toHaveLength(2);
  await calls[1]!.answer(page(0, 100, 1000, 'new'));
  expect(pathOf(cache.row(0))).toBe('new.0');
  expect(calls).toHaveLength(2);
});

test('another view aborts what runs and drops the old rows with its first page', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  await calls[0]!.answer();
  cache.want(100, 130);
  cache.reset(true);
  expect(calls[1]!.signal.aborted).toBe(true);
  expect(pathOf(cache.row(3))).toBe('old.3');
  const fresh = calls.at(-1)!;
  expect(fresh.from).toBe(0);
  await fresh.answer({ ...page(0, 100, 3, 'new') });
  expect(cache.total).toBe(3);
  expect(pathOf(cache.row(2))).toBe('new.2');
  expect(cache.row(3)).toBeUndefined();
});

test('a late answer of the old view changes nothing', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  cache.reset(true);
  await calls[0]!.answer(page(0, 100, 7, 'late'));
  expect(cache.total).toBeNull();
});

test('rows of two generations are never mixed', async () => {
  const { cache, calls } = harness();
  cache.want(0, 30);
  await calls[0]!.answer();
  cache.want(90, 120);
  await calls[1]!.answer({ generation: 2 });
  expect(cache.generation).toBe(2);
  expect(cache.row(0)).toBeUndefined();
  expect(cache.row(100)).toBeDefined();
});

test('failures are told, cancellations are not', async () => {
  const { cache, calls, errors } = harness();
  cache.want(0, 30);
  await calls[0]!.fail(new WeightError('cancelled', 'gone'));
  expect(errors).toEqual([]);
  cache.want(0, 30);
  const failure = new Error('host died');
  await calls[1]!.fail(failure);
  expect(errors).toEqual([failure]);
});
