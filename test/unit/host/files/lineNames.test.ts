import { expect, test } from 'vitest';
import { namesOnLine } from '../../../../src/host/files/lineNames';

test('names are what is between quotes, and words with dots', () => {
  const line = `  "a.b weight": x = model.layers.0(w['lm_head'], 1.5)`;
  expect(namesOnLine(line)).toEqual([
    { name: 'a.b weight', column: 3 },
    { name: 'model.layers.0', column: 20 },
    { name: 'lm_head', column: 38 },
    { name: '1.5', column: 49 },
  ]);
  for (const { name, column } of namesOnLine(line))
    expect(line.startsWith(name, column)).toBe(true);
});

test('data is not looked at, and not more than 20 names of a line', () => {
  expect(namesOnLine(`"a", ${'1, '.repeat(1000)}`)).toEqual([]);
  expect(namesOnLine('"a",'.repeat(30))).toHaveLength(20);
});
