import { toWire, WeightError, type WireError } from '../../base/errors';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import type { AnalysisView, TensorId, TensorRow } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import { isUrgent, type Priority, type WorkerPool } from '../../worker/pool';
import type { Results } from '../cache/results';
import { type PartsRequest, partsOf, type Wanted } from '../parts';
import { JobQueue } from './jobQueue';
import { type AnalysisMode, ModelParts } from './parts';
import { type Held, type Job, newRun, type Run, type Running } from './run';

/** What a sample reads of each tensor, in bytes. */
export const sampleBytes = 4 * 2 ** 20;

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
  /** Those that are wanted at first. */
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
  /**
   * Wants figures of these schemes from now on. What is known or stored of them is shown; what is missing is read when figures
   * of all tensors were there, or on their way.
   */
  setSchemes(schemes: readonly string[]): void;
  /** Wants what casts would do of every tensor from now on, in the same way. */
  wantCasts(): void;
  /** Tensors on the screen: before those that are not. */
  see(tensors: readonly TensorId[]): void;
  cancel(): void;
  view(): AnalysisView;
  /** What is known, for the schemes that are wanted: null in the place of what is not known of one. */
  result(tensor: TensorId): TensorAnalysis | null;
  /** Whether that is all that is wanted. */
  isComplete(tensor: TensorId): boolean;
  error(tensor: TensorId): WireError | null;
  status(tensor: TensorId): TensorRow['status'];
  /** Fraction done of a tensor that is being read. */
  fraction(tensor: TensorId): number;
  dispose(): void;
}

