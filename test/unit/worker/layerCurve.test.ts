import { describe, expect, test } from 'vitest';
import { fromBFloat16, toBFloat16 } from '../../../src/base/float16';
import type { CurveKind } from '../../../src/protocol/layer';
import { parseScheme } from '../../../src/quant/schemeText';
import { curveOfLayer } from '../../../src/worker/layerCurve';
import { memoryFiles } from '../countingSource';
import { isNear, outcomeOf, type Stored } from './layer';
import { stored, weights } from './shared';

const shape = [12, 300] as const;
const [, cols] = shape;
const data = weights(shape, row => 1 + (row % 4));

function curve({ entry, file }: Stored, scheme: string, by: CurveKind, segment = 0) {
  const task = { entry, fileSize: file.length, sigma: 6, scheme, by, segment };
  return curveOfLayer(memoryFiles({ f: file }), task, { chunkBytes: 1000 });
}

const tensor = stored(data, shape);

describe('what the scheme itself searches', () => {
  test.each([
    ['int4 calib=mse', 3],
    ['int4 calib=mse:50,0.7,2', 11],
    ['uint4 asym group=64 calib=mse', 4],
    ['int8 tensor calib=entropy:ort,512,64', 0],
    ['int8 channel=1 calib=entropy:ort,64,16', 299],
    ['int8 block=5x64 calib=nv-mse', 14],
    ['int8 calib=entropy:nv,512', 2],
    ['int8 outliers=2sigma calib=mse', 5],
    ['int8 outliers=1% calib=mse', 6],
    ['int8 outliers=abs:0.2 calib=mse', 7],
  ] as const)(
    '%s, segment %d: each threshold, and the one that the run takes',
    async (text, segment) => {
      const found = (await curve(tensor, text, 'scheme', segment))!;
      const { settled, shape: segments } = outcomeOf(text, data, shape);
      const { range, curve: own } = settled[segment]!;
      expect(segments[0] * segments[1]).toBeGreaterThan(segment);
      const finite = own.filter(([, loss]) => Number.isFinite(loss));
      expect(found.thresholds).toHaveLength(finite.length);
      const ascending = Array.from(found.thresholds).toSorted((a, b) => a - b);
      expect(Array.from(found.thresholds)).toEqual(ascending);
      const largest = Math.max(Math.abs(range!.lo), Math.abs(range!.hi));
      const bin = 2 * (found.thresholds[1]! - found.thresholds[0]!);
      const isClose = Math.abs(found.thresholds[found.chosen]! - largest);
      // A histogram's threshold is no further out than the values go: within the last bin.
      expect(isClose).toBeLessThanOrEqual(text.includes('entropy:ort') ? bin : 1e-6 * largest);
      expect(found.losses[found.chosen]).toBe(Math.min(...found.losses));
      // A loss may be shown as a mean where the search adds up.
      const byThreshold = finite.toSorted(([p], [q]) => p - q).map(([, loss]) => loss);
      const share = found.losses[0]! / byThreshold[0]!;
      for (const [i, loss] of byThreshold.entries())
        expect(isNear(found.losses[i]!, loss * share, 1e-12)).toBe(true);
      expect(found).toMatchObject({ by: 'scheme', searched: found.of - keptOf(text, segment) });
    },
  );

  /** Values of a segment, all rows of one scale, that the scheme keeps apart. */
  function keptOf(text: string, segment: number): number {
    const { kept } = outcomeOf(text, data, shape);
    return kept.filter(i => Math.floor(i / cols) === segment).length;
  }

  test.each(['int8', 'nf4', 'fp16', 'q8_0', 'hqq uint4 group=64', 'int8 calib=percentile:1,99'])(
    '%s searches no threshold',
    async text => {
      expect(await curve(tensor, text, 'scheme')).toBeNull();
    },
  );
});

