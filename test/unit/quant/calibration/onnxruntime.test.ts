import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../../src/quant/calibration/calibrator';
import { numpyHistogram } from '../../../../src/quant/calibration/numpyHistogram';
import { ortEntropy } from '../../../../src/quant/calibration/ortEntropy';
import { ortPercentile } from '../../../../src/quant/calibration/ortPercentile';
import { calibrate, goldenJson, referenceValues, valuesOf } from './calibrate';

interface Golden {
  readonly kept: number;
  readonly percents: readonly number[];
  readonly cases: readonly Case[];
}

type Ends = readonly [lo: number, hi: number];

interface Case {
  readonly name: string;
  readonly histogram: {
    readonly lo: number;
    readonly hi: number;
    readonly filled: readonly number[];
    readonly counts: readonly number[];
    readonly edges: readonly number[];
  };
  readonly entropy: readonly {
    readonly bins: number;
    readonly levels: number;
    readonly range: Ends;
    readonly count: number;
    readonly losses: readonly (number | null)[];
  }[];
  readonly symmetric: readonly Ends[];
  readonly asymmetric: readonly Ends[];
}

const { kept, percents, cases } = await goldenJson<Golden>('onnxruntime-calibrators.json');
const reference = await goldenJson<Record<string, Ends>>('reference.expected.json');
const flat = await referenceValues();

/** What the ends are once zero is put in the range, which is all that onnxruntime uses of crossed ones. */
const withZero = ([lo, hi]: Ends) => [Math.min(lo, 0) + 0, Math.max(hi, 0) + 0];

function expectRange({ lo, hi }: { lo: number; hi: number }, golden: Ends): void {
  expect(lo).toBeLessThanOrEqual(hi);
  if (golden[0] <= golden[1]) expect([lo, hi].map(x => x + 0)).toEqual(golden.map(x => x + 0));
  expect(withZero([lo, hi])).toEqual(withZero(golden));
}

const lossesOf = (curve: readonly Candidate[]) =>
  curve.filter((_, i) => i % kept === 0).map(([, loss]) => (loss === Infinity ? null : loss));

describe.each(cases)('onnxruntime on $name', golden => {
  test('histogram and edges are numpy’s', () => {
    const values = valuesOf(golden.name, flat);
    const range = { lo: Math.min(...values), hi: Math.max(...values) };
    const histogram = numpyHistogram(range, 777, 'value')!;
    histogram.add(values, 0, values.length);
    const filled = [...histogram.counts.keys()].filter(i => histogram.counts[i] !== 0);
    expect(filled).toEqual(golden.histogram.filled);
    expect(filled.map(i => histogram.counts[i])).toEqual(golden.histogram.counts);
    expect([...histogram.edges].filter((_, i) => i % kept === 0)).toEqual(golden.histogram.edges);
    expect(histogram.edges[0]).toBe(golden.histogram.lo);
    expect(histogram.edges.at(-1)).toBe(golden.histogram.hi);
  });

  test.each(golden.entropy)('entropy of $bins bins in $levels levels', expected => {
    const { range, curve } = calibrate(
      ortEntropy(expected.bins, expected.levels),
      valuesOf(golden.name, flat),
    );
    expectRange(range, expected.range);
    expect(curve).toHaveLength(expected.count);
    expect(lossesOf(curve)).toEqual(expected.losses);
  });

  test.each(percents.map((percent, i) => [percent, i] as const))('percentile %d', (percent, i) => {
    const values = valuesOf(golden.name, flat);
    expectRange(calibrate(ortPercentile(percent, true), values).range, golden.symmetric[i]!);
    expectRange(calibrate(ortPercentile(percent, false), values).range, golden.asymmetric[i]!);
  });
});

describe('the thresholds of the reference tensor', () => {
  test.each([
    ['ort.entropy.default(128,128)', 128, 128],
    ['ort.entropy(2048,128)', 2048, 128],
    ['ort.entropy(8001,255)', 8001, 255],
  ])('%s', (key, bins, levels) => {
    const { range, passes } = calibrate(ortEntropy(bins, levels), flat, 777);
    expect([range.lo, range.hi]).toEqual(reference[key]);
    expect(passes).toBe(2);
  });

  test.each([99.9, 99.99, 99.999])('ort.percentile %d', percent => {
    const ends = (symmetric: boolean) => {
      const { range } = calibrate(ortPercentile(percent, symmetric), flat);
      return [range.lo, range.hi];
    };
    expect(ends(true)).toEqual(reference[`ort.percentile.sym(2048,${percent})`]);
    expect(ends(false)).toEqual(reference[`ort.percentile.asym(2048,${percent})`]);
  });
});

describe('a histogram that float32 cannot hold', () => {
  test('numpy refuses edges that are not all different', () => {
    expect(numpyHistogram({ lo: 3e9, hi: 3e9 }, 2048, 'value')).toBeNull();
    expect(numpyHistogram({ lo: 0, hi: 2 ** -140 }, 2048, 'value')).toBeNull();
  });

  test('numpy’s edges would be NaN', () => {
    const most = Math.fround(3e38);
    expect(numpyHistogram({ lo: -most, hi: most }, 128, 'value')).toBeNull();
  });

  test('more levels than bins leave no window to try', () => {
    const { range, curve } = calibrate(ortEntropy(16, 128), flat);
    expect(range).toEqual({ lo: -1.25, hi: Math.fround(0.9) });
    expect(curve).toEqual([]);
  });
});
