import type { Matrix } from '../../base/tile';
import { finiteOrNull } from '../../stats/moments';
import type { Calibrator } from '../calibration/calibrator';
import { calibrate } from '../run/composed';
import { type Method, methodOf } from '../run/method';
import { Scratch } from '../run/scratch';
import type { Scheme } from '../scheme';
import { printScheme } from '../schemeText';
import { castError } from './casts';
import { squaredError } from './cells';
import { type FateOf, largestAt, overBoth, overLargest, type Population } from './extremes';
import { cellsBy, fateBy, noParams } from './fate';
import { upperTail } from './normal';
import { type Kept, keptApart, segmentsOf, sizesOf } from './population';
import { type ExpectedOptions, expectedSample, sampledError } from './sample';

/**
 * The SQNR in dB that a scheme is expected to give normal weights of this shape: -10 log10 of the expected squared error
 * per weight, relative to the variance. docs/theory.md says how it is found, and how exact it is.
 *
 * Null where the error vanishes (a scale for each weight), where a cast would overflow or leave hardly any bits, and
 * where neither an integral nor a sample stands for the scheme: HQQ and entropy over more than 16 384 weights, what needs a
 * sample beside whole columns kept apart, and searches over few weights that take too long for a sample.
 * @param sigma standard deviation of the weights. It hardly matters, except where a scheme hangs on their magnitude: casts,
 * MX formats and other scales that are powers of two, ranges and scales given by hand, outliers beyond a threshold
 */
export function gaussianSqnrDb(scheme: Scheme, matrix: Matrix, sigma = 1): number | null {
  if (!(sigma > 0 && Number.isFinite(sigma))) return null;
  const scale = hangsOnSigma(scheme) ? rounded(sigma) : 1;
  const key = keyOf(scheme, matrix, scale);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const error = expectedError(scheme, matrix, scale);
  const sqnrDb = error === null || error < noError ? null : finiteOrNull(-10 * Math.log10(error));
  if (cache.size >= mostCached) cache.delete(cache.keys().next().value!);
  cache.set(key, sqnrDb);
  return sqnrDb;
}

/** To 17 bits: the last ones hang on the order in which values were added up, and are all that would tell layers apart. */
function rounded(sigma: number): number {
  const step = 2 ** (Math.floor(Math.log2(sigma)) - 16);
  return step > 0 ? Math.round(sigma / step) * step : sigma;
}

/** Less is what the arithmetic leaves of none. */
const noError = 1e-12;

const cache = new Map<string, number | null>();
/** Shapes of a model times schemes that are looked at. */
const mostCached = 1024;

/** A scheme and what of the shape matters to it. */
function keyOf(scheme: Scheme, matrix: Matrix, sigma: number): string {
  const { grid, outliers } = scheme;
  const isWhole = grid.kind === 'format' && grid.name === 'nvfp4';
  const numbers = [
    ...(isSampledFormat(scheme) ? [] : sizesOf(segmentsOf(scheme), matrix)),
    outliers?.kind === 'columns' && matrix.rows,
    (isWhole || outliers?.kind === 'top') && matrix.rows * matrix.cols,
  ];
  return JSON.stringify([printScheme(scheme), sigma, numbers]);
}

const isMx = ({ grid }: Scheme) => grid.kind === 'format' && grid.name.startsWith('mx');

/** Formats whose blocks only a sample can tell of. */
const isSampledFormat = (scheme: Scheme) =>
  scheme.grid.kind === 'format' && !isMx(scheme) && scheme.grid.name !== 'nvfp4';

function hangsOnSigma(scheme: Scheme): boolean {
  const { grid, calibration, outliers } = scheme;
  const isGiven = calibration.kind === 'scale' || calibration.kind === 'range';
  const isThreshold = outliers?.kind === 'abs' || outliers?.kind === 'columns';
  return grid.kind === 'cast' || isMx(scheme) || scheme.scale === 'e8m0' || isGiven || isThreshold;
}

