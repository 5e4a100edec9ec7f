import { expect, test } from 'vitest';
import { Memory } from '../../../../src/host/cache/memory';

test('what was used least recently goes first', () => {
  const memory = new Memory({ entries: 2, characters: 100 });
  memory.set('a', '1');
  memory.set('b', '2');
  expect(memory.get('a')).toBe('1');
  memory.set('c', '3');
  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual(['1', undefined, '3']);
});

test('characters are bounded, and those of a replaced text are given back', () => {
  const memory = new Memory({ entries: 100, characters: 10 });
  for (let i = 0; i < 5; i++) memory.set('a', '1234');
  memory.set('b', '1234');
  expect([memory.get('a'), memory.get('b')]).toEqual(['1234', '1234']);
  memory.set('c', '1');
  expect(memory.get('a')).toBeUndefined();
  memory.set('long', '1234567');
  expect([memory.get('b'), memory.get('c'), memory.get('long')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('cleared, it is empty and has all its room', () => {
  const memory = new Memory({ entries: 2, characters: 4 });
  memory.set('a', '123');
  memory.clear();
  expect(memory.get('a')).toBeUndefined();
  memory.set('b', '123');
  expect(memory.get('b')).toBe('123');
});
