import type { ErrorSums } from '../quant/errorSums';
import type { KernelMemory } from './memory';

/**
 * What quantizing did to values. Against `addErrors` of src/quant/errorSums.ts: `count`, `clipped` and `scaled` are
 * equal. `maxError` is within 2^-24 of itself: errors are rounded to float32 (and exact unless a value is clipped to
 * less than half). The sums of squares and of errors are within 2^-18 of themselves, for float32 lanes add up 64 values
 * before they are folded into float64, and each addition rounds by 2^-24 at most; as a rule they agree to 1e-8.
 * `product` is within 2^-18 of the sum of the two sums of squares beside it, or of itself.
 */
export interface KernelSums {
  readonly sums: ErrorSums;
  /** How often each code occurs among the finite values, from the lowest on; empty when they are not counted. */
  readonly codeCounts: Uint32Array;
}

/** What quantizing values in segments gives. The arrays are views of scratch memory: valid until the next call. */
export interface SegmentSums extends KernelSums {
  /** By segment. */
  readonly scales: Float32Array;
  readonly zeroPoints: Float32Array;
  /** The smallest and the largest finite value; 0 when there is none. */
  readonly lows: Float32Array;
  readonly highs: Float32Array;
}

/** Addresses of what a kernel adds to. */
export interface SumsRoom {
  readonly sums: number;
  /** 0 when codes are not counted. */
  readonly counts: number;
  readonly codes: number;
}

const sumsLength = 10;
/** The sums, then up to 256 counts. */
const roomBytes = 8 * sumsLength + 4 * 256;

/** Room for sums and counts, cleared. */
export function prepareSums(
  memory: KernelMemory,
  { codes, counted }: { codes: number; counted: boolean },
): SumsRoom {
  const sums = memory.scratch('sums', roomBytes);
  memory.bytes(sums, roomBytes).fill(0);
  return { sums, counts: counted ? sums + 8 * sumsLength : 0, codes };
}

/** What a kernel left there. */
export function takeSums(memory: KernelMemory, { sums, counts, codes }: SumsRoom): KernelSums {
  const at = memory.float64(sums, sumsLength);
  return {
    sums: {
      count: at[0]!,
      clipped: at[1]!,
      squaredError: at[2]!,
      absError: at[3]!,
      maxError: at[4]!,
      squaredValue: at[5]!,
      squaredResult: at[6]!,
      product: at[7]!,
      squaredSteps: at[8]!,
      scaled: at[9]!,
    },
    codeCounts: memory.uint32(counts, counts === 0 ? 0 : codes),
  };
}

/** Room for what is found of each segment. */
export function prepareParams(memory: KernelMemory, segments: number): number {
  return memory.scratch('params', 16 * segments);
}

/** What a kernel left there: four arrays, one behind the other. */
export function takeParams(
  memory: KernelMemory,
  address: number,
  segments: number,
): Omit<SegmentSums, keyof KernelSums> {
  const array = (place: number) => memory.float32(address + 4 * segments * place, segments);
  return { scales: array(0), zeroPoints: array(1), lows: array(2), highs: array(3) };
}
