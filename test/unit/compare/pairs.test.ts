import { describe, expect, test } from 'vitest';
import { pairWeights } from '../../../src/compare/pairs';
import type { TensorEntry } from '../../../src/formats/tensorFile';

type Shapes = Readonly<Record<string, readonly number[]>>;

function model(shapes: Shapes, metadata: Readonly<Record<string, string>> = {}) {
  const weights = Object.entries(shapes).map(
    ([name, shape]): TensorEntry => ({
      name,
      dtype: 'F16',
      shape,
      count: shape.reduce((a, b) => a * b, 1),
      data: { path: 'x', offset: 0, byteLength: 0, byteOrder: 'little', fortranOrder: false },
    }),
  );
  return { weights, metadata };
}

const gguf = (architecture: string, shapes: Shapes) =>
  model(shapes, {
    'general.architecture': architecture,
    [`${architecture}.attention.head_count`]: '2',
  });

/** Names that belong together, first name first. */
function paired(a: ReturnType<typeof model>, b: ReturnType<typeof model>) {
  const { pairs, onlyA, onlyB } = pairWeights(a, b);
  return {
    pairs: Object.fromEntries(pairs.map(p => [p.name, p.b.entry.name])),
    onlyA: onlyA.map(w => w.name),
    onlyB: onlyB.map(w => w.name),
  };
}

/** Checks that each name is paired with the other, whichever model is first. */
function expectPairs(table: Readonly<Record<string, string>>, architecture: string) {
  const shapes = (names: readonly string[]) =>
    Object.fromEntries(names.map((n, i) => [n, [8, 4 + i]]));
  const [left, right] = [
    model(shapes(Object.keys(table))),
    gguf(architecture, shapes(Object.values(table))),
  ];
  expect(paired(left, right)).toEqual({ pairs: table, onlyA: [], onlyB: [] });
  const reversed = Object.fromEntries(Object.entries(table).map(([a, b]) => [b, a]));
  expect(paired(right, left)).toEqual({ pairs: reversed, onlyA: [], onlyB: [] });
}

describe('names of GGUF', () => {
  test('a llama', () => {
    const layer = 'model.layers.11';
    expectPairs(
      {
        'model.embed_tokens.weight': 'token_embd.weight',
        [`${layer}.input_layernorm.weight`]: 'blk.11.attn_norm.weight',
        [`${layer}.self_attn.q_proj.weight`]: 'blk.11.attn_q.weight',
        [`${layer}.self_attn.k_proj.weight`]: 'blk.11.attn_k.weight',
        [`${layer}.self_attn.v_proj.weight`]: 'blk.11.attn_v.weight',
        [`${layer}.self_attn.o_proj.weight`]: 'blk.11.attn_output.weight',
        [`${layer}.post_attention_layernorm.weight`]: 'blk.11.ffn_norm.weight',
        [`${layer}.mlp.gate_proj.weight`]: 'blk.11.ffn_gate.weight',
        [`${layer}.mlp.up_proj.weight`]: 'blk.11.ffn_up.weight',
        [`${layer}.mlp.down_proj.weight`]: 'blk.11.ffn_down.weight',
        'model.norm.weight': 'output_norm.weight',
        'lm_head.weight': 'output.weight',
      },
      'llama',
    );
  });

  test('norms after attention and feed-forward', () => {
    expectPairs(
      {
        'model.layers.0.input_layernorm.weight': 'blk.0.attn_norm.weight',
        'model.layers.0.post_attention_layernorm.weight': 'blk.0.post_attention_norm.weight',
        'model.layers.0.pre_feedforward_layernorm.weight': 'blk.0.ffn_norm.weight',
        'model.layers.0.post_feedforward_layernorm.weight': 'blk.0.post_ffw_norm.weight',
      },
      'gemma2',
    );
  });

  test('gpt-oss has one norm between, sinks and stacked experts', () => {
    expectPairs(
      {
        'model.layers.0.post_attention_layernorm.weight': 'blk.0.post_attention_norm.weight',
        'model.layers.0.self_attn.sinks': 'blk.0.attn_sinks.weight',
        'model.layers.0.mlp.router.weight': 'blk.0.ffn_gate_inp.weight',
        'model.layers.0.mlp.experts.down_proj': 'blk.0.ffn_down_exps.weight',
      },
      'gpt-oss',
    );
  });

  test('experts in a stack, with its shape', () => {
    const [w1, w3] = ['w1', 'w3'].map(
      w => (e: number) => `model.layers.0.block_sparse_moe.experts.${e}.${w}.weight`,
    );
    const singles = model({ [w1!(0)]: [6, 4], [w1!(1)]: [6, 4], [w3!(0)]: [6, 4] });
    const stacks = gguf('llama', {
      'blk.0.ffn_gate_exps.weight': [2, 6, 4],
      'blk.0.ffn_up_exps.weight': [2, 6, 4],
    });
    expect(paired(stacks, singles)).toEqual({
      pairs: { 'blk.0.ffn_gate_exps.weight[0]': w1!(0), 'blk.0.ffn_gate_exps.weight[1]': w1!(1) },
      onlyA: ['blk.0.ffn_up_exps.weight'],
      onlyB: [w3!(0)],
    });
    expect(pairWeights(stacks, singles).onlyB[0]!.reason).toBe(
      'there are 1 single experts for a stack of 2',
    );
  });

  test('what a transposed or grouped original holds is not guessed', () => {
    const gpt2 = pairWeights(
      model({ 'transformer.h.0.attn.c_proj.weight': [8, 8] }),
      gguf('gpt2', { 'blk.0.attn_output.weight': [8, 8] }),
    );
    expect(gpt2.onlyA[0]!.reason).toMatch(/columns of the original/);
    const internlm = pairWeights(
      model({ 'model.layers.0.attention.wqkv.weight': [12, 8] }),
      gguf('internlm2', {
        'blk.0.attn_q.weight': [8, 8],
        'blk.0.attn_k.weight': [2, 8],
        'blk.0.attn_v.weight': [2, 8],
      }),
    );
    expect(internlm).toMatchObject({
      pairs: [],
      onlyA: [{ reason: expect.stringMatching(/fused/) }],
    });
    expect(internlm.onlyB).toHaveLength(3);
  });
});

