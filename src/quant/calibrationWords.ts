import type { Calibration } from './scheme';
import { nearest, numberOf, splitOnce, unknown, wrong } from './wordParts';

/** Calibrations by name, as they are suggested. */
const examples: Readonly<Record<string, string>> = {
  minmax: 'minmax',
  absmean: 'absmean',
  percentile: 'percentile:99.9',
  entropy: 'entropy:ort',
  mse: 'mse',
  hqq: 'hqq',
  range: 'range:-1,1',
  scale: 'scale:0.01',
  'torch-histogram': 'torch-histogram',
  'ort-percentile': 'ort-percentile',
  'nv-percentile': 'nv-percentile',
  'nv-mse': 'nv-mse',
};

/** Reads what stands after `calib=`. */
export function readCalibration(value: string): Calibration {
  const word = `calib=${value}`;
  const [kind = '', list] = splitOnce(value, ':');
  const args = list?.split(',') ?? [];
  switch (kind) {
    case 'minmax':
    case 'absmean':
    case 'hqq':
    case 'torch-histogram':
    case 'nv-mse':
      if (list !== undefined) throw wrong(word, `no numbers: "calib=${kind}" stands alone`);
      return { kind };
    case 'percentile':
      return readPercentile(word, args);
    case 'ort-percentile':
    case 'nv-percentile': {
      const fallback = kind === 'ort-percentile' ? '99.999' : '99.99';
      return { kind, percent: percentOf(word, args.length > 1 ? '' : (args[0] ?? fallback)) };
    }
    case 'entropy':
      return readEntropy(word, args);
    case 'mse':
      return readMse(word, args);
    case 'range':
      return readRange(word, args);
    case 'scale':
      return readScale(word, args);
    default:
      throw unknown(
        'calibration',
        value,
        `calib=${examples[nearest(kind, Object.keys(examples))]}`,
      );
  }
}

function percentOf(word: string, text: string): number {
  const percent = numberOf(text);
  if (!(percent > 0 && percent <= 100)) throw wrong(word, 'a number above 0 and up to 100');
  return percent;
}

function readPercentile(word: string, args: readonly string[]): Calibration {
  const hi = numberOf(args.at(-1));
  const lo = args.length === 1 ? complement(hi) : numberOf(args[0]);
  if (args.length > 2 || !(lo >= 0 && hi <= 100 && lo < hi))
    throw wrong(
      word,
      'one percentile above 50 and up to 100, as in "calib=percentile:99.9", or two from 0 to 100, the lower first',
    );
  return { kind: 'percentile', lo, hi };
}

/** 100 - p in decimal: 0.1 for 99.9, where the subtraction alone leaves 0.0999999999999943. */
function complement(p: number): number {
  return Number((100 - p).toFixed(10));
}

/** More bins than this hold nothing that a search over them could use, and would cost memory. */
const mostBins = 65_536;

function readEntropy(word: string, args: readonly string[]): Calibration {
  const [algorithm = 'ort', ...numbers] = args;
  const isNv = algorithm === 'nv';
  const [bins, levels] = isNv
    ? [numberOf(numbers[0] ?? '2048'), 128]
    : [numberOf(numbers[0] ?? '128'), numberOf(numbers[1] ?? '128')];
  const isCount = (n: number, least: number) => Number.isInteger(n) && n >= least && n <= mostBins;
  if (!isNv && algorithm !== 'ort')
    throw wrong(word, 'the algorithm first, "entropy:ort,BINS,LEVELS" or "entropy:nv,BINS"');
  if (numbers.length > (isNv ? 1 : 2) || !isCount(bins, isNv ? 128 : 2) || !isCount(levels, 2))
    throw wrong(
      word,
      `whole numbers up to ${mostBins}, as in "entropy:ort,2048,128" or "entropy:nv,2048" (128 bins or more)`,
    );
  if (isNv) return { kind: 'entropy-nv', bins };
  if (levels > bins) throw wrong(word, 'at least as many bins as levels');
  return { kind: 'entropy-ort', bins, levels };
}

function readMse(word: string, args: readonly string[]): Calibration {
  const [grid, shrink, norm] = [args[0] ?? '100', args[1] ?? '0.8', args[2] ?? '2.4'].map(numberOf);
  const isGrid = Number.isInteger(grid) && grid! >= 1 && grid! <= 10_000;
  if (args.length > 3 || !isGrid || !(shrink! > 0 && shrink! <= 1) || !(norm! > 0 && norm! <= 100))
    throw wrong(
      word,
      'GRID of 1 to 10000, SHRINK up to 1 and NORM above 0 and up to 100, as in "mse:100,0.8,2.4"',
    );
  return { kind: 'mse', grid: grid!, shrink: shrink!, norm: norm! };
}

function readRange(word: string, args: readonly string[]): Calibration {
  const [lo, hi] = [numberOf(args[0]), numberOf(args[1])];
  const isFloat = [lo, hi].every(end => Number.isFinite(Math.fround(end)));
  if (args.length !== 2 || !isFloat || !(lo < hi))
    throw wrong(word, 'two numbers, the lower first, as in "calib=range:-1,1"');
  return { kind: 'range', lo, hi };
}

function readScale(word: string, args: readonly string[]): Calibration {
  const scale = numberOf(args[0]);
  const isFloat = Math.fround(scale) > 0 && Number.isFinite(Math.fround(scale));
  if (args.length !== 1 || !isFloat)
    throw wrong(word, 'a positive number that float32 holds, as in "scale:0.01"');
  return { kind: 'scale', scale };
}

/** The shortest text that `readCalibration` reads back. */
export function printCalibration(c: Calibration): string {
  switch (c.kind) {
    case 'percentile':
      return c.lo === complement(c.hi) ? `percentile:${c.hi}` : `percentile:${c.lo},${c.hi}`;
    case 'entropy-ort':
      return printArguments('entropy:ort', [c.bins, c.levels], [128, 128], ',');
    case 'entropy-nv':
      return printArguments('entropy:nv', [c.bins], [2048], ',');
    case 'mse':
      return printArguments('mse', [c.grid, c.shrink, c.norm], [100, 0.8, 2.4], ':');
    case 'range':
      return `range:${c.lo},${c.hi}`;
    case 'scale':
      return `scale:${c.scale}`;
    case 'ort-percentile':
      return printArguments(c.kind, [c.percent], [99.999], ':');
    case 'nv-percentile':
      return printArguments(c.kind, [c.percent], [99.99], ':');
    default:
      return c.kind;
  }
}

/** A name and its numbers, less those at the end that have their default. */
function printArguments(
  name: string,
  numbers: readonly number[],
  defaults: readonly number[],
  separator: string,
): string {
  const last = numbers.findLastIndex((n, i) => n !== defaults[i]);
  return last < 0 ? name : `${name}${separator}${numbers.slice(0, last + 1).join(',')}`;
}