/** The expected squared error per weight and variance. */
function expectedError(scheme: Scheme, matrix: Matrix, sigma: number): number | null {
  const { grid, outliers } = scheme;
  const kept = keptApart(outliers, matrix, sigma);
  if (grid.kind === 'cast') {
    const error = castError(grid.name, sigma, kept.bound);
    return error === null ? null : error + kept.error;
  }
  const work = { scheme, matrix, sigma, kept };
  if (isSampledFormat(scheme)) return sampled(work, formatRow);
  let sum = 0;
  for (const { size, share } of sizesOf(segmentsOf(scheme), matrix)) {
    const error = segmentError(work, size);
    if (error === null) return null;
    sum += share * error;
  }
  return sum;
}

/** A scheme over normal weights. */
interface Work {
  readonly scheme: Scheme;
  readonly matrix: Matrix;
  readonly sigma: number;
  readonly kept: Kept;
}

/** A row that the blocks of all formats divide. */
const formatRow = 4096;
/** From this many weights on, what is expected of them stands for those that a search sees. */
const many = 4096;
/** Weights of a segment of which a sample holds enough. */
const mostSampled = 16_384;

/** The expected squared error per weight of segments of a size, with that of what is kept apart of them. */
function segmentError(work: Work, size: number): number | null {
  const { scheme, kept } = work;
  const rest = 1 - kept.share;
  const population = { count: Math.max(1, size * rest), bound: kept.bound };
  if (hasPlainRange(scheme)) return rest * rangedError(work, population) + kept.error;
  if (!hangsOnChance(scheme) && population.count >= many)
    return rest * searchedError(work, population) + kept.error;
  return size <= mostSampled ? sampled(work, size) : null;
}

/** Whether parameters follow from the smallest and the largest value. */
function hasPlainRange({ grid, calibration: { kind } }: Scheme): boolean {
  return grid.kind === 'format' || kind === 'minmax' || kind === 'scale' || kind === 'range';
}

/** Whether a calibration finds something else in what is expected of weights than in weights. */
function hangsOnChance({ runtime, calibration: { kind } }: Scheme): boolean {
  // The divergence of histograms is made by the noise of their counts.
  return runtime === 'hqq' || kind === 'entropy-ort' || kind === 'entropy-nv';
}

/** Few weights share parameters: the error of the smallest and the largest weighs much, and hangs on how each rounds. */
const few = 32;
/** So few that all of them often enough have one sign. */
const fewest = 12;

function rangedError(work: Work, population: Population): number {
  const { scheme, sigma } = work;
  const { grid, symmetric, runtime } = scheme;
  const { count } = population;
  const method = methodOf(scheme);
  if (grid.kind === 'format' && grid.name === 'nvfp4') return overTensors(work, population);
  const fateOf = fateBy(scheme, sigma, method);
  const isBoth = grid.kind === 'integer' && !symmetric;
  // GPTQ does not mirror a range without negative values.
  const isOneSided = runtime === 'gptq' && symmetric && count <= fewest;
  if (!isBoth && !isOneSided)
    return overLargest(population, fateOf, {
      count: placesOf(scheme),
      edges: edgesOf(scheme, sigma),
    });
  if (count < 2) return overLargest(population, alone(fateOf), { count: 64 });
  return overBoth(population, fateOf, isOneSided ? 16_384 : pointsOf(count, method.codes.count));
}

/** Pairs of extremes that are looked at: what their number leaves is below 0.01 dB, and 0.002 dB where cells are few. */
function pointsOf(count: number, codes: number): number {
  if (count <= few) return 4096;
  return codes <= 64 ? 816 : 256;
}

/** Where values are cut off, the largest may lose a whole step by the last bit of its quotient: that is averaged over. */
function placesOf({ rounding }: Scheme): number {
  return rounding.kind === 'down' || rounding.kind === 'toward-zero' ? 2048 : 64;
}

/** The fate of a value that shares its parameters with no other. */
function alone(fateOf: FateOf): FateOf {
  return (lo, hi) => ({
    between: 0,
    ends: (fateOf(lo, lo).ends + fateOf(hi, hi).ends) / 2,
  });
}

/** Where the scale as a power of two jumps, as values of max |x|. */
function edgesOf(scheme: Scheme, sigma: number): number[] {
  if (!isMx(scheme) && scheme.scale !== 'e8m0') return [];
  const first = isMx(scheme) ? 1 / sigma : 1.5 / scaleOfOne(scheme) / sigma;
  const middle = Math.round(Math.log2(first));
  return Array.from({ length: 64 }, (_, k) => first * 2 ** (k - 48 - middle));
}

