import { describe, expect, it } from 'vitest';
import { createPairRows } from '../../../../src/host/compare/pairRows';
import type { PairFigures, PairRow, PairSortKey } from '../../../../src/protocol/compare';
import { figures, pair } from './fakes';

const names = ['l.10.w', 'l.2.w', 'l.1.w', 'head'];

/** The rows of four pairs, of which these have figures. */
function setUp(known: readonly (PairFigures | null)[]) {
  let version = 0;
  let orders = 0;
  const list = [...known];
  const rows = createPairRows({
    pairs: names.map(name => pair(name)),
    row: id => ({ pair: id, name: names[id] }) as PairRow,
    figures: id => {
      orders++;
      return list[id] ?? null;
    },
    version: () => version,
  });
  const order = (sort: PairSortKey, descending = false, filter = '') =>
    rows.page({ filter, sort, descending }, 0, 100).rows.map(row => row.pair);
  return {
    ...{ rows, order },
    set(id: number, next: PairFigures) {
      list[id] = next;
      version++;
    },
    asked: () => orders,
  };
}

describe('pairs in a table', () => {
  it('are sorted by a figure; those without one come last in both directions', () => {
    const { order } = setUp([figures({ sqnrDb: 30 }), null, figures({ sqnrDb: 10 }), null]);
    expect(order('sqnr')).toEqual([2, 0, 1, 3]);
    expect(order('sqnr', true)).toEqual([0, 2, 1, 3]);
  });

  it('that are equal are the best, not unknown', () => {
    const equal = figures({ sqnrDb: null, maxAbsError: 0, worstBlock: null });
    const { order } = setUp([equal, figures({ sqnrDb: 30 }), null, figures({ sqnrDb: 10 })]);
    expect(order('sqnr')).toEqual([3, 1, 0, 2]);
    expect(order('worstBlock')).toEqual([0, 1, 3, 2]);
  });

  it('are sorted by name with numbers as numbers', () => {
    expect(setUp([]).order('name')).toEqual([3, 2, 1, 0]);
    expect(setUp([]).order('model', true)).toEqual([3, 2, 1, 0]);
  });

  it('are filtered by either name, and found where they are', () => {
    const { rows, order } = setUp([]);
    expect(order('model', false, 'L.')).toEqual([0, 1, 2]);
    const view = { filter: '/^l/', sort: 'name', descending: false } as const;
    expect(rows.find(view, 0)).toBe(2);
    expect(rows.find(view, 3)).toBe(null);
    const broken = rows.page({ ...view, filter: '/(/' }, 1, 2);
    expect(broken).toMatchObject({ total: 4, from: 1 });
    expect(broken.rows).toHaveLength(2);
    expect(broken.filterError).toMatch(/^Not a regular expression/);
  });

  it('are ordered anew only when figures have changed', () => {
    const { order, set, asked } = setUp([figures({ sqnrDb: 30 }), figures({ sqnrDb: 10 })]);
    expect(order('sqnr')).toEqual([1, 0, 2, 3]);
    const before = asked();
    order('sqnr');
    expect(asked()).toBe(before);
    set(2, figures({ sqnrDb: 5 }));
    expect(order('sqnr')).toEqual([2, 1, 0, 3]);
  });
});
