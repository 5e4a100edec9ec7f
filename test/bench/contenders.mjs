// @ts-check
// Who is measured, and how one run of each is made. Every run is a process of its own, timed from before its start.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { out } from '../vscode/paths.mjs';

/** @typedef {import('./models.mjs').BenchModel} BenchModel */
/** @typedef {Record<string, Record<string, number | null>>} Figures by tensor */
/**
 * What a run took. Missing is what a contender cannot tell.
 * @typedef {object} Measure
 * @property {number} wall seconds from before the process starts until it has ended
 * @property {number} [work] seconds after the header was read
 * @property {number} [cpu] processor seconds in that time, of all threads
 * @property {number} [peakBytes]
 * @property {number} [openedMs] header read, after the start
 * @property {number} [firstMs] figures of the first matrix, after the start
 * @property {Figures} [figures]
 */
/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {readonly string[]} schemes
 * @property {number} [tolerance] of figures, relative
 * @property {string} [ggml] the type of ggml that computes the same as the first scheme
 * @property {boolean} [llamaQuantize] whether llama-quantize Q4_0 stands beside it
 */
/** @typedef {{ row: Row, model: BenchModel, tensors: readonly string[] }} Job */
/**
 * @typedef {object} Contender
 * @property {string} id
 * @property {string} title
 * @property {(row: Row) => boolean} takes
 * @property {boolean} whole whether it always works on the whole file
 * @property {(job: Job) => Measure} run
 */
/**
 * Where everything is.
 * @typedef {object} Places
 * @property {string} core
 * @property {string} worker
 * @property {string | undefined} python
 * @property {string | undefined} library libggml-base
 * @property {string | undefined} llamaQuantize
 * @property {(model: BenchModel) => string} gguf the model's file for llama-quantize
 */

/** What is measured. @type {readonly Row[]} */
export const rows = [
  { id: 'statistics', title: 'statistics', schemes: [] },
  {
    id: 'fused',
    title: 'statistics + int8 channel + int4 group 128',
    schemes: ['int8', 'int4 group=128'],
    llamaQuantize: true,
  },
  { id: 'nf4', title: 'NF4 block 64', schemes: ['nf4'] },
  {
    id: 'clip',
    title: 'int4 group 128, MSE clip search',
    schemes: ['int4 group=128 calib=mse'],
    // Of two ranges whose losses agree to a float32 rounding each may be chosen.
    tolerance: 1e-5,
  },
  { id: 'q4_0', title: 'Q4_0', schemes: ['q4_0'], ggml: 'q4_0', llamaQuantize: true },
  { id: 'q8_0', title: 'Q8_0', schemes: ['q8_0'], ggml: 'q8_0' },
  { id: 'q4_k', title: 'Q4_K', schemes: ['q4_k'], ggml: 'q4_k' },
];

/** numpy has no script for these. */
const notInNumpy = ['q4_k'];

const script = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const now = () => performance.timeOrigin + performance.now();
const always = () => true;

/**
 * The contenders that this machine has.
 * @param {Places} places
 * @returns {Contender[]}
 */
export function contendersOf(places) {
  const { python, library, llamaQuantize } = places;
  const product = (/** @type {number} */ workers, /** @type {'on' | 'off'} */ kernels) => ({
    takes: always,
    whole: false,
    run: (/** @type {Job} */ job) => runProduct(places, job, workers, kernels),
  });
  /** @type {Contender[]} */
  const all = [
    { id: 'two', title: 'Quantscope, 2 workers', ...product(2, 'on') },
    { id: 'one', title: 'Quantscope, 1 worker', ...product(1, 'on') },
    { id: 'plain', title: 'plain TypeScript, 1 worker', ...product(1, 'off') },
  ];
  if (process.platform !== 'win32')
    all.unshift({ id: 'cat', title: 'cat', takes: always, whole: true, run: runCat });
  if (python)
    all.push({
      id: 'numpy',
      title: 'numpy',
      takes: row => !notInNumpy.includes(row.id),
      whole: false,
      run: job => runPython(python, 'numpy_bench.py', { ...common(job), ...job.row }),
    });
  if (python && library)
    all.push({
      id: 'ggml',
      title: 'ggml, 1 thread',
      takes: row => row.ggml !== undefined,
      whole: false,
      run: job => {
        const type = job.row.ggml;
        return runPython(python, 'ggml_bench.py', { ...common(job), type, library });
      },
    });
  if (llamaQuantize)
    all.push({
      id: 'llama',
      title: 'llama-quantize Q4_0, 2 threads',
      takes: row => row.llamaQuantize === true,
      whole: true,
      run: job => runLlamaQuantize(llamaQuantize, places.gguf(job.model)),
    });
  return all;
}

/** @param {Job} job */
const common = ({ model, tensors }) => ({ file: model.file, tensors });

/**
 * @param {Places} places
 * @param {Job} job
 * @param {number} workers
 * @param {'on' | 'off'} kernels
 */
function runProduct({ core, worker }, job, workers, kernels) {
  const { schemes } = job.row;
  const env = kernels === 'off' ? { ...process.env, QUANTSCOPE_KERNELS: 'off' } : process.env;
  const input = { core, worker, workers, schemes, ...common(job) };
  return runScript(process.execPath, 'analyze.mjs', input, env);
}

/**
 * @param {string} python
 * @param {string} name
 * @param {object} input
 */
function runPython(python, name, input) {
  // One thread, as the product's one worker.
  const threads = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  // Compiled modules are left in out/ and not beside the sources.
  const cache = { PYTHONPYCACHEPREFIX: path.join(out, 'bench', 'pycache') };
  return runScript(python, name, input, { ...process.env, ...threads, ...cache });
}

/**
 * @param {string} program
 * @param {string} name
 * @param {object} input
 * @param {NodeJS.ProcessEnv} env
 * @returns {Measure}
 */
function runScript(program, name, input, env) {
  const start = now();
  const { stdout, stderr, status, error } = spawnSync(program, [script(name)], {
    input: JSON.stringify(input),
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const wall = (now() - start) / 1000;
  if (error || status !== 0) throw new Error(`${name} failed: ${error?.message ?? stderr}`);
  const told = JSON.parse(stdout);
  const after = (/** @type {number | null} */ time) => (time === null ? Number.NaN : time - start);
  return {
    wall,
    work: told.workSeconds,
    cpu: told.cpuSeconds,
    peakBytes: told.peakBytes,
    openedMs: after(told.opened),
    firstMs: after(told.first),
    figures: told.figures,
  };
}

/**
 * `cat FILE > /dev/null`
 * @param {Pick<Job, 'model'>} job
 * @returns {Measure}
 */
function runCat({ model }) {
  const nowhere = openSync('/dev/null', 'w');
  try {
    return timed('cat', [model.file], ['ignore', nowhere, 'inherit']);
  } finally {
    closeSync(nowhere);
  }
}

/**
 * It writes the quantized model too; the file is removed.
 * @param {string} program
 * @param {string} gguf
 * @returns {Measure}
 */
function runLlamaQuantize(program, gguf) {
  const written = `${gguf}.q4_0`;
  try {
    return timed(program, ['--pure', gguf, written, 'Q4_0', '2'], 'pipe');
  } finally {
    rmSync(written, { force: true });
  }
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').StdioOptions} stdio
 * @returns {Measure}
 */
function timed(program, args, stdio) {
  const start = now();
  const { status, error, stderr } = spawnSync(program, args, { stdio });
  const wall = (now() - start) / 1000;
  if (error || status !== 0)
    throw new Error(`${path.basename(program)} failed: ${error?.message ?? stderr}`);
  return { wall };
}
