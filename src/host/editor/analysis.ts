import { toWire, WeightError, type WireError } from '../../base/errors';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import type { AnalysisView, TensorId, TensorRow } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { WorkerPool } from '../../worker/pool';

/** What a sample reads of each tensor, in bytes. */
export const sampleBytes = 4 * 2 ** 20;

export type AnalysisMode = 'all' | 'sample';

/** What the scheduler works with. */
export interface AnalysisOptions {
  readonly model: Pick<Model, 'tensors' | 'files'>;
  /** In which order a whole model is analysed. */
  readonly order: () => Int32Array;
  readonly pool: () => Pick<WorkerPool, 'request'>;
  /** Most requests at a time. */
  readonly width: () => number;
  readonly sigma: number;
  readonly schemes: readonly string[];
  /** Called whenever `view` or a figure is another one. */
  readonly onChange: () => void;
  /** Called for faults that are not the file's: they are bugs. */
  readonly onInternalError: (e: unknown) => void;
}

/** The figures of one generation of a model, and the work of getting them. */
export interface Analysis {
  /** Analyses what has no figures yet; with tensors, those before everything else. */
  start(mode: AnalysisMode, tensors?: readonly TensorId[]): void;
  cancel(): void;
  view(): AnalysisView;
  result(tensor: TensorId): TensorAnalysis | null;
  error(tensor: TensorId): WireError | null;
  status(tensor: TensorId): TensorRow['status'];
  /** Fraction done of a tensor that is being read. */
  fraction(tensor: TensorId): number;
  dispose(): void;
}

/** A tensor that is waiting to be read, and how. */
interface Job {
  readonly tensor: TensorId;
  readonly mode: AnalysisMode;
  /** The run it belongs to counts it. */
  readonly run: Run;
}

/** From a start to the end of its queue. */
interface Run {
  readonly mode: AnalysisMode;
  /** The whole model, or some tensors. */
  readonly whole: boolean;
  tensors: number;
  doneTensors: number;
  bytes: number;
  doneBytes: number;
}

interface Running {
  readonly job: Job;
  readonly controller: AbortController;
  fraction: number;
}

