import type { TensorEntry } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';

/** A node of the tree of dotted names; groups are followed by what is in them. */
export type TreeNode = LeafNode | GroupNode;

export interface LeafNode {
  readonly tensor: TensorId;
  readonly label: string;
  readonly depth: number;
}

export interface GroupNode {
  readonly tensor: null;
  readonly path: string;
  readonly label: string;
  readonly depth: number;
  readonly tensors: number;
  readonly elements: number;
  readonly byteLength: number;
  /** Index of the first node behind the group. */
  readonly end: number;
}

/** Deeper names are not split: nobody reads such a tree, and a hostile file must not exhaust the stack. */
const maxDepth = 48;

/**
 * The tree of names in preorder. A group that holds only one group is one row with it, and a group of one tensor is that
 * tensor's row.
 * @param order tensors such that those whose names start with the same dotted parts are neighbours
 */
export function buildTree(tensors: readonly TensorEntry[], order: Int32Array): TreeNode[] {
  const nodes: TreeNode[] = [];
  const nameAt = (i: number) => tensors[order[i]!]!.name;

  const leaf = (i: number, labelFrom: number, depth: number) => {
    const name = nameAt(i);
    nodes.push({ tensor: order[i]!, label: name.slice(labelFrom) || name, depth });
  };

  /** Adds the names `[from, to)`, which share their first `labelFrom` characters. */
  const add = (from: number, to: number, labelFrom: number, depth: number) => {
    for (let i = from; i < to; ) {
      const name = nameAt(i);
      const dot = name.indexOf('.', labelFrom);
      const end = dot < 0 || depth >= maxDepth ? i + 1 : runEnd(i, to, name.slice(0, dot + 1));
      if (end === i + 1) leaf(i, labelFrom, depth);
      else group(i, end, labelFrom, depth);
      i = end;
    }
  };

  const runEnd = (from: number, to: number, prefix: string) => {
    let end = from + 1;
    while (end < to && nameAt(end).startsWith(prefix)) end++;
    return end;
  };

  const group = (from: number, to: number, labelFrom: number, depth: number) => {
    const first = nameAt(from);
    const labelEnd = first.lastIndexOf('.', commonLength(first, nameAt(to - 1)) - 1);
    const at = nodes.length;
    nodes.push({ tensor: null } as GroupNode); // filled below, once its end is known
    add(from, to, labelEnd + 1, depth + 1);
    let elements = 0;
    let byteLength = 0;
    for (let i = from; i < to; i++) {
      const entry = tensors[order[i]!]!;
      elements += entry.count;
      byteLength += entry.data.byteLength;
    }
    const path = first.slice(0, labelEnd);
    const label = first.slice(labelFrom, labelEnd) || path;
    const end = nodes.length;
    nodes[at] = { tensor: null, path, label, depth, tensors: to - from, elements, byteLength, end };
  };

  add(0, order.length, 0, 0);
  return nodes;
}

/** Characters that two texts share from their start. */
function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let n = 0;
  while (n < most && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n;
}

/** Indices of the nodes that are shown when the groups at `collapsed` are closed. */
export function visibleNodes(
  nodes: readonly TreeNode[],
  collapsed: ReadonlySet<string>,
): Int32Array {
  const shown = new Int32Array(nodes.length);
  let count = 0;
  for (let i = 0; i < nodes.length; ) {
    const node = nodes[i]!;
    shown[count++] = i;
    i = node.tensor === null && collapsed.has(node.path) ? node.end : i + 1;
  }
  return shown.subarray(0, count);
}
