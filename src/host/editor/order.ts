import type { TensorEntry } from '../../formats/tensorFile';
import type { SortKey } from '../../protocol/editor';
import { dtypeText } from './dtypeText';
import { modelKey, nameKey } from './natural';
import type { RowSource } from './rows';

/** Sort keys whose order changes while figures arrive. */
const figureKeys: ReadonlySet<SortKey> = new Set([
  ...(['absMax', 'std', 'outliers'] as const),
  ...(['sqnr0', 'sqnr1', 'sqnr2', 'sqnr3'] as const),
]);

/** Whether an order by `sort` is stale once figures have changed. */
export function dependsOnFigures(sort: SortKey): boolean {
  return figureKeys.has(sort);
}

/** Every tensor in the order of its module: dotted names, digits as numbers. */
export function modelOrder(tensors: readonly TensorEntry[]): Int32Array {
  return byText(tensors, modelKey);
}

function byText(tensors: readonly TensorEntry[], key: (name: string) => string): Int32Array {
  const keys = tensors.map(t => key(t.name));
  return sortIds(Int32Array.from(keys.keys()), (a, b) => compareText(keys[a]!, keys[b]!));
}

/**
 * Every tensor, sorted. Equal ones keep the model's order in both directions; what has no figure comes last in both.
 * @param base the model's order
 */
export function sortedOrder(
  source: RowSource,
  base: Int32Array,
  { sort, descending }: { readonly sort: SortKey; readonly descending: boolean },
): Int32Array {
  const { tensors } = source;
  const sign = descending ? -1 : 1;
  if (sort === 'model') return descending ? base.toReversed() : base;
  if (sort === 'name') {
    const order = byText(tensors, nameKey);
    return descending ? order.toReversed() : order;
  }
  if (sort === 'dtype')
    return sortIds(
      base,
      (a, b) => sign * compareText(dtypeText(tensors[a]!), dtypeText(tensors[b]!)),
    );
  if (sort === 'shape')
    return sortIds(base, (a, b) => sign * compareShapes(tensors[a]!.shape, tensors[b]!.shape));
  const value = numberOf(source, sort);
  const values = Float64Array.from(tensors.keys(), id => value(id) ?? Number.NaN);
  return sortIds(base, (a, b) => compareNumbers(values[a]!, values[b]!, sign));
}

type NumberKey = Exclude<SortKey, 'model' | 'name' | 'dtype' | 'shape'>;

function numberOf({ tensors, figures }: RowSource, sort: NumberKey): (id: number) => number | null {
  if (sort === 'elements') return id => tensors[id]!.count;
  if (sort === 'bytes') return id => tensors[id]!.data.byteLength;
  if (sort === 'absMax' || sort === 'std' || sort === 'outliers') return id => figures(id)[sort];
  const scheme = Number(sort.slice('sqnr'.length));
  return id => figures(id).sqnrDb[scheme] ?? null;
}

/** Stable: typed arrays sort stably since ES2019. */
function sortIds(ids: Int32Array, compare: (a: number, b: number) => number): Int32Array {
  return ids.toSorted(compare);
}

/** By code units: the keys are made for it, and it is many times faster than a collator. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** NaN stands for "no figure" and is last whatever the sign. */
export function compareNumbers(a: number, b: number, sign: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -sign : a > b ? sign : 0;
}

/** By rank, then dimension by dimension. */
function compareShapes(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length;
  const i = a.findIndex((d, k) => d !== b[k]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}