/** Makes the scheduler; nothing runs before `start`. */
export function createAnalysis(options: AnalysisOptions): Analysis {
  const { tensors } = options.model;
  const fileSizes = new Map(options.model.files.map(f => [f.path, f.byteLength]));
  const parts = new ModelParts(tensors, { schemes: options.schemes });
  const errors = new Map<TensorId, WireError>();
  const running = new Map<TensorId, Running>();
  const queue = new JobQueue<Job>();
  let held: Held | undefined;
  let run: Run | undefined;
  let rest: 'offered' | 'cancelled' = 'offered';
  let selected: TensorId | null = null;
  let disposed = false;

  const bytesOf = ({ data }: TensorEntry, mode: AnalysisMode) =>
    mode === 'all' ? data.byteLength : Math.min(sampleBytes, data.byteLength);
  const reads = ({ tensor, mode }: Job) => bytesOf(tensors[tensor]!, mode);
  const jobOf = (tensor: TensorId, mode: AnalysisMode): Job => ({
    tensor,
    mode: parts.modeOf(tensor, mode),
  });

  function startWhole(mode: AnalysisMode): void {
    const jobs = Array.from(options.order(), tensor => jobOf(tensor, mode));
    queue.setRest(jobs.filter(job => claim(job, false)));
    rest = 'offered';
    run = newRun(mode, true);
    countAll(run);
  }

  function startSome(mode: AnalysisMode, ids: readonly TensorId[], isHover: boolean): void {
    const unique = Array.from(new Set(ids), (tensor): Job => ({ tensor, mode }));
    const jobs = unique.filter(job => claim(job, isHover));
    const fresh = new Set(queue.notWaiting(jobs.map(job => job.tensor)));
    queue.ask(jobs, isHover);
    if (!queue.hasAsked) return;
    run ??= newRun(mode, false);
    for (const job of jobs) if (fresh.has(job.tensor)) count(job, run);
  }

  function count(job: Job, run: Run): void {
    run.tensors++;
    run.bytes += reads(job);
  }

  /** Counts what there is to do from now on. */
  function countAll(run: Run): void {
    Object.assign(run, { tensors: 0, doneTensors: 0, bytes: 0, doneBytes: 0 });
    for (const job of queue.waiting()) if (isWanted(job)) count(job, run);
    for (const mine of running.values()) {
      count(mine.job, run);
      if (lacks(mine)) run.bytes += reads(mine.job);
    }
  }

  /** Whether a tensor must be read; a sample of one that shall be read whole is stopped. */
  function claim({ tensor, mode }: Job, isHover: boolean): boolean {
    if (!parts.needs(tensor, mode) || isUnderWay({ tensor, mode }, isHover)) return false;
    const mine = running.get(tensor);
    if (!mine) return true;
    if (run) {
      run.tensors--;
      run.bytes -= reads(mine.job);
    }
    abort(mine);
    return true;
  }

  function isUnderWay({ tensor, mode }: Job, isHover: boolean): boolean {
    const mine = running.get(tensor);
    if (!mine || (mine.job.mode !== 'all' && mode === 'all')) return false;
    // What waits in the pool's line, or has hardly begun, loses nothing by asking more urgently.
    return !isHover || mine.priority === 'hover' || mine.fraction > 0;
  }

  /** Whether a tensor that is being read has to be read again, for what was not wanted when it began. */
  const lacks = ({ job: { tensor, mode }, request, wanted }: Running) =>
    wanted !== parts.wanted && parts.lacks(tensor, mode, request);

  /** Both the asked and the rest may name a tensor: whoever comes second finds it done or under way. */
  const isWanted = ({ tensor, mode }: Job) => parts.needs(tensor, mode) && !running.has(tensor);

  /** Whether as many run as may; of the urgent ones, only those count for an urgent one. */
  function isFull(isUrgentOnly: boolean): boolean {
    const width = Math.max(1, options.width());
    if (!isUrgentOnly) return running.size >= width;
    const urgent = Array.from(running.values()).filter(r => isUrgent(r.priority));
    return urgent.length >= width;
  }

  function pump(): void {
    // What waits may turn out to be stored.
    if (held) return;
    for (const isUrgentOnly of [true, false])
      while (!isFull(isUrgentOnly)) {
        const turn = queue.take(isWanted, isUrgentOnly);
        if (!turn) break;
        void analyze(turn.job, turn.priority);
      }
    if (running.size === 0) run = undefined;
  }

  function requestOf({ tensor, mode }: Job): PartsRequest {
    const entry = tensors[tensor]!;
    const { schemes = [], casts } = parts.missing(tensor, mode) ?? {};
    return {
      entry,
      fileSize: fileSizes.get(entry.data.path) ?? 0,
      sigma: options.sigma,
      schemes,
      ...(casts && { casts }),
      ...(mode === 'sample' && { sampleBytes }),
    };
  }

  function answer({ request, priority, controller }: Running, onProgress: (f: number) => void) {
    const { signal } = controller;
    const work = (asked: PartsRequest) =>
      options.pool().request('tensor/analyze', asked, { signal, onProgress, priority });
    return options.results ? options.results.compute(request, work) : work(request);
  }

  async function analyze(job: Job, priority: Priority): Promise<void> {
    const { tensor, mode } = job;
    const request = requestOf(job);
    const controller = new AbortController();
    const mine = { job, priority, request, wanted: parts.wanted, controller, fraction: 0 };
    running.set(tensor, mine);
    errors.delete(tensor);
    try {
      const result = await answer(mine, fraction => progress(mine, fraction));
      if (!controller.signal.aborted) parts.add(tensor, partsOf(request, result), mode);
    } catch (e) {
      if (!controller.signal.aborted) fail(tensor, e);
    }
    if (controller.signal.aborted) return;
    running.delete(tensor);
    end(mine);
    pump();
    options.onChange();
  }

  /** Counts what has been read, and reads it again for what has come to be wanted meanwhile. */
  function end({ job, priority, wanted }: Running): void {
    const { tensor, mode } = job;
    const goesOn = wanted !== parts.wanted && !errors.has(tensor) && parts.needs(tensor, mode);
    if (goesOn) queue.ask([jobOf(tensor, mode)], priority === 'hover');
    if (!run) return;
    run.doneBytes += reads(job);
    if (!goesOn) run.doneTensors++;
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
    if (!run && !held?.next.length) return;
    if (held) held.next = [];
    queue.clear();
    run = undefined;
    rest = 'cancelled';
    for (const mine of running.values()) abort(mine);
  }

  function abort({ job, controller }: Running): void {
    controller.abort();
    running.delete(job.tensor);
  }

  /** Wants other parts, and goes on as before: with what is stored, then with what has to be read. */
  function want(wanted: Wanted): void {
    if (disposed) return;
    const before = stateNow();
    const wasComplete = selected !== null && parts.isComplete(selected);
    parts.want(wanted);
    for (const mine of running.values()) {
      if (parts.isOfUse(mine.job.tensor, mine.job.mode, mine.request)) continue;
      abort(mine);
      queue.ask([mine.job], mine.priority === 'hover');
    }
    const goOn = () => {
      if (run) renew(run);
      else if (before === 'done') startWhole(isSampled() ? 'sample' : 'all');
      // Nobody asks for the rest of a large model, or of what was stopped; but who looks at a tensor sees its figures.
      else if (before !== 'running' && wasComplete && selected !== null)
        startSome(parts.modeOf(selected, 'sample'), [selected], false);
      pump();
    };
    if (held) held.next.push(goOn);
    else whenStored(goOn, before === 'done' ? 'running' : before);
    options.onChange();
  }

  function renew(current: Run): void {
    if (current.whole) {
      const jobs = Array.from(options.order(), tensor => jobOf(tensor, current.mode));
      queue.setRest(jobs.filter(isWanted));
    }
    countAll(current);
  }

  const isSampled = () => tensors.some((_, id) => parts.isSampled(id));

  function knownTensors(): number {
    return tensors.reduce((n, _, id) => n + Number(parts.isComplete(id) || errors.has(id)), 0);
  }

  function stateNow(): AnalysisView['state'] {
    if (run) return 'running';
    if (held) return held.state;
    if (knownTensors() < tensors.length) return rest;
    return rest === 'cancelled' && isSampled() ? 'cancelled' : 'done';
  }

  function readSoFar(current: Run): number {
    let bytes = current.doneBytes;
    for (const { job, fraction } of running.values()) bytes += fraction * reads(job);
    return Math.floor(Math.min(bytes, current.bytes));
  }

  /** Takes over what is stored, then does what waits for that. */
  async function fill(store: Pick<Results, 'stored'>): Promise<void> {
    let asked: Wanted;
    do {
      asked = parts.wanted;
      for (const mode of ['all', 'sample'] as const) {
        const jobs = Array.from(tensors.keys(), (tensor): Job => ({ tensor, mode })).filter(
          job => parts.needs(job.tensor, mode) && jobOf(job.tensor, mode).mode === mode,
        );
        const found = await store.stored(jobs.map(requestOf));
        if (disposed) return;
        for (const [i, { tensor }] of jobs.entries())
          if (found[i]) parts.add(tensor, found[i], mode);
      }
    } while (asked !== parts.wanted);
    const next = held?.next ?? [];
    held = undefined;
    for (const go of next) go();
    options.onChange();
  }

  function whenStored(go: (() => void) | undefined, state: AnalysisView['state']): void {
    if (options.results) {
      held = { next: go ? [go] : [], state };
      void fill(options.results);
    } else go?.();
  }

  // While the store is asked, nobody knows yet what there is to offer.
  whenStored(undefined, 'running');

  return {
    start(mode, ids, forWhat) {
      if (disposed) return;
      const begin = () => {
        if (ids) startSome(mode, ids, forWhat === 'hover');
        else startWhole(mode);
        pump();
      };
      if (held) held.next.push(begin);
      else begin();
      options.onChange();
    },
    select(tensor) {
      selected = tensor;
      queue.select(tensor);
      if (run) pump();
    },
    setSchemes(schemes) {
      const { wanted } = parts;
      if (JSON.stringify(schemes) !== JSON.stringify(wanted.schemes)) want({ ...wanted, schemes });
    },
    wantCasts() {
      if (!parts.wanted.casts) want({ ...parts.wanted, casts: true });
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
          (sum, t, id) => sum + (parts.isComplete(id) ? 0 : bytesOf(t, parts.modeOf(id, 'sample'))),
          0,
        ),
      };
    },
    result: tensor => parts.analysis(tensor),
    isComplete: tensor => parts.isComplete(tensor),
    error: tensor => errors.get(tensor) ?? null,
    status(tensor) {
      if (running.has(tensor)) return 'running';
      if (errors.has(tensor)) return 'failed';
      if (!parts.isComplete(tensor)) return 'waiting';
      if (!parts.analysis(tensor)?.profile) return 'no-figures';
      return parts.isSampled(tensor) ? 'sampled' : 'done';
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
