import { expect, test } from 'vitest';
import { JobQueue, type QueuedJob } from '../../../src/host/editor/jobQueue';

const jobs = (...tensors: number[]): QueuedJob[] => tensors.map(tensor => ({ tensor }));
const always = () => true;

/** Everything that is taken, in order. */
function drain(queue: JobQueue<QueuedJob>, isWanted = (_: QueuedJob) => true, urgent = false) {
  const taken: string[] = [];
  for (let t = queue.take(isWanted, urgent); t; t = queue.take(isWanted, urgent))
    taken.push(`${t.priority} ${t.job.tensor}`);
  return taken;
}

test('an empty queue has nothing to do, whatever is looked at', () => {
  const queue = new JobQueue();
  queue.select(1);
  queue.see([1, 2]);
  expect(drain(queue)).toEqual([]);
});

test('each of the rest is taken once, in order', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(2, 0, 1));
  queue.see([1]);
  expect(queue.notWaiting([0, 1, 3])).toEqual([3]);
  expect(drain(queue)).toEqual(['visible 1', 'rest 2', 'rest 0']);
  expect(queue.notWaiting([0, 1, 3])).toEqual([0, 1, 3]);
});

test('what waits is told once, however often it was asked for', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(0, 1, 2));
  queue.ask(jobs(1, 4), false);
  queue.ask(jobs(4, 5), true);
  queue.take(() => true, true);
  const waiting = Array.from(queue.waiting(), job => job.tensor);
  expect(waiting.sort()).toEqual([0, 1, 2, 5]);
  expect(queue.notWaiting([4, 5, 1, 6])).toEqual([4, 6]);
});

test('only hovers and the selected tensor are urgent', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(0, 1, 2, 3));
  queue.ask(jobs(4, 5), false);
  queue.ask(jobs(6), true);
  queue.select(5);
  queue.see([3]);
  expect(drain(queue, always, true)).toEqual(['hover 6', 'selected 5']);
  expect(drain(queue)).toEqual(['visible 4', 'visible 3', 'rest 0', 'rest 1', 'rest 2']);
});

test('who is asked for again goes to the front, once', () => {
  const queue = new JobQueue();
  queue.ask(jobs(0, 1), false);
  queue.ask(jobs(2, 1), false);
  queue.ask(jobs(0), true);
  expect(queue.hasAsked).toBe(true);
  expect(drain(queue)).toEqual(['hover 0', 'visible 2', 'visible 1']);
  expect(queue.hasAsked).toBe(false);
});

test('what is no longer wanted is passed over', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(0, 1, 2, 3));
  queue.ask(jobs(4, 5), true);
  queue.select(2);
  queue.see([3]);
  expect(drain(queue, ({ tensor }) => tensor % 2 === 1)).toEqual([
    'hover 5',
    'visible 3',
    'rest 1',
  ]);
});

test('cleared, it still knows what is looked at', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(0, 1));
  queue.ask(jobs(2), false);
  queue.see([1]);
  queue.clear();
  expect(drain(queue)).toEqual([]);
  queue.setRest(jobs(0, 1));
  expect(drain(queue)).toEqual(['visible 1', 'rest 0']);
});

test('a whole model of many tensors is taken in little time', () => {
  const queue = new JobQueue();
  queue.setRest(jobs(...Array.from({ length: 100_000 }, (_, i) => i)));
  queue.see(Array.from({ length: 5000 }, (_, i) => i));
  expect(drain(queue)).toHaveLength(100_000);
});
