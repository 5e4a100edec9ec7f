import { describe, expect, it } from 'vitest';
import { readingText } from '../../../../webview/layer/frame';

describe('what is said while something is read', () => {
  it('nothing of its progress at first', () => {
    expect(readingText(0.5, 999)).toBe('Reading …');
  });

  it('no time that is left before there is a rate', () => {
    expect(readingText(0.5, 1999)).toBe('Reading … 50.0 %');
    expect(readingText(0.005, 4000)).toBe('Reading … 0.50 %');
  });

  it('the time that is left, by the rate so far', () => {
    expect(readingText(0.25, 10_000)).toBe('Reading … 25.0 % · about 30 s left');
    expect(readingText(0.1, 60_000)).toBe('Reading … 10.0 % · about 9 min left');
  });
});
