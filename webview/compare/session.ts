import { WeightError } from '../../src/base/errors';
import type {
  CompareEvents,
  CompareRequests,
  ComparisonView,
  PairDetail,
  PairId,
  PairRow,
  PairSeries,
  PairsView,
} from '../../src/protocol/compare';
import { type Connection, createLatest } from '../connection';
import { useStrings } from '../l10n';
import { createRefresher } from '../refresher';
import { createRowCache, type RowCache } from '../rowCache';
import { pairsView, parseState, type SavedState } from './state';

const pageSize = 200;
const maxPages = 12;
/** More marks than pixels show nothing more, and chart.js grows slow beyond. */
const maxMarks = 2000;

/** What may have changed since a listener was last called. */
export type Part = 'view' | 'rows' | 'order' | 'series' | 'selection' | 'detail' | 'layout';

/** The figures and pictures of the selected pair, or how far they are. */
export type DetailState =
  | { readonly status: 'loading'; readonly fraction: number }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'ready'; readonly pair: PairDetail };

/** Everything the page shows. Only the session writes it. */
export interface CompareState {
  readonly view: ComparisonView | null;
  readonly saved: SavedState;
  readonly series: PairSeries | null;
  /** Null while no pair is selected. */
  readonly detail: DetailState | null;
  /** A request that failed, as text for people. */
  readonly problem: string | null;
}

type Act = (client: Connection<CompareRequests, CompareEvents>['client']) => Promise<unknown>;

/** The page's data: asks the host, keeps what was answered, tells the views what changed. */
export interface CompareSession {
  readonly state: CompareState;
  readonly rows: RowCache<PairRow>;
  /** The order and filter that rows are shown in. */
  view(): PairsView;
  subscribe(listener: (changed: ReadonlySet<Part>) => void): void;
  start(): Promise<void>;
  /** Changes filter or order. */
  setView(patch: Partial<Pick<SavedState, 'filter' | 'sort' | 'descending'>>): void;
  /** Changes what is kept but not asked for. */
  setLayout(patch: Partial<Pick<SavedState, 'asTable' | 'scrollTop'>>): void;
  /** How many marks the chart has room for. */
  setMarks(marks: number): void;
  select(pair: Pick<PairRow, 'pair' | 'name'> | null): void;
  /** Asks once more for the detail of the selected pair. */
  retryDetail(): void;
  /** Row of a pair in the table; null when the filter hides it. */
  find(pair: PairId): Promise<number | null>;
  /** Asks for something whose answer is an event; failures are shown on the page. */
  act(work: Act): void;
  dismissProblem(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Makes the session of this page; nothing is asked before `start`. */
export function createCompareSession(
  connection: Connection<CompareRequests, CompareEvents>,
): CompareSession {
  const { client } = connection;
  const state: Mutable<CompareState> = {
    view: null,
    saved: parseState(connection.loadState()),
    ...{ series: null, detail: null, problem: null },
  };
  const listeners: ((changed: ReadonlySet<Part>) => void)[] = [];
  const seriesCall = createLatest(fail);
  const detailCall = createLatest(failDetail);
  const refresh = createRefresher({
    refresh: refreshOnce,
    isHostBusy: () => state.view?.state === 'running',
    onError: fail,
  });
  let marks = 0;

  const rows = createRowCache<PairRow>({
    ...{ pageSize, maxPages },
    fetch: (from, count, signal) =>
      client.request('pairs/page', { view: view(), from, count }, { signal }),
    onChange: () => emit('rows'),
    onError: fail,
  });

  function view(): PairsView {
    return pairsView(state.saved, state.view?.state);
  }

  function emit(...parts: Part[]): void {
    const changed = new Set(parts);
    for (const listener of listeners) listener(changed);
  }

  function fail(error: unknown): void {
    if (WeightError.is(error, 'cancelled')) return;
    state.problem = textOf(error);
    emit('view');
  }

  function failDetail(error: unknown): void {
    state.detail = { status: 'failed', message: textOf(error) };
    emit('detail');
  }

  function save(patch: Partial<SavedState>): void {
    state.saved = { ...state.saved, ...patch };
    connection.storeState(state.saved);
  }

  async function refreshOnce(): Promise<void> {
    const before = { view: view(), generation: state.view?.generation };
    const next = await client.request('comparison/get', null);
    state.view = next;
    if (before.generation !== next.generation) enter(next);
    else if (before.view.sort !== view().sort) reorder();
    else rows.refresh();
    emit('view');
    await fetchSeries();
  }

  /** Another generation: ids may mean other pairs. */
  function enter({ a, b, error }: ComparisonView): void {
    save({ a: a.uri, b: b.uri });
    if (error) return;
    rows.reset(false);
    state.series = null;
    if (state.saved.selected) fetchDetail();
  }

  function reorder(): void {
    rows.reset(true);
    emit('order');
  }

  function fetchSeries(): Promise<void> {
    if (!marks || state.view?.error !== null) return Promise.resolve();
    return seriesCall.run(
      signal => client.request('pairs/series', { marks }, { signal }),
      series => {
        if (series.generation !== state.view?.generation) return;
        state.series = series;
        emit('series');
      },
    );
  }

  function fetchDetail(): void {
    const { selected } = state.saved;
    detailCall.abort();
    state.detail = selected && { status: 'loading', fraction: 0 };
    emit('detail');
    if (!selected) return;
    const onProgress = (fraction: number) => {
      if (state.saved.selected !== selected || state.detail?.status !== 'loading') return;
      state.detail = { status: 'loading', fraction };
      emit('detail');
    };
    const { pair, name } = selected;
    void detailCall.run(
      signal => client.request('pair/get', { pair, name }, { signal, onProgress }),
      detail => {
        if (!detail) return select(null);
        state.detail = { status: 'ready', pair: detail };
        emit('detail');
      },
    );
  }

  function select(pair: Pick<PairRow, 'pair' | 'name'> | null): void {
    if (pair && pair.pair === state.saved.selected?.pair) return;
    save({ selected: pair && { pair: pair.pair, name: pair.name } });
    emit('selection');
    fetchDetail();
  }

  return {
    ...{ state, rows, view, select, retryDetail: fetchDetail },
    subscribe: listener => void listeners.push(listener),
    async start() {
      connection.onEvent('comparison/changed', () => void refresh());
      try {
        useStrings(await client.request('page/strings', null));
      } catch (error) {
        fail(error);
      }
      await refresh();
    },
    setView(patch) {
      save(patch);
      reorder();
    },
    setLayout(patch) {
      save(patch);
      if ('asTable' in patch) emit('layout');
    },
    setMarks(wanted) {
      const next = Math.max(1, Math.min(maxMarks, Math.floor(wanted)));
      if (next === marks) return;
      marks = next;
      void fetchSeries();
    },
    async find(pair) {
      try {
        return (await client.request('pairs/find', { view: view(), pair })).row;
      } catch (error) {
        fail(error);
        return null;
      }
    },
    act: work => void work(client).catch(fail),
    dismissProblem() {
      state.problem = null;
      emit('view');
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
