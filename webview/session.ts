import { WeightError } from '../src/base/errors';
import type {
  DocumentView,
  Row,
  RowsView,
  Series,
  TensorDetail,
  TensorId,
} from '../src/protocol/editor';
import type { ExportWish } from '../src/protocol/export';
import { createChartSeries } from './chartSeries';
import { type Connection, createLatest } from './connection';
import { useStrings } from './l10n';
import { createLookup } from './lookup';
import { createRefresher } from './refresher';
import { createRowCache, type RowCache } from './rowCache';
import { createSchemeChoice } from './schemes/choice';
import type { ShownSchemes } from './schemes/schemeList';
import { activeSchemeOf } from './seriesQuery';
import { hostView, isAncestor, parseState, type SavedState } from './state';
import { createStoredFigures, type StoredState } from './storedFigures';
import type { ViewId } from './view';

const pageSize = 200;
const maxPages = 12;

/** What may have changed since a listener was last called. */
export type Part = (typeof parts)[number];

const parts = [
  ...(['doc', 'rows', 'view', 'series', 'selection', 'detail', 'stored', 'layout'] as const),
  ...(['shown', 'exported'] as const),
] as const;

/** For what is drawn the first time. */
export const allParts: ReadonlySet<Part> = new Set(parts);

/** Where a selection came from: that place need not scroll to it. */
export type Origin = 'table' | 'chart' | 'host' | 'restored' | 'cleared';

/** Everything the page shows. Only the session writes it. */
export interface SessionState {
  readonly doc: DocumentView | null;
  readonly saved: SavedState;
  readonly series: Series | null;
  readonly selected: TensorId | null;
  readonly origin: Origin;
  /** Scheme to point out in the details. */
  readonly scheme: number | null;
  readonly detail: TensorDetail | null;
  /** Stored parameters of the selected weight; null where it has none. */
  readonly stored: StoredState | null;
  /** Name of the file that was saved last. */
  readonly exported: string | null;
  /** A request that failed, as text for people. */
  readonly problem: string | null;
}

