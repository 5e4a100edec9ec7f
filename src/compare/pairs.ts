import { formatShape } from '../base/format';
import { isReal } from '../formats/decode';
import { matrixOf, type RowBlock } from '../formats/rows';
import type { TensorEntry } from '../formats/tensorFile';
import { roleOf } from './names';
import { conversionOrder, type RowOrder } from './rowOrder';
import { type ComparedModel, Side, type Unmatched } from './side';

/** A weight, or some of its rows. Plain data. */
export interface Part {
  readonly entry: TensorEntry;
  /** Only these rows of its matrix. */
  readonly block?: RowBlock;
  /** How its rows are stored; absent: one after another. Of one side of a pair at most. */
  readonly order?: RowOrder;
}

/** Two weights, or parts of them, that hold the same values but for what was done to one of the models. */
export interface Pair {
  /** The name in the first model, with `[from:to]` for rows of a fused weight and `[expert]` for one of a stack. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly a: Part;
  readonly b: Part;
}

/** The counterparts in two models, in the order of the first. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  readonly onlyA: readonly Unmatched[];
  readonly onlyB: readonly Unmatched[];
}

/**
 * Pairs the weights of two models: by name, then by what the name means; a fused weight with its parts, and a stack of experts
 * with single ones. Shapes must agree, and only what is certain is paired.
 */
export function pairWeights(a: ComparedModel, b: ComparedModel): Pairing {
  const work: Work = { a: new Side(a), b: new Side(b), pairs: new Map() };
  pairSameNames(work);
  pairSameMeanings(work);
  for (const whole of ['a', 'b'] as const)
    for (const weight of work[whole].open) {
      pairFused(work, whole, weight);
      pairExperts(work, whole, weight);
    }
  return {
    pairs: a.weights.flatMap(weight => work.pairs.get(weight) ?? []),
    onlyA: work.a.unmatched,
    onlyB: work.b.unmatched,
  };
}

/** Pairing under way. */
interface Work {
  readonly a: Side;
  readonly b: Side;
  /** By the weight of the first model. */
  readonly pairs: Map<TensorEntry, Pair[]>;
}

function pairSameNames(work: Work): void {
  for (const weight of work.a.open) {
    const same = work.b.named(weight.name);
    if (same) pairWhole(work, weight, same);
  }
}

function pairSameMeanings(work: Work): void {
  const right = work.b.byKey();
  for (const [key, mine] of work.a.byKey()) {
    const theirs = right.get(key) ?? [];
    const [a, b] = [mine[0], theirs[0]];
    if (!a || !b) continue;
    if (mine.length + theirs.length === 2) pairWhole(work, a, b);
    else refuse(work, { a: mine, b: theirs }, 'several weights have names that mean the same');
  }
}

function pairWhole(work: Work, a: TensorEntry, b: TensorEntry): void {
  const parts = misfitOf(a, b) ?? ordered(work, { a: { entry: a }, b: { entry: b } });
  if (typeof parts === 'string') refuse(work, { a: [a], b: [b] }, parts);
  else add(work, [a, b], { name: a.name, shape: isInGroups(a) ? b.shape : a.shape, ...parts });
}

/** Notes why weights are not compared. */
function refuse(
  work: Work,
  weights: Readonly<Record<'a' | 'b', readonly TensorEntry[]>>,
  reason: string,
): void {
  for (const side of ['a', 'b'] as const)
    for (const weight of weights[side]) work[side].refuse(weight, reason);
}

/** @param weights as the models list them: what a part reads may have another shape */
function add(work: Work, [a, b]: readonly [TensorEntry, TensorEntry], pair: Pair): void {
  work.a.pair(a);
  work.b.pair(b);
  const others = work.pairs.get(a);
  if (others) others.push(pair);
  else work.pairs.set(a, [pair]);
}

/** Why two weights cannot be compared; null when they can. */
function misfitOf(a: TensorEntry, b: TensorEntry): string | null {
  if (!isReal(a.dtype) || !isReal(b.dtype))
    return 'one of them holds complex numbers, or a type that is not known';
  if (mayBeTurned(a, b))
    return 'one of them may be stored transposed, which equal sides do not tell';
  if (a.count === b.count && (inner(a) === inner(b) || isInGroups(a) || isInGroups(b))) return null;
  return shapesDiffer([a, b]);
}

/**
 * Whether a weight's shape is that of its groups, because its file does not tell where its rows begin: quanto's, of fewer than
 * 8 bits. The order of its values is that of the rows.
 */
function isInGroups({ packed }: TensorEntry): boolean {
  return packed?.layout === 'quanto' && packed.bits < 8;
}

/** Experts as transformers keeps them, [experts, in, out]; stored as codes, or in GGUF, they are [experts, out, in]. */
const turnedExperts = /experts\.(gate_up|down)_proj$/;

/** Whether two stacks of square matrices may be each other's transposes: others differ in shape. */
function mayBeTurned(a: TensorEntry, b: TensorEntry): boolean {
  const [rows, cols] = a.shape.slice(-2);
  return (
    a.shape.length === 3 &&
    rows === cols &&
    turnedExperts.test(a.name) !== turnedExperts.test(b.name)
  );
}

/** The last dimension that is not 1: GGUF leaves out those at the end. */
function inner({ shape }: TensorEntry): number {
  return shape.findLast(d => d !== 1) ?? 1;
}

/** Two parts that belong together. */
type Parts = Pick<Pair, 'a' | 'b'>;

/** Undoes what GGUF's converter did to the order of rows; a text where that is not possible. */
function ordered(work: Work, parts: Parts): Parts | string {
  if (work.a.isGguf === work.b.isGguf) return parts;
  const [gguf, original] = work.a.isGguf ? (['a', 'b'] as const) : (['b', 'a'] as const);
  const { entry } = parts[gguf];
  const order = conversionOrder({
    metadata: work[gguf].model.metadata,
    role: roleOf(work[gguf].keyOf(entry)) ?? '',
    rows: entry.shape[0] ?? 1,
    original: parts[original].entry.name,
  });
  if (order === null) return parts;
  if (typeof order === 'string') return `its rows are in another order: ${order}`;
  return { ...parts, [gguf]: { ...parts[gguf], entry: inRows(entry), order } };
}

/** One value of a vector is a row: so its order can be told, or a part of it. */
function inRows(entry: TensorEntry): TensorEntry {
  return entry.shape.length === 1 ? { ...entry, shape: [entry.count, 1] } : entry;
}

/** By role, the roles of the parts that lie in a fused weight one below the other. */
const fused: Readonly<Record<string, readonly string[]>> = {
  attn_qkv: ['attn_q', 'attn_k', 'attn_v'],
  ffn_gate_up: ['ffn_gate', 'ffn_up'],
};

/** Fused weights whose heads hold their q, k and v side by side, or in groups, as far as the name tells. */
const interleaved = /\b(?:query_key_value|wqkv)\b/;

/** Pairs the rows of a fused weight with the weights that it is made of, where they are there. */
function pairFused(work: Work, whole: 'a' | 'b', weight: TensorEntry): void {
  const key = work[whole].keyOf(weight);
  const role = roleOf(key) ?? '';
  if (!Object.hasOwn(fused, role)) return;
  const groups = work[otherOf(whole)].byKey();
  const found = fused[role]!.map(part => groups.get(key.replace(`.${role}.`, `.${part}.`)));
  const parts = found.flatMap(group => group ?? []);
  if (parts.length === 0 || found.some(group => group?.length !== 1)) return;
  const list = fusedPairs(work, { whole, weight }, parts);
  if (typeof list === 'string') refuse(work, sided(whole, [weight], parts), list);
  else
    for (const [i, pair] of list.entries()) {
      const { a, b } = sided(whole, weight, parts[i]!);
      add(work, [a, b], pair);
    }
}

/** The pairs of a fused weight and its parts; a text where they do not fit. */
function fusedPairs(
  work: Work,
  { whole, weight }: { readonly whole: 'a' | 'b'; readonly weight: TensorEntry },
  parts: readonly TensorEntry[],
): Pair[] | string {
  if (interleaved.test(weight.name)) return 'its name does not tell how its heads are fused';
  const entry = inRows(weight);
  const { rows, cols } = matrixOf(entry.shape);
  const all = parts.map(part => matrixOf(inRows(part).shape));
  const total = all.reduce((sum, m) => sum + m.rows, 0);
  if (total !== rows || all.some(m => m.cols !== cols)) return shapesDiffer([weight, ...parts]);
  const pairs: Pair[] = [];
  let row = 0;
  for (const [i, part] of parts.entries()) {
    const block = { row, rows: all[i]!.rows };
    row += block.rows;
    const single: Part = { entry: inRows(part) };
    const pair = ordered(work, sided<Part>(whole, { entry, block }, single));
    if (typeof pair === 'string') return pair;
    const name = whole === 'a' ? `${weight.name}[${block.row}:${row}]` : part.name;
    pairs.push({ name, shape: part.shape, ...pair });
  }
  return pairs;
}

/** Pairs a stack [experts, out, in] with single experts, where they are there. */
function pairExperts(work: Work, whole: 'a' | 'b', weight: TensorEntry): void {
  const key = work[whole].keyOf(weight);
  const [count = 0, ...shape] = weight.shape;
  if (!/_exps\.\w+$/.test(key) || shape.length === 0) return;
  const groups = work[otherOf(whole)].byKey();
  const singles: TensorEntry[] = [];
  for (
    let group = groups.get(`${key}#0`);
    group?.[0];
    group = groups.get(`${key}#${singles.length}`)
  )
    singles.push(group[0]);
  const [first] = singles;
  if (!first) return;
  const odd = singles.find(s => formatShape(s.shape) !== formatShape(shape));
  const reason =
    singles.length === count
      ? odd && shapesDiffer([weight, odd])
      : `there are ${singles.length} single experts for a stack of ${count}`;
  if (reason) refuse(work, sided(whole, [weight], singles), reason);
  else
    for (const [row, single] of singles.entries()) {
      const slice = { entry: weight, block: { row, rows: 1 } };
      const { a, b } = sided(whole, weight, single);
      const name = whole === 'a' ? `${weight.name}[${row}]` : single.name;
      add(work, [a, b], { name, shape, ...sided<Part>(whole, slice, { entry: single }) });
    }
}

function otherOf(side: 'a' | 'b'): 'a' | 'b' {
  return side === 'a' ? 'b' : 'a';
}

/** What belongs to the whole's side, and to the other. */
function sided<T>(whole: 'a' | 'b', ofWhole: T, ofOther: T): { a: T; b: T } {
  return whole === 'a' ? { a: ofWhole, b: ofOther } : { a: ofOther, b: ofWhole };
}

function shapesDiffer(weights: readonly TensorEntry[]): string {
  const shapes = weights.map(w => formatShape(w.shape));
  return `the shapes differ: ${shapes[0]} and ${shapes.slice(1).join(', ')}`;
}
