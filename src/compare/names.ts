/** What a name means can depend on the model that it is in. */
export interface Naming {
  /** `general.architecture` of a GGUF; null for other files. */
  readonly architecture: string | null;
  /** Whether norms come after attention and feed-forward too (Gemma 2, OLMo 2): a norm's name then means another place. */
  readonly hasPostNorms: boolean;
}

/** How the names of a model are to be understood. */
export function namingOf(
  names: readonly string[],
  metadata: Readonly<Record<string, string>>,
): Naming {
  return {
    architecture: metadata['general.architecture'] ?? null,
    hasPostNorms: names.some(name =>
      /\.(?:pre_feedforward_layernorm|post_feedforward_layernorm|post_ffw_norm|ffn_norm)\./.test(
        name,
      ),
    ),
  };
}

/** Wrappers around a model that say nothing about its weights. */
const wrappers = new Set([
  ...['base_model', 'model', 'module', 'transformer', 'language_model', 'gpt_neox', 'backbone'],
]);

/** Wrappers around a module, anywhere in a name: of torch.compile and of adapters. */
const transparent = new Set(['_orig_mod', 'base_layer']);

/**
 * A name in GGUF's terms, whoever gave it: `blk.N.ROLE.weight`, with `#E` behind it for one expert of many. A name that is not known
 * comes back without its wrappers.
 */
export function canonicalName(name: string, naming: Naming): string {
  const segments = name.split('.').filter(s => !transparent.has(s));
  const from = segments.findIndex(s => !wrappers.has(s));
  const own = segments.slice(Math.max(0, from));
  const last = own.at(-1) ?? '';
  const isNamed = last === 'weight' || last === 'bias';
  const path = (isNamed ? own.slice(0, -1) : own).join('.');
  const param = isNamed ? last : 'weight';
  const [, layer, module] = /^(?:layers|layer|h|blocks|blk)\.(\d+)\.(.+)$/.exec(path) ?? [];
  if (layer === undefined || module === undefined) return `${globals.get(path) ?? path}.${param}`;
  return `blk.${layer}.${inLayer(module, param, naming)}`;
}

/** The layer and role of a canonical name: `blk.3.attn_q.weight` is `attn_q`; null for what is in no layer. */
export function roleOf(key: string): string | null {
  return /^blk\.\d+\.(.+)\.(?:weight|bias)$/.exec(key)?.[1] ?? null;
}

function inLayer(module: string, param: string, naming: Naming): string {
  const [, expert, part = ''] = experts.exec(module) ?? [];
  if (expert !== undefined) return `${roles.get(`mlp.${part}`) ?? part}_exps.${param}#${expert}`;
  // Mixtral, before its experts were stacked.
  const [, role, number] = /^(ffn_(?:gate|up|down))\.(\d+)$/.exec(module) ?? [];
  if (number !== undefined) return `${role}_exps.${param}#${number}`;
  if (module === 'post_attention_layernorm' || module === 'post_attention_norm')
    return `${naming.hasPostNorms ? 'post_attention_norm' : 'ffn_norm'}.${param}`;
  if (naming.architecture === 'phi3' && module === 'ffn_up') return `ffn_gate_up.${param}`;
  return `${roles.get(module) ?? module}.${param}`;
}

const experts = /^(?:mlp|block_sparse_moe|feed_forward)\.experts\.(\d+)\.(\w+)$/;

/** By role, the names that others give a module of a layer. */
const roleNames: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm attention_norm ln_1',
  ffn_norm: 'ln_2 pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
  attn_q: 'self_attn.q_proj attention.wq attn.q_proj',
  attn_k: 'self_attn.k_proj attention.wk attn.k_proj',
  attn_v: 'self_attn.v_proj attention.wv attn.v_proj',
  attn_output:
    'self_attn.o_proj attention.wo attn.out_proj attn.c_proj self_attn.out_proj self_attn.dense attention.dense self_attention.dense',
  attn_qkv:
    'self_attn.qkv_proj attn.c_attn self_attn.W_pack attn.Wqkv attention.wqkv attention.query_key_value self_attention.query_key_value',
  attn_q_norm: 'self_attn.q_norm self_attn.q_layernorm',
  attn_k_norm: 'self_attn.k_norm self_attn.k_layernorm',
  attn_sinks: 'self_attn.sinks',
  attn_q_a: 'self_attn.q_a_proj',
  attn_q_b: 'self_attn.q_b_proj',
  attn_kv_a_mqa: 'self_attn.kv_a_proj_with_mqa',
  attn_kv_b: 'self_attn.kv_b_proj',
  attn_q_a_norm: 'self_attn.q_a_layernorm',
  attn_kv_a_norm: 'self_attn.kv_a_layernorm',
  ffn_gate: 'mlp.gate_proj mlp.w1 feed_forward.w1 feed_forward.gate_proj',
  ffn_up:
    'mlp.up_proj mlp.w3 mlp.c_fc mlp.fc1 mlp.dense_h_to_4h feed_forward.w3 feed_forward.up_proj',
  ffn_down:
    'mlp.down_proj mlp.w2 mlp.c_proj mlp.fc2 mlp.dense_4h_to_h feed_forward.w2 feed_forward.down_proj',
  ffn_gate_up: 'mlp.gate_up_proj',
  ffn_gate_inp: 'mlp.gate mlp.router block_sparse_moe.gate feed_forward.router',
  ffn_gate_inp_shexp: 'mlp.shared_expert_gate',
  ffn_gate_exps: 'mlp.experts.gate_proj',
  ffn_up_exps: 'mlp.experts.up_proj',
  ffn_down_exps: 'mlp.experts.down_proj feed_forward.experts.down_proj',
  ffn_gate_shexp:
    'mlp.shared_expert.gate_proj mlp.shared_experts.gate_proj feed_forward.shared_expert.gate_proj',
  ffn_up_shexp:
    'mlp.shared_expert.up_proj mlp.shared_experts.up_proj feed_forward.shared_expert.up_proj',
  ffn_down_shexp:
    'mlp.shared_expert.down_proj mlp.shared_experts.down_proj feed_forward.shared_expert.down_proj',
};

/** The same outside of layers. */
const globalNames: Readonly<Record<string, string>> = {
  token_embd: 'embed_tokens tok_embeddings wte embed_in word_embeddings',
  position_embd: 'wpe',
  output_norm: 'norm ln_f final_layernorm final_layer_norm',
  output: 'lm_head embed_out',
};

const roles = byName(roleNames);
const globals = byName(globalNames);

function byName(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(table).flatMap(([role, names]) => names.split(' ').map(n => [n, role] as const)),
  );
}
