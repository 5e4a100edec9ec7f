import { expect, test } from 'vitest';
import { formsOf, occurrencesIn } from '../../../../src/host/files/codeNames';

const name = 'model.layers.0.self_attn.q_proj.weight';
const textsOf = (of: string) => formsOf(of).map(form => form.text);

test('a name has its forms, the surest first', () => {
  expect(textsOf(name)).toEqual([
    name,
    'model.layers.0.self_attn.q_proj',
    'model.layers[0].self_attn.q_proj',
    'self_attn.q_proj',
    'q_proj',
  ]);
  expect(textsOf('h.3.weight')).toEqual(['h.3.weight', 'h.3', 'h[3]']);
  expect(textsOf('embedding')).toEqual(['embedding']);
});

test('places are found with line and column, under the surest form', () => {
  const code = [
    'class Attention:',
    '    self.q_proj = Linear()',
    '    x = model.layers[0].self_attn.q_proj(x)',
    `w = weights["${name}"]`,
    'self.kq_proj = self.q_proj_2',
  ].join('\r\n');
  const found = occurrencesIn(code, formsOf(name));
  expect(found.map(o => [o.line, o.column, o.form.text])).toEqual([
    [1, 9, 'q_proj'],
    [2, 8, 'model.layers[0].self_attn.q_proj'],
    [3, 13, name],
  ]);
  expect(found[0]?.preview).toBe('self.q_proj = Linear()');
});

test('a number that goes on is another layer', () => {
  const forms = formsOf('model.layers.1.mlp.weight').filter(form => form.rank < 3);
  expect(occurrencesIn('"model.layers.11.mlp.weight"', forms)).toEqual([]);
  expect(occurrencesIn('"model.layers.1.mlp.weight"', forms)).toHaveLength(1);
});

test('a long line is shown around the place, and a long file is cut', () => {
  const [far] = occurrencesIn(`${'x '.repeat(5000)}q_proj ${'y '.repeat(5000)}`, formsOf(name));
  expect(far?.column).toBe(10_000);
  expect(far?.preview.length).toBeLessThanOrEqual(201);
  expect(far?.preview).toContain('q_proj');
  expect(occurrencesIn('q_proj\n'.repeat(1000), formsOf(name))).toHaveLength(50);
});