test('the same name goes before one that means the same', () => {
  const a = model({ 'q.weight': [4, 4], 'model.q.weight': [4, 4] });
  const b = model({ 'q.weight': [4, 4], '_orig_mod.model.q.weight': [4, 4] });
  expect(paired(a, b)).toEqual({
    pairs: { 'q.weight': 'q.weight', 'model.q.weight': '_orig_mod.model.q.weight' },
    onlyA: [],
    onlyB: [],
  });
});

test('wrappers are left out, unless that makes two names one', () => {
  const tuned = model({
    'base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight': [4, 4],
    'model.a.weight': [4, 4],
    'transformer.a.weight': [4, 4],
  });
  const base = model({ 'model.layers.0.self_attn.q_proj.weight': [4, 4], 'a.weight': [4, 4] });
  const { pairs, onlyA, onlyB } = pairWeights(tuned, base);
  expect(pairs.map(p => p.b.entry.name)).toEqual(['model.layers.0.self_attn.q_proj.weight']);
  expect(onlyA.map(w => w.reason)).toEqual(
    Array(2).fill('several weights have names that mean the same'),
  );
  expect(onlyB.map(w => w.name)).toEqual(['a.weight']);
});

test('shapes must agree, but for dimensions of 1 at the end', () => {
  const a = model({ x: [4, 6], y: [3, 5], z: [7, 1], w: [8] });
  const b = model({ x: [6, 4], y: [3, 5], z: [7], v: [1] });
  const { pairs, onlyA, onlyB } = pairWeights(a, b);
  expect(pairs.map(p => p.name)).toEqual(['y', 'z']);
  expect(onlyA).toEqual([
    { name: 'x', reason: 'the shapes differ: [4, 6] and [6, 4]' },
    { name: 'w', reason: 'it has no counterpart' },
  ]);
  expect(onlyB.map(w => w.name)).toEqual(['x', 'v']);
});

test('a fused weight whose parts do not add up is not compared', () => {
  const whole = model({ 'model.layers.0.mlp.gate_up_proj.weight': [10, 4] });
  const parts = model({
    'model.layers.0.mlp.gate_proj.weight': [6, 4],
    'model.layers.0.mlp.up_proj.weight': [6, 4],
  });
  const { pairs, onlyA, onlyB } = pairWeights(whole, parts);
  expect(pairs).toEqual([]);
  expect(onlyA[0]!.reason).toBe('the shapes differ: [10, 4] and [6, 4], [6, 4]');
  expect(onlyB).toHaveLength(2);
});
