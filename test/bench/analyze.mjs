// @ts-check
// One measured run of the product: its worker pool, asked as the editor asks it. The job comes as JSON on stdin, the
// result leaves as JSON on stdout. Started by contenders.mjs.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} AnalyzeJob
 * @property {string} core bundle with `createPool` and `sharingRows`
 * @property {string} worker the built worker
 * @property {string} file
 * @property {number} workers
 * @property {readonly string[]} schemes
 * @property {readonly string[]} tensors names, in the order in which they are asked for
 */
/** @typedef {typeof import('../../src/worker/pool.js') & typeof import('../../src/worker/sharing.js')} Pools */
/** @typedef {import('../../src/protocol/worker.js').TensorAnalysis} TensorAnalysis */
/** @typedef {import('../../src/formats/tensorFile.js').Model} Model */

const now = () => performance.timeOrigin + performance.now();

/** @param {AnalyzeJob} job */
async function main(job) {
  /** @type {Pools} */
  const { createPool, sharingRows } = await import(pathToFileURL(job.core).href);
  const size = job.workers;
  const pool = sharingRows(createPool({ workerPath: job.worker, size }), size);
  const model = await pool.request('model/open', { path: job.file });
  const opened = now();
  const cpu = process.cpuUsage();
  let first = Number.NaN;
  /** @type {Record<string, Record<string, number | null>>} */
  const figures = {};
  await Promise.all(
    requests(model, job).map(async request => {
      const analysis = await pool.request('tensor/analyze', request);
      if (Number.isNaN(first) && request.entry.shape.length > 1) first = now();
      figures[request.entry.name] = figuresOf(analysis);
    }),
  );
  const workSeconds = (now() - opened) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  process.stdout.write(
    JSON.stringify({ opened, first, workSeconds, cpuSeconds, peakBytes: peakBytes(), figures }),
  );
  await pool.dispose();
}

/**
 * @param {Model} model
 * @param {AnalyzeJob} job
 */
function requests({ tensors, files }, { tensors: names, schemes }) {
  const byName = new Map(tensors.map(entry => [entry.name, entry]));
  const fileSize = files[0]?.byteLength ?? 0;
  return names.map(name => {
    const entry = byName.get(name);
    if (!entry) throw new Error(`no tensor ${name}`);
    return { entry, fileSize, sigma: 6, schemes };
  });
}

/**
 * What all contenders compute and are compared by.
 * @param {TensorAnalysis} analysis
 */
function figuresOf({ profile, reports }) {
  if (!profile) throw new Error('a tensor has no figures');
  const { min, max, mean, std, zeros, nan, infinite, outliers } = profile;
  /** @type {Record<string, number | null>} */
  const figures = { min, max, mean, std, zeros, nonFinite: nan + infinite };
  figures.outliers = outliers.count;
  reports.forEach((report, i) => {
    if (!report) throw new Error('a scheme was left out');
    const { mse, meanAbsError, maxAbsError, cosine, rmseOverScale, clippedFraction } = report;
    const errors = { mse, meanAbsError, maxAbsError, cosine, rmseOverScale, clippedFraction };
    for (const [key, value] of Object.entries(errors)) figures[`${key}.${i}`] = value;
  });
  return figures;
}

/** The most memory that was resident. Linux counts what the parent had before `exec` into maxRSS, but not into VmHWM. */
function peakBytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const status = readFileSync('/proc/self/status', 'latin1');
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}

main(JSON.parse(readFileSync(0, 'utf8'))).catch(error => {
  console.error(error);
  process.exitCode = 1;
});
