// Gigabytes of float32 a second that one core decodes of weights that are stored as codes and scales, reading included;
// warm page cache, best of several rounds by processor time.
// node test/bench/decode.mjs [ROUNDS]
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { out as outFolder, root } from '../vscode/paths.mjs';

const require = createRequire(import.meta.url);
const { buildKernels } = require(path.join(root, 'esbuild.js'));
const rounds = Number(process.argv[2] ?? 7);
const folder = path.join(outFolder, 'bench', 'decode');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const bundle = path.join(folder, 'core.mjs');
await build({
  stdin: {
    contents: [
      `export { openWeights } from './src/checkpoints/model';`,
      `export { openRows } from './src/checkpoints/rows';`,
      `export { kernelEngine } from './src/kernels/engine';`,
      `export { loadKernels } from './src/kernels/kernels';`,
      `export { nodeFileSystem } from './src/worker/fileSystem';`,
    ].join('\n'),
    resolveDir: root,
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
});
const core = await import(pathToFileURL(bundle).href);
const { memory } = core.kernelEngine(
  core.loadKernels(new Uint8Array(readFileSync(buildKernels()))),
);

const [outs, ins] = [4096, 4096];
let state = 1;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state;
};
/** @param {number} length */
const noise = length => Buffer.from(Uint32Array.from({ length: length / 4 }, random).buffer);
/** Small positive float16 numbers. @param {number} count */
const halves = count =>
  Buffer.from(Uint16Array.from({ length: count }, () => 0x2000 + (random() >>> 24)).buffer);
/** Positive float32 numbers. @param {number} count */
const singles = count =>
  Buffer.from(Float32Array.from({ length: count }, () => 1e-3 + random() / 2 ** 40).buffer);

/**
 * @param {string} name
 * @param {Record<string, [dtype: string, shape: number[], bytes: Buffer]>} tensors
 * @param {object} config
 */
function safetensors(name, tensors, config) {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([key, [dtype, shape, bytes]]) => {
      const data_offsets = [at, at + bytes.length];
      at += bytes.length;
      return [`model.layers.0.mlp.up_proj.${key}`, { dtype, shape, data_offsets }];
    }),
  );
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const own = path.join(folder, name);
  mkdirSync(own);
  const file = path.join(own, 'model.safetensors');
  writeFileSync(file, Buffer.concat([length, text, ...Object.values(tensors).map(t => t[2])]));
  writeFileSync(path.join(own, 'config.json'), JSON.stringify({ quantization_config: config }));
  return file;
}

/**
 * @param {string} name
 * @param {number} type
 * @param {{ block: number, bytes: number, halves: readonly number[] }} layout places of float16 numbers in a block
 */
function gguf(name, type, { block, bytes, halves: places }) {
  const data = noise((outs * ins * bytes) / block);
  for (let at = 0; at < data.length; at += bytes)
    for (const place of places) data.writeUInt16LE(0x2000 + (random() >>> 24), at + place);
  const tensor = Buffer.from('blk.0.ffn_up.weight');
  const head = Buffer.alloc(24 + 8 + tensor.length + 4 + 16 + 4 + 8);
  head.write('GGUF', 0);
  head.writeUInt32LE(3, 4);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(0n, 16);
  head.writeBigUInt64LE(BigInt(tensor.length), 24);
  tensor.copy(head, 32);
  let at = 32 + tensor.length;
  head.writeUInt32LE(2, at);
  head.writeBigUInt64LE(BigInt(ins), at + 4);
  head.writeBigUInt64LE(BigInt(outs), at + 12);
  head.writeUInt32LE(type, at + 20);
  at += 32;
  const file = path.join(folder, `${name}.gguf`);
  writeFileSync(file, Buffer.concat([head, Buffer.alloc((32 - (at % 32)) % 32), data]));
  return file;
}

const groups = ins / 128;
const gptq = { quant_method: 'gptq', bits: 4, group_size: 128, sym: true, desc_act: false };
const awq = { quant_method: 'awq', bits: 4, group_size: 128, version: 'gemm', zero_point: true };
const quantState = Buffer.from(
  JSON.stringify({ quant_type: 'nf4', blocksize: 64, dtype: 'float16', shape: [outs, ins] }),
);
const files = {
  Q4_0: gguf('q4_0', 2, { block: 32, bytes: 18, halves: [0] }),
  Q4_K: gguf('q4_k', 12, { block: 256, bytes: 144, halves: [0, 2] }),
  Q8_0: gguf('q8_0', 8, { block: 32, bytes: 34, halves: [0] }),
  'GPTQ 4-bit g128': safetensors(
    'gptq',
    {
      qweight: ['I32', [ins / 8, outs], noise((ins / 8) * outs * 4)],
      qzeros: ['I32', [groups, outs / 8], Buffer.alloc((groups * outs) / 2, 0x77)],
      scales: ['F16', [groups, outs], halves(groups * outs)],
    },
    gptq,
  ),
  'AWQ 4-bit g128': safetensors(
    'awq',
    {
      qweight: ['I32', [ins, outs / 8], noise((ins * outs) / 2)],
      qzeros: ['I32', [groups, outs / 8], noise((groups * outs) / 2)],
      scales: ['F16', [groups, outs], halves(groups * outs)],
    },
    awq,
  ),
  'NF4 block 64': safetensors(
    'nf4',
    {
      weight: ['U8', [(outs * ins) / 2, 1], noise((outs * ins) / 2)],
      'weight.absmax': ['F32', [(outs * ins) / 64], singles((outs * ins) / 64)],
      'weight.quant_map': ['F32', [16], singles(16)],
      'weight.quant_state.bitsandbytes__nf4': ['U8', [quantState.length], quantState],
    },
    { quant_method: 'bitsandbytes', load_in_4bit: true },
  ),
};

console.log(`Node ${process.version}, ${outs} x ${ins} weights, best of ${rounds}`);
for (const [name, file] of Object.entries(files)) {
  const model = await core.openWeights(core.nodeFileSystem, file);
  const [entry] = model.weights;
  if (!entry || entry.count !== outs * ins)
    throw new Error(`${name}: ${JSON.stringify(model.findings)}`);
  const fileSize = model.files[0].byteLength;
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage();
    const { stream, close } = await core.openRows(core.nodeFileSystem, entry, { fileSize, memory });
    for (const panel of stream.panels()) for await (const tile of stream.tiles(panel)) void tile;
    await close();
    const { user, system } = process.cpuUsage(cpu);
    best = Math.min(best, (1e3 * (user + system)) / entry.count);
  }
  console.log(name.padEnd(18), `${(4 / best).toFixed(2)} GB/s`, `${best.toFixed(2)} ns/value`);
}