describe('squared error and divergence of any grid', () => {
  test.each([
    'int8',
    'int4 group=100',
    'nf4 tensor',
    'uint4 asym',
    'fp8-e4m3',
    'ternary',
    'binary',
  ])('%s: the loss of a threshold is the mean squared error of that clipping', async text => {
    const found = (await curve(tensor, text, 'mse'))!;
    expect(found.loss).toBe('mean squared error');
    const scheme = parseScheme(text);
    const width =
      scheme.granularity.kind === 'tensor'
        ? data.length
        : scheme.granularity.kind === 'group'
          ? 100
          : cols;
    const values = data.slice(0, width);
    let [lo, hi] = [Math.min(...values), Math.max(...values)];
    const absMax = Math.max(-lo, hi);
    for (const at of [0, 40, found.chosen, found.thresholds.length - 1]) {
      const share = Math.fround(found.thresholds[at]! / absMax);
      [lo, hi] = [
        Math.fround(Math.min(...values) * share),
        Math.fround(Math.max(...values) * share),
      ];
      const clipped = `${text.split(' ')[0]} ${scheme.symmetric ? '' : 'asym'} tensor calib=range:${lo},${hi}`;
      const { report } = outcomeOf(clipped, values, [1, width]);
      expect(Math.abs(found.losses[at]! - report.mse!)).toBeLessThanOrEqual(1e-5 * report.mse!);
    }
    expect(found.losses[found.chosen]).toBe(Math.min(...found.losses));
  });

  test('the divergence is that of the entropy calibration of the segment', async () => {
    const found = (await curve(tensor, 'int4', 'kl', 2))!;
    expect(found).toMatchObject({ loss: 'KL divergence', scheme: 'int4 calib=entropy:ort,2048,8' });
    const { settled } = outcomeOf('int4 calib=entropy:ort,2048,8', data, shape);
    const own = settled[2]!.curve.filter(([, loss]) => Number.isFinite(loss));
    expect(Array.from(found.losses)).toEqual(own.map(([, loss]) => loss));
    expect(Array.from(found.thresholds)).toEqual(own.map(([threshold]) => threshold));
  });

  test.each(['fp16', 'mxfp4', 'q4_0'])('%s has no threshold', async text => {
    expect(await curve(tensor, text, 'mse')).toBeNull();
    expect(await curve(tensor, text, 'kl')).toBeNull();
  });
});

test('a whole tensor of 16 bits is searched by its counts, one of 32 bits by some of its values', async () => {
  const size = [1100, 1000] as const;
  // Numbers that 16 bits hold.
  const large = weights(size).map(fromBFloat16Of);
  const found = (await curve(stored(large, size, { dtype: 'BF16' }), 'int8 tensor', 'mse'))!;
  expect(found).toMatchObject({ searched: 1_100_000, of: 1_100_000 });
  const some = (await curve(stored(large, size), 'int8 tensor', 'mse'))!;
  expect(some).toMatchObject({ searched: 220_002, of: 1_100_000 });
  // The extremes of all stand beside a fifth of the values: the same thresholds.
  expect(some.thresholds).toEqual(found.thresholds);
  // Of a threshold that clips one value in a hundred the losses are those of some 2000 values, whose squares spread by
  // about twice their mean: three deviations are 3 * 2 / sqrt(2000).
  for (const [i, loss] of found.losses.entries())
    expect(Math.abs(some.losses[i]! / loss - 1)).toBeLessThan(0.135);
}, 60_000);

function fromBFloat16Of(x: number): number {
  return fromBFloat16(toBFloat16(x));
}

test('a search over so many bins that its curve would take half a minute is left out', async () => {
  expect(await curve(tensor, 'int8 tensor calib=entropy:ort,16384,128', 'scheme')).toBeNull();
});

test('a segment that is not there is told', async () => {
  await expect(curve(tensor, 'int8', 'mse', 12)).rejects.toMatchObject({ tag: 'unsupported' });
});
