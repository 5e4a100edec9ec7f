import { expect, test } from 'vitest';
import { rulersOf } from '../../../src/explain/ruler';
import { parseScheme } from '../../../src/quant/schemeText';
import { runScheme } from '../quant/runScheme';

const wasted = ({ codes, first, last }: { codes: Int32Array; first: number; last: number }) =>
  codes.length - (last - first + 1);

test.each(['int8', 'uint4', 'int2 asym', 'nf4', 'fp16', 'q4_k'])('rulers beside %s', text => {
  const range = { lo: -0.75, hi: 2.5 };
  const { rulers } = rulersOf(range, parseScheme(text));
  const bits = { uint4: 4, 'int2 asym': 2 }[text] ?? 8;
  expect(rulers.slice(0, 3).map(r => r.scheme)).toEqual([
    `int${bits} tensor`,
    `uint${bits} tensor`,
    `uint${bits} tensor zero=free`,
  ]);
  expect(rulers).toHaveLength(text === 'nf4' ? 4 : 3);
  for (const ruler of rulers) {
    expect(ruler.marks).toEqual(ruler.marks.toSorted());
    // Every mark stands for itself.
    const marks = ruler.marks.slice(ruler.first, ruler.last + 1);
    const { results } = runScheme(ruler.scheme, Float32Array.of(range.lo, range.hi, ...marks), [
      1,
      marks.length + 2,
    ]);
    if (ruler.kind === 'symmetric') expect(results.slice(2)).toEqual(marks);
  }
});

test('data on both sides of 0 wastes codes of a symmetric range only', () => {
  const { rulers } = rulersOf({ lo: -1, hi: 3 }, parseScheme('int8'));
  expect(rulers.map(wasted)).toEqual([127 - 42, 0, 0]);
});

test('a range of zeros has scale 1, and one code is used', () => {
  const { rulers } = rulersOf({ lo: 0, hi: 0 }, parseScheme('int8'));
  for (const ruler of rulers) {
    expect(ruler.scale).toBe(1);
    expect(ruler.first).toBe(ruler.last);
  }
});

test('levels are laid over the largest magnitude', () => {
  const { rulers } = rulersOf({ lo: -1, hi: 3 }, parseScheme('levels{0,2,4} tensor'));
  expect([...rulers[3]!.marks]).toEqual([0, 1.5, 3]);
  expect(rulers[3]).toMatchObject({ kind: 'levels', first: 0, last: 2 });
});
