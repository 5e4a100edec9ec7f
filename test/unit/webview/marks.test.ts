import { expect, test } from 'vitest';
import { extent } from '../../../src/base/ticks';
import type { Band, DocumentView, ParamBand, Series } from '../../../src/protocol/editor';
import {
  countZeros,
  describeChart,
  formatMark,
  makeMetrics,
  unitText,
} from '../../../webview/charts/metrics';

const band = (low: number[], high = low): Band => ({
  low: Float64Array.from(low),
  high: Float64Array.from(high),
});
const params = (low: number[], high = low): ParamBand => ({
  ...band(low, high),
  median: Float64Array.from(low),
});
const gap = [Number.NaN, Number.NaN, Number.NaN];
const none = band(gap);
const metric = (id: string) => makeMetrics().find(m => m.id === id)!;

const series: Series = {
  generation: 1,
  count: 3,
  start: Int32Array.of(0, 1, 2, 3),
  tensor: Int32Array.of(0, 1, 2),
  name: ['a.weight', 'b.weight', 'c.weight'],
  kind: Uint8Array.of(0, 1, 2),
  kinds: null,
  sqnrRange: [31.2, 40],
  outliers: band([0, 0.01, Number.NaN]),
  schemes: [
    {
      scale: {
        ...params([0.1, 0.2, Number.NaN], [0.3, 0.2, Number.NaN]),
        median: Float64Array.of(0.15, 0.2, NaN),
      },
      zeroPoint: params([0, 0, 0]),
      sqnrDb: band([40, 31.2, Number.NaN]),
      mse: band([0, 1e-6, Number.NaN]),
      gaussianSqnrDb: none,
    },
    {
      ...{ scale: params(gap), zeroPoint: params(gap) },
      ...{ sqnrDb: none, mse: none, gaussianSqnrDb: none },
    },
  ],
};
const doc = { schemes: ['int8', 'int8 asym tensor'], sigma: 6 } as unknown as DocumentView;

test('a chart says in words what it shows', () => {
  const lines = doc.schemes.map((name, i) => ({ name, band: series.schemes[i]!.sqnrDb }));
  expect(describeChart(metric('sqnr'), series, { doc, lines })).toBe(
    'SQNR per layer (dB, higher is better). int8: worst 31.2 dB at b.weight; int8 asym tensor: no figures yet.',
  );
  const outliers = [{ name: '', band: series.outliers }];
  expect(describeChart(metric('outliers'), series, { doc, lines: outliers })).toBe(
    'Outliers per layer (% with |x| > 6σ). highest 1.0 % at b.weight.',
  );
  expect(unitText(metric('mse'), doc)).toBe('weight², log');
  expect(unitText({ ...metric('mse'), log: false }, doc)).toBe('weight²');
});

test('the bands of kinds are those of the scheme that was asked for', () => {
  const [first] = series.schemes;
  const kinds = [{ kind: 1, outliers: series.outliers, ...first! }];
  const [q, ...others] = metric('scale').kindBands!({ ...series, kinds });
  expect(q).toEqual({ kind: 'q', band: first!.scale });
  expect(others).toEqual([]);
  expect(metric('scale').kindBands!(series)).toEqual([]);
});

test('marks have their unit, bands both ends, gaps a dash', () => {
  const { sqnrDb, scale } = series.schemes[0]!;
  expect(formatMark(metric('sqnr'), sqnrDb, 0)).toBe('40.0 dB');
  expect(formatMark(metric('sqnr'), sqnrDb, 2)).toBe('–');
  expect(formatMark(metric('scale'), scale, 0)).toBe('0.100 … 0.300 (median 0.150)');
  expect(formatMark(metric('scale'), scale, 1)).toBe('0.200');
  expect(formatMark(metric('scale'), undefined, 1)).toBe('–');
});

test('what a log axis cannot show is counted, per layer', () => {
  const { mse } = series.schemes[0]!;
  expect(countZeros([mse])).toBe(1);
  expect(countZeros([mse, band([0, 0, 0])])).toBe(3);
  expect(countZeros([none])).toBe(0);
  expect(countZeros([])).toBe(0);
});

test('the extent leaves out gaps, and zeros on a log axis', () => {
  const { mse, scale } = series.schemes[0]!;
  expect(extent([mse], true)).toEqual([1e-6, 1e-6]);
  expect(extent([mse], false)).toEqual([0, 1e-6]);
  expect(extent([scale, none], true)).toEqual([0.1, 0.3]);
  expect(extent([none], false)).toBeNull();
});
