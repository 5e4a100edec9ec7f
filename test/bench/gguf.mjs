// @ts-check
// The same weights as a GGUF file, for llama-quantize.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { writeOnce } from './models.mjs';

/** @typedef {import('./models.mjs').BenchModel} BenchModel */

const alignment = 32;
/** @typedef {'u32' | 'f32' | 'string'} FieldType */
/** enum gguf_type @type {Readonly<Record<FieldType, number>>} */
const types = { u32: 4, f32: 6, string: 8 };
/** enum ggml_type */
const tensorTypes = { f32: 0, f16: 1, bf16: 30 };

/**
 * @param {BenchModel} model whose file exists
 * @returns {string} the GGUF file
 * @source ggml-org/ggml docs/gguf.md
 */
export function ensureGguf(model) {
  const file = model.file.replace(/\.safetensors$/, '.gguf');
  const header = ggufHeader(model);
  const data = model.tensors.reduce((sum, t) => sum + t.byteLength, 0);
  writeOnce(file, header.length + data, write => {
    write(header);
    copyTail(model.file, data, write);
  });
  return file;
}

/** @param {BenchModel} model */
function ggufHeader({ tensors, width, layers, dtype }) {
  const heads = width / 64;
  /** @type {[string, FieldType, string | number][]} */
  const fields = [
    ['general.architecture', 'string', 'llama'],
    ['llama.block_count', 'u32', layers],
    ['llama.context_length', 'u32', 2048],
    ['llama.embedding_length', 'u32', width],
    ['llama.feed_forward_length', 'u32', (width * 11) / 4],
    ['llama.attention.head_count', 'u32', heads],
    ['llama.attention.head_count_kv', 'u32', heads / 4],
    ['llama.attention.layer_norm_rms_epsilon', 'f32', 1e-5],
  ];
  const parts = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(fields.length)];
  for (const [key, type, value] of fields)
    parts.push(text(key), u32(types[type]), field(type, value));
  let offset = 0;
  for (const { name, shape, byteLength } of tensors) {
    parts.push(text(ggufName(name)), u32(shape.length), ...shape.toReversed().map(u64));
    parts.push(u32(tensorTypes[dtype]), u64(offset));
    if (byteLength % alignment !== 0) throw new Error(`${name} is not aligned`);
    offset += byteLength;
  }
  const header = Buffer.concat(parts);
  return Buffer.concat([header, Buffer.alloc(-header.length & (alignment - 1))]);
}

/** @type {Readonly<Record<string, string>>} */
const layerNames = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** @param {string} name as Transformers writes it */
function ggufName(name) {
  if (name === 'model.embed_tokens.weight') return 'token_embd.weight';
  if (name === 'model.norm.weight') return 'output_norm.weight';
  const [, layer, rest = ''] = /^model\.layers\.(\d+)\.(.*)\.weight$/.exec(name) ?? [];
  return `blk.${layer}.${layerNames[rest]}.weight`;
}

/**
 * @param {FieldType} type
 * @param {string | number} value
 */
function field(type, value) {
  if (type === 'string') return text(String(value));
  if (type === 'u32') return u32(Number(value));
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(Number(value));
  return bytes;
}

/** @param {number} value */
function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @param {number} value */
function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** @param {string} value */
function text(value) {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}

/**
 * @param {string} file
 * @param {number} byteLength at its end
 * @param {(bytes: Uint8Array) => void} write
 */
function copyTail(file, byteLength, write) {
  const handle = openSync(file, 'r');
  try {
    const size = statSync(file).size;
    const buffer = Buffer.alloc(2 ** 22);
    for (let at = size - byteLength; at < size; ) {
      const length = readSync(handle, buffer, 0, buffer.length, at);
      write(buffer.subarray(0, length));
      at += length;
    }
  } finally {
    closeSync(handle);
  }
}
