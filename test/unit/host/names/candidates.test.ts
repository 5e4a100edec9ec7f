import { describe, expect, it } from 'vitest';
import { nameCandidates } from '../../../../src/host/names/candidates';

/** Candidates at the bar in `marked`. */
function at(marked: string) {
  const column = marked.indexOf('|');
  return nameCandidates(marked.replace('|', ''), column);
}
const names = (marked: string) => at(marked).map(c => c.name);

describe('nameCandidates', () => {
  it.each([
    ['state["model.lay|ers.0.w"]', 'model.layers.0.w'],
    ["state['a/b:|0']", 'a/b:0'],
    ['"weight_map": { "h.0.w|": "x.safetensors" }', 'h.0.w'],
    ["f('''bi|as''')", 'bias'],
    ['"a\\"b|c"', 'a"bc'],
    ['"say \\"h.0|.w\\""', 'say "h.0.w"'],
    ['x = net.fc|1.weight + 1', 'net.fc1.weight'],
  ])('%s', (line, longest) => {
    expect(names(line)[0]).toBe(longest);
  });

  it.each([
    ['model.layers[0].self_attn.q_|proj(x)', 'model.layers.0.self_attn.q_proj'],
    ['y = net.layers[1|2].mlp', 'net.layers.12.mlp'],
    ['model->layers[3]->w|q', 'model.layers.3.wq'],
    ['Model::layers[3].w|q', 'Model.layers.3.wq'],
    ['blk.0.attn_q|: Q4_K', 'blk.0.attn_q'],
    ['keep `blk.0.attn_|q` as it is', 'blk.0.attn_q'],
    ['# layers.0.mlp|.', 'layers.0.mlp'],
  ])('an index is a part of the name: %s', (line, longest) => {
    expect(names(line)[0]).toBe(longest);
  });

  it.each([
    'model.lay|ers[i]',
    'model.layers[i].self_attn.q_|proj',
    'model.layers[-1].self_attn.q_|proj',
    'get(model).layers.q_|proj',
    'model.layers[i + 1].mlp.up_|proj.weight',
  ])('what is indexed by something unknown is no name: %s', line => {
    expect(names(line)).toEqual([]);
  });

  it('an index is a part of a name in a string, too', () => {
    expect(names('"model.layers[0].w|q"')).toContain('model.layers.0.wq');
  });

  it('says where an indexed name stands, its bracket included', () => {
    const line = 'x = m.layers[10] + 1';
    const [first] = nameCandidates(line, 8);
    expect(line.slice(first!.start, first!.end)).toBe('m.layers[10]');
  });

  it('tries parts of a dotted name, longest first, that hold the position', () => {
    expect(names('self.enc.fc|.weight')).toEqual([
      'self.enc.fc.weight',
      'enc.fc.weight',
      'self.enc.fc',
      'fc.weight',
      'enc.fc',
    ]);
  });

  it('finds a name within a longer string', () => {
    expect(names('"load model.h.0.w| please"')).toContain('model.h.0.w');
  });

  it('says where the name stands', () => {
    const line = 'state["h.0.w"]';
    const [first] = nameCandidates(line, 9);
    expect(line.slice(first!.start, first!.end)).toBe('h.0.w');
    const long = `${' '.repeat(5000)}"h.0.w"`;
    const [far] = nameCandidates(long, 5002);
    expect(long.slice(far!.start, far!.end)).toBe('h.0.w');
  });

  it.each(['we|ight = 1', 'a + |b', '', '|', "don't fl|y", '3 |+ 4'])(
    'has nothing for %j',
    line => {
      expect(names(line)).toEqual([]);
    },
  );

  it('ends on a hostile line: the time limit of tests is the bound', () => {
    for (const part of ['a.', '"\\', "'''", 'a[0]', 'a->', ']('])
      expect(Array.isArray(nameCandidates(part.repeat(10_000), 5000))).toBe(true);
  });
});
