import { expect, test, vi } from 'vitest';
import { Recent } from '../../../src/worker/recent';
import { Shared } from '../../../src/worker/shared';

const context = (signal = new AbortController().signal) => ({ signal, progress: vi.fn() });

test('work is done once, and all who ask are told how far it is', async () => {
  const work = vi.fn(async ({ progress }: { progress(f: number): void }) => {
    await Promise.resolve();
    progress(0.5);
    return 7;
  });
  const shared = new Shared(work);
  const [a, b] = [context(), context()];
  expect(await Promise.all([shared.join(a), shared.join(b)])).toEqual([7, 7]);
  expect(await shared.join(context())).toBe(7);
  expect(work).toHaveBeenCalledTimes(1);
  expect(a.progress.mock.calls).toEqual([[0.5]]);
  expect(b.progress.mock.calls).toEqual([[0.5]]);
});

test('who leaves is cancelled at once; the work ends when all have left for a while', async () => {
  vi.useFakeTimers();
  try {
    let signal: AbortSignal | undefined;
    const shared = new Shared<number>(own => {
      signal = own.signal;
      return new Promise(() => {});
    });
    const control = new AbortController();
    const leaving = shared.join(context(control.signal));
    control.abort();
    await expect(leaving).rejects.toMatchObject({ tag: 'cancelled' });
    vi.advanceTimersByTime(500);
    expect(shared.isEnded).toBe(false);
    const back = new AbortController();
    const joined = shared.join(context(back.signal));
    vi.advanceTimersByTime(5000);
    expect(shared.isEnded).toBe(false);
    back.abort();
    await expect(joined).rejects.toMatchObject({ tag: 'cancelled' });
    vi.advanceTimersByTime(2000);
    expect([shared.isEnded, signal?.aborted]).toEqual([true, true]);
  } finally {
    vi.useRealTimers();
  }
});

test('what was used longest ago is dropped first, by size', () => {
  const dropped: string[] = [];
  const recent = new Recent<string, string>(10, value => dropped.push(value));
  recent.set('a', 'A', 4);
  recent.set('b', 'B', 4);
  expect(recent.get('a')).toBe('A');
  recent.set('c', 'C', 4);
  expect(dropped).toEqual(['B']);
  recent.set('d', 'D', 100);
  expect(dropped).toEqual(['B', 'A', 'C']);
  expect(recent.get('d')).toBe('D');
});
