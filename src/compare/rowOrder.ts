/**
 * The order of rows that a converter changed: row (i0, i1, i2) of the model it came from, counted through `split`, is stored at
 * i0 * strides[0] + i1 * strides[1] + i2 * strides[2]. Plain data.
 */
export interface RowOrder {
  readonly split: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
}

/** Where a row is stored. */
export function storedRow({ split, strides }: RowOrder, row: number): number {
  const [, n1, n2] = split;
  const i2 = row % n2;
  const i1 = Math.floor(row / n2) % n1;
  const i0 = Math.floor(row / n2 / n1);
  return i0 * strides[0] + i1 * strides[1] + i2 * strides[2];
}

/**
 * The order in which llama.cpp stores the rows of q and k: each head's halves, which rotate together, are interleaved.
 * @param rows of all heads
 * @source ggml-org/llama.cpp convert_hf_to_gguf.py, LlamaModel.permute: reshape(heads, 2, rows / heads / 2, in).swapaxes(1, 2)
 */
export function rotaryOrder(rows: number, heads: number): RowOrder {
  const size = rows / heads;
  return { split: [heads, 2, size / 2], strides: [size, 1, 2] };
}

/**
 * The order in which llama.cpp stores a fused q, k, v whose heads hold theirs side by side: all of q, then k, then v.
 * @source ggml-org/llama.cpp convert_hf_to_gguf.py, GPTNeoXModel and BloomModel: reshape(heads, 3, size, in)
 */
export function unfusedHeads(rows: number, heads: number): RowOrder {
  const size = rows / heads / 3;
  return { split: [heads, 3, size], strides: [size, heads * size, 1] };
}

/**
 * Architectures whose converter takes q and k through LlamaModel.permute. LLaMA 4 and Apertus do not, though they derive from it.
 * @source ggml-org/llama.cpp convert_hf_to_gguf.py: LlamaModel and those derived from it, and callers of `permute`
 */
const rotated = new Set([
  ...['llama', 'llama-embed', 'mistral3', 'granite', 'granitemoe', 'granitehybrid', 'smollm3'],
  ...[
    'arcee',
    'minicpm',
    'internlm2',
    'olmo',
    'xverse',
    'baichuan',
    'deci',
    'chameleon',
    'bailingmoe',
  ],
]);

/** Architectures of which the converter unfuses the heads of a fused q, k, v. */
const unfused = new Set(['gptneox', 'bloom']);

/** The other weight of a pair, and where the GGUF's comes from. */
export interface Conversion {
  readonly metadata: Readonly<Record<string, string>>;
  /** Role of the weight in GGUF's terms. */
  readonly role: string;
  readonly rows: number;
  /** What the same weight is called in the model that is no GGUF. */
  readonly original: string;
}

/**
 * How the rows of a GGUF's weight are ordered against the model that it was converted from: null when they are not, a text
 * where they are but it cannot be told how.
 */
export function conversionOrder(conversion: Conversion): RowOrder | string | null {
  const { metadata, role, rows, original } = conversion;
  const architecture = metadata['general.architecture'] ?? '';
  if (architecture === 'gpt2' && /\bc_(?:attn|proj|fc)\.weight$/.test(original))
    return 'they are the columns of the original';
  // Meta's own files have the order that llama.cpp uses: Hugging Face's converter changed it first.
  if (role === 'attn_q' || role === 'attn_k')
    return rotated.has(architecture) && !/\battention\.w[qk]\b/.test(original)
      ? ordered(conversion, role === 'attn_k' ? 'head_count_kv' : 'head_count')
      : null;
  if (role === 'attn_qkv' && rotated.has(architecture))
    return 'q and k were changed before they were fused';
  if (role !== 'attn_qkv' || !/\bquery_key_value\b/.test(original)) return null;
  if (architecture === 'falcon') return 'its heads are fused in groups';
  if (!unfused.has(architecture)) return null;
  const heads = headCount(metadata, 'head_count');
  return heads && rows % (3 * heads) === 0 ? unfusedHeads(rows, heads) : unknownHeads;
}

const unknownHeads = 'the file does not tell how many heads its rows belong to';

function ordered({ metadata, rows }: Conversion, key: 'head_count' | 'head_count_kv') {
  const heads = headCount(metadata, key) ?? headCount(metadata, 'head_count');
  return heads && rows % (2 * heads) === 0 ? rotaryOrder(rows, heads) : unknownHeads;
}

/** A number of heads; undefined where there is none, or another one for each layer. */
function headCount(metadata: Readonly<Record<string, string>>, key: string): number | undefined {
  const text = metadata[`${metadata['general.architecture']}.attention.${key}`];
  return text !== undefined && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}
