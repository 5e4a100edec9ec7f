import fc from 'fast-check';
import { expect, test } from 'vitest';
import type {
  Calibrated,
  Calibrator,
  Candidate,
} from '../../../../src/quant/calibration/calibrator';
import { minmaxBy } from '../../../../src/quant/calibration/minmax';
import { percentile } from '../../../../src/quant/calibration/percentile';
import { methodOf } from '../../../../src/quant/run/method';
import type { Calibration } from '../../../../src/quant/scheme';
import { parseScheme } from '../../../../src/quant/schemeText';
import type { Counts, StatsEngine, Values } from '../../../../src/stats/moments';
import { Moments } from '../../../../src/stats/moments';
import { expanded, repeated } from '../repeated';

/** Schemes with every calibration that takes values piece by piece; hqq holds them all. */
const schemes: Record<Exclude<Calibration['kind'], 'hqq'>, readonly string[]> = {
  minmax: ['int8 tensor'],
  absmean: ['ternary tensor'],
  percentile: ['int8 tensor calib=percentile:99', 'uint8 asym tensor calib=percentile:1,97.5'],
  'entropy-ort': [
    'int8 tensor calib=entropy:ort,128,16',
    'int8 asym tensor calib=entropy:ort,301,128',
  ],
  'entropy-nv': ['int4 tensor calib=entropy:nv,200', 'int8 tensor calib=entropy:nv,256'],
  mse: ['int8 tensor calib=mse:20', 'uint4 asym tensor calib=mse:25,0.5,2', 'nf4 tensor calib=mse'],
  range: ['int8 tensor calib=range:-1,2'],
  scale: ['uint8 asym tensor calib=scale:0.1'],
  'torch-histogram': ['int8 tensor calib=torch-histogram'],
  'ort-percentile': [
    'int8 sym tensor calib=ort-percentile:97',
    'int8 asym tensor calib=ort-percentile:97',
  ],
  'nv-percentile': ['int8 tensor calib=nv-percentile:95'],
  'nv-mse': ['int4 tensor calib=nv-mse'],
};

/** What is found of values shown in two pieces. */
function found(calibrator: Calibrator, values: Values, counts?: Counts): Calibrated {
  const half = Math.ceil(values.length / 2);
  for (let pass = 0; pass < 5; pass++) {
    calibrator.add(values, 0, half, counts);
    calibrator.add(values, half, values.length, counts);
    const calibrated = calibrator.finish();
    if (calibrated) return calibrated;
  }
  throw new Error('does not come to an end');
}

/** Sums are float64, in another order: this much of them may differ. */
const bound = 1e-12;

function expectClose(actual: number, expected: number): void {
  if (!Object.is(actual + 0, expected + 0))
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(bound * Math.abs(expected));
}

function expectCloseCurves(actual: readonly Candidate[], expected: readonly Candidate[]): void {
  expect(actual.map(([candidate]) => candidate)).toEqual(expected.map(([candidate]) => candidate));
  actual.forEach(([, loss], i) => {
    expectClose(loss, expected[i]![1]);
  });
}

/** Whether two candidates lose the same but for rounding, so that either may be taken. */
function isTie(curve: readonly Candidate[]): boolean {
  const least = Math.min(...curve.map(([, loss]) => loss));
  return least > 0 && curve.filter(([, loss]) => loss <= least * (1 + bound)).length > 1;
}

const cases = Object.entries(schemes).flatMap(([kind, texts]) =>
  texts.map(text => [kind, text] as const),
);

test.each(cases)('%s with counts is that of the repeated values: %s', (kind, text) => {
  const scheme = parseScheme(text);
  expect(scheme.calibration.kind).toBe(kind);
  fc.assert(
    fc.property(repeated, ({ values, counts }) => {
      const make = () => methodOf(scheme).parts!.calibrator();
      const actual = found(make(), values, counts);
      const expected = found(make(), expanded({ values, counts }));
      if (kind === 'absmean') {
        expectClose(actual.range.lo, expected.range.lo);
        expectClose(actual.range.hi, expected.range.hi);
      } else if (kind === 'mse') {
        expectCloseCurves(actual.curve, expected.curve);
        if (isTie(expected.curve)) return;
        expect(actual.range).toEqual(expected.range);
        expect(actual.params).toEqual(expected.params);
      } else {
        expect(actual.range).toEqual(expected.range);
        expect(actual.curve).toEqual(expected.curve);
      }
    }),
    { seed: 20_261_124, numRuns: 60 },
  );
});

test('the range by an engine is that of the distinct values', () => {
  const engine: StatsEngine = {
    stats: values => new Moments().add(values),
    countBeyond: () => expect.unreachable(),
    collectBetween: () => expect.unreachable(),
  };
  const counts = Float64Array.of(5, 1, 7);
  const { range } = found(minmaxBy(engine), Float32Array.of(2, -3, NaN), counts);
  expect(range).toEqual({ lo: -3, hi: 2 });
});

test('counts beyond what memory holds: a percentile of 2^40 values', () => {
  const counts = Float64Array.of(2 ** 39, 2 ** 39 - 2 ** 30, 2 ** 30);
  // The quarter and the last 2^29 of 2^40 values lie among the first and among the third of them.
  const { range } = found(percentile(25, 100 - 100 / 2 ** 11), Float32Array.of(-1, 3, 8), counts);
  expect(range).toEqual({ lo: -1, hi: 8 });
});
