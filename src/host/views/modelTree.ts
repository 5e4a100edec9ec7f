import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import { modelOrder } from '../editor/order';
import { buildTree, type GroupNode, type TreeNode } from '../editor/tree';
import type { KnownModel } from '../files/index';

/** What the tree lists: models, groups of dotted names in them, and tensors. */
export type TreeElement =
  | { readonly kind: 'model'; readonly known: KnownModel }
  | {
      readonly kind: 'group';
      readonly known: KnownModel;
      readonly group: GroupNode;
      /** Its place among the nodes of the model. */
      readonly at: number;
    }
  | {
      readonly kind: 'tensor';
      readonly known: KnownModel;
      readonly tensor: TensorId;
      readonly label: string;
    }
  /** Stands for what a list is too long for. */
  | { readonly kind: 'rest'; readonly known: KnownModel; readonly count: number };

/** Most elements of a list: nobody reads more, and VS Code asks for the item of each. */
export const mostListed = 1000;

const known = new WeakMap<Model, readonly TreeNode[]>();

/** What is directly below a model or a group. The nodes of a model are made once, when it is opened first. */
export function childrenOf(parent: TreeElement): TreeElement[] {
  if (parent.kind === 'tensor' || parent.kind === 'rest') return [];
  const nodes = nodesOf(parent.known.model);
  const [from, to] =
    parent.kind === 'model' ? [0, nodes.length] : [parent.at + 1, parent.group.end];
  const places: number[] = [];
  for (let at = from; at < to; at = after(nodes[at]!, at)) places.push(at);
  const listed = places.slice(0, mostListed).map(at => elementOf(parent.known, nodes[at]!, at));
  const count = places.length - listed.length;
  return count === 0 ? listed : [...listed, { kind: 'rest', known: parent.known, count }];
}

/** The name that an element stands for: a tensor's, a module's, or undefined. */
export function nameOfElement(element: TreeElement): string | undefined {
  if (element.kind === 'group') return element.group.path;
  if (element.kind === 'tensor') return element.known.model.tensors[element.tensor]?.name;
  return undefined;
}

function nodesOf(model: Model): readonly TreeNode[] {
  const nodes = known.get(model) ?? buildTree(model.tensors, modelOrder(model.tensors));
  known.set(model, nodes);
  return nodes;
}

function after(node: TreeNode, at: number): number {
  return node.tensor === null ? node.end : at + 1;
}

function elementOf(of: KnownModel, node: TreeNode, at: number): TreeElement {
  if (node.tensor === null) return { kind: 'group', known: of, group: node, at };
  return { kind: 'tensor', known: of, tensor: node.tensor, label: node.label };
}
