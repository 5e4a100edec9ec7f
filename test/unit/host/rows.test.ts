import { describe, expect, it } from 'vitest';
import { createRows, type RowFigures } from '../../../src/host/editor/rows';
import type { GroupRow, Row } from '../../../src/protocol/editor';
import { entry, namesOf, view } from './fakes';

const waiting: RowFigures = {
  ...{ status: 'waiting' as const, absMax: null, std: null, outliers: null },
  ...{ sqnrDb: [null, null], gaussianSqnrDb: [null, null], findings: 0 },
};

function rowsOf(names: readonly string[], figures: Record<string, Partial<RowFigures>> = {}) {
  const tensors = names.map(name => entry(name));
  let version = 0;
  const rows = createRows({
    tensors,
    version: () => version,
    figures: id => ({ ...waiting, ...figures[names[id]!] }),
  });
  const order = (given: Parameters<typeof view>[0] = {}) =>
    namesOf(tensors, rows.order(view(given)));
  return { rows, tensors, order, bump: () => version++ };
}

/** A tree as indented text: `+` open group, `-` closed one. */
function draw(rows: readonly Row[]): string[] {
  const mark = (g: GroupRow) => (g.collapsed ? '-' : '+');
  return rows.map(r => `${'  '.repeat(r.depth)}${r.kind === 'group' ? mark(r) : ' '} ${r.label}`);
}

describe('order', () => {
  it('takes digits as numbers and a module before its longer neighbours', () => {
    const { order } = rowsOf([
      'h.10.w',
      'h.9.w',
      'h-x',
      'h.9.b',
      'h',
      'h.01.w',
      'h.1.w',
      'lm_head',
    ]);
    expect(order()).toEqual(['h', 'h.1.w', 'h.01.w', 'h.9.b', 'h.9.w', 'h.10.w', 'h-x', 'lm_head']);
  });

  it('keeps names of one module together whatever their characters', () => {
    const { rows } = rowsOf([
      'a.x',
      'A.y',
      'a.z',
      'a\u0000y',
      'a.b.c',
      'A.b',
      'a.01',
      'a.1',
      'a-b',
    ]);
    const paths = rows
      .page(view({ grouped: true }), 0, 99)
      .rows.flatMap(r => (r.kind === 'group' ? [r.path] : []));
    expect(paths).toEqual(['A', 'a']);
  });

  it('sorts by name ignoring case', () => {
    expect(rowsOf(['b2', 'B10', 'a']).order({ sort: 'name' })).toEqual(['a', 'b2', 'B10']);
  });

  it('sorts by a figure with unknown ones last in both directions, equal ones in model order', () => {
    const figures = { a: { std: 2 }, b: { std: 1 }, d: { std: 2 } };
    const { order } = rowsOf(['d', 'c', 'b', 'a'], figures);
    expect(order({ sort: 'std' })).toEqual(['b', 'a', 'd', 'c']);
    expect(order({ sort: 'std', descending: true })).toEqual(['a', 'd', 'b', 'c']);
  });

  it('sorts by the second scheme, by rank and by dimensions', () => {
    const { order } = rowsOf(['a', 'b'], { a: { sqnrDb: [1, 9] }, b: { sqnrDb: [2, 8] } });
    expect(order({ sort: 'sqnr1' })).toEqual(['b', 'a']);
    const shapes = [[9], [10, 2], [9, 30], [], [9, 4]];
    const tensors = shapes.map((shape, i) => entry(`t${i}`, shape));
    const rows = createRows({ tensors, version: () => 0, figures: () => waiting });
    expect(namesOf(tensors, rows.order(view({ sort: 'shape' })))).toEqual([
      't3',
      't0',
      't4',
      't2',
      't1',
    ]);
  });

  it('shows new figures in the order once they are announced', () => {
    const figures: Record<string, Partial<RowFigures>> = { a: { std: 1 }, b: { std: 2 } };
    const { order, bump } = rowsOf(['a', 'b'], figures);
    const sort = { sort: 'std', descending: true } as const;
    expect(order(sort)).toEqual(['b', 'a']);
    figures.a = { std: 3 };
    bump();
    expect(order(sort)).toEqual(['a', 'b']);
  });
});

describe('filter', () => {
  const names = ['model.Layer.weight', 'model.layer.bias', 'norm (x).weight'];
  it.each([
    ['layer', 2, null],
    ['  LAYER ', 2, null],
    ['(x)', 1, null],
    ['/^model\\..*weight$/', 1, null],
    ['/LAYER/i', 2, null],
    ['/LAYER/', 0, null],
    ['/layer', 0, null],
    ['', 3, null],
    ['/a(/', 3, 'Not a regular expression: unterminated group'],
    ['/a/g', 3, 'Only the flag i is known after /a/'],
  ])('%s', (filter, matching, filterError) => {
    const page = rowsOf(names).rows.page(view({ filter }), 0, 10);
    expect(page).toMatchObject({ matching, total: matching, filterError });
  });
});

