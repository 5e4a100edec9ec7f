import type { Chunk } from '../../stats/profile';
import { noiseOf } from '../rounding';
import type { Looker } from '../run/chunks';
import { SchemeRun } from '../run/schemeRun';
import type { Scheme } from '../scheme';
import type { Population } from './extremes';
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

/**
 * The mean squared error of a scheme on a sample of normal values, relative to their mean square.
 * @param width values that share parameters
 * @param share of the sample to be used
 */
export function sampledError(scheme: Scheme, width: number, { sigma, share }: SampleUse): number {
  const rows = Math.max(1, Math.floor((sampleSize * share) / width));
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

/** How a sample is used. */
export interface SampleUse {
  readonly sigma: number;
  readonly share: number;
}

function lookAt(looker: Looker, chunk: Chunk): void {
  do looker.add(chunk);
  while (!looker.finish());
}

/** Ranks at either end of a sample whose values stand for themselves. */
const single = 64;
/** Places at which the middle of a large sample is represented, about. */
const coarse = 4096;

/**
 * What `count` normal values are expected to be, in few distinct values with counts: each of the outermost 64 by itself at
 * either end, further inside ever more together, at the quantile of their middle rank.
 */
export function expectedSample({ count, bound }: Population, sigma: number) {
  const [tail, mass] = [upperTail(bound), 1 - 2 * upperTail(bound)];
  const whole = Math.round(count);
  const at = (rank: number) => upperQuantile(tail + (mass * rank) / whole) * sigma;
  const half = Math.floor(whole / 2);
  const upper: [value: number, count: number][] = [];
  for (let rank = 0; rank < half; ) {
    const wide = Math.min(Math.floor(rank / single), Math.floor(whole / coarse));
    const width = Math.min(Math.max(1, wide), half - rank);
    upper.push([at(rank + width / 2), width]);
    rank += width;
  }
  const middle: [number, number][] = whole % 2 === 1 ? [[0, 1]] : [];
  const lower = upper.map(([x, n]): [number, number] => [-x, n]).reverse();
  const all = [...lower, ...middle, ...upper];
  // Ascending, as the upper half was made from the largest on.
  all.sort(([a], [b]) => a - b);
  return {
    values: Float32Array.from(all, ([x]) => x),
    counts: Float64Array.from(all, ([, n]) => n),
  };
}
