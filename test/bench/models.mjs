// @ts-check
// Makes the models that are measured: seeded, written once, kept in out/bench.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { random32 } from '../fixtures/make/random.mjs';

/** @typedef {'bf16' | 'f16' | 'f32'} BenchDType */
/** @typedef {{ name: string, shape: number[], byteLength: number }} BenchTensor */
/** @typedef {{ file: string, dtype: BenchDType, tensors: BenchTensor[], width: number, layers: number }} BenchModel */
/** @typedef {{ toFloat16(x: number): number, toBFloat16(x: number): number }} Rounders */

/** Part of the names of files: what was made by other rules is made again. */
const version = 1;
const MiB = 2 ** 20;

/**
 * @param {string} text such as `256m` or `2g`
 * @returns {number} bytes
 */
export function parseSize(text) {
  const match = /^(\d+)([mg])$/i.exec(text);
  if (!match) throw new Error(`--size ${text}: expected a size such as 32m, 256m or 2g`);
  return Number(match[1]) * MiB * (match[2]?.toLowerCase() === 'g' ? 1024 : 1);
}

/**
 * A decoder in the shape of Llama that fills about `bytes`: the wider the more there is, so that layers are many.
 * @param {string} folder
 * @param {BenchDType} dtype
 * @param {number} bytes
 * @returns {BenchModel}
 */
export function planModel(folder, dtype, bytes) {
  const width = bytes <= 64 * MiB ? 512 : bytes <= 512 * MiB ? 1024 : 2048;
  const vocabulary = bytes <= 64 * MiB ? 4096 : 32_000;
  const size = dtype === 'f32' ? 4 : 2;
  const tensor = (/** @type {string} */ name, /** @type {number[]} */ ...shape) => ({
    name,
    shape,
    byteLength: size * shape.reduce((a, b) => a * b),
  });
  const tensors = [tensor('model.embed_tokens.weight', vocabulary, width)];
  const byteLength = () => tensors.reduce((sum, t) => sum + t.byteLength, 0);
  const perLayer = layerOf(0, width).reduce((n, [, shape]) => n + shape.reduce((a, b) => a * b), 0);
  let layers = 0;
  do {
    tensors.push(...layerOf(layers, width).map(([name, shape]) => tensor(name, ...shape)));
    layers++;
  } while (byteLength() + size * perLayer <= bytes);
  tensors.push(tensor('model.norm.weight', width));
  const file = path.join(folder, `${dtype}-${Math.round(bytes / MiB)}m-v${version}.safetensors`);
  return { file, dtype, tensors, width, layers };
}

/**
 * @param {number} layer
 * @param {number} width a multiple of 128
 * @returns {[name: string, shape: number[]][]}
 */
function layerOf(layer, width) {
  const inner = (width * 11) / 4;
  const prefix = `model.layers.${layer}`;
  return [
    [`${prefix}.input_layernorm.weight`, [width]],
    [`${prefix}.self_attn.q_proj.weight`, [width, width]],
    [`${prefix}.self_attn.k_proj.weight`, [width / 4, width]],
    [`${prefix}.self_attn.v_proj.weight`, [width / 4, width]],
    [`${prefix}.self_attn.o_proj.weight`, [width, width]],
    [`${prefix}.post_attention_layernorm.weight`, [width]],
    [`${prefix}.mlp.gate_proj.weight`, [inner, width]],
    [`${prefix}.mlp.up_proj.weight`, [inner, width]],
    [`${prefix}.mlp.down_proj.weight`, [width, inner]],
  ];
}

/**
 * Makes a model's file, if it is not there.
 * @param {BenchModel} model
 * @param {Rounders} rounders
 */
export function ensureModel(model, rounders) {
  const header = safetensorsHeader(model);
  const data = model.tensors.reduce((sum, t) => sum + t.byteLength, 0);
  writeOnce(model.file, header.length + data, write => {
    write(header);
    writeWeights(model, rounders, write);
  });
}