describe('tree', () => {
  const names = [
    'embed.weight',
    'model.layers.0.attn.q.weight',
    'model.layers.0.attn.q.bias',
    'model.layers.0.norm.weight',
    'model.layers.10.norm.weight',
    'model.layers.2.norm.weight',
    'model.layers.2.mlp.weight',
  ];
  const grouped = view({ grouped: true });

  it('merges chains of single groups and leaves a group of one tensor out', () => {
    const { rows } = rowsOf(names);
    expect(draw(rows.page(grouped, 0, 99).rows)).toEqual([
      '  embed.weight',
      '+ model.layers',
      '  + 0',
      '    + attn.q',
      '        bias',
      '        weight',
      '      norm.weight',
      '  + 2',
      '      mlp.weight',
      '      norm.weight',
      '    10.norm.weight',
    ]);
  });

  it('hides what is in closed groups, and counts it', () => {
    const { rows } = rowsOf(names);
    const closed = view({ grouped: true, collapsed: ['model.layers.0', 'not.there'] });
    const page = rows.page(closed, 1, 3);
    expect(page).toMatchObject({ total: 7, matching: 7, from: 1 });
    expect(draw(page.rows)).toEqual(['+ model.layers', '  - 0', '  + 2']);
    expect(page.rows[1]).toMatchObject({
      tensors: 3,
      elements: 18,
      byteLength: 72,
      path: 'model.layers.0',
    });
  });

  it('finds rows, and none for what is closed or filtered out', () => {
    const { rows, tensors } = rowsOf(names);
    const id = tensors.findIndex(t => t.name === 'model.layers.2.mlp.weight');
    expect(rows.find(grouped, id)).toBe(8);
    expect(rows.find(view({ grouped: true, collapsed: ['model.layers.0'] }), id)).toBe(4);
    expect(rows.find(view({ grouped: true, collapsed: ['model.layers.2'] }), id)).toBeNull();
    expect(rows.find(view({ filter: 'norm' }), id)).toBeNull();
    expect(rows.find(view(), id)).toBe(
      namesOf(tensors, rows.order(view())).indexOf(tensors[id]!.name),
    );
    expect(rows.find(grouped, 999)).toBeNull();
  });

  it('is flat when another column sorts', () => {
    const page = rowsOf(names).rows.page(view({ grouped: true, sort: 'bytes' }), 0, 99);
    expect(page.rows.every(r => r.kind === 'tensor' && r.depth === 0 && r.label === r.name)).toBe(
      true,
    );
  });

  it('turns round with its groups whole', () => {
    const page = rowsOf(names).rows.page(view({ grouped: true, descending: true }), 0, 4);
    expect(draw(page.rows)).toEqual([
      '+ model.layers',
      '    10.norm.weight',
      '  + 2',
      '      norm.weight',
    ]);
  });

  it.each([
    [
      ['a', 'a.b', 'a.c'],
      ['  a', '+ a', '    b', '    c'],
    ],
    [
      ['a.b', 'a.b.c', 'a.b.d'],
      ['+ a', '    b', '  + b', '      c', '      d'],
    ],
    [
      ['a.', 'a..b', 'a.c'],
      ['+ a', '    a.', '    .b', '    c'],
    ],
    [
      ['.a', '.b', '.'],
      ['+ ', '    .', '    a', '    b'],
    ],
    [
      ['', '.', '..'],
      ['  ', '+ ', '    .', '    .'],
    ],
    [
      ['x.y', 'x.y'],
      ['+ x', '    y', '    y'],
    ],
  ])('copes with the names %j', (odd, drawn) => {
    const { rows } = rowsOf(odd);
    const page = rows.page(grouped, 0, 99);
    expect(draw(page.rows)).toEqual(drawn);
    const tensors = page.rows.flatMap(r => (r.kind === 'tensor' ? [r.tensor] : []));
    expect(tensors.toSorted()).toEqual(odd.map((_, i) => i));
  });

  it('does not exhaust the stack on names of thousands of nested parts', () => {
    const deep = Array.from({ length: 2000 }, (_, i) => `${'a.'.repeat(i + 1)}w`);
    const page = rowsOf(deep).rows.page(grouped, 0, 3000);
    expect(page.rows.filter(r => r.kind === 'tensor')).toHaveLength(2000);
  });
});

describe('size', () => {
  it('pages 200 000 tensors by any key', () => {
    const names = Array.from(
      { length: 200_000 },
      (_, i) => `model.layers.${i % 400}.block_sparse_moe.experts.${Math.floor(i / 400)}.w.weight`,
    );
    const { rows } = rowsOf(names);
    // The time limit of tests is the bound: a step that is quadratic would take minutes.
    const page = rows.page(view({ grouped: true }), 100_000, 50);
    rows.page(view({ filter: 'experts.7', sort: 'std' }), 0, 50);
    expect(rows.page(view({ grouped: true }), 150_000, 50).rows).toHaveLength(50);
    expect(rows.find(view({ grouped: true }), 123_456)).not.toBeNull();
    expect(page.rows).toHaveLength(50);
  });
});