/** The scale of a range of [-1, 1] as a float32. */
function scaleOfOne(scheme: Scheme): number {
  const method = methodOf({ ...scheme, scale: 'f32' });
  const settled = method.parts?.settle({ range: { lo: -1, hi: 1 }, curve: [] });
  return settled?.params?.scale ?? 1;
}

/** Equally probable values of the largest of all that NVFP4's scales are averaged over. */
const tensors = 4;

/** NVFP4: scales of blocks are small floats in units that hang on the largest of the whole tensor. */
function overTensors({ scheme, matrix, sigma, kept }: Work, population: Population): number {
  const whole = {
    count: Math.max(1, matrix.rows * matrix.cols * (1 - kept.share)),
    bound: kept.bound,
  };
  let sum = 0;
  for (let i = 0; i < tensors; i++) {
    const largest = largestAt(whole, (i + 0.5) / tensors);
    const method = methodOf(scheme);
    learn(method, Float32Array.of(largest * sigma));
    const within = { count: population.count, bound: Math.min(population.bound, largest) };
    sum += overLargest(within, fateBy(scheme, sigma, method), { count: 128 });
  }
  return sum / tensors;
}

/** Shows a format what it has to know of the whole tensor. */
function learn(method: Method, values: Float32Array): void {
  const looker = method.prepare?.(make => {
    const calibrator = make();
    return {
      add: chunk => calibrator.add(chunk.values, 0, chunk.values.length),
      finish: () => calibrator.finish() !== null,
    };
  });
  looker?.add({ values, index: 0 });
  looker?.finish();
}

/**
 * Equally probable values of the largest that a search is made with, and at how many places the others are represented:
 * histograms need more of them, and their searches take longer.
 */
function searchesOf({ calibration: { kind } }: Scheme): { searches: number; places: number } {
  // The mean magnitude of many weights is the same in all.
  if (kind === 'absmean') return { searches: 1, places: 1024 };
  const isPlain = kind === 'mse' || kind === 'percentile';
  return isPlain ? { searches: 8, places: 1024 } : { searches: 2, places: 8192 };
}

/** The error with the parameters that the scheme's calibration finds for what is expected of many weights, by their largest. */
function searchedError(work: Work, population: Population): number {
  const { searches, places } = searchesOf(work.scheme);
  const { sigma } = work;
  let sum = 0;
  for (let i = 0; i < searches; i++) {
    const largest = largestAt(population, (i + 0.5) / searches);
    sum += errorWith(work.scheme, population.count, { largest, sigma, places });
  }
  return sum / searches;
}

/** The error of what is expected of so many weights. */
function errorWith(scheme: Scheme, count: number, options: ExpectedOptions): number {
  const { largest, sigma } = options;
  const method = methodOf(scheme);
  const { parts } = method;
  if (!parts) throw new TypeError('a scheme with a calibration has parts');
  const { values, counts, inner, edge } = expectedSample(count, options);
  const all = { values, from: 0, to: values.length };
  const calibrator = parts.calibrator();
  const counted: Calibrator = {
    add: (piece, from, to) => calibrator.add(piece, from, to, counts),
    finish: () => calibrator.finish(),
  };
  const params = parts.settle(calibrate(counted, all)).params ?? noParams;
  const out = new Scratch().of(values.length);
  parts.codec.quantize({ ...all, index: 0, stride: 1 }, params, out);
  let sum = 0;
  for (let i = 0; i < values.length; i++)
    if (i < inner[0] || i >= inner[1]) sum += (values[i]! - out.results[i]!) ** 2;
  const cells = cellsBy(scheme, method)(params.zeroPoint);
  const between = squaredError(cells, params.scale / sigma, [-edge, edge]);
  return sum / sigma ** 2 / count + between / (1 - 2 * upperTail(largest));
}

function sampled({ scheme, sigma }: Work, width: number): number | null {
  return scheme.outliers?.kind === 'columns' ? null : sampledError(scheme, width, sigma);
}
