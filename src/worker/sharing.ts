import { setMaxListeners } from 'node:events';
import type { CallOptions } from '../protocol/rpc';
import type {
  AnalysisRequest,
  ConcludeRequest,
  KnownOfTensor,
  SharePlan,
  TensorAnalysis,
} from '../protocol/worker';
import type { PoolCall, WorkerPool } from './pool';

/** Bytes of a block of rows, about: its reading takes long enough that telling a worker of it does not count. */
const usualBlockBytes = 32 * 2 ** 20;

/**
 * A pool in which the rows of a large tensor are shared among the workers: blocks of rows are analysed apart, and merged
 * to what one worker would have found.
 * @param size workers of the pool
 */
export function sharingRows(
  pool: WorkerPool,
  size: number,
  blockBytes = usualBlockBytes,
): WorkerPool {
  if (size < 2) return pool;
  const analyze = async (request: AnalysisRequest, call: PoolCall = {}) => {
    // A smaller tensor is one block: no plan is needed to know that.
    const isLarge = request.entry.data.byteLength >= 2 * blockBytes;
    const asked = { request, blockBytes };
    const plan = isLarge ? await pool.request('tensor/plan', asked, { signal: call.signal }) : null;
    return plan
      ? analyzeShared(pool, { request, plan }, call)
      : pool.request('tensor/analyze', request, call);
  };
  return {
    request: (method, params, call) =>
      method === 'tensor/analyze'
        ? (analyze(params as AnalysisRequest, call) as never)
        : pool.request(method, params, call),
    dispose: () => pool.dispose(),
  };
}

/** A request and how it is shared. */
interface Shared {
  readonly request: AnalysisRequest;
  readonly plan: SharePlan;
}

async function analyzeShared(
  pool: WorkerPool,
  { request, plan }: Shared,
  { onProgress, signal, ...call }: PoolCall = {},
): Promise<TensorAnalysis> {
  const failed = new AbortController();
  const own = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  // Every block listens to it: that is no leak.
  setMaxListeners(0, own);
  const asking = { ...call, signal: own };
  const { blocks, ways } = plan;
  const looks = ways.includes('range') ? 2 : 1;
  const progress = new Progress(onProgress, looks * blocks.length);
  const look = (known?: KnownOfTensor) =>
    blocks.map(block => {
      const asked = { request, block, ways, ...(known && { known }) };
      return progress.of(onProgress =>
        pool.request('tensor/block', asked, {
          ...asking,
          isFirst: known !== undefined,
          onProgress,
        }),
      );
    });
  // What has to be done by one worker that reads the whole tensor.
  const wholeOf = (onProgress: CallOptions['onProgress']) => {
    const schemes = request.schemes.filter((_, i) => ways[i] === 'whole');
    const asked = { ...request, schemes, detail: plan.isDetailWhole, casts: false };
    return pool.request('tensor/analyze', asked, { ...asking, onProgress });
  };
  const conclude = (parts: Pick<ConcludeRequest, 'first' | 'second' | 'whole'>) =>
    pool.request('tensor/conclude', { request, ways, ...parts }, { ...asking, isFirst: true });
  try {
    const alone = ways.includes('whole') || plan.isDetailWhole;
    const [whole, ...first] = await Promise.all([alone ? progress.of(wholeOf) : null, ...look()]);
    const concluded = await conclude({ first, second: [], whole });
    if (concluded.analysis) return concluded.analysis;
    const second = await Promise.all(look(concluded.known));
    const { analysis } = await conclude({ first, second, whole });
    if (!analysis) throw new Error('a second look at all blocks was not enough');
    return analysis;
  } catch (e) {
    failed.abort();
    throw e;
  }
}

/** The progress of work in equal shares; it never falls. */
class Progress {
  readonly #tell: CallOptions['onProgress'];
  readonly #shares: number[] = [];
  readonly #expected: number;
  #told = 0;

  constructor(tell: CallOptions['onProgress'], expected: number) {
    this.#tell = tell;
    this.#expected = expected;
  }

  /** Does one more share. */
  async of<T>(work: (onProgress: (fraction: number) => void) => Promise<T>): Promise<T> {
    const at = this.#shares.push(0) - 1;
    const onProgress = (fraction: number) => {
      this.#shares[at] = fraction;
      const sum = this.#shares.reduce((a, b) => a + b, 0);
      this.#told = Math.max(this.#told, sum / Math.max(this.#shares.length, this.#expected));
      this.#tell?.(this.#told);
    };
    const result = await work(onProgress);
    onProgress(1);
    return result;
  }
}
