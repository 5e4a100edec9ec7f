import type { Chunk } from '../../stats/profile';
import { noiseOf } from '../rounding';
import type { Looker } from '../run/chunks';
import { SchemeRun } from '../run/schemeRun';
import type { Scheme } from '../scheme';
import { upperQuantile, upperTail } from './normal';

/** Values of a sample, in rows that a format's largest blocks fit into. */
const sampleSize = 2 ** 16;
let sample: Float32Array | undefined;

/** The middles of as many equally probable parts of the normal distribution, in a fixed random order. */
function normals(): Float32Array {
  if (sample) return sample;
  const values = new Float32Array(sampleSize);
  for (let i = 0; i < sampleSize / 2; i++) {
    const x = upperQuantile((i + 0.5) / sampleSize);
    values[2 * i] = x;
    values[2 * i + 1] = -x;
  }
  const noise = noiseOf(1);
  for (let i = sampleSize - 1; i > 0; i--) {
    const j = Math.floor(noise(i) * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  sample = values;
  return sample;
}

/** Of fewer values the error is known to worse than 0.2 dB. */
const fewestValues = 4096;

/** So many segments are searched in about a second: of some searches that is far less than the sample has. */
function mostSegments({ calibration }: Scheme): number {
  switch (calibration.kind) {
    case 'nv-mse':
      return 64;
    case 'entropy-ort':
    case 'entropy-nv':
      return Math.floor(256 * Math.min(1, (2048 / calibration.bins) ** 2));
    case 'percentile':
    case 'ort-percentile':
    case 'nv-percentile':
    case 'torch-histogram':
      return 1024;
    default:
      return sampleSize;
  }
}

/**
 * The mean squared error of a scheme on a sample of normal values, relative to their mean square. Null where its search takes
 * too long to see enough of them.
 * @param width values that share parameters, at most as many as the sample has
 * @param sigma standard deviation of the values
 */
export function sampledError(scheme: Scheme, width: number, sigma: number): number | null {
  const rows = Math.min(Math.floor(sampleSize / width), mostSegments(scheme));
  if (rows * width < fewestValues) return null;
  const values = normals()
    .subarray(0, rows * width)
    .map(x => x * sigma);
  const grouped = { ...scheme, granularity: { kind: 'group', size: width } } as const;
  const run = new SchemeRun(grouped, { rows, cols: width }, false);
  let [error, signal] = [0, 0];
  run.listen({
    piece(piece) {
      for (let i = 0; i < piece.values.length; i++) {
        const x = piece.values[i]!;
        error += (x - piece.results[i]!) ** 2;
        signal += x * x;
      }
    },
  });
  lookAt(run, { values, index: 0 });
  return error / signal;
}

function lookAt(looker: Looker, chunk: Chunk): void {
  do looker.add(chunk);
  while (!looker.finish());
}

/** Ranks at either end of a sample whose values stand for themselves. */
const single = 32;

/** What a sample is made for. */
export interface ExpectedOptions {
  /** Largest magnitude, in standard deviations. */
  readonly largest: number;
  readonly sigma: number;
  /** At about how many the middle is represented. */
  readonly places: number;
}

/** What is expected of many values. */
export interface ExpectedSample {
  readonly values: Float32Array;
  readonly counts: Float64Array;
  /** The first of the values that do not stand for one each, and the one behind the last of them. */
  readonly inner: readonly [from: number, to: number];
  /** Those lie within [-edge, edge], in standard deviations. */
  readonly edge: number;
}

/**
 * What `count` normal values are expected to be, the largest magnitude of which is given, in few distinct values with
 * counts, from the highest to the lowest: each of the outermost 32 by itself at either end, further inside ever more
 * together, at the quantile of their middle rank.
 */
export function expectedSample(
  count: number,
  { largest, sigma, places }: ExpectedOptions,
): ExpectedSample {
  const tail = upperTail(largest);
  const whole = 2 * Math.round((count - 1) / 2);
  const at = (rank: number) => upperQuantile(tail + ((1 - 2 * tail) * rank) / whole);
  const upper: number[] = [];
  const widths: number[] = [];
  for (let rank = 0; rank < whole / 2; ) {
    const wide = Math.floor(Math.min(rank / single, whole / places));
    const width = Math.min(Math.max(1, wide), whole / 2 - rank);
    upper.push(at(rank + width / 2) * sigma);
    widths.push(width);
    rank += width;
  }
  const lower = upper.map(x => -x).reverse();
  return {
    values: Float32Array.of(largest * sigma, ...upper, ...lower),
    counts: Float64Array.of(1, ...widths, ...widths.toReversed()),
    inner: [1 + single, 1 + 2 * upper.length - single],
    edge: at(single),
  };
}
