import { describe, expect, test } from 'vitest';
import { createAxis } from '../../../../webview/values/axis';

test('while all cells fit in the page, scrolling is the page’s own', () => {
  const axis = createAxis();
  expect(axis.measure({ count: 150_000, cell: 22, view: 400 })).toBe(0);
  expect(axis.length).toBe(150_000 * 22);
  expect(axis.scrolled(1_234_567)).toBe(1_234_567);
  expect(axis.range()).toEqual({ from: 56_116, to: 56_135 });
});

describe('more cells than a page has room for', () => {
  const make = () => {
    const axis = createAxis();
    axis.measure({ count: 200_000_000, cell: 22, view: 440 });
    return axis;
  };

  test('short moves go pixel by pixel', () => {
    const axis = make();
    let scroll = axis.moveTo(1e9);
    for (let i = 0; i < 100; i++) scroll = axis.scrolled(scroll + 100);
    expect(axis.position).toBeCloseTo(1e9 + 10_000, 3);
  });

  test('the bar leads to both ends', () => {
    const axis = make();
    expect(axis.length).toBeLessThan(2 ** 24);
    axis.scrolled(axis.length - 440);
    expect(axis.range().to).toBe(200_000_000);
    axis.scrolled(0);
    expect(axis.range().from).toBe(0);
  });

  test('every cell can be brought in sight, and no further than it needs', () => {
    const axis = make();
    for (const index of [123_456_789, 123_456_790, 199_999_999, 0]) {
      axis.reveal(index);
      const { from, to } = axis.range();
      expect(from <= index && index < to, String(index)).toBe(true);
    }
    axis.reveal(123_456_789);
    const before = axis.position;
    axis.reveal(123_456_780);
    expect(axis.position).toBe(before);
  });

  test('what the page rounds is no move', () => {
    const axis = make();
    const scroll = axis.moveTo(2e9);
    axis.scrolled(Math.round(scroll));
    expect(axis.position).toBe(2e9);
  });
});

test('another font keeps the cells in sight', () => {
  const axis = createAxis();
  axis.measure({ count: 1000, cell: 20, view: 200 });
  axis.moveTo(10_000);
  axis.measure({ count: 1000, cell: 30, view: 200 });
  expect(axis.range().from).toBe(500);
});