/** @param {BenchModel} model */
function safetensorsHeader({ tensors, dtype }) {
  /** @type {Record<string, unknown>} */
  const entries = { __metadata__: { format: 'pt' } };
  let end = 0;
  for (const { name, shape, byteLength } of tensors) {
    const offsets = [end, end + byteLength];
    entries[name] = { dtype: dtype.toUpperCase(), shape, data_offsets: offsets };
    end += byteLength;
  }
  const json = Buffer.from(JSON.stringify(entries));
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8), 0);
  json.copy(header, 8);
  return header;
}

/**
 * Writes a file under another name first: one that is there is complete.
 * @param {string} file
 * @param {number} byteLength
 * @param {(write: (bytes: Uint8Array) => void) => void} fill
 */
export function writeOnce(file, byteLength, fill) {
  if (existsSync(file) && statSync(file).size === byteLength) return;
  mkdirSync(path.dirname(file), { recursive: true });
  checkRoom(path.dirname(file), byteLength);
  const unfinished = `${file}.tmp`;
  const handle = openSync(unfinished, 'w');
  try {
    fill(bytes => {
      for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
    });
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
}

/**
 * @param {string} folder
 * @param {number} byteLength
 * @throws when the disk would be left with less than 1 GiB
 */
function checkRoom(folder, byteLength) {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= byteLength + 1024 * MiB) return;
  const have = Math.floor((bavail * bsize) / MiB);
  const need = Math.ceil(byteLength / MiB);
  throw new Error(`${folder} has ${have} MiB left; the model needs ${need} MiB and 1 GiB to spare`);
}

/**
 * A tensor is a few million seeded weights over and over, from another place each: no two tensors are alike, and
 * writing costs no more than copying.
 * @param {BenchModel} model
 * @param {Rounders} rounders
 * @param {(bytes: Uint8Array) => void} write
 */
function writeWeights({ tensors, dtype }, rounders, write) {
  const uint32 = random32(20_261_124);
  const matrices = [0.011, 0.02, 0.037].map(std =>
    stored(weights(uint32, 0, std), dtype, rounders),
  );
  const gains = stored(weights(uint32, 1, 0.1), dtype, rounders);
  const elementSize = dtype === 'f32' ? 4 : 2;
  for (const { shape, byteLength } of tensors) {
    const pool = shape.length === 1 ? gains : matrices[uint32() % matrices.length];
    if (!pool) throw new Error('a pool is missing');
    let from = elementSize * (uint32() % (pool.length / elementSize));
    for (let left = byteLength; left > 0; ) {
      const length = Math.min(left, pool.length - from);
      write(pool.subarray(from, from + length));
      left -= length;
      from = 0;
    }
  }
}

/** No multiple of any row: rows differ all through a tensor. */
const poolLength = 2 ** 20 + 7;
/** One weight of so many is an outlier: few enough to leave the deviation alone, enough that each matrix has some. */
const perOutlier = 2 ** 15;

/**
 * Normal values (the sum of twelve uniforms), and outliers of 8 to 24 deviations as checkpoints have them.
 * @param {() => number} uint32
 * @param {number} mean
 * @param {number} std
 */
function weights(uint32, mean, std) {
  return Float32Array.from({ length: poolLength }, () => {
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      const word = uint32();
      sum += (word & 0xffff) + (word >>> 16);
    }
    const normal = (sum - 6 * 65_535) / 65_536;
    const sign = normal < 0 ? -1 : 1;
    const isOutlier = mean === 0 && uint32() % perOutlier === 0;
    return mean + std * (isOutlier ? sign * (8 + (uint32() % 16)) : normal);
  });
}

/**
 * @param {Float32Array} values
 * @param {BenchDType} dtype
 * @param {Rounders} rounders
 * @returns {Uint8Array} little-endian
 */
function stored(values, dtype, { toFloat16, toBFloat16 }) {
  const rounded =
    dtype === 'f32' ? values : Uint16Array.from(values, dtype === 'f16' ? toFloat16 : toBFloat16);
  return new Uint8Array(rounded.buffer);
}
