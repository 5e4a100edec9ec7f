import type { BlockFormat } from '../quant/blockFormat';
import { addSums, type ErrorSums } from '../quant/errorSums';
import type { SegmentTotals } from '../quant/run/engine';
import type { KernelMemory } from './memory';
import { prepareSums, type SumsRoom, takeSums } from './sums';

/** Quantizes `count` blocks; every pointer but the first is written to. */
type Quantize = (
  values: number,
  blocks: number,
  results: number,
  codes: number,
  scales: number,
  zeroPoints: number,
  count: number,
) => void;

/** What src/kernels/assembly/ggml.ts exports; pointers are byte addresses. */
export interface GgmlExports {
  readonly ggmlQ8_0: Quantize;
  readonly ggmlQ4_0: Quantize;
  readonly ggmlQ4_K: Quantize;
  readonly ggmlQ5_K: Quantize;
  readonly ggmlQ2_K: Quantize;
  ggmlFinite(values: number, count: number): number;
  ggmlCounts(codes: number, count: number, first: number, places: number, counts: number): void;
  ggmlErrors(
    values: number,
    results: number,
    scales: number,
    count: number,
    width: number,
    sums: number,
  ): void;
}

/** Which export quantizes a type of src/quant/ggml/types.ts. */
const exportOf = {
  q8_0: 'ggmlQ8_0',
  q4_0: 'ggmlQ4_0',
  q4_k: 'ggmlQ4_K',
  q5_k: 'ggmlQ5_K',
  q2_k: 'ggmlQ2_K',
} as const satisfies Readonly<Record<string, keyof GgmlExports>>;

/** Values as blocks, and what is in those; views of the kernels' memory, valid until their next call. */
export interface EncodedBlocks {
  /** [n * bytesPerBlock] */
  readonly blocks: Uint8Array;
  /** The decoded values, [n * blockSize]. */
  readonly results: Float32Array;
  /** The code of each value, as stored. */
  readonly codes: Int32Array;
  /** Effective scale of each sub-block. */
  readonly scales: Float32Array;
  /** Zero point of each sub-block; 0 where the scale is. */
  readonly zeroPoints: Float32Array;
}

/** Quantizes, decodes and measures at once for one of ggml's types. */
export interface GgmlKernel {
  /** The type, with a fast `quantize`. */
  readonly format: BlockFormat;
  /**
   * Blocks, decoded values, codes and parameters of whole blocks of finite values: bit for bit what the four methods of the
   * plain format give.
   * @throws RangeError when the values are not whole blocks
   */
  encode(values: Float32Array): EncodedBlocks;
  /**
   * Adds what the last `encode` did to its first `values.length` values: as `addErrors` of src/quant/errorSums.ts, with
   * `scale || NaN` as the scale of each value; none counts as clipped. Counts are equal. Sums are within 2^-17 of
   * themselves (`product`: of the sum of the magnitudes of its terms): they are float32 over a sub-block, four lanes of at
   * most 8 terms, and float64 beyond; where that could overflow, underflow or cancel they are float64 from the start.
   * `maxError` is within 2^-24 of itself.
   * @param values what was encoded, here with NaN and infinities where others stood for them: they are passed over
   */
  addErrors(values: Float32Array, sums: ErrorSums): void;
  /**
   * All that a run asks of values: scales and zero points of sub-blocks and counts of codes as the plain format gives them,
   * sums as `addErrors` says. Null where the values are not whole blocks of finite values.
   */
  totals(values: Float32Array): SegmentTotals | null;
}

/** The kernel of one of ggml's types; null when there is none, and the plain format has to do. */
export function ggmlKernel(
  wasm: GgmlExports,
  memory: KernelMemory,
  plain: BlockFormat,
): GgmlKernel | null {
  if (!hasKernel(plain.name)) return null;
  const kernel = { wasm, memory, format: plain, quantize: wasm[exportOf[plain.name]] };
  return {
    format: { ...plain, quantize: inPieces(kernel) },
    encode: values => encode(kernel, values),
    addErrors: (values, sums) => addErrors(kernel, values, sums),
    totals: values => totals(kernel, values),
  };
}

/** What the functions below share. */
interface Kernel {
  readonly wasm: GgmlExports;
  readonly memory: KernelMemory;
  readonly format: BlockFormat;
  readonly quantize: Quantize;
}

function hasKernel(name: string): name is keyof typeof exportOf {
  return Object.hasOwn(exportOf, name);
}

