import { expect, test } from 'vitest';
import { formatCountOf } from '../../../src/base/format';
import {
  formatBand,
  formatBytes,
  formatCount,
  formatDecibel,
  formatFigure,
  formatInteger,
  formatPercent,
  formatPlain,
  formatShape,
  middleEllipsis,
  splitName,
} from '../../../webview/format';

test.each([
  [0, '0'],
  [1, '1'],
  [309_633, '309,633'],
  [97_931_945_984, '97,931,945,984'],
])('counts: %d', (n, text) => {
  expect(formatCount(n)).toBe(text);
});

test('counts with their noun', () => {
  expect(formatCountOf(1, 'tensor')).toBe('1 tensor');
  expect(formatCountOf(0, 'tensor')).toBe('0 tensors');
  expect(formatCountOf(2, 'index', 'indices')).toBe('2 indices');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 KB'],
  [1_238_532, '1.24 MB'],
  [98_304, '98.3 KB'],
  [999_499, '999 KB'],
  [999_600, '1.00 MB'],
  [14e9, '14.0 GB'],
  [2.5e15, '2.50 PB'],
  [5e18, '5000 PB'],
])('bytes: %d', (n, text) => {
  expect(formatBytes(n)).toBe(text);
});

test.each([
  [null, '–'],
  [undefined, '–'],
  [Number.NaN, '–'],
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [0.25, '0.2500'],
  [1.385123, '1.385'],
  [-1.5, '−1.500'],
  [0.001, '0.001000'],
  [0.00034212, '3.421e-4'],
  [-0.0002, '−2.000e-4'],
  [99_999, '99999'],
  [100_000, '1.000e5'],
  [1.5e300, '1.500e300'],
  [5e-324, '4.941e-324'],
  [Number.POSITIVE_INFINITY, '∞'],
  [Number.NEGATIVE_INFINITY, '−∞'],
])('figures: %s', (x, text) => {
  expect(formatFigure(x)).toBe(text);
});

test('a figure rounded up to the next power keeps its form readable', () => {
  expect(formatFigure(99_999.9)).toBe('1.000e5');
  expect(formatFigure(0.00099999, 3)).toBe('0.00100');
  expect(formatFigure(12_345.6, 3)).toBe('12346');
});

test.each([
  [null, '–'],
  [0, '0 %'],
  [1, '100 %'],
  [0.5, '50.0 %'],
  [0.00042, '0.042 %'],
  [0.0000004, '4.0e-5 %'],
  [0.9996, '99.96 %'],
  [0.99999, '> 99.99 %'],
  [0.123, '12.3 %'],
  [0.092, '9.2 %'],
])('percent: %s', (x, text) => {
  expect(formatPercent(x)).toBe(text);
});

test('decibels, integers and bands', () => {
  expect(formatDecibel(31.24)).toBe('31.2');
  expect(formatDecibel(-3)).toBe('−3.0');
  expect(formatDecibel(null)).toBe('–');
  expect(formatInteger(-128)).toBe('−128');
  expect(formatBand(1, 2, formatInteger)).toBe('1 … 2');
  expect(formatBand(0.00012341, 0.00012342, x => formatFigure(x, 3))).toBe('1.23e-4');
  expect(formatBand(null, null, formatInteger)).toBe('–');
});

test('shapes', () => {
  expect(formatShape([])).toBe('scalar');
  expect(formatShape([128, 64, 3])).toBe('[128, 64, 3]');
  expect(formatShape([0])).toBe('[0]');
});

test('a long text loses its middle and keeps the length asked for', () => {
  expect(middleEllipsis('conv.weight', 11)).toBe('conv.weight');
  const cut = middleEllipsis('model.layers.10.self_attn.q_proj.weight', 20);
  expect(cut).toHaveLength(20);
  expect(cut.startsWith('model.lay')).toBe(true);
  expect(cut.endsWith('oj.weight')).toBe(true);
});

test('a name splits before its last two parts', () => {
  expect(splitName('model.layers.0.q_proj.weight')).toEqual({
    head: 'model.layers.0.',
    tail: 'q_proj.weight',
  });
  expect(splitName('conv.weight')).toEqual({ head: '', tail: 'conv.weight' });
  expect(splitName('weight')).toEqual({ head: '', tail: 'weight' });
  expect(splitName('')).toEqual({ head: '', tail: '' });
});

test('a figure that stands alone has no zeros at its end', () => {
  expect(formatPlain(8.25)).toBe('8.25');
  expect(formatPlain(8.00004)).toBe('8');
  expect(formatPlain(6)).toBe('6');
  expect(formatPlain(2.5)).toBe('2.5');
});
