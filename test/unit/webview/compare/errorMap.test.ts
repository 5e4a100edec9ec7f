import { describe, expect, it } from 'vitest';
import {
  cellText,
  describeErrors,
  errorMapOf,
  mapColsText,
  mapRowsText,
} from '../../../../webview/compare/errorMap';
import { initialState, pairsView } from '../../../../webview/compare/state';
import { statusText } from '../../../../webview/compare/toolbar';

/** Of a weight [3, 5, 7]: 15 rows in cells of 8, 7 columns in cells of 4. */
const map = errorMapOf(
  { rows: 2, cols: 2, rowsPerCell: 8, colsPerCell: 4, meanAbsError: [0.5, null, 0.25, 0.75] },
  [3, 5, 7],
);

describe('the cells of an error map', () => {
  it('say which rows and columns they stand for, the last ones fewer', () => {
    expect([mapRowsText(map, 0), mapRowsText(map, 1)]).toEqual(['rows 0 … 7', 'rows 8 … 14']);
    expect([mapColsText(map, 0), mapColsText(map, 1)]).toEqual(['columns 0 … 3', 'columns 4 … 6']);
    expect(cellText(map, 2)).toBe('rows 8 … 14, columns 0 … 3: mean |error| 0.2500');
    const single = errorMapOf({ ...map.heat, colsPerCell: 1 }, [15, 2]);
    expect(mapColsText(single, 1)).toBe('column 1');
  });

  it('are told of by the worst of them', () => {
    expect(describeErrors(map)).toBe(
      'Mean absolute error by place, 15 rows by 7 columns. Largest at rows 8 … 14, columns 4 … 6: mean |error| 0.7500.',
    );
  });
});

describe('the order of pairs', () => {
  it('is that of the model until all is known, then the worst first', () => {
    expect(pairsView(initialState, 'running').sort).toBe('model');
    expect(pairsView(initialState, 'cancelled').sort).toBe('model');
    expect(pairsView(initialState, 'done')).toEqual({
      filter: '',
      sort: 'sqnr',
      descending: false,
    });
  });

  it('is the one that the user chose', () => {
    const chosen = { ...initialState, sort: 'cosine', descending: true } as const;
    expect(pairsView(chosen, 'done')).toEqual({ filter: '', sort: 'cosine', descending: true });
  });
});

it('the status tells how many pairs remain', () => {
  const view = { state: 'running', pairs: 1200, donePairs: 199, current: 'a.b', fraction: 0.129 };
  const text = (given: object) =>
    statusText({ ...view, ...given } as Parameters<typeof statusText>[0]);
  expect(text({})).toBe('1,001 pairs to go · a.b · 12 %');
  expect(text({ state: 'cancelled' })).toBe('Cancelled · 199 of 1,200 compared');
  expect(text({ state: 'done', pairs: 1 })).toBe('Compared 1 pair');
});
