import { describe, expect, it } from 'vitest';
import { ModelNames } from '../../../../src/host/names/modelNames';
import { entry } from '../fakes';

const layer = (n: number) => [
  `model.layers.${n}.input_layernorm.weight`,
  `model.layers.${n}.self_attn.q_proj.weight`,
  `model.layers.${n}.self_attn.q_proj.bias`,
  `model.layers.${n}.self_attn.k_proj.weight`,
  `model.layers.${n}.mlp.down_proj.weight`,
];
const huggingFace = [
  'model.embed_tokens.weight',
  ...[0, 1, 10].flatMap(layer),
  'model.norm.weight',
  'lm_head.weight',
];
const gguf = ['token_embd.weight', 'blk.0.attn_q.weight', 'blk.0.ffn_down.weight', 'output.weight'];

function model(names: readonly string[], metadata: Readonly<Record<string, string>> = {}) {
  const table = new ModelNames({ tensors: names.map(n => entry(n)), metadata });
  return {
    meant: (name: string) => table.meant(name).map(id => names[id]),
    matching: (path: string) => table.matching(path.split('.')).map(id => names[id]),
  };
}

describe('a name in a model of safetensors', () => {
  const { meant } = model(huggingFace);
  const q = 'model.layers.0.self_attn.q_proj.weight';

  it.each([
    [q, q],
    ['model.layers.0.self_attn.q_proj.bias', 'model.layers.0.self_attn.q_proj.bias'],
    ['model.layers.0.self_attn.q_proj', q],
    ['layers.0.self_attn.q_proj', q],
    ['module.model.layers.0.self_attn.q_proj.weight', q],
    ['blk.0.attn_q', q],
    ['blk.0.attn_q.weight', q],
    ['blk.10.ffn_down', 'model.layers.10.mlp.down_proj.weight'],
    ['lm_head', 'lm_head.weight'],
    ['token_embd', 'model.embed_tokens.weight'],
    ['output_norm.weight', 'model.norm.weight'],
  ])('%s is %s', (name, one) => {
    expect(meant(name)).toEqual([one]);
  });

  it('of a module stands for all in it, in the order of the model', () => {
    expect(meant('model.layers.1')).toEqual(layer(1));
    expect(meant('model.layers.1.self_attn')).toEqual(layer(1).slice(1, 4));
    expect(meant('model.layers')).toHaveLength(15);
  });

  it.each([
    ...['model', 'norm', 'output', 'weight', '', '.', 'model.layers.2', 'model.layers.i.mlp'],
    ...['blk.2.attn_q', 'blk.0.attn_x', 'torch.nn', 'self_attn.q_proj', 'model.layer', 'a.b'],
    ...['__proto__', 'constructor.name', 'MODEL.NORM'],
  ])('%j is none', name => {
    expect(meant(name)).toEqual([]);
  });
});

describe('a name in a GGUF', () => {
  const { meant } = model(gguf, { 'general.architecture': 'llama' });
  it.each([
    ['blk.0.attn_q', 'blk.0.attn_q.weight'],
    ['model.layers.0.self_attn.q_proj.weight', 'blk.0.attn_q.weight'],
    ['model.layers.0.self_attn.q_proj', 'blk.0.attn_q.weight'],
    ['layers.0.mlp.down_proj', 'blk.0.ffn_down.weight'],
    ['model.embed_tokens.weight', 'token_embd.weight'],
    ['lm_head.weight', 'output.weight'],
  ])('%s is %s', (name, one) => {
    expect(meant(name)).toEqual([one]);
  });
});

it('a name that several weights have is not guessed', () => {
  const names = [
    'a.layers.0.mlp.w1.weight',
    'model.layers.0.mlp.w1.weight',
    'layers.0.mlp.w1.weight',
  ];
  expect(model(names).meant('blk.0.ffn_gate')).toEqual([names[1], names[2]]);
  expect(model(names).meant('layers.0.mlp.w1')).toEqual([names[2]]);
});

describe('a path of modules', () => {
  const { matching } = model(huggingFace);
  it.each([
    ['layers.*.self_attn.q_proj', [0, 1, 10].map(n => layer(n)[1])],
    ['layers.*.self_attn.q_proj.bias', [0, 1, 10].map(n => layer(n)[2])],
    ['layers.10.mlp', [layer(10)[4]]],
    ['layers.*.mlp.down_proj', [0, 1, 10].map(n => layer(n)[4])],
    ['embed_tokens', ['model.embed_tokens.weight']],
    ['q_pro', []],
    ['*', []],
    ['a.(b', []],
  ])('%s', (path, names) => {
    expect(matching(path)).toEqual(names);
    expect(matching(path)).toEqual(names); // as it was kept
  });
});

it('50 000 names are looked up without looking at them all', () => {
  const many = Array.from({ length: 50_000 }, (_, i) => `model.layers.${i}.mlp.up_proj.weight`);
  const { meant } = model(many);
  for (let i = 0; i < 10_000; i++) expect(meant(`blk.${i}.ffn_up`)).toHaveLength(1);
});
