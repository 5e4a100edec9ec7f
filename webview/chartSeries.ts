import type { Series, SeriesQuery } from '../src/protocol/editor';
import { shownCount } from './charts/zoom';
import { type Connection, createLatest } from './connection';
import { type ChartState, makeSeriesQuery } from './seriesQuery';

/** More marks than pixels show nothing more, and chart.js grows slow beyond. */
const maxMarks = 2000;

/** What the series is asked for with, and who is told. */
export interface SeriesSource {
  readonly request: Connection['client']['request'];
  /** The state of the page now; what is shown of it decides what is asked for. */
  readonly state: () => Omit<ChartState, 'marks'> & { readonly series: Series | null };
  onSeries(series: Series): void;
  onError(error: unknown): void;
}

/** The figures of the charts: asked for again when what they show, or the room for it, becomes other. */
export interface ChartSeries {
  /** What is asked for now. */
  query(): SeriesQuery;
  /** Asks; a request that is under way is dropped. Nothing is asked before the charts have told their room. */
  fetch(): Promise<void>;
  /** Does what may change the query, and asks again if it has. */
  fetchIfChanged(change: () => void): void;
  /** How many marks a chart has room for. */
  setMarks(wanted: number): void;
}

/** Makes a series that has asked for nothing. */
export function createChartSeries({
  request,
  state,
  onSeries,
  onError,
}: SeriesSource): ChartSeries {
  const call = createLatest(onError);
  let marks = 0;

  const query = () => makeSeriesQuery({ ...state(), marks });

  function fetch(): Promise<void> {
    if (!marks || !state().doc?.summary?.tensors) return Promise.resolve();
    return call.run(
      signal => request('series/get', query(), { signal }),
      series => {
        if (series.generation === state().doc?.generation) onSeries(series);
      },
    );
  }

  return {
    query,
    fetch,
    fetchIfChanged(change) {
      const before = JSON.stringify(query());
      change();
      if (before !== JSON.stringify(query())) void fetch();
    },
    setMarks(wanted) {
      const next = Math.max(1, Math.min(maxMarks, Math.floor(wanted)));
      if (next === marks) return;
      const { series } = state();
      const all = series !== null && shownCount(series) <= Math.min(next, marks);
      marks = next;
      if (!all) void fetch();
    },
  };
}
