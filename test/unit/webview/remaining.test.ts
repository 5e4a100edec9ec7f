import { describe, expect, test } from 'vitest';
import type { AnalysisView } from '../../../src/protocol/editor';
import { createRemaining, readingText, remainingText } from '../../../webview/remaining';

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

describe('what is said while something is read', () => {
  test('nothing of its progress at first', () => {
    expect(readingText(0.5, 999)).toBe('Reading …');
  });

  test('no time that is left before there is a rate', () => {
    expect(readingText(0.5, 1999)).toBe('Reading … 50.0 %');
    expect(readingText(0.005, 4000)).toBe('Reading … 0.50 %');
  });

  test('the time that is left, by the rate so far', () => {
    expect(readingText(0.25, 10_000)).toBe('Reading … 25.0 % · about 30 s left');
    expect(readingText(0.1, 60_000)).toBe('Reading … 10.0 % · about 9 min left');
  });
});