function encode({ memory, format, quantize }: Kernel, values: Float32Array): EncodedBlocks {
  const { blockSize, bytesPerBlock, subBlockSize } = format;
  const { length } = values;
  const count = length / blockSize;
  if (!Number.isInteger(count)) throw new RangeError(`${format.name}: values cut a block`);
  // First: taking scratch may grow the memory, and detach the values.
  const from = memory.addressOf('input', values);
  const at = roomFor(memory, format, length);
  const params = paramsFor(memory, format, length);
  quantize(from, at.blocks, at.results, at.codes, params.scales, params.zeroPoints, count);
  return {
    blocks: memory.bytes(at.blocks, count * bytesPerBlock),
    results: memory.float32(at.results, length),
    codes: new Int32Array(memory.buffer, at.codes, length),
    scales: memory.float32(params.scales, length / subBlockSize),
    zeroPoints: memory.float32(params.zeroPoints, length / subBlockSize),
  };
}

/** Addresses of what belongs to so many values. */
function roomFor(memory: KernelMemory, format: BlockFormat, length: number) {
  const { blockSize, bytesPerBlock } = format;
  return {
    blocks: memory.scratch('ggml blocks', Math.ceil(length / blockSize) * bytesPerBlock),
    results: memory.scratch('ggml results', 4 * length),
    codes: memory.scratch('ggml codes', 4 * length),
  };
}

/** Addresses of what belongs to their sub-blocks. */
function paramsFor(memory: KernelMemory, { subBlockSize }: BlockFormat, length: number) {
  const byteLength = 4 * Math.ceil(length / subBlockSize);
  return {
    scales: memory.scratch('ggml scales', byteLength),
    zeroPoints: memory.scratch('ggml zero points', byteLength),
  };
}

/** Values that are worked on together, whole blocks of every type: what belongs to them stays in the cache. */
const pieceLength = 4096;

function inPieces(kernel: Kernel): BlockFormat['quantize'] {
  const { memory, format } = kernel;
  // All that a piece needs, so that no piece makes the memory grow, which would detach values that lie there.
  memory.scratch('input', 4 * pieceLength);
  roomFor(memory, format, pieceLength);
  paramsFor(memory, format, pieceLength);
  return (values, blocks) => {
    for (let from = 0; from < values.length; from += pieceLength) {
      const piece = encode(kernel, values.subarray(from, from + pieceLength));
      blocks.set(piece.blocks, (from / format.blockSize) * format.bytesPerBlock);
    }
  };
}

function addErrors({ wasm, memory, format }: Kernel, values: Float32Array, sums: ErrorSums): void {
  const { length } = values;
  const from = memory.addressOf('input', values);
  const { results } = roomFor(memory, format, length);
  const { scales } = paramsFor(memory, format, length);
  const room = prepareSums(memory, { codes: 0, counted: false });
  wasm.ggmlErrors(from, results, scales, length, format.subBlockSize, room.sums);
  addSums(sums, takeSums(memory, room).sums);
}

function totals(kernel: Kernel, values: Float32Array): SegmentTotals | null {
  const { wasm, memory, format } = kernel;
  const { length } = values;
  if (length % format.blockSize !== 0) return null;
  const from = memory.addressOf('input', values);
  if (!wasm.ggmlFinite(from, length)) return null;
  const params = paramsFor(memory, format, length);
  const room = prepareSums(memory, { codes: format.codes.count, counted: true });
  for (let at = 0; at < length; at += pieceLength) {
    const perSubBlock = (4 * at) / format.subBlockSize;
    const piece: Piece = {
      values: from + 4 * at,
      length: Math.min(pieceLength, length - at),
      scales: params.scales + perSubBlock,
      zeroPoints: params.zeroPoints + perSubBlock,
    };
    measure(kernel, piece, room);
  }
  const subBlocks = length / format.subBlockSize;
  return {
    ...takeSums(memory, room),
    scales: memory.float32(params.scales, subBlocks),
    zeroPoints: memory.float32(params.zeroPoints, subBlocks),
  };
}

/** Addresses of a piece of values and of its parameters. */
interface Piece {
  readonly values: number;
  readonly length: number;
  readonly scales: number;
  readonly zeroPoints: number;
}

/** Quantizes a piece and adds up what that does. */
function measure({ wasm, memory, format, quantize }: Kernel, piece: Piece, room: SumsRoom): void {
  const { values, length, scales, zeroPoints } = piece;
  const { blocks, results, codes } = roomFor(memory, format, pieceLength);
  const { first, count } = format.codes;
  quantize(values, blocks, results, codes, scales, zeroPoints, length / format.blockSize);
  wasm.ggmlErrors(values, results, scales, length, format.subBlockSize, room.sums);
  wasm.ggmlCounts(codes, length, first, count, room.counts);
}
