import type { GgmlExports } from './ggml';

/** Widens `count` elements, or blocks of them, at `from` to float32 at `to`. */
type Widen = (from: number, to: number, count: number) => void;

/** What src/kernels/assembly/index.ts exports; pointers are byte addresses. */
export interface KernelExports extends GgmlExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
  readonly widenBFloat16: Widen;
  readonly widenFloat16: Widen;
  readonly widenFloat8E4M3: Widen;
  readonly widenFloat8E5M2: Widen;
  readonly widenInt8: Widen;
  readonly widenUint8: Widen;
  readonly widenInt16: Widen;
  readonly widenUint16: Widen;
  readonly widenQ4_0: Widen;
  readonly widenQ4_1: Widen;
  readonly widenQ5_0: Widen;
  readonly widenQ5_1: Widen;
  readonly widenQ8_0: Widen;
  readonly widenQ2_K: Widen;
  readonly widenQ3_K: Widen;
  readonly widenQ4_K: Widen;
  readonly widenQ5_K: Widen;
  readonly widenQ6_K: Widen;
  readonly widenIQ4_NL: Widen;
  readonly widenIQ4_XS: Widen;
  readonly widenMXFP4: Widen;
  stats(values: number, length: number, pivot: number, record: number): void;
  firstFinite(values: number, length: number): number;
  countBeyond(values: number, length: number, threshold: number): number;
  collectBetween(
    values: number,
    length: number,
    floor: number,
    ceiling: number,
    magnitudes: number,
  ): number;
  affineSegments(
    values: number,
    length: number,
    width: number,
    lowestCode: number,
    highestCode: number,
    steps: number,
    zero: number,
    params: number,
    sums: number,
    counts: number,
  ): void;
  affineApply(
    values: number,
    length: number,
    scale: number,
    zeroPoint: number,
    lowestCode: number,
    highestCode: number,
    sums: number,
    counts: number,
  ): void;
  useLevels(
    tables: number,
    places: number,
    steps: number,
    placeOfNaN: number,
    hasMinusZero: number,
    isReciprocal: number,
  ): void;
  levelSegments(
    values: number,
    length: number,
    width: number,
    largest: number,
    ofZeros: number,
    params: number,
    sums: number,
    counts: number,
  ): void;
  levelApply(values: number, length: number, scale: number, sums: number, counts: number): void;
  histogram(
    values: number,
    length: number,
    edges: number,
    bins: number,
    lo: number,
    perBin: number,
    doubt: number,
    counts: number,
  ): void;
  countPatterns(values: number, length: number, counts: number): void;
  finiteRange(values: number, length: number, range: number): number;
  clipLosses(
    values: number,
    length: number,
    params: number,
    count: number,
    margin: number,
    isPower: number,
    losses: number,
  ): void;
  affineCodes(
    values: number,
    length: number,
    scale: number,
    zeroPoint: number,
    qmin: number,
    qmax: number,
    codes: number,
    results: number,
    clipped: number,
  ): void;
}
