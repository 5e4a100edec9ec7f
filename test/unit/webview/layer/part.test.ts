import { expect, test } from 'vitest';
import { createPart } from '../../../../webview/layer/part';

/** Questions that are answered by hand. */
function makeHost() {
  const asked: {
    question: string;
    signal: AbortSignal;
    answer(value: string): void;
    fail(): void;
  }[] = [];
  const ask = (question: string) => (signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      asked.push({ question, signal, answer: resolve, fail: () => reject(new Error('broken')) });
    });
  return { asked, ask };
}

const settle = () => new Promise(resolve => setTimeout(resolve));

test('a newer question aborts the older, whose answer is dropped', async () => {
  const { asked, ask } = makeHost();
  const part = createPart<string>(() => {});
  part.want('a', ask('a'));
  part.want('b', ask('b'));
  expect(asked[0]!.signal.aborted).toBe(true);
  asked[0]!.answer('A');
  asked[1]!.answer('B');
  await settle();
  expect([part.value, part.answered, part.status]).toEqual(['B', 'b', 'ready']);
});

test('the same question is not asked twice', async () => {
  const { asked, ask } = makeHost();
  const part = createPart<string>(() => {});
  part.want('a', ask('a'));
  part.want('a', ask('a'));
  asked[0]!.answer('A');
  await settle();
  part.want('a', ask('a'));
  expect(asked.length).toBe(1);
});

test('following, the latest question waits for the answer to the one that runs', async () => {
  const { asked, ask } = makeHost();
  const part = createPart<string>(() => {});
  for (const question of ['a', 'b', 'c']) part.follow(question, ask(question));
  expect(asked.map(a => a.question)).toEqual(['a']);
  asked[0]!.answer('A');
  await settle();
  expect(part.value).toBe('A');
  expect(asked.map(a => a.question)).toEqual(['a', 'c']);
  asked[1]!.answer('C');
  await settle();
  expect([part.value, part.status]).toEqual(['C', 'ready']);
});

test('the last answer stays while the next one is awaited, and when it fails', async () => {
  const { asked, ask } = makeHost();
  const part = createPart<string>(() => {});
  part.want('a', ask('a'));
  asked[0]!.answer('A');
  await settle();
  part.want('b', ask('b'));
  expect([part.value, part.answered, part.status]).toEqual(['A', 'a', 'loading']);
  asked[1]!.fail();
  await settle();
  expect([part.value, part.status, part.message]).toEqual(['A', 'failed', 'broken']);
  part.want('b', ask('b'));
  expect(asked.length).toBe(2);
  part.retry();
  expect(asked.length).toBe(3);
});

test('what was stopped by the user is not asked again by itself; what was suspended is', async () => {
  const { asked, ask } = makeHost();
  const part = createPart<string>(() => {});
  part.want('a', ask('a'));
  part.cancel();
  expect([asked[0]!.signal.aborted, part.status]).toEqual([true, 'cancelled']);
  part.want('a', ask('a'));
  expect(asked.length).toBe(1);
  part.retry();
  part.suspend();
  expect(asked[1]!.signal.aborted).toBe(true);
  part.want('a', ask('a'));
  expect(asked.length).toBe(3);
});
