import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameSearch } from '../../../../src/host/files/nameSearch';

const modules = ['self_attn.q_proj', 'self_attn.k_proj', 'mlp.gate_proj', 'mlp.up_proj'];
const names = Array.from({ length: 20 }, (_, layer) =>
  modules.map(module => `model.layers.${layer}.${module}.weight`),
).flat();
const search = createNameSearch(names);
const found = (text: string, most = 5) => search.find(text, most).map(i => names[i]);

describe('a search for names', () => {
  it('lists the first ones for no text', () => {
    expect(found('  ', 3)).toEqual(names.slice(0, 3));
  });

  it('finds parts one behind the other, in the order of the model', () => {
    expect(found('q_proj', 3)).toEqual(
      [0, 1, 2].map(n => `model.layers.${n}.${modules[0]}.weight`),
    );
    expect(found('3 up')).toEqual([3, 13].map(n => `model.layers.${n}.${modules[3]}.weight`));
  });

  it('takes a whole number before one that goes on', () => {
    expect(found('layers.1 k_proj', 2)).toEqual(
      [1, 10].map(n => `model.layers.${n}.${modules[1]}.weight`),
    );
  });

  it('takes where a part of the name begins before its middle', () => {
    expect(createNameSearch(['x.backup.w', 'deep.er.up.w']).find('up', 9)).toEqual([1, 0]);
  });

  it('does not mind the case', () => {
    expect(found('LAYERS.7.MLP.GATE', 1)).toEqual([`model.layers.7.${modules[2]}.weight`]);
  });

  it('finds scattered characters, nearest first, behind what has them together', () => {
    const few = createNameSearch(['q.x.x.x.k.v', 'a.q.k.v', 'the.qkv']);
    expect(few.find('qkv', 9)).toEqual([2, 1, 0]);
  });

  it('finds nothing where a character is missing or out of order', () => {
    expect(found('q_projz')).toEqual([]);
    expect(createNameSearch(['abc']).find('cba', 9)).toEqual([]);
  });

  it('finds just the names that have all characters in order', () => {
    const isIn = (text: string, name: string) => {
      const left = [...name.toLowerCase()];
      return [...text.toLowerCase()].every(c => {
        const at = left.indexOf(c);
        left.splice(0, at + 1);
        return at >= 0;
      });
    };
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1', 'A'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), word, (all, text) => {
        const expected = all.flatMap((name, i) => (isIn(text, name) ? [i] : []));
        const actual = createNameSearch(all).find(text, 99);
        expect(actual.toSorted((a, b) => a - b)).toEqual(expected);
      }),
    );
  });
});
