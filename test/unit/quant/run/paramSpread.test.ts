import { describe, expect, test } from 'vitest';
import { mostKept, ParamSpread } from '../../../../src/quant/run/paramSpread';
import { normals } from '../normals';

/** The definition: of the sorted values the middle one, or the mean of the middle two. */
function sortedMedian(values: Float32Array): number {
  const sorted = values.toSorted();
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function spreadOf(values: Iterable<number>): ParamSpread {
  const spread = new ParamSpread();
  for (const value of values) spread.add(value);
  return spread;
}

const signed = (count: number) => normals(count, 7);

describe('the spread of parameters', () => {
  test('nothing has no figures, and what is not finite has none either', () => {
    expect(new ParamSpread().figures).toEqual({ min: null, median: null, max: null });
    expect(spreadOf([NaN]).figures).toEqual({ min: null, median: null, max: null });
    expect(spreadOf([1, 2, Infinity]).figures).toEqual({ min: 1, median: 1.5, max: null });
    expect(spreadOf([-0, -0]).figures).toEqual({ min: 0, median: 0, max: 0 });
  });

  test('the median of one, of two, of equal ones, of odd and even many', () => {
    expect(spreadOf([0.5]).figures).toEqual({ min: 0.5, median: 0.5, max: 0.5 });
    expect(spreadOf([-3, 5]).figures).toEqual({ min: -3, median: 1, max: 5 });
    expect(spreadOf(new Float32Array(1000).fill(7)).figures.median).toBe(7);
    for (const count of [999, 1000]) {
      const values = signed(count);
      expect(spreadOf(values).figures.median).toBe(sortedMedian(values));
    }
  });

  test('merged parts are as the whole, whatever form each is in', () => {
    const equal = new Float32Array(5000).fill(0.25);
    const some = signed(3001);
    const many = signed(mostKept + 11).map(x => Math.fround(Math.round(x * 512) / 512));
    const whole = Float32Array.of(...equal, ...some, ...equal);
    for (const parts of [
      [equal, some, equal],
      [some, equal, equal],
    ]) {
      const merged = new ParamSpread();
      for (const part of parts) merged.merge(structuredClone(spreadOf(part).state));
      expect(merged.count).toBe(whole.length);
      expect(merged.figures).toEqual(spreadOf(whole).figures);
    }
    for (const parts of [
      [equal, many],
      [many, equal, new Float32Array(0)],
    ]) {
      const merged = new ParamSpread();
      for (const part of parts) merged.merge(structuredClone(spreadOf(part).state));
      const all = new Float32Array(equal.length + many.length);
      all.set(equal);
      all.set(many, equal.length);
      expect(merged.count).toBe(all.length);
      expect(merged.figures.median).toBe(sortedMedian(all)); // few bits of mantissa: exact
    }
  });

  test('exact up to its limit, and within 2^-11 of itself beyond', () => {
    const most = signed(mostKept).map(x => x + 3);
    expect(spreadOf(most).figures.median).toBe(sortedMedian(most));
    const more = signed(mostKept + 1).map(x => x + 3);
    const median = spreadOf(more).figures.median!;
    expect(Math.abs(median / sortedMedian(more) - 1)).toBeLessThanOrEqual(2 ** -11);
  });

  test('what is known is bounded, however many there are', () => {
    const { values, counted } = spreadOf(signed(mostKept + 50_000)).state;
    expect(values.length).toBe(0);
    expect(counted!.prefixes.length).toBeLessThan(2 ** 17);
  });
});
