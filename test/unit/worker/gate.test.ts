import { expect, test } from 'vitest';
import { Gate } from '../../../src/worker/gate';

const settled = () => new Promise(resolve => setImmediate(resolve));

test('nobody waits where nothing is urgent', async () => {
  await new Gate().pass();
});

test('others stand still until the last urgent work has ended, however it ends', async () => {
  const gate = new Gate();
  const ends: ((how: Error | undefined) => void)[] = [];
  const urgent = [0, 1].map(() =>
    gate.urgently(
      () => new Promise<void>((resolve, reject) => ends.push(e => (e ? reject(e) : resolve()))),
    ),
  );
  let passed = 0;
  const others = [gate.pass(), gate.pass()].map(pass => pass.then(() => passed++));
  ends[0]!(undefined);
  await urgent[0];
  await settled();
  expect(passed).toBe(0);
  ends[1]!(new Error('no'));
  await expect(urgent[1]).rejects.toThrow('no');
  await Promise.all(others);
  expect(passed).toBe(2);
  await gate.pass();
});
