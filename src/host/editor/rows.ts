import { tensorKind } from '../../base/tensorKind';
import type { TensorEntry } from '../../formats/tensorFile';
import type { Row, RowPage, RowsView, TensorId, TensorRow } from '../../protocol/editor';
import { dtypeText } from './dtypeText';
import { parseFilter } from './filter';
import { dependsOnFigures, modelOrder, sortedOrder } from './order';
import { buildTree, type TreeNode, visibleNodes } from './tree';

/** What a row shows beside the header's facts. */
export type RowFigures = Pick<
  TensorRow,
  'status' | 'absMax' | 'std' | 'outliers' | 'sqnrDb' | 'gaussianSqnrDb' | 'findings'
>;

/** A model as the table needs it. */
export interface RowSource {
  readonly tensors: readonly TensorEntry[];
  readonly figures: (tensor: TensorId) => RowFigures;
  /** Grows whenever figures change. */
  readonly version: () => number;
}

/** The rows of every view of one model: filtered, sorted, grouped and paged. */
export interface Rows {
  page(view: RowsView, from: number, count: number): Omit<RowPage, 'generation'>;
  /** Index of a tensor's row; null when the view does not show it. */
  find(view: RowsView, tensor: TensorId): number | null;
  /** Tensors of the view in its order, also those in closed groups. */
  order(view: RowsView): Int32Array;
  /** All tensors in the model's order. */
  modelOrder(): Int32Array;
}

/** Tensors of a view, before groups are closed. */
interface Ordered {
  readonly order: Int32Array;
  readonly filterError: string | null;
  /** Null when the view is flat. */
  readonly nodes: readonly TreeNode[] | null;
  /** By tensor: its position in `order`, or in `nodes` for a tree; -1 when filtered out. */
  readonly position: () => Int32Array;
}

/** Makes the rows of a model. Nothing is computed before it is asked for, and then kept for the last few views. */
export function createRows(source: RowSource): Rows {
  const { tensors } = source;
  const model = once(() => modelOrder(tensors));
  const orders = recent<Int32Array>(4);
  const views = recent<Ordered>(4);
  const shown = recent<Int32Array>(8);

  /** Names what an order depends on. */
  const orderKey = (view: RowsView) => {
    const sort = isTree(view) ? 'model' : view.sort;
    const version = dependsOnFigures(sort) ? source.version() : 0;
    return JSON.stringify([sort, view.descending, version]);
  };

  const ordered = (view: RowsView): Ordered => {
    const key = orderKey(view);
    return views(JSON.stringify([key, view.filter, isTree(view)]), () => {
      const sort = isTree(view) ? 'model' : view.sort;
      const all = orders(key, () =>
        sortedOrder(source, model(), { sort, descending: view.descending }),
      );
      const filter = parseFilter(view.filter);
      const order = all.filter(id => filter.matches(tensors[id]!.name));
      const nodes = isTree(view) ? buildTree(tensors, order) : null;
      const ids = () => (nodes ? nodes.map(n => n.tensor) : order);
      const position = once(() => positions(tensors.length, ids()));
      return { order, filterError: filter.error, nodes, position };
    });
  };

  /** Indices of the nodes that are rows of a tree view. */
  const visible = (view: RowsView, nodes: readonly TreeNode[]) =>
    shown(JSON.stringify([view.filter, view.descending, view.collapsed]), () =>
      visibleNodes(nodes, new Set(view.collapsed)),
    );

  const tensorRow = (tensor: TensorId, label: string, depth: number): TensorRow => {
    const { name, shape, count, data } = tensors[tensor]!;
    const dtype = dtypeText(tensors[tensor]!);
    const facts = { name, label, depth, dtype, shape, elements: count };
    return {
      kind: 'tensor',
      tensor,
      ...facts,
      byteLength: data.byteLength,
      tensorKind: tensorKind(name),
      ...source.figures(tensor),
    };
  };

  const nodeRow = (node: TreeNode, collapsed: ReadonlySet<string>): Row => {
    if (node.tensor !== null) return tensorRow(node.tensor, node.label, node.depth);
    const { path, label, depth, elements, byteLength } = node;
    const group = { path, label, depth, tensors: node.tensors, elements, byteLength };
    return { kind: 'group', ...group, collapsed: collapsed.has(path) };
  };

  return {
    page(view, from, count) {
      const { order, filterError, nodes } = ordered(view);
      const listed = nodes ? visible(view, nodes) : order;
      const collapsed = new Set(view.collapsed);
      const rows = Array.from(
        listed.subarray(from, from + count),
        (i): Row => (nodes ? nodeRow(nodes[i]!, collapsed) : tensorRow(i, tensors[i]!.name, 0)),
      );
      return { total: listed.length, matching: order.length, from, rows, filterError };
    },
    find(view, tensor) {
      const { nodes, position } = ordered(view);
      const at = position()[tensor] ?? -1;
      if (at < 0 || !nodes) return at < 0 ? null : at;
      return indexIn(visible(view, nodes), at);
    },
    order: view => ordered(view).order,
    modelOrder: model,
  };
}

function isTree({ grouped, sort }: RowsView): boolean {
  return grouped && (sort === 'model' || sort === 'name');
}

function positions(count: number, ids: ArrayLike<number | null>): Int32Array {
  const position = new Int32Array(count).fill(-1);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id !== null && id !== undefined) position[id] = i;
  }
  return position;
}

/** Index of `value` in an ascending array, or null. */
function indexIn(ascending: Int32Array, value: number): number | null {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === value ? low : null;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Keeps the last `size` values that were asked for. */
function recent<T>(size: number): (key: string, make: () => T) => T {
  const kept = new Map<string, T>();
  return (key, make) => {
    const value = kept.has(key) ? kept.get(key)! : make();
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > size) kept.delete(kept.keys().next().value!);
    return value;
  };
}
