// The time of a KL calibration once the histogram is counted, in ms and as a multiple of the plain algorithm's.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const bins = 2048;
const levels = 128;
const rounds = 9;
/** Calibrations in one measurement. */
const batch = 20;
const calibrators = await bundled(`
  export * from './src/quant/calibration/nvEntropy';
  export * from './src/quant/calibration/ortEntropy';
`);
const random = seeded(1);
const draws = {
  gaussian: normal,
  'heavy tails': () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3),
  outliers: () => normal() * (random() < 0.01 ? 10 : 1),
};

for (const [algorithm, make] of [
  ['nv', () => calibrators.nvEntropy(bins, levels)],
  ['ort', () => calibrators.ortEntropy(bins, levels)],
])
  for (const [kind, draw] of Object.entries(draws))
    for (const count of [2 ** 12, 2 ** 20]) report(algorithm, make, { kind, draw, count });

function report(algorithm, make, { kind, draw, count }) {
  const search = [];
  const plain = [];
  for (let i = 0; i < rounds; i++) {
    const values = Float32Array.from({ length: count }, draw);
    const ready = Array.from({ length: batch }, () => counted(make(), values));
    let calibrated;
    search.push(
      cpuMs(() => {
        for (const calibrator of ready) calibrated = calibrator.finish();
      }) / batch,
    );
    // The plain algorithm is what makes the curve.
    plain.push(cpuMs(() => calibrated.curve));
  }
  const figures = { searchMs: median(search), plainMs: median(plain) };
  const ratio = figures.plainMs / figures.searchMs;
  console.log(JSON.stringify({ bench: `entropy ${algorithm}`, kind, count, ratio, ...figures }));
}

/** The calibrator with its histogram counted: what is left is to finish. */
function counted(calibrator, values) {
  calibrator.add(values, 0, values.length);
  calibrator.finish();
  calibrator.add(values, 0, values.length);
  return calibrator;
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function bundled(contents) {
  const resolveDir = fileURLToPath(new URL('../..', import.meta.url));
  const stdin = { contents, resolveDir, loader: 'ts' };
  const built = await build({ stdin, bundle: true, write: false, format: 'esm' });
  const code = Buffer.from(built.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** Processor time, collection of garbage included. */
function cpuMs(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
