import type { TensorEntry } from '../../../src/formats/tensorFile';
import type { LayerAnswer, LayerStatistics } from '../../../src/protocol/layer';
import { emptyShelf, type KernelShelf } from '../../../src/worker/kernelShelf';
import { lookAtLayer } from '../../../src/worker/layerView';
import { memoryFiles } from '../countingSource';
import { type Outcome, runScheme } from '../quant/runScheme';

/** A tensor and the file that holds it. */
export interface Stored {
  readonly entry: TensorEntry;
  readonly file: Uint8Array;
}

/** How a layer is looked at. */
export interface Looking {
  readonly chunkBytes?: number;
  readonly kernels?: KernelShelf;
  readonly statistics?: LayerStatistics | null;
}

/** A layer of a tensor in memory, read in small pieces. */
export function layerOf(
  { entry, file }: Stored,
  scheme: string,
  { chunkBytes = 4096, kernels = emptyShelf, statistics = null }: Looking = {},
): Promise<LayerAnswer> {
  const task = { entry, fileSize: file.length, sigma: 6, scheme, statistics };
  return lookAtLayer(memoryFiles({ f: file }), task, { chunkBytes, kernels });
}

/** Whether numbers agree to so many parts of themselves; NaN with NaN. */
export function isNear(actual: number, expected: number, share = 1e-6): boolean {
  return (
    Object.is(actual, expected) ||
    actual === expected ||
    Math.abs(actual - expected) <= share * Math.abs(expected)
  );
}

/** Counts over 256 bins of [min, max] by the definition: the last edge at or below a value begins its bin. */
export function binned(
  numbers: ArrayLike<number>,
  originals: ArrayLike<number>,
  [min, max]: readonly [number, number],
): number[] {
  const [lo, hi] = min === max ? [min - 0.5, max + 0.5] : [min, max];
  const edges = Array.from({ length: 257 }, (_, i) =>
    i === 256 ? hi : lo + ((hi - lo) / 256) * i,
  );
  const counts = new Array<number>(256).fill(0);
  for (let i = 0; i < originals.length; i++) {
    const x = numbers[i]!;
    if (!Number.isFinite(originals[i]) || Number.isNaN(x)) continue;
    let [bin, behind] = [0, 256];
    while (behind - bin > 1) {
      const middle = (bin + behind) >> 1;
      if (x >= edges[middle]!) bin = middle;
      else behind = middle;
    }
    counts[bin]!++;
  }
  return counts;
}

/** Smallest, median and largest; NaN where there is none. */
export function extent(numbers: readonly number[]): [number, number, number] {
  const sorted = numbers.filter(x => !Number.isNaN(x)).sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return [NaN, NaN, NaN];
  const median = (sorted[Math.floor((n - 1) / 2)]! + sorted[Math.ceil((n - 1) / 2)]!) / 2;
  return [sorted[0]!, median, sorted[n - 1]!];
}

/** The scheme over the values in memory, whole. */
export function outcomeOf(
  scheme: string,
  values: Float32Array | Float64Array,
  shape: readonly [number, number],
): Outcome {
  return runScheme(scheme, values, shape);
}
