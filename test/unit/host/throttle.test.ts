import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { atMostEvery } from '../../../src/host/editor/throttle';

describe('atMostEvery', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('calls at once, then once for all that came within the time', () => {
    const call = vi.fn();
    const throttled = atMostEvery(100, call);
    throttled();
    expect(call).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 50; i++) throttled();
    vi.advanceTimersByTime(99);
    expect(call).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(call).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(call).toHaveBeenCalledTimes(2);
    throttled();
    expect(call).toHaveBeenCalledTimes(3);
  });

  it('is silent once disposed', () => {
    const call = vi.fn();
    const throttled = atMostEvery(100, call);
    throttled();
    throttled();
    throttled.dispose();
    vi.advanceTimersByTime(1000);
    expect(call).toHaveBeenCalledTimes(1);
  });
});
