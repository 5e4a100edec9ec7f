// @ts-check
// Runs the project's checks and tests, one stage after the other, and sums them up.
// node test/run.mjs [RUN] [ARGUMENT ...]: RUN is one of `runs` below, by default all; arguments go to the last stage.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureDependencies, node } from './vscode/commands.mjs';
import { ensureServedVsCode } from './vscode/install.mjs';
import { packageExtension } from './vscode/package.mjs';
import { out, servedExists } from './vscode/paths.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {object} Stage
 * @property {string} title
 * @property {(args: readonly string[]) => Promise<number>} run exit code
 * @property {() => Counts} [counts] what its tests came to; throws when they did not end
 * @property {string} [leftOut] why it cannot run on this machine
 */

const results = path.join(out, 'results');
const resultsOf = (/** @type {string} */ name) => path.join(results, `${name}.json`);

/** @param {string} project @param {readonly string[]} args */
const vitest = (project, args) =>
  node('node_modules/vitest/vitest.mjs', [
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${resultsOf(project)}`,
    ...args,
  ]);

/** @param {string} project @returns {Counts} */
function vitestCounts(project) {
  const report = JSON.parse(readFileSync(resultsOf(project), 'utf8'));
  // A file that cannot be loaded, or whose preparation fails, has no failed test in it: it counts as one.
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** @returns {Counts} of the suite that ran in an extension host */
function hostCounts() {
  /** @type {{ state: string }[]} */
  const tests = JSON.parse(readFileSync(resultsOf('integration'), 'utf8'));
  const count = (/** @type {string} */ state) => tests.filter(test => test.state === state).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('pending') };
}

/** @param {string} script @returns {Stage['run']} */
const hostRun =
  script =>
  (...[args]) =>
    node(script, args, { EXTHOST_RESULTS: resultsOf('integration') });

const noServer = 'the served VS Code only exists for Linux on x64';

/** @type {Record<string, Stage>} */
const stages = {
  types: { title: 'Types', run: args => node('node_modules/typescript/bin/tsc', ['-b', ...args]) },
  lint: {
    title: 'Lint and format',
    run: args =>
      node('node_modules/@biomejs/biome/bin/biome', [
        'ci',
        '--error-on-warnings',
        `--colors=${process.stdout.isTTY ? 'force' : 'off'}`,
        ...args,
      ]),
  },
  build: { title: 'Build', run: () => node('esbuild.js') },
  unit: {
    title: 'Unit and architecture tests',
    run: args => vitest('unit', args),
    counts: () => vitestCounts('unit'),
  },
  package: { title: 'Package', run: packageExtension },
  served: {
    title: 'Extension-host tests in the served VS Code',
    run: async args => {
      ensureServedVsCode();
      return hostRun('test/integration/run.mjs')(args);
    },
    counts: hostCounts,
  },
  electron: {
    title: 'Extension-host tests in desktop VS Code',
    run: hostRun('test/integration/electron.mjs'),
    counts: hostCounts,
  },
  e2e: {
    title: 'End-to-end tests in a browser',
    run: async args => {
      ensureServedVsCode();
      return vitest('e2e', args);
    },
    counts: () => vitestCounts('e2e'),
    ...(servedExists ? {} : { leftOut: noServer }),
  },
};

const host = servedExists ? 'served' : 'electron';

/** @type {Record<string, readonly string[]>} */
const runs = {
  all: ['types', 'lint', 'build', 'unit', host, 'package', 'e2e'],
  check: ['types', 'lint', 'build', 'unit'],
  unit: ['build', 'unit'],
  integration: ['build', host],
  e2e: ['package', 'e2e'],
  electron: ['build', 'electron'],
  package: ['package'],
};

/** Stages that need what this one makes. */
const needs = /** @type {Record<string, readonly string[]>} */ ({
  build: ['served', 'electron', 'package', 'e2e'],
  package: ['e2e'],
});

/**
 * @param {Stage} stage
 * @param {readonly string[]} args
 * @returns {Promise<Counts>} a stage that fails without a failed test counts as one
 */
async function runStage(stage, args) {
  const code = await stage.run(args).catch(error => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  });
  const none = { passed: 0, failed: 0, skipped: 0 };
  const counts = stage.counts ? countsOrNone(stage.counts) : none;
  const silent = stage.counts && !counts; // its tests did not end, whatever its exit code says
  if ((code === 0 && !silent) || (counts?.failed ?? 0) > 0) return counts ?? none;
  return { ...(counts ?? none), failed: 1 };
}

/** @param {() => Counts} read */
function countsOrNone(read) {
  try {
    return read();
  } catch (error) {
    console.error(`no results: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** @param {Counts} counts */
const describeCounts = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

async function main() {
  const [run = 'all', ...args] = process.argv.slice(2);
  const names = runs[run];
  if (!names) throw new Error(`unknown run ${run}: one of ${Object.keys(runs).join(', ')}`);
  ensureDependencies();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });

  const total = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  const summary = [];
  /** @type {Set<string>} */
  const impossible = new Set();
  for (const name of names) {
    const stage = /** @type {Stage} */ (stages[name]);
    const title = stage.title.padEnd(44);
    if (stage.leftOut) {
      summary.push(`${title} left out: ${stage.leftOut}`);
      continue;
    }
    if (impossible.has(name)) {
      total.failed++;
      summary.push(`${title} not run: what it needs could not be made`);
      continue;
    }
    console.log(`\n=== ${stage.title} ===`);
    const start = Date.now();
    const counts = await runStage(stage, name === names.at(-1) ? args : []);
    if (counts.failed > 0) for (const later of needs[name] ?? []) impossible.add(later);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped']))
      total[key] += counts[key];
    const verdict = stage.counts ? describeCounts(counts) : counts.failed > 0 ? 'failed' : 'ok';
    summary.push(`${title} ${verdict} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  }
  console.log(`\n=== Summary ===\n${summary.join('\n')}\n`);
  console.log(describeCounts(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

main().catch(error => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
