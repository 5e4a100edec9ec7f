import { WeightError } from '../../src/base/errors';
import type {
  CastRow,
  CastSeries,
  CastsView,
  CastTotals,
  ModelSizes,
} from '../../src/protocol/precision';
import type { TensorId } from '../../src/protocol/tensor';
import { createLatest } from '../connection';
import { createRowCache, type RowCache } from '../rowCache';
import type { Session } from '../session';
import type { PrecisionState } from './state';

/** What the view shows beside the session's state. */
export interface PrecisionStore {
  readonly sizes: ModelSizes | null;
  readonly totals: CastTotals | null;
  readonly series: CastSeries | null;
  readonly rows: RowCache<CastRow>;
  /** Why something is missing, for people. */
  readonly problem: string | null;
  /** Asks for what may have changed; the first time in a generation, for casts to be counted. */
  refresh(): void;
  /** Changes what the user chose. */
  choose(patch: Partial<PrecisionState>): void;
  /** How many marks the chart has room for. */
  setMarks(marks: number): void;
  /** Place of a tensor in the table, or with `model` in the model's order; null where it is no layer. */
  find(tensor: TensorId, order: 'view' | 'model'): Promise<number | null>;
}

/** More marks than pixels show nothing more. */
const mostMarks = 2000;

/** Makes a store without data. `onOrder` is called when the rows are to start at their top again. */
export function createPrecisionStore(
  session: Session,
  { onChange, onOrder }: { onChange(): void; onOrder(): void },
): PrecisionStore {
  let sizes: ModelSizes | null = null;
  let totals: CastTotals | null = null;
  let series: CastSeries | null = null;
  let problem: string | null = null;
  let generation: number | null = null;
  let marks = 0;
  let running = false;
  let isDirty = false;
  const seriesCall = createLatest(fail);
  const chosen = () => session.state.saved.precision;
  const view = (): CastsView => {
    const { format, by, sort, descending } = chosen();
    return { format, by, sort, descending };
  };
  const rows = createRowCache<CastRow>({
    ...{ pageSize: 200, maxPages: 12, onChange, onError: fail },
    fetch: (from, count, signal) =>
      session.request('casts/page', { view: view(), from, count }, { signal }),
  });

  function fail(error: unknown): void {
    if (WeightError.is(error, 'cancelled')) return;
    problem = error instanceof Error ? error.message : String(error);
    onChange();
  }

  /** One at a time; a change that comes meanwhile makes one more. */
  async function refresh(): Promise<void> {
    isDirty = true;
    if (running) return;
    running = true;
    try {
      while (isDirty) {
        isDirty = false;
        await refreshOnce();
      }
      problem = null;
    } catch (error) {
      fail(error);
    } finally {
      running = false;
    }
    onChange();
  }

  async function refreshOnce(): Promise<void> {
    const { doc } = session.state;
    if (!doc?.summary) return;
    if (doc.generation !== generation) await enter(doc.generation);
    else rows.refresh();
    const next = await session.request('casts/totals', null);
    if (next.generation !== generation) return;
    totals = next;
    onChange();
    await fetchSeries();
  }

  async function enter(next: number): Promise<void> {
    [sizes, totals, series] = [null, null, null];
    const found = await session.request('precision/sizes', null);
    if (found.generation !== next) return;
    sizes = found;
    onChange();
    await session.request('precision/wantCasts', null);
    generation = next;
    rows.reset(false);
  }

  function fetchSeries(): Promise<void> {
    if (marks === 0 || generation === null) return Promise.resolve();
    const { format, by, figure } = chosen();
    return seriesCall.run(
      signal => session.request('casts/series', { format, by, figure, marks }, { signal }),
      next => {
        if (next.generation !== generation) return;
        series = next;
        onChange();
      },
    );
  }

  return {
    get sizes() {
      return sizes;
    },
    get totals() {
      return totals;
    },
    get series() {
      return series;
    },
    get problem() {
      return problem;
    },
    rows,
    refresh: () => void refresh(),
    choose(patch) {
      const before = chosen();
      const order = JSON.stringify(view());
      session.setLayout({ precision: { ...before, ...patch } });
      if (order !== JSON.stringify(view())) {
        onOrder();
        rows.reset(true);
      }
      if ('log' in patch) return;
      const { figure, format, by } = before;
      const { precision: now } = session.state.saved;
      if (figure === now.figure && format === now.format && by === now.by) return;
      series = null;
      void fetchSeries();
    },
    setMarks(wanted) {
      const next = Math.max(1, Math.min(mostMarks, Math.floor(wanted)));
      if (next === marks) return;
      marks = next;
      void fetchSeries();
    },
    async find(tensor, order) {
      const asked: CastsView =
        order === 'view' ? view() : { ...view(), sort: 'model', descending: false };
      try {
        return (await session.request('casts/find', { view: asked, tensor })).row;
      } catch {
        return null; // of another generation: who asks again finds out
      }
    },
  };
}
