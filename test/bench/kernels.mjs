// Nanoseconds of processor time an element takes, of each kernel and of its plain twin, interleaved; least of several rounds.
// node test/bench/kernels.mjs [ROUNDS]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root } from '../vscode/paths.mjs';

const require = createRequire(import.meta.url);
const { buildKernels } = require(path.join(root, 'esbuild.js'));
const rounds = Number(process.argv[2] ?? 7);
const bundle = path.join(root, 'out', 'kernels', 'bench.mjs');
mkdirSync(path.dirname(bundle), { recursive: true });
const sources = [
  'kernels/kernels',
  'kernels/levels',
  'formats/decode',
  'stats/moments',
  'stats/histogram',
  'quant/errorSums',
  'quant/grids/integer',
  'quant/grids/integerCodec',
  'quant/grids/levelCodec',
  'quant/grids/levelGrids',
  'quant/calibration/minmax',
  'quant/calibration/clipSearch',
];
await build({
  stdin: {
    contents: sources.map(s => `export * from ${JSON.stringify(`./src/${s}`)};`).join('\n'),
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  outfile: bundle,
});
const core = await import(pathToFileURL(bundle).href);
const kernels = core.loadKernels(new Uint8Array(readFileSync(buildKernels())));

const n = 2 ** 17;
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const values = Float32Array.from(
  { length: n },
  () => 0.05 * (random() + random() + random() - 1.5),
);
const own = kernels.floats(2 * n).subarray(0, n);
own.set(values);
const out = kernels.floats(2 * n).subarray(n);
const bytes = new Uint8Array(values.buffer.slice(0));
const ownBytes = kernels.bytes(2 * n);
ownBytes.set(bytes.subarray(0, 2 * n));

const room = {
  codes: new Int32Array(n),
  results: new Float32Array(n),
  clipped: new Uint8Array(n),
  scales: new Float32Array(n),
};

/** Calibrates, quantizes and adds up, as a run does. */
function plainRun(width, rule, codec) {
  for (let from = 0; from < n; from += width) {
    const calibrator = core.minmax();
    calibrator.add(values, from, from + width);
    const params = rule(calibrator.finish().range);
    codec.quantize({ values, from, to: from + width, index: from, stride: 1 }, params, room);
    room.scales.fill(params.scale, from, from + width);
  }
  const piece = { index: 0, values, kept: null, ...room };
  core.addErrors(piece, 0, n, core.noErrors());
  new core.CodeCounts(codec.codes).add(piece, 0, n);
}

const integer = (bits, symmetric) => {
  const grid = { bits, signed: symmetric, symmetric, range: 'narrow', zero: 'in' };
  const codec = core.integerCodec({
    ...core.codeRange(grid),
    rounding: { kind: 'even' },
    division: 'divide',
    zeroPoint: 'after',
  });
  return { grid, codec, rule: core.integerRule(grid, Math.fround) };
};
const affine = (bits, symmetric, width) => {
  const { grid, codec, rule } = integer(bits, symmetric);
  return [
    () => kernels.affineSegments({ values: own, width, grid }),
    () => plainRun(width, rule, codec),
  ];
};
const level = (name, width) => {
  const grid = core.levelGrids[name];
  const arithmetic = { ...grid, rounding: { kind: 'even' }, division: 'divide' };
  const levels = core.prepareLevels(arithmetic);
  const codec = core.levelCodec(arithmetic);
  const largest = Math.max(...grid.levels.map(Math.abs));
  const rule = ({ lo, hi }) => ({
    scale: Math.fround(Math.max(-lo, hi) / largest),
    zeroPoint: 0,
  });
  return [
    () => kernels.levelSegments({ values: own, width, levels }),
    () => plainRun(width, rule, codec),
  ];
};
const widen = dtype => {
  const decode = core.decoderFor(dtype, 'little');
  const plainOut = new Float32Array(n);
  return [() => kernels.widen(dtype, ownBytes, out), () => decode(bytes, 0, plainOut)];
};
const clip = norm => {
  const { grid, codec, rule } = integer(4, false);
  const width = 4096;
  const options = { grid: 100, shrink: 0.8, norm, params: rule };
  const run = hasCurve => () => {
    for (let from = 0; from < 4 * width; from += width)
      kernels.clipSearch(own.subarray(from, from + width), {
        ...options,
        codes: core.codeRange(grid),
        hasCurve,
      });
  };
  const plain = () => {
    for (let from = 0; from < 4 * width; from += width) {
      const search = core.clipSearch({ ...options, codec });
      for (let pass = 0; pass < 2; pass++) {
        search.add(values, from, from + width);
        search.finish();
      }
    }
  };
  return { run, plain, share: (4 * width) / n };
};
const moments = () => new core.Moments().add(values);
const counter = () => core.HistogramCounter.over(-0.075, 0.075);
const edges = Float64Array.from({ length: 257 }, (_, i) => -0.075 + (i * 0.15) / 256);
const words = new Uint16Array(bytes.buffer, 0, n);
const patterns = new Uint32Array(65_536);

const table = [
  ...['BF16', 'F16', 'F8_E4M3', 'I8'].map(d => [`widen ${d}`, ...widen(d)]),
  ['statistics', () => kernels.stats(own), moments],
  ['beyond', () => kernels.countBeyond(own, 0.06), () => core.countBeyond(values, 0.06)],
  ['int8 channel 4096', ...affine(8, true, 4096)],
  ['int4 group 128', ...affine(4, false, 128)],
  ['int4 group 32', ...affine(4, false, 32)],
  ['nf4 group 64', ...level('nf4', 64)],
  ['fp4 group 32', ...level('fp4', 32)],
  ['fp8-e4m3 channel', ...level('fp8-e4m3', 4096)],
  ['histogram 256', () => kernels.histogram({ values: own, edges }), () => counter().add(values)],
  [
    'patterns of 16 bits',
    () => kernels.countPatterns(ownBytes),
    () => {
      for (let i = 0; i < n; i++) patterns[words[i]]++;
    },
  ],
  ...[2, 2.4].flatMap(norm => {
    const { run, plain, share } = clip(norm);
    return [
      [`clip search ${norm}`, run(false), plain, share],
      [`clip search ${norm}, curve`, run(true), plain, share],
    ];
  }),
];

/** Nanoseconds a call takes. */
function timed(run) {
  let calls = 0;
  const before = process.cpuUsage();
  let spent = 0;
  do {
    run();
    calls++;
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  } while (spent < 10_000);
  return (spent * 1000) / calls;
}

console.log(`Node ${process.version}, ${n} values, least of ${rounds}`);
for (const [name, fast, plain, share = 1] of table) {
  const best = [Infinity, Infinity];
  for (let round = 0; round <= rounds; round++)
    [fast, plain].forEach((run, i) => {
      best[i] = Math.min(best[i], timed(run) / (n * share));
    });
  const [kernel, twin] = best.map(ns => ns.toFixed(2).padStart(8));
  console.log(`${name.padEnd(24)}${kernel}${twin}  ${(best[1] / best[0]).toFixed(1)}x`);
}
