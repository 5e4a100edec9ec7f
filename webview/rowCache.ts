import { WeightError } from '../src/base/errors';
import type { Row, RowPage } from '../src/protocol/editor';

/** A page of rows, and what is said of the view that it is of. */
export type PageOf<R> = Omit<RowPage, 'rows'> & { readonly rows: readonly R[] };

/** How a cache gets and announces its rows. */
export interface RowCacheOptions<R = Row> {
  readonly pageSize: number;
  /** Pages kept; the ones used least recently go first. */
  readonly maxPages: number;
  fetch(from: number, count: number, signal: AbortSignal): Promise<PageOf<R>>;
  /** Rows or totals changed: draw again. */
  onChange(): void;
  onError(error: unknown): void;
}

/** The rows of one view, fetched page by page as they are looked at. */
export interface RowCache<R = Row> {
  /** Rows of the whole view; null until the first page came. */
  readonly total: number | null;
  readonly matching: number;
  readonly filterError: string | null;
  /** Generation of the rows held; null before the first page. */
  readonly generation: number | null;
  /** The row if it is held; it may be of an older state until the newer one has come. */
  row(index: number): R | undefined;
  /** Says which rows `[from, to)` are looked at; fetches what is missing or stale, and a little around it. */
  want(from: number, to: number): void;
  /** The figures changed: fetches what is looked at again and keeps showing the old rows meanwhile. */
  refresh(): void;
  /**
   * The view changed: aborts everything; the old rows go when the first page of the new view is there.
   * With `fromTop` that is the first page of the view, else the one looked at.
   */
  reset(fromTop: boolean): void;
}

interface Page<R> {
  readonly rows: readonly R[];
  readonly epoch: number;
}

/** Makes an empty cache that fetches its first page on the first `want`. */
export function createRowCache<R = Row>(options: RowCacheOptions<R>): RowCache<R> {
  const { pageSize, maxPages } = options;
  const pages = new Map<number, Page<R>>();
  const running = new Map<number, AbortController>();
  let epoch = 0;
  let outdated = false;
  let looked = { from: 0, to: 1 };
  let info: Pick<RowPage, 'total' | 'matching' | 'filterError' | 'generation'> | null = null;

  function touch(number: number): Page<R> | undefined {
    const page = pages.get(number);
    if (!page) return undefined;
    pages.delete(number);
    pages.set(number, page);
    return page;
  }

  async function load(number: number): Promise<void> {
    const controller = new AbortController();
    const asked = epoch;
    running.set(number, controller);
    try {
      const page = await options.fetch(number * pageSize, pageSize, controller.signal);
      if (!controller.signal.aborted) receive(number, page, asked);
    } catch (error) {
      if (!controller.signal.aborted && !WeightError.is(error, 'cancelled')) options.onError(error);
    } finally {
      if (running.get(number) === controller) running.delete(number);
    }
    if (!controller.signal.aborted && asked < epoch) fetchMissing();
  }

  function receive(number: number, page: PageOf<R>, asked: number): void {
    const { total, matching, filterError, generation } = page;
    if (outdated || (info && (info.total !== total || info.generation !== generation))) {
      pages.clear();
      outdated = false;
    }
    info = { total, matching, filterError, generation };
    pages.delete(number);
    pages.set(number, { rows: page.rows, epoch: asked });
    forgetOldest();
    options.onChange();
  }

  function forgetOldest(): void {
    for (const number of pages.keys()) {
      if (pages.size <= maxPages) return;
      pages.delete(number);
    }
  }

  function fetchMissing(): void {
    const reach = pageSize / 2;
    const last = info && !outdated ? Math.max(0, info.total - 1) : looked.to;
    const first = Math.floor(Math.max(0, looked.from - reach) / pageSize);
    const end = Math.floor(Math.min(last, looked.to + reach) / pageSize);
    for (const [number, controller] of running)
      if (number < first || number > end) {
        controller.abort();
        running.delete(number);
      }
    for (let number = first; number <= end; number++) {
      const page = outdated ? undefined : touch(number);
      if (page?.epoch !== epoch && !running.has(number)) void load(number);
    }
  }

  return {
    get total() {
      return info?.total ?? null;
    },
    get matching() {
      return info?.matching ?? 0;
    },
    get filterError() {
      return info?.filterError ?? null;
    },
    get generation() {
      return info?.generation ?? null;
    },
    row(index) {
      const number = Math.floor(index / pageSize);
      return pages.get(number)?.rows[index - number * pageSize];
    },
    want(from, to) {
      looked = { from, to };
      fetchMissing();
    },
    refresh() {
      epoch++;
      fetchMissing();
    },
    reset(fromTop) {
      if (fromTop) looked = { from: 0, to: 1 };
      epoch++;
      outdated = true;
      for (const controller of running.values()) controller.abort();
      running.clear();
      fetchMissing();
    },
  };
}
