import { expect, test, vi } from 'vitest';
import type { DocumentView, Series, SeriesQuery } from '../../../src/protocol/editor';
import { createChartSeries, type SeriesSource } from '../../../webview/chartSeries';
import { initialState, type SavedState } from '../../../webview/state';

const doc = {
  generation: 3,
  schemes: ['int8'],
  summary: { tensors: 9 },
} as unknown as DocumentView;

/** A series of 9 marks, from the generation that the page shows or an older one. */
const answer = (generation: number) =>
  ({
    generation,
    count: 9,
    name: Array(9).fill('x'),
    start: Int32Array.from({ length: 10 }, (_, i) => i),
  }) as unknown as Series;

function charts({ generation = 3, shown = doc as DocumentView | null } = {}) {
  const asked: SeriesQuery[] = [];
  const state = { doc: shown, series: null as Series | null, saved: initialState as SavedState };
  const onSeries = vi.fn((series: Series) => {
    state.series = series;
  });
  const request = async (_: string, query: SeriesQuery) => {
    asked.push(query);
    return answer(generation);
  };
  const series = createChartSeries({
    request: request as unknown as SeriesSource['request'],
    state: () => state,
    onSeries,
    onError: () => expect.unreachable(),
  });
  return { series, state, asked, onSeries };
}

test('nothing is asked before there is room for marks, or without tensors', async () => {
  const early = charts();
  await early.series.fetch();
  expect(early.asked).toEqual([]);
  const closed = charts({ shown: null });
  closed.series.setMarks(500);
  await closed.series.fetch();
  expect(closed.asked).toEqual([]);
});

test('room is asked for in whole marks, at most 2,000, and not again where all are shown', async () => {
  const { series, asked, onSeries } = charts();
  series.setMarks(5e6);
  await vi.waitFor(() => expect(onSeries).toHaveBeenCalledOnce());
  expect(asked.map(query => query.marks)).toEqual([2000]);
  series.setMarks(640.7); // nine marks fit still
  series.setMarks(640.2);
  expect(asked).toHaveLength(1);
  series.setMarks(5); // now they must be merged
  await vi.waitFor(() => expect(asked.map(query => query.marks)).toEqual([2000, 5]));
});

test('figures of another generation are dropped', async () => {
  const { series, asked, onSeries } = charts({ generation: 2 });
  series.setMarks(100);
  await series.fetch();
  expect(asked.length).toBeGreaterThan(0);
  expect(onSeries).not.toHaveBeenCalled();
});

test('a change asks again only where it is one for the charts', async () => {
  const { series, state, asked } = charts();
  series.setMarks(100);
  await series.fetch();
  const before = asked.length;
  series.fetchIfChanged(() => {
    state.saved = { ...state.saved, storedAsTable: !state.saved.storedAsTable };
  });
  expect(asked).toHaveLength(before);
  series.fetchIfChanged(() => {
    state.saved = {
      ...state.saved,
      overview: { ...state.saved.overview, zoom: { from: 2, to: 5 } },
    };
  });
  expect(asked).toHaveLength(before + 1);
  expect(asked.at(-1)?.range).toEqual({ from: 2, to: 5 });
});
