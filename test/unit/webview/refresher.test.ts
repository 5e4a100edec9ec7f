import { expect, test, vi } from 'vitest';
import { createRefresher } from '../../../webview/refresher';

/** A refresher whose refreshes end when the test says so. */
function started(isHostBusy = false) {
  const ends: { done(): void; fail(error: Error): void }[] = [];
  const errors: unknown[] = [];
  const ask = createRefresher({
    refresh: () => new Promise((done, fail) => ends.push({ done, fail })),
    isHostBusy: () => isHostBusy,
    onError: error => errors.push(error),
  });
  return { ask, ends, errors };
}

test('changes during a refresh make one more', async () => {
  const { ask, ends } = started();
  const all = ask();
  void ask();
  void ask();
  expect(ends).toHaveLength(1);
  ends[0]!.done();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[1]!.done();
  await all;
  expect(ends).toHaveLength(2);
});

test('a failure is told, and the next change is refreshed', async () => {
  const { ask, ends, errors } = started();
  const first = ask();
  ends[0]!.fail(new Error('gone'));
  await first;
  expect(errors).toEqual([new Error('gone')]);
  void ask();
  expect(ends).toHaveLength(2);
});

test('while the host is busy, a slow refresh is followed by a longer pause, but never by none', async () => {
  vi.useFakeTimers();
  try {
    const { ask, ends } = started(true);
    void ask();
    await vi.advanceTimersByTimeAsync(100);
    ends[0]!.done();
    void ask();
    await vi.advanceTimersByTimeAsync(290);
    expect(ends).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(ends).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    ends[1]!.done();
    void ask();
    await vi.advanceTimersByTimeAsync(1010);
    expect(ends).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});

test('what the user did does not wait for the pause, nor runs beside another refresh', async () => {
  vi.useFakeTimers();
  try {
    const { ask, ends } = started(true);
    void ask();
    await vi.advanceTimersByTimeAsync(100);
    void ask(true);
    expect(ends).toHaveLength(1);
    ends[0]!.done();
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(100);
    ends[1]!.done();
    void ask();
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveLength(2);
    void ask(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveLength(3);
  } finally {
    vi.useRealTimers();
  }
});
