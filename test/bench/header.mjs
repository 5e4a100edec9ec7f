// The time to read and check a safetensors header of 100 000 tensors, as a multiple of JSON.parse of the same text.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const tensors = 100_000;
const rounds = 15;
const { readSafetensors } = await bundled("export * from './src/formats/safetensors';");
const text = `{${Array.from({ length: tensors }, (_, i) => entry(i)).join(',')}}`;
const file = fileOf(text, 4 * tensors);

const parse = [];
const read = [];
for (let i = 0; i < rounds; i++) {
  parse.push(await cpuMs(() => JSON.parse(text)));
  read.push(await cpuMs(() => readSafetensors(file, 'model.safetensors')));
}
const ratios = read.map((ms, i) => ms / parse[i]);
const figures = { ratio: median(ratios), readMs: median(read), parseMs: median(parse) };
console.log(JSON.stringify({ bench: 'header', tensors, bytes: text.length, ...figures }));

function entry(i) {
  const name = `model.layers.${i}.mlp.experts.down_proj.weight`;
  return `"${name}":{"dtype":"BF16","shape":[2,1],"data_offsets":[${4 * i},${4 * i + 4}]}`;
}

/** A file of this header and so many bytes of data, which nobody reads. */
function fileOf(header, dataBytes) {
  const json = new TextEncoder().encode(header);
  const head = new Uint8Array(8 + json.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(json.length), true);
  head.set(json, 8);
  return {
    size: head.length + dataBytes,
    read: async (offset, into) => into.set(head.subarray(offset, offset + into.length)),
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
async function cpuMs(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
