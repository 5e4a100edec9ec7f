import { describe, expect, it } from 'vitest';
import { tensorKinds } from '../../../src/base/tensorKind';
import { rankWorst } from '../../../src/host/editor/ranking';
import { buildSeries } from '../../../src/host/editor/series';
import { analysis, entry, profile, report } from './fakes';

describe('series', () => {
  it('has one mark a tensor, in the order of the view', () => {
    const tensors = ['a', 'b', 'c'].map(name => entry(name));
    const results = [analysis(), null, analysis({ profile: null, reports: [null, null] })];
    const source = { tensors, schemes: 2, analysis: (id: number) => results[id] ?? null };
    const series = buildSeries(source, Int32Array.of(2, 0, 1), { marks: 10 });
    expect(series).toMatchObject({ count: 3, name: ['c', 'a', 'b'] });
    expect([...series.start]).toEqual([0, 1, 2, 3]);
    expect([...series.tensor]).toEqual([2, 0, 1]);
    expect([...series.outliers.low]).toEqual([Number.NaN, 0.03, Number.NaN]);
    expect(series.outliers.high).toEqual(series.outliers.low);
    expect([...series.schemes[0]!.scale.low]).toEqual([Number.NaN, 0.01, Number.NaN]);
    expect([...series.schemes[0]!.scale.high]).toEqual([Number.NaN, 0.02, Number.NaN]);
    expect([...series.schemes[0]!.sqnrDb.high]).toEqual([Number.NaN, 40, Number.NaN]);
    expect([...series.schemes[1]!.mse.low]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('puts neighbours in one mark with their lowest and highest value', () => {
    const tensors = Array.from({ length: 10 }, (_, i) => entry(`t${i}`));
    const source = {
      tensors,
      schemes: 1,
      analysis: (id: number) =>
        id === 4
          ? null
          : analysis({ reports: [report({ sqnrDb: 40 - id, mse: id === 0 ? null : id })] }),
    };
    const series = buildSeries(source, Int32Array.from(tensors.keys()), { marks: 3 });
    expect([...series.start]).toEqual([0, 3, 6, 10]);
    expect(series.name).toEqual(['t0', 't3', 't6']);
    expect([...series.schemes[0]!.sqnrDb.low]).toEqual([38, 35, 31]);
    expect([...series.schemes[0]!.sqnrDb.high]).toEqual([40, 37, 34]);
    expect([...series.schemes[0]!.mse.low]).toEqual([1, 3, 6]);
  });

  it('is empty for an empty view', () => {
    const series = buildSeries(
      { tensors: [], schemes: 1, analysis: () => null },
      new Int32Array(),
      { marks: 5 },
    );
    expect([...series.start]).toEqual([0]);
    expect(series.name).toEqual([]);
  });

  it('has no outlier fraction where there is no threshold', () => {
    const empty = profile({ count: 0, outliers: { threshold: null, count: 0 } });
    const source = {
      tensors: [entry('a')],
      schemes: 0,
      analysis: () => analysis({ profile: empty }),
    };
    expect([...buildSeries(source, Int32Array.of(0), { marks: 5 }).outliers.low]).toEqual([
      Number.NaN,
    ]);
  });

  const many = Array.from({ length: 12 }, (_, i) =>
    entry(`layers.${i}.${['q_proj', 'norm', 'bias'][i % 3]}.weight`),
  );
  const manySource = {
    tensors: many,
    schemes: 2,
    analysis: (id: number) =>
      analysis({
        reports: [report({ sqnrDb: id }), report({ sqnrDb: 100 + id })],
        gaussianSqnrDb: [id + 1, null],
      }),
  };
  const order = Int32Array.from(many.keys()).reverse();

  it('shows only the positions asked for, and says which', () => {
    const range = { from: 3, to: 6 };
    const series = buildSeries(manySource, order, { marks: 10, range });
    expect(series.count).toBe(12);
    expect([...series.start]).toEqual([3, 4, 5, 6]);
    expect([...series.tensor]).toEqual([8, 7, 6]);
    const merged = buildSeries(manySource, order, { marks: 2, range: { from: 8, to: 99 } });
    expect([...merged.start]).toEqual([8, 10, 12]);
    expect([...merged.schemes[0]!.sqnrDb.high]).toEqual([3, 1]);
    expect(buildSeries(manySource, order, { marks: 5, range: { from: 20, to: 30 } }).name).toEqual(
      [],
    );
  });

  it('has the middle of the scales of one tensor, and none of several', () => {
    const { schemes } = buildSeries(manySource, order, { marks: 12 });
    expect(schemes[0]!.scale.median[0]).toBe(0.015);
    const merged = buildSeries(manySource, order, { marks: 11 });
    expect(merged.schemes[0]!.scale.median).toContain(0.015);
    expect(merged.schemes[0]!.scale.median[10]).toBeNaN();
  });

  it('has what Gaussian weights would get, and the range of the whole model', () => {
    const range = { from: 0, to: 1 };
    const { schemes, sqnrRange } = buildSeries(manySource, order, { marks: 5, range });
    expect([...schemes[0]!.gaussianSqnrDb.low]).toEqual([12]);
    expect([...schemes[1]!.gaussianSqnrDb.low]).toEqual([Number.NaN]);
    expect(sqnrRange).toEqual([0, 111]);
  });

  it('has the bands of each kind under one scheme', () => {
    // Three kinds: a third of the marks asked for.
    const { kinds, kind } = buildSeries(manySource, order, { marks: 11, byKind: 1 });
    expect([...kind].map(k => tensorKinds[k])).toEqual(['other', 'norm', 'q']);
    expect(kinds!.map(k => tensorKinds[k.kind])).toEqual(['q', 'norm', 'other']);
    expect([...kinds![0]!.sqnrDb.low]).toEqual([109, 106, 100]);
    expect([...kinds![0]!.sqnrDb.high]).toEqual([109, 106, 103]);
    expect(buildSeries(manySource, order, { marks: 6 }).kinds).toBeNull();
  });
});

describe('the ranking', () => {
  const tensors = [entry('a', [10, 10]), entry('b', [1, 10]), entry('c.q_proj.weight', [5, 10])];
  const of = (mse: number | null, sqnrDb: number | null) =>
    analysis({ reports: [report({ mse, sqnrDb })], gaussianSqnrDb: [20] });

  it('has the lowest SQNR first, with the share of the error of all', () => {
    const results = [of(1e-4, 30), of(1e-2, 10), of(null, null)];
    const source = { tensors, analysis: (id: number) => results[id]! };
    const ranked = rankWorst(source, Int32Array.of(1, 0, 2), { scheme: 0, count: 9 });
    expect(ranked.map(({ name, share }) => [name, share])).toEqual([
      ['b', 0.1 / (0.1 + 0.01)],
      ['a', 0.01 / (0.1 + 0.01)],
    ]);
    expect(ranked[0]).toMatchObject({ tensor: 1, tensorKind: 'other', gaussianSqnrDb: 20 });
    expect(rankWorst(source, Int32Array.of(1, 0, 2), { scheme: 0, count: 1 })).toHaveLength(1);
  });

  it('has no shares where there is no error', () => {
    const source = { tensors, analysis: () => of(0, 99) };
    const [first] = rankWorst(source, Int32Array.of(0), { scheme: 0, count: 1 });
    expect(first!.share).toBeNull();
  });
});
