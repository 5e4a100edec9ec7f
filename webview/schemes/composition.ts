import type { Calibration, Granularity, Grid, Outliers, Scheme } from '../../src/quant/scheme';
import { choiceOf, kinds, type Topic, topics } from './choices';
import { refuseKind, refuseTopic } from './fitting';

/** The word of every topic, without its `calib=` and the like; empty where there is none. */
export type Parts = Readonly<Record<Topic, string>>;

/** Topics whose words have their name before a `=`. */
const named: readonly Topic[] = ['calib', 'round', 'range', 'zero', 'scale', 'outliers'];

/** What the controls show of a scheme: every word, those with their default too. */
export function partsOf(scheme: Scheme): Parts {
  const { runtime, grid, symmetric, granularity, calibration, rounding, outliers } = scheme;
  return {
    runtime: runtime ?? '',
    grid: gridWord(grid),
    symmetry: symmetric ? 'sym' : 'asym',
    granularity: granularityWord(granularity),
    calib: calibrationWord(calibration),
    round: rounding.kind === 'stochastic' ? `stochastic:${rounding.seed}` : rounding.kind,
    range: scheme.range,
    zero: scheme.zero,
    scale: scheme.scale,
    outliers: outliersWord(outliers),
  };
}

function gridWord(grid: Grid): string {
  if (grid.kind === 'integer') return `${grid.signed ? 'int' : 'uint'}${grid.bits}`;
  return grid.kind === 'levels' ? `levels{${grid.levels}}` : grid.name;
}

function granularityWord(g: Granularity): string {
  if (g.kind === 'group') return `group=${g.size}`;
  if (g.kind === 'block') return `block=${g.rows}x${g.cols}`;
  return g.kind === 'channel' && g.axis === 1 ? 'channel=1' : g.kind;
}

function calibrationWord(c: Calibration): string {
  switch (c.kind) {
    case 'percentile':
    case 'range':
      return `${c.kind}:${c.lo},${c.hi}`;
    case 'entropy-ort':
      return `entropy:ort,${c.bins},${c.levels}`;
    case 'entropy-nv':
      return `entropy:nv,${c.bins}`;
    case 'mse':
      return `mse:${c.grid},${c.shrink},${c.norm}`;
    case 'scale':
      return `scale:${c.scale}`;
    case 'ort-percentile':
    case 'nv-percentile':
      return `${c.kind}:${c.percent}`;
    default:
      return c.kind;
  }
}

function outliersWord(outliers: Outliers | null): string {
  if (!outliers) return '';
  switch (outliers.kind) {
    case 'sigma':
      return `${outliers.k}sigma`;
    case 'top':
      return `${outliers.percent}%`;
    default:
      return `${outliers.kind}:${outliers.threshold}`;
  }
}

/** A text in words. */
interface Words {
  readonly runtime: string;
  /** A grid, a preset, or what was meant to be one. */
  readonly grid: string;
  readonly rest: readonly string[];
}

function wordsOf(text: string): Words {
  const compact = text
    .toLowerCase()
    .replace(/levels\s*\{([^}]*)\}/, (_, list: string) => `levels{${list.replace(/\s+/g, '')}}`);
  const tokens = compact.trim().split(/\s+/).filter(Boolean);
  const runtime = kinds.runtime.some(k => k.kind === tokens[0]) ? tokens.shift()! : '';
  const [grid = '', ...rest] = tokens;
  return { runtime, grid, rest };
}

function topicOf(word: string): Topic | undefined {
  if (word === 'sym' || word === 'asym') return 'symmetry';
  const key = word.split('=', 1)[0]!;
  if (['tensor', 'channel', 'group', 'block'].includes(key)) return 'granularity';
  return word.includes('=') ? named.find(topic => topic === key) : undefined;
}

function saidBy(topic: Topic, word: string): string {
  return named.includes(topic) ? word.slice(word.indexOf('=') + 1) : word;
}

/**
 * What a text says as far as its words are known: also of one that the host refused. Controls show this over what was understood
 * last, so that they and the text never contradict each other.
 */
export function partsOfText(text: string): Partial<Parts> {
  const { runtime, grid, rest } = wordsOf(text);
  const parts: Partial<Record<Topic, string>> = {};
  if (choiceOf('grid', grid).kind) Object.assign(parts, { runtime, grid });
  for (const word of rest) {
    const topic = topicOf(word);
    if (topic) parts[topic] = saidBy(topic, word);
  }
  return parts;
}

/** A text to be changed, and what the controls show of it. */
export interface Composed {
  readonly text: string;
  readonly parts: Parts;
}

/**
 * The text with another word for one topic. Words that do not fit the new one go; what the text leaves to a default follows the new
 * grid and runtime, but weights keep sharing their scales as they did.
 */
export function withWord({ text, parts }: Composed, topic: Topic, value: string): string {
  const words = wordsOf(text);
  if (topic === 'grid') {
    const isRefused = refuseKind('runtime', words.runtime, { ...parts, grid: value }) !== null;
    return join({ ...words, grid: value, runtime: isRefused ? '' : words.runtime }, topic, parts);
  }
  const grid = words.grid || parts.grid;
  // HQQ's calibration is its arithmetic: both words are one choice.
  if (topic === 'calib' && value === 'hqq' && words.runtime === '')
    return withWord({ text, parts }, 'runtime', 'hqq');
  if (topic === 'runtime') {
    const isHqq = value === 'hqq';
    const rest = words.rest.filter(word => !(isHqq && topicOf(word) === 'calib'));
    return join({ runtime: value, grid, rest }, topic, parts);
  }
  const others = words.rest.filter(word => topicOf(word) !== topic);
  const word = named.includes(topic) ? `${topic}=${value}` : value;
  return join({ ...words, grid, rest: value === '' ? others : [...others, word] }, topic, parts);
}

/** The text of words, less those that do not fit the one that was chosen. */
function join({ runtime, grid, rest }: Words, chosen: Topic, shown: Parts): string {
  const said = partsOfText(['int8', ...rest].join(' '));
  const isGrid = choiceOf('grid', grid).kind !== '';
  const symmetry = said.symmetry ?? usual(runtime, grid);
  const next = { ...shown, ...said, symmetry, runtime, grid: isGrid ? grid : shown.grid };
  const fits = (word: string) => {
    const topic = topicOf(word);
    if (!topic || topic === chosen) return true;
    const { kind } = choiceOf(topic, saidBy(topic, word));
    return (refuseTopic(topic, next) ?? refuseKind(topic, kind, next)) === null;
  };
  const words = rest.filter(fits);
  const isNew = chosen === 'grid' || chosen === 'runtime';
  // A grid alone may be a preset's name, which says more than the grid.
  const isAlone = runtime === '' && words.length === 0;
  const shares = words.some(word => topicOf(word) === 'granularity');
  if (!shares && (isNew || isAlone) && refuseTopic('granularity', next) === null)
    words.push(shown.granularity);
  return [runtime, grid, ...inOrder(words)].filter(Boolean).join(' ');
}

/** What a grid is where the text says nothing of it. */
function usual(runtime: string, grid: string): string {
  return runtime === 'hqq' || grid.startsWith('uint') ? 'asym' : 'sym';
}

function inOrder(words: readonly string[]): string[] {
  const place = (word: string) => topics.indexOf(topicOf(word) ?? 'symmetry');
  return words.toSorted((a, b) => place(a) - place(b));
}
