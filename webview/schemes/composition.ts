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
  // HQQ's calibration is its arithmetic: both words are one choice.
  if (topic === 'calib' && value === 'hqq' && words.runtime === '')
    return withWord({ text, parts: { ...parts, calib: 'minmax' } }, 'runtime', 'hqq');
  const grid = topic === 'grid' ? value : words.grid || parts.grid;
  const wanted = topic === 'runtime' ? value : words.runtime;
  const runtime =
    topic === 'grid' && refuseKind('runtime', wanted, { ...parts, grid }) ? '' : wanted;
  const rest = words.rest.filter(word => topicOf(word) !== topic);
  if (topic !== 'grid' && topic !== 'runtime' && value !== '')
    rest.push(named.includes(topic) ? `${topic}=${value}` : value);
  const hqq = topic === 'runtime' && value === 'hqq';
  const kept = hqq ? rest.filter(word => topicOf(word) !== 'calib') : rest;
  const isWhole = topic === 'grid' || topic === 'runtime' || words.grid === '';
  return join({ runtime, grid, rest: kept }, { topic, parts, keepSharing: isWhole });
}

interface Change {
  readonly topic: Topic;
  readonly parts: Parts;
  readonly keepSharing: boolean;
}

function join({ runtime, grid, rest }: Words, { topic, parts, keepSharing }: Change): string {
  const said = partsOfText(['int8', ...rest].join(' '));
  const next: Parts = {
    ...parts,
    ...said,
    symmetry: said.symmetry ?? usual(runtime, grid),
    runtime,
    grid,
  };
  const fits = (word: string) => {
    const about = topicOf(word);
    if (!about || about === topic) return true;
    return (
      refuseTopic(about, next) === null &&
      refuseKind(about, choiceOf(about, saidBy(about, word)).kind, next) === null
    );
  };
  const fitting = rest.filter(fits);
  const shares = fitting.some(word => topicOf(word) === 'granularity');
  // A grid alone may be a preset's name, which says more than the grid.
  const isAlone = runtime === '' && fitting.length === 0;
  if (!shares && (keepSharing || isAlone) && refuseTopic('granularity', next) === null)
    fitting.unshift(parts.granularity);
  return [runtime, grid, ...inOrder(fitting)].filter(Boolean).join(' ');
}

/** What a grid is where the text says nothing of it. */
function usual(runtime: string, grid: string): string {
  return runtime === 'hqq' || grid.startsWith('uint') ? 'asym' : 'sym';
}

function inOrder(words: readonly string[]): string[] {
  const place = (word: string) => topics.indexOf(topicOf(word) ?? 'symmetry');
  return words.toSorted((a, b) => place(a) - place(b));
}
