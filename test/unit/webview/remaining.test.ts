import { describe, expect, test } from 'vitest';
import type { AnalysisView } from '../../../src/protocol/editor';
import { createRemaining, remainingText } from '../../../webview/remaining';

const running = (doneBytes: number, state: AnalysisView['state'] = 'running'): AnalysisView => ({
  state,
  doneTensors: 0,
  totalTensors: 10,
  doneBytes,
  totalBytes: 1000,
  current: [],
  failed: 0,
  sampleBytes: 0,
});

describe('createRemaining', () => {
  test('counts from where the analysis was first seen', () => {
    let time = 0;
    const remaining = createRemaining(() => time);
    expect(remaining(running(400))).toBeNull();
    time = 1000;
    expect(remaining(running(450))).toBeNull(); // too soon
    time = 4000;
    expect(remaining(running(500))).toBeCloseTo(20); // 25 bytes a second, 500 to go
  });

  test('knows nothing while nothing is read', () => {
    let time = 0;
    const remaining = createRemaining(() => time);
    remaining(running(0));
    time = 60_000;
    expect(remaining(running(0))).toBeNull();
    expect(remaining(running(9))).toBeNull();
  });

  test('starts over with another run', () => {
    let time = 0;
    const remaining = createRemaining(() => time);
    remaining(running(0));
    time = 10_000;
    expect(remaining(running(500))).toBeCloseTo(10);
    expect(remaining(running(500, 'cancelled'))).toBeNull();
    expect(remaining(running(0))).toBeNull();
    time = 12_000;
    expect(remaining(running(100))).toBeCloseTo(18);
    expect(remaining(running(50))).toBeNull(); // fewer than before: yet another one
  });
});

test.each([
  [0, 'about 5 s left'],
  [12, 'about 10 s left'],
  [57, 'about 55 s left'],
  [58, 'about 1 min left'],
  [100, 'about 2 min left'],
  [3570, 'about 1 h 0 min left'],
  [7500, 'about 2 h 5 min left'],
])('%d s: %s', (seconds, text) => expect(remainingText(seconds)).toBe(text));
