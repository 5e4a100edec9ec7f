import type { Memento, Uri } from 'vscode';
import { WeightError } from '../../base/errors';
import { dtypeInfo } from '../../formats/dtype';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import { maxSchemes, type SchemeDescription, type SchemeFacts } from '../../protocol/schemes';
import type { SchemeTarget } from '../../protocol/worker';
import type { WorkerPool } from '../../worker/pool';
import { defaultSchemes, storedSchemes, storeSchemes } from './schemeStore';

/** What the schemes of a document are made with. */
export interface SchemesHost {
  readonly uri: Uri;
  /** Where they are remembered. */
  readonly state: Memento;
  readonly pool: () => Pick<WorkerPool, 'request'>;
}

/** The schemes that are shown of a document, and what they would make of it. All its tabs share them. */
export class DocumentSchemes {
  readonly #host: SchemesHost;
  #texts: readonly string[];
  #target: SchemeTarget = { matrices: [], otherBytes: 0 };
  #facts = new Map<string, SchemeFacts>();
  /** Counts what was set: of two at a time the later one stays. */
  #sets = 0;

  constructor(host: SchemesHost) {
    this.#host = host;
    this.#texts = storedSchemes(host.state, host.uri);
  }

  /** Shortest texts, one to `maxSchemes`. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** By scheme; null until they are known. */
  get facts(): readonly (SchemeFacts | null)[] {
    return this.#texts.map(text => this.#facts.get(text) ?? null);
  }

  /** Lays the schemes over another model. Those that are remembered and cannot be read any more are left out. */
  async setModel(model: Pick<Model, 'tensors'>): Promise<void> {
    this.#target = targetOf(model);
    this.#facts = new Map();
    const texts = this.#texts;
    const described = await this.#describeAll(texts);
    const good = texts.filter((_, i) => described[i]?.isGood);
    if (good.length === texts.length || texts !== this.#texts) return;
    this.#texts = good.length > 0 ? good : defaultSchemes;
    await this.#describeAll(this.#texts);
  }

  /** Reads a text; a bad one is an answer, too. */
  describe(text: string, signal?: AbortSignal): Promise<SchemeDescription> {
    const asked = { text, model: this.#target };
    return this.#host.pool().request('scheme/describe', asked, { signal });
  }

  /**
   * Shows these schemes from now on; those that mean the same are one.
   * @throws WeightError 'unsupported' for a text that cannot be read, 'cancelled' when others were set meanwhile
   */
  async set(texts: readonly string[]): Promise<void> {
    const mine = ++this.#sets;
    const shortest: string[] = [];
    for (const described of await this.#describeAll(texts)) {
      if (!described.isGood) throw new WeightError('unsupported', described.message);
      shortest.push(described.text);
    }
    if (mine !== this.#sets) throw new WeightError('cancelled', 'other schemes were chosen');
    this.#texts = Array.from(new Set(shortest)).slice(0, maxSchemes);
    // The model may have become another one meanwhile.
    if (this.facts.includes(null)) await this.#describeAll(this.#texts);
    await storeSchemes(this.#host.state, this.#host.uri, this.#texts);
  }

  /** Keeps the facts, if they are still of the same model. */
  async #describeAll(texts: readonly string[]): Promise<SchemeDescription[]> {
    const facts = this.#facts;
    const described = await Promise.all(texts.map(text => this.describe(text)));
    for (const each of described) if (each.isGood) facts.set(each.text, each.facts);
    return described;
  }
}

/** Whether a tensor holds floating-point numbers, or packed weights that stand for them. */
export function isFloating({ dtype, packed }: Pick<TensorEntry, 'dtype' | 'packed'>): boolean {
  return packed !== undefined || dtypeInfo(dtype).kind === 'float';
}

/** Whether schemes apply to a tensor; all others stay as they are stored. */
export function isConverted(tensor: TensorEntry): boolean {
  return isFloating(tensor) && tensor.shape.length >= 2 && tensor.count > 0;
}

/** Matrices that schemes apply to, by shape; all else counts as it is stored. */
export function targetOf({ tensors }: Pick<Model, 'tensors'>): SchemeTarget {
  const byShape = new Map<string, { -readonly [K in keyof Matrices]: Matrices[K] }>();
  let otherBytes = 0;
  for (const tensor of tensors) {
    const { shape, count, data } = tensor;
    const [rows = 0] = shape;
    if (!isConverted(tensor)) {
      otherBytes += data.byteLength;
      continue;
    }
    const cols = count / rows;
    const same = byShape.get(`${rows} ${cols}`) ?? { rows, cols, count: 0, byteLength: 0 };
    same.count++;
    same.byteLength += data.byteLength;
    byShape.set(`${rows} ${cols}`, same);
  }
  return { matrices: Array.from(byShape.values()), otherBytes };
}

type Matrices = SchemeTarget['matrices'][number];
