import { describe, expect, it } from 'vitest';
import type { TensorEntry } from '../../../src/formats/tensorFile';
import { createCastLayers } from '../../../src/host/editor/castLayers';
import { type CastsView, castFormats } from '../../../src/protocol/precision';
import type { TensorAnalysis } from '../../../src/protocol/worker';
import { analysis, entry, profile } from './fakes';

type Counts = readonly [changed: number, overflow: number, underflow: number, subnormal: number];

const nothing: Counts = [0, 0, 0, 0];

/** Figures of a tensor of so many values under FP16; other casts change nothing. */
function figures(values: number, fp16: Counts, more: Partial<TensorAnalysis> = {}): TensorAnalysis {
  const casts = castFormats.map(format => {
    const [changed, overflow, underflow, subnormal] = format === 'fp16' ? fp16 : nothing;
    return { format, changed, overflow, underflow, subnormal };
  });
  return analysis({ profile: profile({ count: values, absMax: values }), casts, ...more });
}

const int: TensorEntry = { ...entry('ids'), dtype: 'I64' };

function open(given: Readonly<Record<string, TensorAnalysis | null>>, others = [int]) {
  const tensors = [...Object.keys(given).map(name => entry(name)), ...others];
  const results = [...Object.values(given), ...others.map(() => null)];
  const layers = createCastLayers({
    tensors,
    analysis: {
      result: id => results[id] ?? null,
      status: id => (results[id] ? 'done' : 'failed'),
    },
    order: () => Int32Array.from(tensors.keys()),
  });
  const names = (patch: Partial<CastsView>) => {
    const view = { format: 'fp16', by: 'share', sort: 'model', descending: false } as const;
    return layers.page({ ...view, ...patch }, 0, 100).rows.map(row => row.name);
  };
  return { layers, names, results };
}

const model = {
  a: figures(1000, [10, 0, 0, 5]),
  b: figures(100, [9, 0, 3, 0]),
  c: figures(100, [50, 1, 0, 0]),
  d: null,
};

describe('layers', () => {
  it('are the tensors of floating-point numbers, in the order of the model', () => {
    expect(open(model).names({})).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    ['share', ['c', 'b', 'a', 'd']],
    ['count', ['c', 'a', 'b', 'd']],
  ] as const)('are sorted by %s, those without figures at the end', (by, expected) => {
    const { names } = open(model);
    expect(names({ by, sort: 'changed', descending: true })).toEqual(expected);
    expect(names({ by, sort: 'changed' })).toEqual([...expected.slice(0, 3).toReversed(), 'd']);
  });

  it('of equal figures come by what they lose otherwise', () => {
    expect(open(model).names({ sort: 'overflow', descending: true })).toEqual(['c', 'b', 'a', 'd']);
  });

  it('are sorted again when more is known', () => {
    const { names, results } = open(model);
    expect(names({ sort: 'overflow', descending: true }).at(-1)).toBe('d');
    results[3] = figures(10, [10, 10, 0, 0]);
    expect(names({ sort: 'overflow', descending: true })[0]).toBe('d');
  });

  it('are found by their tensor; what is none is not', () => {
    const { layers } = open(model);
    const view = { format: 'fp16', by: 'share', sort: 'changed', descending: true } as const;
    expect([0, 3, 4].map(id => layers.find(view, id))).toEqual([2, 3, null]);
  });
});

describe('totals', () => {
  it('count values and the layers that they are in', () => {
    const totals = open(model).layers.totals();
    expect(totals).toMatchObject({ layers: 4, known: 3, failed: 1, values: 1200, dtype: 'F32' });
    expect(totals).toMatchObject({ absMax: 1000, sampled: false });
    expect(totals.formats.map(({ format }) => format)).toEqual(castFormats);
    expect(totals.formats[0]).toEqual({
      format: 'fp16',
      changed: { values: 69, layers: 3 },
      overflow: { values: 1, layers: 1 },
      underflow: { values: 3, layers: 1 },
      subnormal: { values: 5, layers: 1 },
    });
  });

  it('leave out NaN and infinities, and say when a sample was looked at', () => {
    const bad = figures(100, nothing, {
      profile: profile({ count: 100, nan: 2, infinite: 3 }),
      sampled: 0.5,
    });
    expect(open({ bad }).layers.totals()).toMatchObject({ values: 95, sampled: true });
  });

  it('of a model without floating-point numbers are empty', () => {
    const totals = open({}).layers.totals();
    expect(totals).toMatchObject({ layers: 0, known: 0, absMax: null, dtype: null });
  });
});

it('a mark of several layers reaches from the lowest to the highest', () => {
  const { layers } = open(model);
  const asked = { format: 'fp16', by: 'share', figure: 'changed' } as const;
  const each = layers.series({ ...asked, marks: 10 });
  expect([...each.band.high]).toEqual([0.01, 0.09, 0.5, Number.NaN]);
  const { band, start, name } = layers.series({ ...asked, marks: 2 });
  expect([...band.low, ...band.high]).toEqual([0.01, 0.5, 0.09, 0.5]);
  expect([[...start], name]).toEqual([
    [0, 2, 4],
    ['a', 'c'],
  ]);
});
