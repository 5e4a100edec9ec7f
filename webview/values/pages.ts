import { WeightError } from '../../src/base/errors';
import type { Places, ValuesPage } from '../../src/protocol/values';
import { largestPage } from '../../src/protocol/values';
import { type Cell, elementAt, type Slice } from './slice';

/** Pages kept; the ones used least recently go first. A page takes at most 70 KB. */
const mostPages = 96;

/** Cells [row, rowEnd) by [col, colEnd). */
export interface Window {
  readonly row: number;
  readonly rowEnd: number;
  readonly col: number;
  readonly colEnd: number;
}

/** How pages are got and announced. */
export interface PagesOptions {
  fetch(places: Places, signal: AbortSignal, onProgress: (f: number) => void): Promise<ValuesPage>;
  /** Something came, failed, or went on: draw again. */
  onChange(): void;
}

/** A value and what is beside it. */
export interface Found {
  readonly page: ValuesPage;
  readonly slot: number;
}

/** The values of one slice, page by page as they are looked at. */
export interface Pages {
  /** What a cell holds; undefined until it is there. */
  at(cell: Cell): Found | undefined;
  /** Says what is looked at; what is missing is asked for, what is asked for in vain is given up. */
  want(window: Window): void;
  /** Another slice, or other values of it: everything goes. */
  reset(slice: Slice | null): void;
  /** The page with a cell, kept or not. */
  get(cell: Cell, signal: AbortSignal): Promise<ValuesPage>;
  /** The largest |error| of the pages that are kept. */
  readonly largestError: number;
  /** Why pages do not come; null while they do. */
  readonly error: unknown;
  /** Asks again after an error. */
  retry(): void;
  /** Fraction done of the slowest page under way; null when none is, or it does not tell. */
  readonly progress: number | null;
  readonly isLoading: boolean;
}

/** The page that a cell is on, and where it begins. */
export function pageOf({ row, col }: Cell): { row: number; col: number; key: string } {
  const start = { row: row - (row % largestPage), col: col - (col % largestPage) };
  return { ...start, key: `${start.row},${start.col}` };
}

/** The places of a page, which ends where the slice does. */
export function placesOf(slice: Slice, { row, col }: Cell): Places {
  return {
    first: elementAt(slice, { row, col }) ?? 0,
    rows: Math.min(largestPage, slice.rows - row),
    rowStep: slice.rowStep,
    cols: Math.min(largestPage, slice.cols - col),
    colStep: slice.colStep,
  };
}

function largestErrorOf({ values, quantized }: ValuesPage): number {
  if (!quantized) return 0;
  const { results } = quantized;
  return values.reduce((most, value, i) => {
    const error = Math.abs(value - results[i]!);
    return error > most && error < Infinity ? error : most;
  }, 0);
}

/** Makes an empty cache. */
export function createPages({ fetch, onChange }: PagesOptions): Pages {
  const pages = new Map<string, ValuesPage>();
  const running = new Map<string, { controller: AbortController; fraction: number | null }>();
  let slice: Slice | null = null;
  let window: Window | undefined;
  let error: unknown = null;
  let most = 0;

  async function load(cell: Cell, key: string): Promise<void> {
    if (!slice) return;
    const mine = { controller: new AbortController(), fraction: null as number | null };
    const { signal } = mine.controller;
    running.set(key, mine);
    try {
      const page = await fetch(placesOf(slice, cell), signal, fraction => {
        mine.fraction = fraction;
        if (!signal.aborted) onChange();
      });
      if (signal.aborted) return;
      error = null;
      most = Math.max(most, largestErrorOf(page));
      keep(key, page);
    } catch (e) {
      if (signal.aborted) return;
      // A worker that was stopped is started again by the next question; without one this is all there is to say.
      if (!WeightError.is(e, 'cancelled')) error = e;
    } finally {
      if (running.get(key) === mine) running.delete(key);
    }
    onChange();
  }

  function keep(key: string, page: ValuesPage): void {
    pages.delete(key);
    pages.set(key, page);
    for (const oldest of pages.keys()) {
      if (pages.size <= mostPages) break;
      pages.delete(oldest);
    }
  }

  function fetchMissing(): void {
    if (!window || !slice) return;
    const wanted = new Map<string, Cell>();
    const from = pageOf({ row: window.row, col: window.col });
    for (let row = from.row; row < window.rowEnd; row += largestPage)
      for (let col = from.col; col < window.colEnd; col += largestPage)
        wanted.set(pageOf({ row, col }).key, { row, col });
    for (const [key, { controller }] of running)
      if (!wanted.has(key)) {
        controller.abort();
        running.delete(key);
      }
    for (const [key, cell] of wanted) {
      const page = pages.get(key);
      if (page) keep(key, page);
      else if (!running.has(key) && error === null) void load(cell, key);
    }
  }

  return {
    at(cell) {
      const { row, col, key } = pageOf(cell);
      const page = pages.get(key);
      if (!page || !slice) return undefined;
      const cols = Math.min(largestPage, slice.cols - col);
      return { page, slot: (cell.row - row) * cols + cell.col - col };
    },
    want(next) {
      window = next;
      fetchMissing();
    },
    reset(next) {
      for (const { controller } of running.values()) controller.abort();
      running.clear();
      pages.clear();
      error = null;
      most = 0;
      window = undefined;
      slice = next;
    },
    async get(cell, signal) {
      const { key, ...start } = pageOf(cell);
      const page = pages.get(key);
      if (page) return page;
      if (!slice) throw new WeightError('cancelled', 'nothing is shown');
      return fetch(placesOf(slice, start), signal, () => {});
    },
    get largestError() {
      return most;
    },
    get error() {
      return error;
    },
    retry() {
      error = null;
      fetchMissing();
      onChange();
    },
    get progress() {
      const known = [...running.values()].flatMap(({ fraction }) => fraction ?? []);
      return known.length > 0 ? Math.min(...known) : null;
    },
    get isLoading() {
      return running.size > 0;
    },
  };
}
