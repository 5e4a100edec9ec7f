import { WeightError } from '../../../src/base/errors';
import { type AnalysisOptions, createAnalysis } from '../../../src/host/editor/analysis';
import type { AnalysisRequest, TensorAnalysis } from '../../../src/protocol/worker';
import type { PoolCall, WorkerPool } from '../../../src/worker/pool';
import { entry, analysis as figures } from './fakes';

/** A request that came to the pool. */
export interface Call {
  readonly request: AnalysisRequest;
  readonly options: PoolCall;
  /** Answers, and lets what waits for the answer run. */
  end(result?: Partial<TensorAnalysis>): Promise<void>;
  fail(e: unknown): Promise<void>;
}

/** Resolves when all that could run has run. */
export const settled = () => new Promise(resolve => setImmediate(resolve));

interface SetUp {
  readonly width?: number;
  readonly shape?: readonly number[];
  readonly dtype?: 'F32' | 'I32';
  readonly results?: AnalysisOptions['results'];
}

/** An analysis whose requests the test answers. */
export function setUp(
  count: number,
  { width = 2, shape = [2, 3], dtype = 'F32', results }: SetUp = {},
) {
  const tensors = Array.from({ length: count }, (_, i) => ({ ...entry(`t${i}`, shape), dtype }));
  const calls: Call[] = [];
  const internal: unknown[] = [];
  let changes = 0;
  const request = (_: string, params: unknown, options: PoolCall = {}) =>
    new Promise<TensorAnalysis>((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(new WeightError('cancelled', 'x')));
      calls.push({
        request: params as AnalysisRequest,
        options,
        end: async result => {
          resolve(figures(result));
          await settled();
        },
        fail: async e => {
          reject(e);
          await settled();
        },
      });
    });
  const analysis = createAnalysis({
    model: { tensors, files: [{ path: '/m', byteLength: 777 }] },
    order: () => Int32Array.from(tensors.keys()).reverse(),
    pool: () => ({ request }) as unknown as WorkerPool,
    results,
    width: () => width,
    sigma: 6,
    schemes: ['int8'],
    onChange: () => changes++,
    onInternalError: e => internal.push(e),
  });
  const asked = () => calls.map(c => c.request.entry.name);
  return { analysis, calls, asked, internal, changes: () => changes };
}
