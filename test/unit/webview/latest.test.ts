import { expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { createLatest } from '../../../webview/connection';

test('a newer request aborts the older, whose answer is dropped', async () => {
  const latest = createLatest(() => expect.unreachable());
  const used: string[] = [];
  const waiting: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const ask = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>(resolve => waiting.push(resolve));
  };
  const first = latest.run(ask, v => used.push(v));
  const second = latest.run(ask, v => used.push(v));
  expect(signals.map(s => s.aborted)).toEqual([true, false]);
  waiting[1]!('new');
  waiting[0]!('old');
  await Promise.all([first, second]);
  expect(used).toEqual(['new']);
});

test('failures are told unless the request was given up or cancelled', async () => {
  const errors: unknown[] = [];
  const latest = createLatest(e => errors.push(e));
  const use = () => expect.unreachable();
  await latest.run(() => Promise.reject(new WeightError('cancelled', 'x')), use);
  expect(errors).toEqual([]);
  const failure = new Error('broken');
  await latest.run(() => Promise.reject(failure), use);
  expect(errors).toEqual([failure]);
});
