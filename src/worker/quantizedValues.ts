import { throwIfCancelled } from '../base/errors';
import type { Matrix } from '../base/tile';
import type { Elements } from '../formats/elements';
import { matrixOf } from '../formats/rows';
import type { QuantParams } from '../quant/arithmetic';
import type { Piece } from '../quant/errorSums';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import type { Values } from '../stats/moments';
import { Recent } from './recent';

/** Values that hang together in such numbers are kept: others come at once when they are wanted again. */
const worthKeeping = 1024;
/** Values that are kept of a tensor, 13 bytes each: a page of 64 rows of 65 536 stays. */
const mostKept = 2 ** 22;
/** Values between two that are read and quantized along. */
const gap = 256;
/** Values that are quantized at once where they do not hang together. */
const atOnce = 2 ** 16;

/** Quantized values [from, to). */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly values: Values;
  readonly codes: Int32Array;
  readonly results: Float32Array;
  readonly clipped: Uint8Array;
  /** Null where nothing is kept apart. */
  kept: Uint8Array | null;
  /** By segment, of those that were settled on the way. */
  readonly params: Map<number, QuantParams | null>;
}

/** What a scheme makes of one value. */
export interface QuantizedValue {
  readonly index: number;
  readonly value: number;
  readonly code: number;
  readonly result: number;
  readonly isClipped: boolean;
  readonly isKept: boolean;
  /** Null where the grid has none. */
  readonly params: () => QuantParams | null;
  /** Values that were quantized together with it. */
  readonly together: number;
}

/** A tensor under a scheme, of which any values can be had. */
export class QuantizedValues {
  readonly #run: SchemeRun;
  /** Of segments that were settled before any value was quantized. */
  readonly #params = new Map<number, QuantParams | null>();
  readonly #blocks = new Recent<number, Block>(mostKept);
  #open: Block | undefined;

  /** @param shape of the tensor; see `lookAt` for what has to come first */
  constructor(scheme: Scheme, shape: readonly number[]) {
    const matrix: Matrix = matrixOf(shape);
    this.#run = new SchemeRun(scheme, matrix, false);
    this.#run.listen({
      piece: piece => this.#take(piece),
      settled: (segment, { params }) =>
        void (this.#open?.params ?? this.#params).set(segment, params),
    });
    // Nothing is learned of a tensor whose rows can be done by themselves.
    if (this.#run.isRowwise) while (!this.#run.isSettled) this.#run.finish();
  }

  /** Whether the tensor need not be looked at, any more. */
  get isSettled(): boolean {
    return this.#run.isSettled;
  }

  /** Is shown the whole tensor, as often as it asks, before values are asked for. */
  readonly looker = {
    add: (chunk: Parameters<SchemeRun['add']>[0]) => this.#run.add(chunk),
    finish: () => {
      this.#run.finish();
      return this.#run.isSettled;
    },
  };

  /** Visits elements. @param indices ascending */
  async each(
    indices: Float64Array,
    elements: Elements,
    { signal, visit }: { signal: AbortSignal; visit: (value: QuantizedValue, i: number) => void },
  ): Promise<void> {
    let rested = performance.now();
    for (let i = 0; i < indices.length; ) {
      throwIfCancelled(signal);
      const stretch = this.#stretchFrom(indices, i);
      const block = this.#blocks.get(stretch.from) ?? (await this.#make(stretch, elements, signal));
      for (; i < indices.length && indices[i]! < block.to; i++)
        visit(this.#valueAt(block, indices[i]!), i);
      if (performance.now() - rested <= 20) continue;
      await new Promise(resolve => setImmediate(resolve));
      rested = performance.now();
    }
  }

  /** What is quantized at once: what hangs together with an element or, where that is little, with those after it. */
  #stretchFrom(indices: Float64Array, at: number): { from: number; to: number } {
    const { from, to: end } = this.#run.together(indices[at]!);
    let to = end;
    if (to - from >= worthKeeping) return { from, to };
    for (let i = at + 1; i < indices.length && indices[i]! - to <= gap; i++) {
      const next = this.#run.together(indices[i]!);
      if (next.to - next.from >= worthKeeping || next.to - from > atOnce) break;
      to = next.to;
    }
    return { from, to };
  }

  async #make(
    { from, to }: { from: number; to: number },
    elements: Elements,
    signal: AbortSignal,
  ): Promise<Block> {
    const values = await elements.range(from, to, signal);
    const length = to - from;
    const block: Block = {
      from,
      to,
      values,
      codes: new Int32Array(length),
      results: new Float32Array(length),
      clipped: new Uint8Array(length),
      kept: null,
      params: new Map(),
    };
    this.#open = block;
    try {
      this.#run.quantize({ values, index: from });
    } finally {
      this.#open = undefined;
    }
    const { to: end } = this.#run.together(from);
    if (length >= worthKeeping && end === to) this.#blocks.set(from, block, length);
    return block;
  }

  #take({ index, codes, results, clipped, kept, values: { length } }: Piece): void {
    const block = this.#open;
    if (!block) return;
    const at = index - block.from;
    block.codes.set(codes.subarray(0, length), at);
    block.results.set(results.subarray(0, length), at);
    block.clipped.set(clipped.subarray(0, length), at);
    if (!kept) return;
    block.kept ??= new Uint8Array(block.to - block.from);
    block.kept.set(kept.subarray(0, length), at);
  }

  #valueAt(block: Block, index: number): QuantizedValue {
    const i = index - block.from;
    const { from, to } = this.#run.together(index);
    return {
      index,
      value: block.values[i]!,
      code: block.codes[i]!,
      result: block.results[i]!,
      isClipped: block.clipped[i] === 1,
      isKept: block.kept?.[i] === 1,
      params: () => {
        const segment = this.#run.segmentOf(index);
        return block.params.get(segment) ?? this.#params.get(segment) ?? null;
      },
      together: to - from,
    };
  }
}
