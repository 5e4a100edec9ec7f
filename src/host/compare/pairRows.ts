import type { Pair } from '../../compare/pairs';
import type { PairFigures, PairId, PairPage, PairRow, PairsView } from '../../protocol/compare';
import { dtypeText } from '../editor/dtypeText';
import { type Filter, parseFilter } from '../editor/filter';
import { nameKey } from '../editor/natural';
import { compareNumbers, compareText } from '../editor/order';

/** Pairs as the table needs them. */
export interface PairSource {
  readonly pairs: readonly Pair[];
  readonly row: (pair: PairId) => PairRow;
  readonly figures: (pair: PairId) => PairFigures | null;
  /** Grows whenever figures change. */
  readonly version: () => number;
}

/** The rows of every view of one comparison: filtered, sorted and paged. */
export interface PairRows {
  page(view: PairsView, from: number, count: number): Omit<PairPage, 'generation'>;
  /** Index of a pair's row; null when the view does not show it. */
  find(view: PairsView, pair: PairId): number | null;
}

interface Ordered {
  readonly order: readonly PairId[];
  readonly filterError: string | null;
}

/** Makes the rows. The order of the last view is kept until figures change that it depends on. */
export function createPairRows(source: PairSource): PairRows {
  let kept: { readonly key: string; readonly ordered: Ordered } | null = null;

  const ordered = (view: PairsView): Ordered => {
    const version = view.sort in numbers ? source.version() : 0;
    const key = JSON.stringify([view.filter, view.sort, view.descending, version]);
    if (kept?.key !== key) kept = { key, ordered: orderOf(source, view) };
    return kept.ordered;
  };

  return {
    page(view, from, count) {
      const { order, filterError } = ordered(view);
      const rows = order.slice(from, from + count).map(source.row);
      return { total: order.length, matching: order.length, from, rows, filterError };
    },
    find(view, pair) {
      const row = ordered(view).order.indexOf(pair);
      return row < 0 ? null : row;
    },
  };
}

function orderOf(source: PairSource, view: PairsView): Ordered {
  const filter = parseFilter(view.filter);
  const matching = Array.from(source.pairs.keys()).filter(id => isNamed(filter, source.pairs[id]!));
  return { order: sorted(matching, source, view), filterError: filter.error };
}

function isNamed(filter: Filter, { name, b }: Pair): boolean {
  return filter.matches(name) || filter.matches(b.entry.name);
}

/** Stable: equal ones, and those without a figure, keep the model's order in both directions; the latter come last. */
function sorted(
  ids: readonly PairId[],
  { pairs, figures }: PairSource,
  { sort, descending }: PairsView,
): readonly PairId[] {
  const sign = descending ? -1 : 1;
  if (sort === 'model') return descending ? ids.toReversed() : ids;
  if (sort === 'name' || sort === 'storedA' || sort === 'storedB') {
    const keys = new Map(ids.map(id => [id, texts[sort](pairs[id]!)] as const));
    return ids.toSorted((a, b) => sign * compareText(keys.get(a)!, keys.get(b)!));
  }
  const values = new Map(ids.map(id => [id, figureOf(figures(id), sort)] as const));
  return ids.toSorted((a, b) => compareNumbers(values.get(a)!, values.get(b)!, sign));
}

const texts = {
  name: ({ name }: Pair) => nameKey(name),
  storedA: ({ a }: Pair) => dtypeText(a.entry),
  storedB: ({ b }: Pair) => dtypeText(b.entry),
};

const numbers = {
  sqnr: sortedSqnr,
  relativeFrobenius: (f: PairFigures) => f.relativeFrobenius,
  cosine: (f: PairFigures) => f.cosine,
  maxError: (f: PairFigures) => f.maxAbsError,
  worstBlock: (f: PairFigures) => f.worstBlock?.mse ?? (f.maxAbsError === 0 ? 0 : null),
};

/** Weights that are equal have no noise: they are the best, not unknown. */
function sortedSqnr({ sqnrDb, maxAbsError }: PairFigures): number | null {
  return sqnrDb ?? (maxAbsError === 0 ? Infinity : null);
}

function figureOf(figures: PairFigures | null, sort: keyof typeof numbers): number {
  return (figures && numbers[sort](figures)) ?? Number.NaN;
}