/** The page's data: asks the host, keeps what was answered, tells the views what changed. */
export interface Session {
  readonly state: SessionState;
  readonly rows: RowCache;
  subscribe(listener: (changed: ReadonlySet<Part>) => void): void;
  start(): Promise<void>;
  /** Changes filter, sort or groups. */
  setView(patch: Partial<RowsView>): void;
  /** Changes what is kept but not asked for: layout and scroll position. */
  setLayout(patch: Partial<SavedState>): void;
  /** The same for what the overview keeps. */
  setOverview(patch: Partial<SavedState['overview']>): void;
  /** How many marks a chart has room for. */
  setMarks(marks: number): void;
  select(tensor: TensorId | null, origin: Origin): void;
  /** Selects a tensor by its full name, if there is one of that name. */
  selectByName(name: string): Promise<void>;
  /** Row of a tensor in the table, opening closed groups above it; null when the filter hides it. */
  reveal(tensor: TensorId, name: string | null): Promise<number | null>;
  /** The first rows of some view, aside from the table's. */
  page(view: RowsView, count: number, signal: AbortSignal): Promise<readonly Row[]>;
  /** Position of a tensor among the charts' tensors; null when it is not among them. */
  position(tensor: TensorId): Promise<number | null>;
  /** Asks once more for the stored parameters. */
  retryStored(): void;
  /** Shows the tensors as they are stored, or the weights that they make; the selection goes along. */
  showRaw(raw: boolean): void;
  /** Shows another of the views. */
  showView(view: ViewId): void;
  /** The scheme that views of one scheme show: the one the user pointed at last, else the first. */
  activeScheme(): string | null;
  /** Shows other schemes; what was chosen of them is kept as soon as the host shows them. */
  setSchemes(next: ShownSchemes): void;
  /** What the last `setSchemes` asked for, while it is not shown yet. */
  wantedSchemes(): ShownSchemes | null;
  /** Asks the host. Whoever asks handles what it rejects with; see `createLatest`. */
  request: Connection['client']['request'];
  /** Asks for something whose answer is an event; failures are shown on the page. */
  act(work: (client: Connection['client']) => Promise<unknown>): void;
  /** Saves something as a file, where the user says. */
  exportAs(wish: ExportWish): void;
  dismissProblem(): void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Makes the session of this page; nothing is asked before `start`. */
export function createSession(connection: Connection): Session {
  const { client } = connection;
  const state: Mutable<SessionState> = {
    doc: null,
    saved: parseState(connection.loadState()),
    series: null,
    selected: null,
    origin: 'restored',
    scheme: null,
    detail: null,
    stored: null,
    exported: null,
    problem: null,
  };
  const choice = createSchemeChoice();
  const listeners: ((changed: ReadonlySet<Part>) => void)[] = [];
  const detailCall = createLatest(fail);
  const refresh = createRefresher({
    refresh: refreshOnce,
    isHostBusy: () => state.doc?.analysis.state === 'running',
    onError: fail,
  });
  const lookup = createLookup(client.request);
  const charts = createChartSeries({
    request: client.request,
    state: () => state,
    onSeries: takeSeries,
    onError: fail,
  });
  const stored = createStoredFigures({
    ask: (tensor, signal) => client.request('tensor/stored', { tensor }, { signal }),
    onChange() {
      state.stored = stored.state;
      emit('stored');
    },
  });
  /** The weight whose stored tensors were asked for: the way back leads to it. */
  let unpacked: TensorDetail | null = null;
  let saveTimer = 0;

  const rows = createRowCache({
    pageSize,
    maxPages,
    fetch: (from, count, signal) =>
      client.request('rows/page', { view: hostView(state.saved), from, count }, { signal }),
    onChange: () => emit('rows'),
    onError: fail,
  });

  function emit(...parts: Part[]): void {
    const changed = new Set(parts);
    for (const listener of listeners) listener(changed);
  }

  function fail(error: unknown): void {
    if (WeightError.is(error, 'cancelled')) return;
    state.problem = error instanceof Error ? error.message : String(error);
    emit('doc');
  }

  /** Choices are stored at once: the page may be gone a moment later. Scrolling is stored ten times a second. */
  function save(patch: Partial<SavedState>): void {
    state.saved = { ...state.saved, ...patch };
    if (!('scrollTop' in patch)) store();
    else saveTimer ||= window.setTimeout(store, 100);
  }

  function store(): void {
    clearTimeout(saveTimer);
    saveTimer = 0;
    connection.storeState(state.saved);
  }

  function takeSeries(series: Series): void {
    // The file may have fewer tensors than when the range was chosen.
    if (series.count > 0 && series.name.length === 0) setOverview({ zoom: null });
    state.series = series;
    emit('series');
  }

  /** What the charts show may need other figures. */
  function setLayout(patch: Partial<SavedState>): void {
    if ('scrollTop' in patch) save(patch);
    else
      charts.fetchIfChanged(() => {
        save(patch);
        emit('layout');
      });
  }

  function setOverview(patch: Partial<SavedState['overview']>): void {
    setLayout({ overview: { ...state.saved.overview, ...patch } });
  }

  function fetchDetail(): Promise<void> {
    const tensor = state.selected;
    if (tensor === null) return Promise.resolve();
    return detailCall.run(
      signal => client.request('tensor/get', { tensor }, { signal }),
      detail => {
        if (detail.generation !== state.doc?.generation) return;
        state.detail = detail;
        if (state.saved.selected !== detail.name) save({ selected: detail.name });
        emit('detail');
        stored.want(detail);
      },
    );
  }

  async function refreshOnce(): Promise<void> {
    const before = state.doc;
    const doc = await client.request('document/get', null);
    state.doc = doc;
    if (String(before?.schemes) !== String(doc.schemes)) keepHidden(doc);
    followSchemes(doc);
    const failed = doc.error !== null;
    if (before?.generation !== doc.generation || (before.error !== null) !== failed)
      await enter(doc);
    else rows.refresh();
    emit('doc');
    await Promise.all([charts.fetch(), fetchDetail()]);
  }

  /** A new generation: ids of the old one mean nothing, names still do. */
  async function enter(doc: DocumentView): Promise<void> {
    state.series = null;
    state.detail = null;
    stored.clear();
    const selected = doc.selected ?? (await findByName(state.saved.selected));
    state.selected = selected;
    state.origin = doc.selected === null ? 'restored' : 'host';
    if (!doc.error) rows.reset(false);
    emit('selection', 'detail');
    if (selected !== null && doc.selected === null) tellSelection(selected);
  }

  function findByName(name: string | null): Promise<TensorId | null> {
    if (name === null || !state.doc?.summary) return Promise.resolve(null);
    return lookup.byName(name);
  }

  /** Schemes that are gone are hidden no more, nor are all that are left. */
  function keepHidden({ schemes }: DocumentView): void {
    const { hiddenSchemes } = state.saved;
    const hidden = hiddenSchemes.filter(name => schemes.includes(name));
    const kept = hidden.length === schemes.length ? [] : hidden;
    if (kept.length === hiddenSchemes.length) return;
    save({ hiddenSchemes: kept });
    emit('layout');
  }

  /** What was chosen of the schemes follows what the host shows of them. */
  function followSchemes(doc: DocumentView): void {
    const patch = choice.follow(doc, state.saved);
    if (!patch) return;
    save(patch);
    if (patch.shownScheme !== undefined) state.scheme = doc.shownScheme;
    emit('layout');
  }

  function tellSelection(tensor: TensorId | null): void {
    client.request('selection/set', { tensor }).catch(fail);
  }

  function select(tensor: TensorId | null, origin: Origin): void {
    if (origin !== 'host') state.scheme = null;
    if (tensor === state.selected && origin !== 'host') return;
    if (tensor !== state.selected) stored.clear();
    state.selected = tensor;
    state.origin = origin;
    if (origin !== 'host') tellSelection(tensor);
    if (tensor === null) {
      detailCall.abort();
      state.detail = null;
      save({ selected: null });
      emit('selection', 'detail');
      return;
    }
    emit('selection');
    void fetchDetail();
  }

  /** The host forgets its selection, by whose name it would look in vain; what is saved is looked for instead. */
  function showRaw(raw: boolean): void {
    const { detail } = state;
    const next = raw ? (detail?.stored?.tensors[0]?.name ?? detail?.name) : weightOf(detail);
    unpacked = raw && detail?.stored ? detail : null;
    select(null, 'cleared');
    const overview = { ...state.saved.overview, zoom: null };
    save({ selected: next ?? null, scrollTop: 0, overview });
    client.request('document/setRaw', { raw }).catch(fail);
  }

  function weightOf(detail: TensorDetail | null): string | undefined {
    const isPart = unpacked?.stored?.tensors.some(part => part.name === detail?.name);
    return isPart ? unpacked?.name : detail?.name;
  }

  async function reveal(tensor: TensorId, name: string | null): Promise<number | null> {
    const row = await lookup.rowOf(hostView(state.saved), tensor);
    if (row !== null || name === null) return row;
    const collapsed = state.saved.collapsed.filter(path => !isAncestor(path, name));
    if (collapsed.length === state.saved.collapsed.length) return null;
    setView({ collapsed });
    return lookup.rowOf(hostView(state.saved), tensor);
  }

  function setView(patch: Partial<RowsView>): void {
    const before = hostView(state.saved);
    save(patch);
    const after = hostView(state.saved);
    if (JSON.stringify(before) === JSON.stringify(after)) {
      emit('view');
      return;
    }
    const reordered =
      JSON.stringify({ ...before, collapsed: [] }) !== JSON.stringify({ ...after, collapsed: [] });
    // Positions are another order's now.
    if (reordered) save({ overview: { ...state.saved.overview, zoom: null } });
    emit('view');
    rows.reset(reordered);
    if (reordered) void charts.fetch();
  }

  async function exportAs(wish: ExportWish): Promise<void> {
    const { saved } = await client.request('export/save', wish);
    if (saved === null) return;
    state.exported = saved;
    emit('exported');
  }

  /** Texts come before anything is drawn. */
  async function begin(): Promise<void> {
    try {
      useStrings(await client.request('page/strings', null));
    } catch (error) {
      fail(error);
    }
    await refresh();
  }

  connection.onEvent('document/changed', () => void refresh());
  connection.onEvent('selection/changed', ({ tensor, scheme }) => {
    state.scheme = scheme ?? null;
    select(tensor, 'host');
  });
  window.addEventListener('pagehide', store);

  return {
    state,
    rows,
    subscribe: listener => void listeners.push(listener),
    start: begin,
    setView,
    setLayout,
    setOverview,
    setMarks: charts.setMarks,
    select,
    selectByName: async name => {
      const tensor = await findByName(name).catch(() => null); // a host that fails tells so elsewhere
      if (tensor !== null) select(tensor, 'chart');
    },
    reveal: (tensor, name) => reveal(tensor, name).catch(() => null), // gone meanwhile: nothing to show
    page: async (view, count, signal) =>
      (await client.request('rows/page', { view, from: 0, count }, { signal })).rows,
    position: tensor => lookup.rowOf(charts.query().view, tensor).catch(() => null),
    retryStored: () => stored.retry(),
    showRaw,
    showView(view) {
      if (view === state.saved.shownView) return;
      save({ shownView: view });
      emit('shown');
    },
    activeScheme: () => activeSchemeOf(state.saved, state.doc),
    setSchemes(next) {
      choice.want(next);
      const show = () => {
        choice.settle(next);
        void refresh(true);
      };
      client.request('schemes/set', { schemes: next.schemes }).catch(fail).finally(show);
    },
    wantedSchemes: choice.wanted,
    request: client.request,
    act: work => void work(client).catch(fail),
    exportAs: wish => void exportAs(wish).catch(fail),
    dismissProblem() {
      state.problem = null;
      emit('doc');
    },
  };
}