/** Makes the scheduler; nothing runs before `start`. */
export function createAnalysis(options: AnalysisOptions): Analysis {
  const { tensors } = options.model;
  const fileSizes = new Map(options.model.files.map(f => [f.path, f.byteLength]));
  const results: (TensorAnalysis | undefined)[] = new Array(tensors.length);
  const errors = new Map<TensorId, WireError>();
  const running = new Map<TensorId, Running>();
  let urgent: Job[] = [];
  let queue: readonly Job[] = [];
  let next = 0;
  let run: Run | undefined;
  let rest: 'offered' | 'cancelled' = 'offered';
  let disposed = false;

  const needs = (tensor: TensorId, mode: AnalysisMode) => {
    const result = results[tensor];
    return !result || (mode === 'all' && result.sampled < 1);
  };
  const reads = ({ data }: TensorEntry, mode: AnalysisMode) =>
    mode === 'all' ? data.byteLength : Math.min(sampleBytes, data.byteLength);

  function newRun(mode: AnalysisMode, whole: boolean): Run {
    return { mode, whole, tensors: 0, doneTensors: 0, bytes: 0, doneBytes: 0 };
  }

  function count(job: Job): Job {
    job.run.tensors++;
    job.run.bytes += reads(tensors[job.tensor]!, job.mode);
    return job;
  }

  function startWhole(mode: AnalysisMode): void {
    const current = newRun(mode, true);
    const wanted = claim(Array.from(options.order()), mode);
    queue = wanted.map(tensor => count({ tensor, mode, run: current }));
    next = 0;
    run = current;
  }

  function startSome(mode: AnalysisMode, ids: readonly TensorId[]): void {
    const current = run ?? newRun(mode, false);
    const wanted = claim(ids, mode);
    const jobs = wanted.map((tensor): Job => ({ tensor, mode, run: current }));
    // The run over the whole model has counted them already.
    if (!current.whole) for (const job of jobs) count(job);
    urgent = [...jobs, ...urgent.filter(job => !wanted.includes(job.tensor))];
    if (urgent.length > 0) run = current;
  }

  /** The tensors that must be read; a sample of one that shall be read whole is stopped. */
  function claim(ids: readonly TensorId[], mode: AnalysisMode): TensorId[] {
    const wanted = ids.filter(id => needs(id, mode) && !isUnderWay(id, mode));
    for (const tensor of wanted) abort(tensor);
    return wanted;
  }

  function isUnderWay(tensor: TensorId, mode: AnalysisMode): boolean {
    const mine = running.get(tensor);
    return mine !== undefined && (mine.job.mode === 'all' || mode === 'sample');
  }

  function take(): Job | undefined {
    for (;;) {
      const job = urgent.shift() ?? queue[next++];
      // Both lists may name a tensor: whoever comes second finds it done or under way.
      if (!job || (needs(job.tensor, job.mode) && !running.has(job.tensor))) return job;
    }
  }

  function pump(): void {
    while (running.size < Math.max(1, options.width())) {
      const job = take();
      if (!job) break;
      void analyze(job);
    }
    if (running.size === 0) run = undefined;
  }

  async function analyze(job: Job): Promise<void> {
    const { tensor, mode } = job;
    const entry = tensors[tensor]!;
    const mine: Running = { job, controller: new AbortController(), fraction: 0 };
    running.set(tensor, mine);
    errors.delete(tensor);
    try {
      const result = await options.pool().request(
        'tensor/analyze',
        {
          entry,
          fileSize: fileSizes.get(entry.data.path) ?? 0,
          sigma: options.sigma,
          schemes: options.schemes,
          ...(mode === 'sample' && { sampleBytes }),
        },
        { signal: mine.controller.signal, onProgress: fraction => progress(mine, fraction) },
      );
      if (!mine.controller.signal.aborted) results[tensor] = result;
    } catch (e) {
      if (!mine.controller.signal.aborted) fail(tensor, e);
    }
    if (mine.controller.signal.aborted) return;
    running.delete(tensor);
    job.run.doneTensors++;
    job.run.doneBytes += reads(entry, mode);
    pump();
    options.onChange();
  }

  function progress(mine: Running, fraction: number): void {
    mine.fraction = fraction;
    if (!mine.controller.signal.aborted) options.onChange();
  }

  function fail(tensor: TensorId, e: unknown): void {
    // The pool was replaced or closed: nobody's fault, and `start` asks again.
    if (WeightError.is(e, 'cancelled')) return;
    if (!WeightError.is(e)) options.onInternalError(e);
    errors.set(tensor, toWire(e));
  }

  function cancel(): void {
    if (!run) return;
    urgent = [];
    queue = [];
    next = 0;
    run = undefined;
    rest = 'cancelled';
    for (const tensor of running.keys()) abort(tensor);
  }

  function abort(tensor: TensorId): void {
    running.get(tensor)?.controller.abort();
    running.delete(tensor);
  }

  function knownTensors(): number {
    return tensors.reduce((n, _, id) => n + Number(results[id] !== undefined || errors.has(id)), 0);
  }

  function stateNow(): AnalysisView['state'] {
    if (run) return 'running';
    if (knownTensors() < tensors.length) return rest;
    const sampled = results.some(result => result && result.sampled < 1);
    return rest === 'cancelled' && sampled ? 'cancelled' : 'done';
  }

  function readSoFar(current: Run): number {
    let bytes = current.doneBytes;
    for (const { job, fraction } of running.values())
      if (job.run === current) bytes += fraction * reads(tensors[job.tensor]!, job.mode);
    return Math.floor(Math.min(bytes, current.bytes));
  }

  return {
    start(mode, ids) {
      if (disposed) return;
      if (ids) startSome(mode, ids);
      else {
        startWhole(mode);
        rest = 'offered';
      }
      pump();
      options.onChange();
    },
    cancel() {
      cancel();
      options.onChange();
    },
    view() {
      const someOnly = run !== undefined && !run.whole;
      // Over the whole model: what was known before the run counts too, what is read again does not.
      const outside = run?.whole ? tensors.length - run.tensors : 0;
      return {
        state: stateNow(),
        doneTensors: run ? Math.min(outside + run.doneTensors, tensors.length) : knownTensors(),
        totalTensors: someOnly ? run!.tensors : tensors.length,
        doneBytes: run ? readSoFar(run) : 0,
        totalBytes: run ? run.bytes : totalBytes(tensors),
        current: Array.from(running.values(), ({ job, fraction }) => ({
          tensor: tensors[job.tensor]!.name,
          fraction,
        })),
        failed: errors.size,
        sampleBytes: tensors.reduce(
          (sum, t, id) => sum + (needs(id, 'sample') ? reads(t, 'sample') : 0),
          0,
        ),
      };
    },
    result: tensor => results[tensor] ?? null,
    error: tensor => errors.get(tensor) ?? null,
    status(tensor) {
      if (running.has(tensor)) return 'running';
      if (errors.has(tensor)) return 'failed';
      const result = results[tensor];
      if (!result) return 'waiting';
      if (!result.profile) return 'no-figures';
      return result.sampled < 1 ? 'sampled' : 'done';
    },
    fraction: tensor => running.get(tensor)?.fraction ?? 0,
    dispose() {
      disposed = true;
      cancel();
    },
  };
}

/** Bytes of all tensors. */
export function totalBytes(tensors: readonly TensorEntry[]): number {
  return tensors.reduce((sum, t) => sum + t.data.byteLength, 0);
}
