import { toWire, WeightError, type WireError } from '../../base/errors';
import type { ComparedFile, ComparisonView } from '../../protocol/compare';
import type { ModelFacts, PairedModels } from '../../protocol/worker';
import { atMostEvery, type Throttled } from '../editor/throttle';
import { PairRun, type PairRunHost, type RunProgress } from './pairRun';
import type { OpenedPair } from './sources';

/** What a comparison needs. */
export interface ComparisonHost extends Omit<PairRunHost, 'onChange'> {
  /** How the two files are called, and where they are. */
  readonly names: Readonly<Record<'a' | 'b', Pick<ComparedFile, 'name' | 'path' | 'uri'>>>;
  readonly open: (signal: AbortSignal) => Promise<OpenedPair>;
  /** Called at most every 100 ms. */
  readonly onChange: () => void;
}

const announceEvery = (pairs: number) => (pairs > 10_000 ? 1000 : 100);
const mostUnmatched = 500;
const mostFindings = 200;

/** Two models that are compared: it begins when it is made, and ends with `dispose`. */
export class ModelComparison {
  readonly #host: ComparisonHost;
  #announce: Throttled;
  #generation = 0;
  #opened: OpenedPair | undefined;
  #run: PairRun | undefined;
  #error: WireError | null = null;
  #loading = new AbortController();
  #ready: Promise<void>;

  constructor(host: ComparisonHost) {
    this.#host = host;
    this.#announce = atMostEvery(announceEvery(0), host.onChange);
    this.#ready = this.#load();
  }

  get generation(): number {
    return this.#generation;
  }

  /** What is compared now; undefined for a bad file, and while headers are read. */
  get run(): PairRun | undefined {
    return this.#run;
  }

  /** Resolves when the newest load has ended; never rejects. */
  async whenReady(): Promise<void> {
    let ready: Promise<void>;
    do {
      ready = this.#ready;
      await ready;
    } while (ready !== this.#ready);
  }

  /** Reads both models again and begins anew. */
  async reload(): Promise<void> {
    this.#stop();
    this.#ready = this.#load();
    await this.whenReady();
  }

  view(): ComparisonView {
    const models = this.#opened?.models;
    return {
      generation: this.#generation,
      error: this.#error,
      a: this.#file('a', models?.a, models?.onlyA),
      b: this.#file('b', models?.b, models?.onlyB),
      ...(this.#run?.progress() ?? (this.#error ? nothing : reading)),
    };
  }

  dispose(): void {
    this.#stop();
    this.#announce.dispose();
  }

  #file(
    side: 'a' | 'b',
    facts: ModelFacts | undefined,
    unmatched: PairedModels['onlyA'] = [],
  ): ComparedFile {
    return {
      ...this.#host.names[side],
      unmatched: unmatched.slice(0, mostUnmatched),
      unmatchedCount: unmatched.length,
      findings: facts?.findings.slice(0, mostFindings) ?? [],
    };
  }

  async #load(): Promise<void> {
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const opened = await this.#host.open(loading.signal);
      if (loading.signal.aborted) return void this.#close(opened);
      this.#opened = opened;
      this.#announce.dispose();
      this.#announce = atMostEvery(announceEvery(opened.models.pairs.length), this.#host.onChange);
      this.#run = new PairRun(opened.models, { ...this.#host, onChange: this.#announce });
      this.#error = null;
    } catch (e) {
      if (loading.signal.aborted) return;
      if (!WeightError.is(e)) this.#host.onInternalError(e);
      this.#error = toWire(e);
    }
    this.#generation++;
    this.#announce();
  }

  #stop(): void {
    this.#loading.abort();
    this.#run?.dispose();
    this.#run = undefined;
    if (this.#opened) void this.#close(this.#opened);
    this.#opened = undefined;
  }

  async #close(opened: OpenedPair): Promise<void> {
    try {
      await opened.close();
    } catch (e) {
      this.#host.onInternalError(e);
    }
  }
}

/** Nothing is compared: a file is bad. */
const nothing: RunProgress = {
  ...{ state: 'done', pairs: 0, donePairs: 0, failed: 0, fraction: 1, current: null },
};

/** Headers are being read. */
const reading: RunProgress = { ...nothing, state: 'running', fraction: 0 };
