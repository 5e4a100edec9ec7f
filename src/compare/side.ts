import type { TensorEntry } from '../formats/tensorFile';
import { canonicalName, namingOf } from './names';

/** What is needed of a model to find its weights' counterparts. */
export interface ComparedModel {
  readonly weights: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** A weight without a counterpart. */
export interface Unmatched {
  readonly name: string;
  /** Why, as a part of a sentence. */
  readonly reason: string;
}

/** The weights of one model, and what became of them. */
export class Side {
  readonly model: ComparedModel;
  readonly #keys: ReadonlyMap<TensorEntry, string>;
  readonly #names: ReadonlyMap<string, TensorEntry>;
  readonly #paired = new Set<TensorEntry>();
  readonly #reasons = new Map<TensorEntry, string>();

  constructor(model: ComparedModel) {
    this.model = model;
    const naming = namingOf(
      model.weights.map(w => w.name),
      model.metadata,
    );
    this.#keys = new Map(model.weights.map(w => [w, canonicalName(w.name, naming)] as const));
    this.#names = new Map(model.weights.map(w => [w.name, w] as const));
  }

  get isGguf(): boolean {
    return this.model.metadata['general.architecture'] !== undefined;
  }

  /** Weights that have neither a counterpart nor a reason why not. */
  get open(): TensorEntry[] {
    return this.model.weights.filter(w => !this.#paired.has(w) && !this.#reasons.has(w));
  }

  get unmatched(): Unmatched[] {
    return this.model.weights
      .filter(w => !this.#paired.has(w))
      .map(w => ({ name: w.name, reason: this.#reasons.get(w) ?? 'it has no counterpart' }));
  }

  named(name: string): TensorEntry | undefined {
    return this.#names.get(name);
  }

  keyOf(weight: TensorEntry): string {
    return this.#keys.get(weight)!;
  }

  /** Open weights by what their names mean. */
  byKey(): ReadonlyMap<string, readonly TensorEntry[]> {
    const groups = new Map<string, TensorEntry[]>();
    for (const weight of this.open) {
      const key = this.keyOf(weight);
      const group = groups.get(key);
      if (group) group.push(weight);
      else groups.set(key, [weight]);
    }
    return groups;
  }

  pair(weight: TensorEntry): void {
    this.#paired.add(weight);
  }

  refuse(weight: TensorEntry, reason: string): void {
    this.#reasons.set(weight, reason);
  }
}
