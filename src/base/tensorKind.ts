/** What tensors of models do, in the order in which they are listed. */
export const tensorKinds = [
  ...(['embedding', 'q', 'k', 'v', 'qkv', 'o', 'gate', 'up', 'down'] as const),
  ...(['norm', 'head', 'conv', 'bias', 'other'] as const),
] as const;

/**
 * What a tensor does: embedding table; query, key, value, all of these in one, output projection of attention; gate, up and
 * down projection of a feed-forward block; gain or shift of a normalization; what makes the model's output; convolution; bias.
 */
export type TensorKind = (typeof tensorKinds)[number];

/** What a tensor's module is called, in lower case. */
interface Place {
  /** Last part: `q_proj` of `layers.0.self_attn.q_proj.weight`. */
  readonly last: string;
  /** The last two parts: `0.proj`. */
  readonly pair: string;
  /** All parts, with dots. */
  readonly path: string;
  /** Whether one of the two parts before the last speaks of attention. */
  readonly isAttention: boolean;
}

type Rule = readonly [kind: TensorKind, test: (place: Place) => boolean];

const last =
  (pattern: RegExp) =>
  ({ last }: Place) =>
    pattern.test(last);

const queries =
  /^(?:q|wq|to_q|query|query_proj|q_lin|attn_q|q_proj|add_q_proj|(?:attn_)?q_[ab](?:_proj)?)$/;
const keys = /^(?:k|wk|to_k|key|key_proj|k_lin|attn_k|k_proj|add_k_proj|attn_k_b)$/;
const values = /^(?:v|wv|to_v|value|value_proj|v_lin|attn_v|v_proj|add_v_proj|attn_v_b)$/;
const joined =
  /^(?:c_attn|w?qkv(?:_proj)?|to_k?qkv|to_kv|query_key_value|w_pack|attn_qkv|kv_[ab]_proj\w*|attn_kv_[ab]\w*|key_value)$/;
/** Modules of mixtures of experts are numbered or called so. */
const experts = '(?:_?(?:exps|shexp|chexps|\\d+))?';

/** The first that fits decides. */
const rules: readonly Rule[] = [
  ['norm', last(/norm|^ln(?:_?\w+)?$|^bn_?\d*$/)],
  ['head', last(/^(?:lm_head|embed_out|classifier|score|head|heads|qa_outputs)$/)],
  ['head', ({ path }) => /^(?:output|fc|cls\.seq_relationship)$|predictions\.decoder$/.test(path)],
  ['embedding', last(/embed(?:s|ding|dings)?(?:_in|_tokens|_positions|_table)?$|^embed_|embd$/)],
  ['embedding', last(/^(?:wte|wpe|shared|token_types|cls_token|class_embedding)$/)],
  ['embedding', ({ path }) => /patch_embed\w*\.proj(?:ection)?$/.test(path)],
  ['qkv', last(joined)],
  ['qkv', place => place.isAttention && place.last === 'in_proj'],
  ['q', last(queries)],
  ['k', last(keys)],
  ['v', last(values)],
  ['o', last(/^(?:o|o_proj|out_lin|attn_out(?:put)?|to_out|to_add_out|attention_output)$/)],
  ['o', ({ pair }) => pair === 'to_out.0'],
  ['o', place => place.isAttention && /^(?:wo|out_proj|c_proj|proj|dense)$/.test(place.last)],
  ['gate', last(/^(?:gate_proj|gate_up_proj|wi_0|w1)$/)],
  ['gate', last(new RegExp(`^ffn_gate${experts}$`))],
  ['gate', ({ path }) => /ffn_gate\.\d+$/.test(path)],
  ['up', last(/^(?:up_proj|w3|c_fc|fc1|fc_in|dense_h_to_4h|wi|wi_1|lin1)$/)],
  ['up', last(new RegExp(`^ffn_up${experts}$`))],
  ['up', ({ path }) => /ffn_up\.\d+$|intermediate\.dense$|ff\.net\.0\.proj$|mlp\.0$/.test(path)],
  ['down', last(/^(?:down_proj|w2|c_proj|fc2|fc_out|dense_4h_to_h|wo|lin2)$/)],
  ['down', last(new RegExp(`^ffn_down${experts}$`))],
  ['down', ({ path }) => /ffn_down\.\d+$|output\.dense$|ff\.net\.2$|mlp\.2$/.test(path)],
  ['conv', last(/^conv(?:_?\w+)?$|_conv\d*$/)],
  ['conv', ({ path }) => /conv_layers\.\d+\.conv$|(?:^|\.)convs?\.\d+$/.test(path)],
];

/** Last parts of names that say what of a module a tensor is. */
const parameters =
  /^(?:weight\w*|bias|gamma|beta|kernel|qweight\w*|qzeros\w*|scales\w*|zeros\w*|g_idx|b|w|absmax|quant_map|quant_state|nested_\w+|biases|wq|scb)$/;
/** Parts that adapters and quantizers put between a module and its parameters. */
const between = /^(?:lora_[ab]|base_layer|default|weight|_orig_mod|module)$/;

/**
 * What a tensor does, told by its name alone: by the names that Hugging Face's models, llama.cpp's files, GPT-2, BERT, ViT, T5
 * and diffusion models give. Stored parts of a packed weight (`qweight`, `scales`) are of the weight's kind.
 */
export function tensorKind(name: string): TensorKind {
  const parts = name.toLowerCase().replaceAll('/', '.').split('.');
  const { module, isBias } = withoutParameter(parts);
  const path = module.join('.');
  const place: Place = {
    path,
    last: module.at(-1) ?? '',
    pair: module.slice(-2).join('.'),
    isAttention: module.slice(-3, -1).some(part => part.includes('att')),
  };
  const kind = rules.find(([, test]) => test(place))?.[0] ?? 'other';
  return isBias && kind !== 'norm' ? 'bias' : kind;
}

/** Cuts off what says which of a module's parameters it is: `.weight`, `.bias`, `in_proj_weight`. */
function withoutParameter(parts: readonly string[]): { module: string[]; isBias: boolean } {
  const module = [...parts];
  const end = module.at(-1)!;
  if (module.length > 1 && parameters.test(end) && !isModuleOf(module)) {
    module.pop();
    while (module.length > 1 && between.test(module.at(-1)!)) module.pop();
    return { module, isBias: /^(?:bias|beta|b)$/.test(end) };
  }
  const [, stem, kind] = /^(\w+)_(weight|bias)$/.exec(end) ?? [];
  if (stem === undefined) return { module, isBias: end === 'bias' };
  module[module.length - 1] = stem;
  return { module, isBias: kind === 'bias' };
}

/** `wq` is a parameter of a quantizer, but also the whole name of a query projection. */
function isModuleOf(module: readonly string[]): boolean {
  return module.at(-1) === 'wq' && /att/.test(module.at(-2) ?? '');
}
