import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { gridNames, gridOfName, nameOfGrid } from './gridNames';
import { presets } from './presets';
import type { Grid, RuntimeName, Scheme } from './scheme';
import { checkScheme, defaultsOf } from './schemeRules';
import { nearestWord, printWords, readWord, type Topic, topicOf } from './schemeWords';
import { nearest, numberOf, unknown } from './wordParts';

const runtimeNames: readonly (RuntimeName | 'ggml')[] = [
  'onnxruntime',
  'torch-eager',
  'torch-fake-quant',
  'tflite',
  'gptq',
  'awq',
  'hqq',
  'bitsandbytes',
  'ggml',
];

/**
 * Reads a scheme's text, `[RUNTIME] GRID [WORD ...]` or a preset: words come in any order after the grid, and what is left
 * out has its default. A preset that is not also a grid may be followed by words that change it.
 * @throws WeightError 'unsupported' naming the bad word and the nearest right one
 */
export function parseScheme(text: string): Scheme {
  const tokens = tokensOf(text);
  const preset = presets.find(p => p.name === tokens[0]);
  if (!preset || (tokens.length > 1 && gridOfName(preset.name))) return readTokens(tokens, []);
  return readTokens(tokensOf(preset.scheme), tokens.slice(1));
}

/** Words of a text; the list of `levels {0, 2, 4}` is one word with its grid. */
function tokensOf(text: string): string[] {
  const compact = text
    .toLowerCase()
    .replace(
      /levels\s*\{([^}]*)\}/,
      (_, list: string) => `levels{${list.trim().replace(/\s*,\s*|\s+/g, ',')}}`,
    );
  return compact.trim().split(/\s+/).filter(Boolean);
}

/** @param changes words that take the place of the first ones on the same topic */
function readTokens(tokens: readonly string[], changes: readonly string[]): Scheme {
  const runtime = runtimeNames.find(r => r === tokens[0]) ?? null;
  const [first, ...rest] = runtime ? tokens.slice(1) : tokens;
  if (first === undefined) throw missingGrid(runtime);
  const grid = readGrid(first, runtime);
  const words = new Map([...byTopic(rest), ...byTopic(changes)]);
  const named = runtime === 'ggml' ? null : runtime;
  const calibration = words.get('calib');
  // HQQ's arithmetic belongs to its calibration: either word means both.
  const isHqq = named === null && grid.kind === 'integer' && calibration === 'calib=hqq';
  const rules = isHqq ? 'hqq' : named;
  let scheme: Scheme = { runtime: rules, grid, ...defaultsOf(rules, grid) };
  for (const word of words.values()) scheme = { ...scheme, ...readWord(word) };
  checkScheme(scheme, words);
  return scheme;
}

function missingGrid(runtime: string | null): WeightError {
  return new WeightError(
    'unsupported',
    runtime
      ? `scheme: ${quote(runtime)} needs a grid after it, as in "${runtime} ${runtime === 'ggml' ? 'q4_k' : 'int8'}"`
      : 'scheme: empty, expected for example "int8 sym channel"',
  );
}

function readGrid(word: string, runtime: RuntimeName | 'ggml' | null): Grid {
  if (word.startsWith('levels')) return { kind: 'levels', levels: readLevels(word) };
  const grid = gridOfName(runtime === 'bitsandbytes' && word === 'fp4' ? 'fp4-bnb' : word);
  if (!grid && topicOf(word))
    throw new WeightError(
      'unsupported',
      `scheme: ${quote(word)} comes after a grid, as in "int8 ${word}"`,
    );
  if (!grid) throw unknown('grid', word, nearest(word, startWords(runtime)));
  if (runtime === 'ggml' && !(grid.kind === 'format' && /^(i?q|tq)\d/.test(grid.name)))
    throw new WeightError(
      'unsupported',
      `scheme: ggml has no grid ${quote(word)}; it has types such as "q4_0", "q4_k" and "q8_0"`,
      { actual: word },
    );
  return grid;
}

function startWords(runtime: string | null): readonly string[] {
  return runtime ? gridNames : [...gridNames, ...presets.map(p => p.name), ...runtimeNames];
}

const mostLevels = 256;

function readLevels(word: string): readonly number[] {
  const list = /^levels\{([^{}]*)\}$/.exec(word)?.[1];
  const levels = list?.split(',').map(numberOf);
  // Beyond float32 a level could not be multiplied by its scale.
  if (!levels?.every(l => Number.isFinite(Math.fround(l))))
    throw new WeightError(
      'unsupported',
      `scheme: ${quote(word)} needs numbers between braces, as in "levels{0,2,4}"`,
      { actual: word },
    );
  const distinct = [...new Set(levels)].sort((a, b) => a - b);
  if (distinct.length > mostLevels)
    throw new WeightError(
      'unsupported',
      `scheme: ${distinct.length} levels, expected at most ${mostLevels}`,
    );
  if (distinct.every(l => Math.fround(l) === 0))
    throw new WeightError('unsupported', `scheme: ${quote(word)} needs a level that is not 0`);
  return distinct;
}

function byTopic(words: readonly string[]): Map<Topic, string> {
  const given = new Map<Topic, string>();
  for (const word of words) {
    const topic = topicOf(word);
    if (!topic && gridOfName(word))
      throw new WeightError('unsupported', `scheme: ${quote(word)} is a second grid`);
    if (!topic) throw unknown('word', word, nearestWord(word));
    const earlier = given.get(topic);
    if (earlier !== undefined)
      throw new WeightError(
        'unsupported',
        `scheme: ${quote(word)} contradicts or repeats ${quote(earlier)}`,
      );
    given.set(topic, word);
  }
  return given;
}

/** The shortest text in words, never a preset's name, that `parseScheme` reads back as the same scheme. */
export function printScheme(scheme: Scheme): string {
  const { runtime, grid } = scheme;
  const words = printWords(scheme, defaultsOf(runtime, grid));
  const parts = [...(runtime ? [runtime] : []), nameOfGrid(grid), ...words];
  // A grid alone whose name is a preset's would be read as the preset: say which weights share a scale.
  const isPreset = parts.length === 1 && presets.some(p => p.name === parts[0]);
  if (isPreset && grid.kind === 'named') parts.push('channel');
  return parts.join(' ');
}
