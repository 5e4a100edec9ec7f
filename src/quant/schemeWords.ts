import { printCalibration, readCalibration } from './calibrationWords';
import type { Rounding } from './rounding';
import type { Granularity, Outliers, Scheme } from './scheme';
import { nearest, numberOf, splitOnce, unknown, wrong } from './wordParts';

/** What a word is about; a scheme has at most one word for each. */
export type Topic =
  | 'symmetry'
  | 'granularity'
  | 'calib'
  | 'round'
  | 'range'
  | 'zero'
  | 'scale'
  | 'outliers';

/** What words after the grid say. */
export type Said = Omit<Scheme, 'runtime' | 'grid'>;

/** Words by the part before their `=`, as they are suggested. */
const examples: Readonly<Record<string, string>> = {
  sym: 'sym',
  asym: 'asym',
  tensor: 'tensor',
  channel: 'channel',
  group: 'group=128',
  block: 'block=128x128',
  calib: 'calib=minmax',
  round: 'round=even',
  range: 'range=narrow',
  zero: 'zero=in',
  scale: 'scale=f32',
  outliers: 'outliers=6sigma',
};

/** The word that was probably meant. */
export function nearestWord(word: string): string {
  const [key = '', value] = splitOnce(word, '=');
  const meant = nearest(key, Object.keys(examples));
  const same = `${meant}=${value}`;
  return value !== undefined && isWord(same) ? same : examples[meant]!;
}

function isWord(word: string): boolean {
  try {
    return topicOf(word) !== undefined && readWord(word) !== undefined;
  } catch {
    return false; // it was only asked whether it can be read
  }
}

const granularityWords = ['tensor', 'channel', 'group', 'block'];
const keys: readonly Topic[] = ['calib', 'round', 'range', 'zero', 'scale', 'outliers'];

/** What a word is about, from the part before its `=`; undefined for a word that is none. */
export function topicOf(word: string): Topic | undefined {
  if (word === 'sym' || word === 'asym') return 'symmetry';
  const key = word.split('=', 1)[0]!;
  if (granularityWords.includes(key)) return 'granularity';
  return word.includes('=') ? keys.find(k => k === key) : undefined;
}

/**
 * What a word says of a scheme.
 * @throws WeightError 'unsupported' naming what is wrong with it
 */
export function readWord(word: string): Partial<Said> {
  const value = word.slice(word.indexOf('=') + 1);
  switch (topicOf(word)) {
    case 'symmetry':
      return { symmetric: word === 'sym' };
    case 'granularity':
      return { granularity: readGranularity(word) };
    case 'calib':
      return { calibration: readCalibration(value) };
    case 'round':
      return { rounding: readRounding(value) };
    case 'range':
      return { range: oneOf(word, value, ['narrow', 'full']) };
    case 'zero':
      return { zero: oneOf(word, value, ['in', 'free']) };
    case 'scale':
      return { scale: oneOf(word, value, ['f32', 'f16', 'bf16', 'e8m0']) };
    default:
      return { outliers: readOutliers(value) };
  }
}

/** The words that say what differs from the defaults, in the order of the grammar. */
export function printWords(scheme: Said, defaults: Said): string[] {
  const differs = (key: keyof Said) =>
    JSON.stringify(scheme[key]) !== JSON.stringify(defaults[key]);
  const words = [
    differs('symmetric') && (scheme.symmetric ? 'sym' : 'asym'),
    differs('granularity') && printGranularity(scheme.granularity),
    differs('calibration') && `calib=${printCalibration(scheme.calibration)}`,
    differs('rounding') && `round=${printRounding(scheme.rounding)}`,
    differs('range') && `range=${scheme.range}`,
    differs('zero') && `zero=${scheme.zero}`,
    differs('scale') && `scale=${scheme.scale}`,
    scheme.outliers && `outliers=${printOutliers(scheme.outliers)}`,
  ];
  return words.filter(w => typeof w === 'string');
}

function oneOf<T extends string>(word: string, value: string, choices: readonly T[]): T {
  const found = choices.find(c => c === value);
  if (found) return found;
  const key = word.slice(0, word.indexOf('=') + 1);
  throw unknown('word', word, key + nearest(value, choices));
}

function readGranularity(word: string): Granularity {
  if (word === 'tensor') return { kind: 'tensor' };
  if (word === 'channel' || word === 'channel=0') return { kind: 'channel', axis: 0 };
  if (word === 'channel=1') return { kind: 'channel', axis: 1 };
  if (word.startsWith('channel')) throw wrong(word, 'an axis of 0 (rows) or 1 (columns)');
  if (word.startsWith('tensor')) throw wrong(word, 'no value: "tensor" stands alone');
  const size = '([1-9]\\d{0,8})';
  if (word.startsWith('group')) {
    const count = new RegExp(`^group=${size}$`).exec(word)?.[1];
    if (!count)
      throw wrong(word, 'a whole number of weights from 1 to 999999999, as in "group=128"');
    return { kind: 'group', size: Number(count) };
  }
  const [, rows, cols] = new RegExp(`^block=${size}x${size}$`).exec(word) ?? [];
  if (!rows || !cols) throw wrong(word, 'rows and columns, as in "block=128x128"');
  return { kind: 'block', rows: Number(rows), cols: Number(cols) };
}

function printGranularity(g: Granularity): string {
  if (g.kind === 'group') return `group=${g.size}`;
  if (g.kind === 'block') return `block=${g.rows}x${g.cols}`;
  return g.kind === 'channel' && g.axis === 1 ? 'channel=1' : g.kind;
}

const roundings = ['even', 'away', 'up', 'down', 'toward-zero'] as const;

function readRounding(value: string): Rounding {
  const word = `round=${value}`;
  const [kind, text] = splitOnce(value, ':');
  if (kind === 'stochastic') {
    const seed = text === undefined ? 0 : numberOf(text);
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw wrong(word, 'a whole number as its seed, as in "round=stochastic:1"');
    return { kind, seed };
  }
  return { kind: oneOf(word, value, roundings) };
}

function printRounding(rounding: Rounding): string {
  if (rounding.kind !== 'stochastic') return rounding.kind;
  return rounding.seed === 0 ? 'stochastic' : `stochastic:${rounding.seed}`;
}

function readOutliers(value: string): Outliers {
  const word = `outliers=${value}`;
  const [, number, unit] = /^(.+?)(sigma|%)$/.exec(value) ?? [];
  const [, rule, threshold] = /^(abs|columns):(.+)$/.exec(value) ?? [];
  const n = numberOf(number ?? threshold);
  const isGood = n > 0 && Number.isFinite(n) && (unit !== '%' || n < 100);
  if (!isGood)
    throw wrong(
      word,
      'one of "6sigma", "abs:0.5", "0.5%" and "columns:6", with a positive number (less than 100 %)',
    );
  if (unit === 'sigma') return { kind: 'sigma', k: n };
  if (unit === '%') return { kind: 'top', percent: n };
  return { kind: rule === 'abs' ? 'abs' : 'columns', threshold: n };
}

function printOutliers(outliers: Outliers): string {
  switch (outliers.kind) {
    case 'sigma':
      return `${outliers.k}sigma`;
    case 'top':
      return `${outliers.percent}%`;
    default:
      return `${outliers.kind}:${outliers.threshold}`;
  }
}
