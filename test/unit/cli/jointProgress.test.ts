import { expect, test } from 'vitest';
import { jointProgress } from '../../../src/cli/jointProgress';
import type { TensorEntry } from '../../../src/formats/tensorFile';

const tensor = (name: string, byteLength: number) =>
  ({ name, data: { byteLength } }) as unknown as TensorEntry;

test('tells how many are done, the share of all bytes, and the tensor that was begun first', () => {
  const large = tensor('large', 700);
  const small = tensor('small', 200);
  const last = tensor('last', 100);
  const shown: string[] = [];
  const progress = jointProgress([large, small, last], text => shown.push(text));
  const latest = () => shown.at(-1);

  const ofLarge = progress.begin(large);
  const ofSmall = progress.begin(small);
  expect(latest()).toBe('0 of 3 done  0 %  large');
  ofSmall(0.5);
  expect(latest()).toBe('0 of 3 done  10 %  large');
  progress.end(small);
  expect(latest()).toBe('1 of 3 done  20 %  large');
  progress.begin(last);
  ofLarge(0.5);
  expect(latest()).toBe('1 of 3 done  55 %  large');
  progress.end(large);
  expect(latest()).toBe('2 of 3 done  90 %  last');
  progress.end(last);
  expect(latest()).toBe('2 of 3 done  90 %  last');
});
