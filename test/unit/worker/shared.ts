import type { RealDType } from '../../../src/formats/decode';
import { dtypes } from '../../../src/formats/dtype';
import { encoderFor } from '../../../src/formats/encode';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { kernelEngine } from '../../../src/kernels/engine';
import type { Kernels } from '../../../src/kernels/kernels';
import type { CallContext } from '../../../src/protocol/rpc';
import type { AnalysisRequest, WorkerRequests } from '../../../src/protocol/worker';
import { analyzeTensor, workerHandlers } from '../../../src/worker/handlers';
import { emptyShelf, type KernelShelf } from '../../../src/worker/kernelShelf';
import type { PoolCall, WorkerPool } from '../../../src/worker/pool';
import { sharingRows } from '../../../src/worker/sharing';
import { memoryFiles } from '../countingSource';
import { entryOf, seeded } from '../formats/build';
import { builtKernels } from '../kernels/built';

const chunkBytes = 4096;

/** One request that came to the pool. */
export interface Asked {
  readonly method: keyof WorkerRequests;
  readonly params: unknown;
  readonly call: PoolCall;
}

/** Work of a request: what its worker does, and may be kept from doing. */
export type Work = (asked: Asked) => Promise<void>;

const never = new AbortController().signal;

/** A pool of three workers that share a thread, and what is asked of it but plans; everything that crosses is copied. */
export function poolOf(
  files: ReturnType<typeof memoryFiles>,
  kernels: KernelShelf,
  before: Work = async () => {},
) {
  const asked: Asked[] = [];
  const handlers = workerHandlers(files, { chunkBytes, kernels });
  const answer = async (one: Asked) => {
    await before(one);
    const { method, params, call } = one;
    const handle = handlers[method] as (params: unknown, context: CallContext) => unknown;
    const context = { signal: call.signal ?? never, progress: call.onProgress ?? (() => {}) };
    return structuredClone(await handle(structuredClone(params), context));
  };
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve(), Promise.resolve()];
  const pool: WorkerPool = {
    request(method, params, call = {}) {
      const one = { method, params, call };
      // A plan is made beside whatever else is done.
      if (method === 'tensor/plan') return answer(one) as never;
      const lane = asked.push(one) % lanes.length;
      const answered = lanes[lane]!.then(() => answer(one));
      lanes[lane] = answered.catch(() => {});
      return answered as never;
    },
    dispose: async () => {},
  };
  return { pool, asked };
}

/** How values are stored. */
export interface Storage {
  readonly dtype?: RealDType;
  readonly byteOrder?: 'little' | 'big';
  readonly fortranOrder?: boolean;
}

/** Values [rows, cols], row-major, as a tensor of a file of its own. */
export function stored(
  values: Float32Array,
  [rows, cols]: readonly [number, number],
  { dtype = 'F32', byteOrder = 'little', fortranOrder = false }: Storage = {},
) {
  const order = fortranOrder
    ? values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]!)
    : values;
  const bytes = encoderFor(dtype)(order);
  if (byteOrder === 'big') swapped(bytes, dtypes[dtype].bits / 8);
  // An odd place in the file.
  const file = new Uint8Array(bytes.length + 3);
  file.set(bytes, 3);
  const data = { path: 'f', offset: 3, byteLength: bytes.length, byteOrder, fortranOrder };
  return { entry: entryOf(dtype, [rows, cols], data), file };
}

/** Turns round the bytes of each element, in place. */
function swapped(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Values like weights, those of some rows larger than the others'. */
export function weights(
  [rows, cols]: readonly [number, number],
  spread: (row: number) => number = () => 1,
): Float32Array {
  const random = seeded(rows * cols);
  return Float32Array.from(
    { length: rows * cols },
    (_, i) => (random() + random() + random() - 1.5) * 0.1 * spread(Math.floor(i / cols)),
  );
}

/** Makes the requests of a tensor, alone and shared, and tells what was asked of the pool. */
export async function both(
  { entry, file }: { entry: TensorEntry; file: Uint8Array },
  more: Partial<AnalysisRequest>,
  { blockBytes = 16_384, kernels = emptyShelf } = {},
) {
  const request = { entry, fileSize: file.length, sigma: 3, schemes: [], ...more };
  const whole = await analyzeTensor(memoryFiles({ f: file }), request, { chunkBytes, kernels });
  const { pool, asked } = poolOf(memoryFiles({ f: file }), kernels);
  const shared = await sharingRows(pool, 3, blockBytes).request('tensor/analyze', request);
  return { whole, shared, asked };
}

/** Kernels, made when they are first needed and used again. */
export function builtShelf(): KernelShelf {
  const free: Kernels[] = [];
  return () => {
    const kernels = free.pop() ?? builtKernels();
    return { ...kernelEngine(kernels), giveBack: () => void free.push(kernels) };
  };
}
