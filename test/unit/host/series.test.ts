import { describe, expect, it } from 'vitest';
import { buildSeries } from '../../../src/host/editor/series';
import { analysis, entry, profile, report } from './fakes';

describe('series', () => {
  it('has one mark a tensor, in the order of the view', () => {
    const tensors = ['a', 'b', 'c'].map(name => entry(name));
    const results = [analysis(), null, analysis({ profile: null, reports: [null, null] })];
    const source = { tensors, schemes: 2, analysis: (id: number) => results[id] ?? null };
    const series = buildSeries(source, Int32Array.of(2, 0, 1), 10);
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
    const series = buildSeries(source, Int32Array.from(tensors.keys()), 3);
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
      5,
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
    expect([...buildSeries(source, Int32Array.of(0), 5).outliers.low]).toEqual([Number.NaN]);
  });
});
