import { canonicalName, type Naming, namingOf } from '../../compare/names';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';

/** Part of a module path: a name, or `*` for any index. */
export type PathPart = string;

/** In larger models names are not translated: it would take seconds once. */
const mostTranslated = 200_000;
/** Answers about module paths that are kept. */
const mostKept = 100;

/**
 * What the names people write mean in one model. A name may be written in full, without `.weight`, by GGUF's or another's
 * convention, or be that of a module, which stands for the weights in it.
 */
export class ModelNames {
  readonly #tensors: Model['tensors'];
  readonly #naming: Naming;
  readonly #exact: ReadonlyMap<string, TensorId>;
  /** By name: what is in a module lies side by side. */
  readonly #sorted: readonly TensorId[];
  readonly #byKey = new Map<string, TensorId[]>();
  readonly #paths = new Map<string, readonly TensorId[]>();

  constructor({ tensors, metadata }: Pick<Model, 'tensors' | 'metadata'>) {
    this.#tensors = tensors;
    const names = tensors.map(t => t.name);
    this.#naming = namingOf(names, metadata);
    this.#exact = new Map(names.map((name, id) => [name, id] as const).reverse());
    this.#sorted = Array.from(names.keys()).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
    if (tensors.length > mostTranslated) return;
    for (const [id, name] of names.entries()) {
      const key = canonicalName(name, this.#naming);
      const same = this.#byKey.get(key);
      if (same) same.push(id);
      else this.#byKey.set(key, [id]);
    }
  }

  /** The weights a name stands for, one where it is certain; none where it is no name of this model. */
  meant(name: string): readonly TensorId[] {
    const exact = this.#exact.get(name) ?? this.#exact.get(`${name}.weight`);
    if (exact !== undefined) return [exact];
    // A word alone is a word: `norm` and `output` are in many texts.
    if (!/[._]/.test(name)) return [];
    return this.#byKey.get(canonicalName(name, this.#naming)) ?? this.#inModule(name);
  }

  /**
   * The weights that modules at a path hold, whatever the path lies in: `layers`, `*`, `mlp` are in every layer. Of modules
   * that have a weight of their own only that one.
   */
  matching(path: readonly PathPart[]): readonly TensorId[] {
    const key = path.join('.');
    const known = this.#paths.get(key);
    if (known) return known;
    const found = this.#match(path);
    if (this.#paths.size >= mostKept) this.#paths.clear();
    this.#paths.set(key, found);
    return found;
  }

  #match(path: readonly PathPart[]): readonly TensorId[] {
    const named = path.findLast(part => part !== '*');
    if (named === undefined) return [];
    const parts = path.map(part => (part === '*' ? '\\d+' : escapeRegExp(part))).join('\\.');
    const pattern = new RegExp(`(?:^|\\.)${parts}(\\..+)?$`);
    const found: { id: TensorId; rest: string | undefined }[] = [];
    for (const [id, { name }] of this.#tensors.entries()) {
      const match = name.includes(named) ? pattern.exec(name) : null;
      if (match) found.push({ id, rest: match[1] });
    }
    const own = found.filter(({ rest }) => rest === undefined || rest === '.weight');
    return (own.length > 0 ? own : found).map(f => f.id);
  }

  #inModule(name: string): readonly TensorId[] {
    if (!name.includes('.')) return [];
    const from = this.#firstFrom(`${name}.`);
    // The sign after the dot: the first name that is in no such module any more.
    return this.#sorted.slice(from, this.#firstFrom(`${name}/`)).sort((a, b) => a - b);
  }

  /** Place in the order of names of the first one that is not before a text. */
  #firstFrom(text: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tensors[this.#sorted[middle]!]!.name < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
