import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { nameOfGrid } from './gridNames';
import { runtimes } from './runtimes/all';
import type { Runtime } from './runtimes/runtime';
import type { Grid, RuntimeName, Scheme } from './scheme';
import type { Said, Topic } from './schemeWords';

/** The arithmetic of a runtime; undefined for none and for HQQ, whose arithmetic is its calibration's. */
export function runtimeOf(name: RuntimeName | null): Runtime | undefined {
  return runtimes.find(r => r.name === name);
}

/** What a scheme is where its words say nothing. */
export function defaultsOf(name: RuntimeName | null, grid: Grid): Said {
  const runtime = runtimeOf(name);
  const isInteger = grid.kind === 'integer';
  const isMean = grid.kind === 'named' && (grid.name === 'ternary' || grid.name === 'binary');
  const isBlockwise = name === 'bitsandbytes' && !isInteger;
  return {
    symmetric: name === 'hqq' ? false : isInteger ? grid.signed : true,
    // bitsandbytes quantizes its 4-bit types in blocks of 64.
    granularity: isBlockwise ? { kind: 'group', size: 64 } : { kind: 'channel', axis: 0 },
    calibration: { kind: name === 'hqq' ? 'hqq' : isMean ? 'absmean' : 'minmax' },
    rounding: { kind: (isInteger && runtime?.rounding) || 'even' },
    range: (isInteger && runtime?.defaultRange(grid)) || 'narrow',
    zero: 'in',
    scale: 'f32',
    outliers: null,
  };
}

/**
 * Whether the parts of a scheme fit together.
 * @param words those that were written, by topic, to be named in an error
 * @throws WeightError 'unsupported'
 */
export function checkScheme(scheme: Scheme, words: ReadonlyMap<Topic, string>): void {
  const reason =
    checkRuntime(scheme, words) ?? checkGrid(scheme, words) ?? checkCalibration(scheme, words);
  if (reason) throw new WeightError('unsupported', `scheme: ${reason}`);
}

type Check = (scheme: Scheme, words: ReadonlyMap<Topic, string>) => string | undefined;

/** Topics that only an integer grid has. */
const ofIntegers: readonly Topic[] = ['range', 'zero'];
/** Topics that a cast or a format, which fixes everything else, has. */
const ofFixed: readonly Topic[] = ['outliers'];

const checkGrid: Check = ({ grid, symmetric, range, zero }, words) => {
  const name = nameOfGrid(grid);
  const excess = (allowed: (topic: Topic) => boolean) =>
    [...words].find(([topic]) => !allowed(topic))?.[1];
  if (grid.kind === 'cast' || grid.kind === 'format') {
    const word = excess(t => ofFixed.includes(t));
    const fixes = grid.kind === 'cast' ? 'has no scale' : 'fixes its blocks and scales';
    if (word) return `${quote(word)} does not fit: ${name} ${fixes}`;
    return undefined;
  }
  if (grid.kind !== 'integer') {
    const word = excess(t => !ofIntegers.includes(t)) ?? (symmetric ? undefined : 'asym');
    return word && `${quote(word)} needs an integer grid: ${name} has no zero point`;
  }
  if (symmetric && zero === 'free')
    return '"zero=free" needs "asym": a symmetric range always holds 0';
  // What a runtime calls its default may be the full range, of an asymmetric grid too.
  if (!symmetric && range === 'full' && words.has('range'))
    return '"range=full" needs "sym": an asymmetric grid has every code';
  return undefined;
};

const checkRuntime: Check = (scheme, words) => {
  const { runtime, grid, granularity, zero, calibration } = scheme;
  if (runtime === null) return undefined;
  const name = nameOfGrid(grid);
  const isBnbTable = grid.kind === 'named' && (grid.name === 'nf4' || grid.name === 'fp4-bnb');
  if (grid.kind !== 'integer' && !(runtime === 'bitsandbytes' && isBnbTable))
    return `${runtime} has no grid ${quote(name)}: leave out ${quote(runtime)}`;
  if (zero === 'free')
    return `"zero=free" does not fit: ${runtime} has a rule of its own for the range`;
  if (runtime === 'hqq' && calibration.kind !== 'hqq' && calibration.kind !== 'minmax')
    return `hqq has no calibration ${quote(words.get('calib') ?? calibration.kind)}: it fits the zero point itself ("calib=minmax" leaves that out)`;
  const packed = runtime === 'gptq' || runtime === 'awq';
  if (packed && grid.kind === 'integer' && granularity.kind === 'group') {
    const perWord = 32 / greatestCommonDivisor(32, grid.bits);
    if (granularity.size % perWord !== 0)
      return `"group=${granularity.size}" does not fit: ${runtime} packs ${name} codes in 32-bit words, so a group is a multiple of ${perWord}`;
  }
  const refusal =
    grid.kind === 'integer' ? runtimeOf(runtime)?.supports({ ...scheme, ...grid }) : null;
  return refusal ?? undefined;
};

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

const checkCalibration: Check = ({ runtime, grid, symmetric, calibration }, words) => {
  const word = quote(words.get('calib') ?? calibration.kind);
  const isInteger = grid.kind === 'integer';
  const { kind } = calibration;
  if (kind === 'hqq' && !isInteger) return `${word} needs an integer grid`;
  if (kind === 'hqq' && runtime !== 'hqq')
    return `${word} does not fit ${quote(runtime ?? '')}: leave the runtime out`;
  if (runtime === 'hqq' && symmetric) return 'hqq fits a zero point, so it is never "sym"';
  if (kind === 'nv-mse' && !isInteger) return `${word} needs an integer grid`;
  const isMean = grid.kind === 'named' && (grid.name === 'ternary' || grid.name === 'binary');
  if (kind === 'absmean' && !isMean) return `${word} needs the grid "ternary" or "binary"`;
  return undefined;
};
