// @ts-check
// `npm run bench`: how fast the product is beside what people would use instead. See --help and docs/performance.md.
import { execSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { out, root } from '../vscode/paths.mjs';
import { contendersOf, rows } from './contenders.mjs';
import { ensureGguf } from './gguf.mjs';
import { machineOf } from './machine.mjs';
import { ensureModel, parseSize, planModel } from './models.mjs';
import { measureRedraws, standard } from './redraw.mjs';
import { markdown, plainText } from './report.mjs';
import { measureRow } from './rounds.mjs';

/** @typedef {import('./models.mjs').BenchDType} BenchDType */
/** @typedef {import('./report.mjs').Report} Report */
/** @typedef {import('./report.mjs').Table} Table */

const help = `npm run bench -- [options]
  --size SIZE      of each model: 32m, 256m (default), 2g
  --dtypes LIST    of bf16,f16,f32 (default: all)
  --rows LIST      of ${rows.map(r => r.id).join(',')} (default: all)
  --runs N         rounds, of which medians are taken (default 5)
  --budget S       who would take longer than S seconds a run is given fewer tensors (default 8)
  --json FILE      also write every measurement
  --markdown FILE  also put the tables into FILE, between its two bench comments
  --no-charts      do not measure the redraw of charts, which needs a browser
  --no-build       measure dist/ as it is
  --from FILE      measure nothing: take what an earlier --json wrote
environment: LLAMA_QUANTIZE (the program), LIBGGML (libggml-base.so), PYTHON (default python3)`;

/** @type {readonly BenchDType[]} */
const allDTypes = ['bf16', 'f16', 'f32'];
const folder = path.join(out, 'bench');

function options() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      size: { type: 'string', default: '256m' },
      dtypes: { type: 'string', default: allDTypes.join(',') },
      rows: { type: 'string', default: rows.map(r => r.id).join(',') },
      runs: { type: 'string', default: '5' },
      budget: { type: 'string', default: '8' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      'no-charts': { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      from: { type: 'string' },
    },
  });
  return {
    ...values,
    bytes: parseSize(values.size),
    dtypes: chosen('--dtypes', values.dtypes, allDTypes, d => d),
    rows: chosen('--rows', values.rows, rows, r => r.id),
    runs: positive('--runs', values.runs),
    budget: positive('--budget', values.budget),
  };
}

/**
 * @template T
 * @param {string} option
 * @param {string} list
 * @param {readonly T[]} from
 * @param {(item: T) => string} nameOf
 * @returns {T[]}
 */
function chosen(option, list, from, nameOf) {
  return list.split(',').map(name => {
    const item = from.find(i => nameOf(i) === name);
    if (item !== undefined) return item;
    throw new Error(`${option} ${name}: expected some of ${from.map(nameOf).join(',')}`);
  });
}

/**
 * @param {string} option
 * @param {string} text
 */
function positive(option, text) {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new Error(`${option} ${text}: expected a positive number`);
}

/**
 * Builds the product and copies it, so that a build that someone starts meanwhile changes nothing.
 * @param {boolean} isBuilt
 */
async function makeProduct(isBuilt) {
  if (!isBuilt) execSync('npm run --silent build', { cwd: root, stdio: 'inherit' });
  const product = path.join(folder, 'product');
  rmSync(product, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, 'dist'), product, { recursive: true });
  const core = path.join(folder, 'core.mjs');
  await build({
    stdin: {
      contents: `export { createPool } from './src/worker/pool';
export { sharingRows } from './src/worker/sharing';
export { toBFloat16, toFloat16 } from './src/base/float16';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: core,
    logLevel: 'warning',
  });
  return { core, worker: path.join(product, 'worker.js') };
}

/** @returns the Python that has numpy */
function findPython() {
  const python = process.env.PYTHON ?? 'python3';
  return spawnSync(python, ['-c', 'import numpy']).status === 0 ? python : undefined;
}

/**
 * A path that is given is there.
 * @param {string} name of an environment variable
 */
function given(name) {
  const file = process.env[name];
  if (file && !existsSync(file)) throw new Error(`${name}: there is no ${file}`);
  return file || undefined;
}

/**
 * The models, made where missing.
 * @param {ReturnType<typeof options>} asked
 * @param {string} core
 */
async function makeModels({ dtypes, bytes }, core) {
  /** @type {import('./models.mjs').Rounders} */
  const rounders = await import(pathToFileURL(core).href);
  return dtypes.map(dtype => {
    const model = planModel(path.join(folder, 'models'), dtype, bytes);
    ensureModel(model, rounders);
    return model;
  });
}

const marks = /** @type {const} */ (['<!-- bench -->', '<!-- /bench -->']);

/**
 * @param {string} file
 * @param {string} text
 */
function putBetweenMarks(file, text) {
  const whole = readFileSync(file, 'utf8');
  const [from, to] = marks.map(mark => whole.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`${file} has no ${marks.join(' ... ')}`);
  const before = whole.slice(0, from + marks[0].length);
  writeFileSync(file, `${before}\n\n${text}\n${whole.slice(to)}`);
}

/**
 * @param {ReturnType<typeof options>} asked
 * @returns {Promise<Report>}
 */
async function measure(asked) {
  const log = (/** @type {string} */ text) => console.error(text);
  const product = await makeProduct(asked['no-build']);
  const python = findPython();
  const others = { python, library: given('LIBGGML'), llamaQuantize: given('LLAMA_QUANTIZE') };
  const contenders = contendersOf({ ...product, ...others, gguf: ensureGguf });
  const machine = machineOf(others, root);
  /** @type {Table[]} */
  const tables = [];
  for (const model of await makeModels(asked, product.core)) {
    const byteLength = model.tensors.reduce((sum, t) => sum + t.byteLength, 0);
    const results = asked.rows.map(row => measureRow(row, model, contenders, { ...asked, log }));
    tables.push({ dtype: model.dtype, byteLength, results });
  }
  const redraws = asked['no-charts'] ? [] : await measureRedraws(standard);
  return { machine, runs: asked.runs, budget: asked.budget, tables, redraws };
}

async function main() {
  const asked = options();
  if (asked.help) return console.log(help);
  /** @type {Report} */
  const report = asked.from ? JSON.parse(readFileSync(asked.from, 'utf8')) : await measure(asked);
  console.log(plainText(report));
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify(report, null, 2)}\n`);
  if (asked.markdown) putBetweenMarks(asked.markdown, markdown(report));
}

main().catch(error => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
