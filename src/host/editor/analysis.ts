import { toWire, WeightError, type WireError } from '../../base/errors';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import type { AnalysisView, TensorId, TensorRow } from '../../protocol/editor';
import type { AnalysisRequest, TensorAnalysis } from '../../protocol/worker';
import { isUrgent, type Priority, type WorkerPool } from '../../worker/pool';
import type { Results } from '../cache/results';
import { JobQueue } from './jobQueue';

/** What a sample reads of each tensor, in bytes. */
export const sampleBytes = 4 * 2 ** 20;

export type AnalysisMode = 'all' | 'sample';

/** What the scheduler works with. */
export interface AnalysisOptions {
  readonly model: Pick<Model, 'tensors' | 'files'>;
  /** In which order a whole model is analysed. */
  readonly order: () => Int32Array;
  readonly pool: () => Pick<WorkerPool, 'request'>;
  /** Results that are kept; absent: none are. */
  readonly results?: Pick<Results, 'stored' | 'compute'> | undefined;
  /** Most requests at a time, and as many urgent ones beside them. */
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
  /** Analyses what has no figures yet; with tensors, those before everything else, and at once for a hover. */
  start(mode: AnalysisMode, tensors?: readonly TensorId[], forWhat?: 'hover'): void;
  /** The selected tensor is analysed before others, if it is to be analysed at all. */
  select(tensor: TensorId | null): void;
  /** Tensors on the screen: before those that are not. */
  see(tensors: readonly TensorId[]): void;
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
  readonly priority: Priority;
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
  const queue = new JobQueue<Job>();
  /** What was to be started before the stored results were there. */
  let held: (() => void)[] | undefined;
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

  function uncount({ run, tensor, mode }: Job): void {
    run.tensors--;
    run.bytes -= reads(tensors[tensor]!, mode);
  }

  function startWhole(mode: AnalysisMode): void {
    const current = newRun(mode, true);
    const wanted = claim(Array.from(options.order()), mode);
    queue.setRest(wanted.map(tensor => count({ tensor, mode, run: current })));
    rest = 'offered';
    run = current;
  }

  function startSome(mode: AnalysisMode, ids: readonly TensorId[], isHover: boolean): void {
    const current = run ?? newRun(mode, false);
    const wanted = claim(ids, mode, isHover);
    const jobs = wanted.map((tensor): Job => ({ tensor, mode, run: current }));
    // The run over the whole model has counted those that wait in it.
    for (const job of jobs) if (!current.whole || !queue.isInRest(job.tensor)) count(job);
    queue.ask(jobs, isHover);
    if (queue.hasAsked) run = current;
  }

  /** The tensors that must be read; a sample of one that shall be read whole is stopped. */
  function claim(ids: readonly TensorId[], mode: AnalysisMode, isHover = false): TensorId[] {
    const unique = Array.from(new Set(ids));
    const wanted = unique.filter(id => needs(id, mode) && !isUnderWay(id, mode, isHover));
    for (const tensor of wanted) {
      const job = running.get(tensor)?.job;
      if (job) uncount(job);
      abort(tensor);
    }
    return wanted;
  }

  function isUnderWay(tensor: TensorId, mode: AnalysisMode, isHover: boolean): boolean {
    const mine = running.get(tensor);
    if (!mine || (mine.job.mode !== 'all' && mode === 'all')) return false;
    // What waits in the pool's line, or has hardly begun, loses nothing by asking more urgently.
    return !isHover || mine.priority === 'hover' || mine.fraction > 0;
  }

  /** Both the asked and the rest may name a tensor: whoever comes second finds it done or under way. */
  const isWanted = ({ tensor, mode }: Job) => needs(tensor, mode) && !running.has(tensor);

  /** Whether as many run as may; of the urgent ones, only those count for an urgent one. */
  function isFull(isUrgentOnly: boolean): boolean {
    const width = Math.max(1, options.width());
    if (!isUrgentOnly) return running.size >= width;
    const urgent = Array.from(running.values()).filter(r => isUrgent(r.priority));
    return urgent.length >= width;
  }

  function pump(): void {
    for (const isUrgentOnly of [true, false])
      while (!isFull(isUrgentOnly)) {
        const turn = queue.take(isWanted, isUrgentOnly);
        if (!turn) break;
        void analyze(turn.job, turn.priority);
      }
    if (running.size === 0) run = undefined;
  }

  function requestOf(tensor: TensorId, mode: AnalysisMode): AnalysisRequest {
    const entry = tensors[tensor]!;
    return {
      entry,
      fileSize: fileSizes.get(entry.data.path) ?? 0,
      sigma: options.sigma,
      schemes: options.schemes,
      ...(mode === 'sample' && { sampleBytes }),
    };
  }

  function request({ job, priority, controller }: Running, onProgress: (f: number) => void) {
    const { signal } = controller;
    const asked = requestOf(job.tensor, job.mode);
    const work = () =>
      options.pool().request('tensor/analyze', asked, { signal, onProgress, priority });
    return options.results ? options.results.compute(asked, work) : work();
  }

  async function analyze(job: Job, priority: Priority): Promise<void> {
    const { tensor, mode } = job;
    const mine: Running = { job, priority, controller: new AbortController(), fraction: 0 };
    running.set(tensor, mine);
    errors.delete(tensor);
    try {
      const result = await request(mine, fraction => progress(mine, fraction));
      if (!mine.controller.signal.aborted) results[tensor] = result;
    } catch (e) {
      if (!mine.controller.signal.aborted) fail(tensor, e);
    }
    if (mine.controller.signal.aborted) return;
    running.delete(tensor);
    job.run.doneTensors++;
    job.run.doneBytes += reads(tensors[tensor]!, mode);
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
    if (!run && !held?.length) return;
    if (held) held = [];
    queue.clear();
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
    // While the store is asked, nobody knows yet what there is to offer.
    if (run || held) return 'running';
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

  /** Takes over what is stored, then starts what was to be started meanwhile. */
  async function fill(store: Pick<Results, 'stored'>): Promise<void> {
    const ids = Array.from(tensors.keys());
    for (const mode of ['all', 'sample'] as const) {
      const missing = ids.filter(id => !results[id]);
      const found = await store.stored(missing.map(id => requestOf(id, mode)));
      if (disposed) return;
      for (const [i, id] of missing.entries()) results[id] = found[i] ?? undefined;
    }
    const starts = held;
    held = undefined;
    for (const start of starts ?? []) start();
    options.onChange();
  }

  if (options.results) {
    held = [];
    void fill(options.results);
  }

  return {
    start(mode, ids, forWhat) {
      if (disposed) return;
      const begin = () => {
        if (ids) startSome(mode, ids, forWhat === 'hover');
        else startWhole(mode);
        pump();
      };
      if (held) held.push(begin);
      else begin();
      options.onChange();
    },
    select(tensor) {
      queue.select(tensor);
      if (run) pump();
    },
    see: tensors => queue.see(tensors),
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
