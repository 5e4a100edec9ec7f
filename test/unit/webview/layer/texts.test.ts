import { describe, expect, it } from 'vitest';
import { withScheme } from '../../../../webview/layer/actions';
import { zoomed } from '../../../../webview/layer/channelsSection';
import { placeOf } from '../../../../webview/layer/lists';
import {
  binText,
  countWithShare,
  describeCurve,
  gainText,
  isGain,
  pointText,
  sqnrText,
  theoryText,
  unusedText,
} from '../../../../webview/layer/texts';

describe('what the page says', () => {
  it('the loss beside that of Gaussian weights', () => {
    expect(theoryText(28.9, 33.1)).toBe('Gaussian weights would get 33.1 dB: excess loss 4.2 dB');
    expect(theoryText(34, 33.1)).toBe('Gaussian weights would get 33.1 dB: these lose 0.9 dB less');
    expect(theoryText(null, 33.1)).toBeNull();
    expect(theoryText(30, null)).toBeNull();
  });

  it('gains with their sign, and 0 without one', () => {
    expect([3.2, 0.05, -0.5, 0.04, -0.04, -0].map(gainText)).toEqual([
      '+3.2',
      '+0.1',
      '−0.5',
      '0.0',
      '0.0',
      '0.0',
    ]);
    expect(gainText(null)).toBe('–');
    expect([3.2, 0.05, 0.04, -0.5, null].map(isGain)).toEqual([true, true, false, false, false]);
  });

  it('the SQNR, which is exact where nothing is lost', () => {
    expect(sqnrText(35.72, 1e-6)).toBe('35.7 dB');
    expect(sqnrText(null, 0)).toBe('exact');
    expect(sqnrText(null, 1e-6)).toBe('– dB');
  });

  it('bins', () => {
    const histogram = { lo: -1, hi: 1, original: [3, 1], dequantized: [4, 0] };
    expect(binText(histogram, 1)).toBe('0 … 1: 1 weight, 0 dequantized');
  });

  it('counts with their share', () => {
    expect(countWithShare(0, 0)).toBe('0');
    expect(countWithShare(1200, 10000)).toBe('1,200 (12.0 %)');
  });

  it('codes that no weight has', () => {
    expect(unusedText(-2, [1, 1, 1])).toBeNull();
    expect(unusedText(-2, [0, 1, 0, 0, 5])).toBe('Unused: −2, 0 … 1');
    const every = Array.from({ length: 20 }, (_, i) => i % 2);
    expect(unusedText(0, every)).toBe('Unused: 0, 2, 4, 6, 8, 10 and 4 more stretches');
  });

  it('a calibration curve and its points', () => {
    const curve = {
      by: 'mse',
      scheme: 'int4 calib=mse',
      loss: 'mean squared error',
      thresholds: Float64Array.of(0.5, 1),
      losses: Float64Array.of(0.25, 0.5),
      chosen: 0,
      searched: 2,
      of: 2,
    } as const;
    expect(describeCurve(curve)).toBe(
      'mean squared error by threshold, 2 thresholds from 0.5000 to 1; 0.5000 is chosen, with 0.2500',
    );
    expect(pointText(curve, 0)).toBe('threshold 0.5000: mean squared error 0.2500 (chosen)');
    expect(pointText(curve, 1)).toBe('threshold 1: mean squared error 0.5000');
  });
});

it('the place of a weight in its matrix', () => {
  expect(placeOf(0, 64)).toEqual([0, 0]);
  expect(placeOf(129, 64)).toEqual([2, 1]);
});

describe('a scheme to try', () => {
  it('is shown beside the others, or in the place of the active one where all places are taken', () => {
    expect(withScheme(['a'], 'a', 'b')).toEqual(['a', 'b']);
    expect(withScheme(['a', 'b', 'c', 'd'], 'c', 'e')).toEqual(['a', 'b', 'e', 'd']);
    expect(withScheme(['a', 'b'], 'a', 'b')).toEqual(['a', 'b']);
  });
});

describe('zooming into rows', () => {
  it('halves them around a row and keeps within them', () => {
    const all = { from: 0, to: 100 };
    expect(zoomed(all, { factor: 0.5, at: null, rows: 100 })).toEqual({ from: 25, to: 75 });
    expect(zoomed(all, { factor: 0.5, at: 99, rows: 100 })).toEqual({ from: 50, to: 100 });
    expect(zoomed({ from: 25, to: 75 }, { factor: 2, at: null, rows: 100 })).toBeNull();
    expect(zoomed({ from: 3, to: 4 }, { factor: 0.5, at: 3, rows: 100 })).toEqual({
      from: 3,
      to: 4,
    });
  });
});
