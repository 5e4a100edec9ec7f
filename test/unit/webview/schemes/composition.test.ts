import { expect, test } from 'vitest';
import { gridNames } from '../../../../src/quant/gridNames';
import { presets } from '../../../../src/quant/presets';
import { parseScheme, printScheme } from '../../../../src/quant/schemeText';
import {
  choiceOf,
  gridGroups,
  kinds,
  type Topic,
  topics,
  wordOf,
} from '../../../../webview/schemes/choices';
import {
  type Composed,
  partsOf,
  partsOfText,
  withWord,
} from '../../../../webview/schemes/composition';
import { refuseKind, refuseTopic } from '../../../../webview/schemes/fitting';

/** What the composer holds once the host has understood a text. */
const understood = (text: string): Composed => {
  const scheme = parseScheme(text);
  return { text: printScheme(scheme), parts: partsOf(scheme) };
};
const reads = (text: string) => {
  try {
    return parseScheme(text) !== undefined;
  } catch {
    return false;
  }
};
const change = (text: string, topic: Topic, value: string) =>
  printScheme(parseScheme(withWord(understood(text), topic, value)));

const texts = [
  ...presets.map(p => p.scheme),
  ...['int8 sym tensor', 'uint4 asym group=128 calib=mse', 'int4 group=32 outliers=0.5%'],
  ...[
    'levels{0,2,4} tensor round=down',
    'fp8-e4m3 block=128x128',
    'nf4 channel',
    'nf4 outliers=1%',
  ],
  ...['int8 channel=1 calib=percentile:99.9 scale=bf16', 'int8 calib=percentile:1,98'],
  ...['int8 asym zero=free calib=entropy:ort,2048,128', 'int6 calib=entropy:nv,4096 range=full'],
  ...['int4 block=1x64 calib=mse:50,0.5,2', 'int8 calib=range:-0.5,0.25', 'int8 calib=scale:1e-3'],
  ...['int8 calib=torch-histogram', 'int8 calib=ort-percentile:99', 'int8 calib=nv-percentile'],
  ...[
    'int8 calib=nv-mse round=away',
    'int8 round=stochastic:7',
    'int8 round=toward-zero scale=e8m0',
  ],
  ...['hqq int4 calib=minmax', 'int4 calib=hqq group=64', 'torch-eager int8 range=narrow'],
  ...['int8 outliers=6sigma', 'int8 outliers=abs:0.25', 'q4_k outliers=columns:6', 'fp16', 'bf16'],
  ...['bitsandbytes fp4-bnb group=32', 'ternary channel calib=minmax', 'levels{-0.5,0,1e-5}'],
];

test.each(texts)('%s: every word of it in the controls makes the same scheme', text => {
  const scheme = parseScheme(text);
  const parts = partsOf(scheme);
  const words = topics
    .filter(topic => refuseTopic(topic, parts) === null)
    .map(topic => {
      const word = wordOf(topic, choiceOf(topic, parts[topic]));
      expect(word).toBe(parts[topic]);
      const isPlain = ['runtime', 'grid', 'symmetry', 'granularity'].includes(topic);
      return word && !isPlain ? `${topic}=${word}` : word;
    });
  // Of what is refused the text says nothing: it has its default.
  expect(parseScheme(words.filter(Boolean).join(' '))).toEqual(scheme);
});

test('the grids and the calibrations are the parser’s, all of them', () => {
  expect(Object.values(gridGroups).flat().sort()).toEqual([...gridNames, 'levels'].sort());
  for (const topic of topics)
    for (const { kind } of kinds[topic]) {
      if (kind === '') continue;
      const word = wordOf(topic, { kind, fields: [] });
      expect(choiceOf(topic, word).kind).toBe(kind);
    }
});

/** Every grid with every runtime that has it, in each symmetry that it has. */
const bases = gridNames
  .flatMap(grid =>
    kinds.runtime.flatMap(({ kind }) => [
      `${kind} ${grid}`,
      `${kind} ${grid} asym`,
      `${kind} ${grid} sym`,
    ]),
  )
  .map(text => `${text} group=32`.trim())
  .filter(reads);

const refused = (topic: Topic, kind: string, { parts }: Composed) =>
  refuseTopic(topic, parts) ?? refuseKind(topic, kind, parts);

test('whatever controls offer is a scheme, and the one that was chosen', () => {
  expect(bases.length).toBeGreaterThan(150);
  const wrong: string[] = [];
  for (const base of bases) {
    const composed = understood(base);
    for (const topic of topics)
      for (const { kind } of kinds[topic]) {
        if (refused(topic, kind, composed) !== null) continue;
        const text = withWord(composed, topic, wordOf(topic, { kind, fields: [] }));
        const chosen = reads(text) && choiceOf(topic, understood(text).parts[topic]).kind;
        if (chosen !== kind) wrong.push(`${base}, ${topic} ${kind}: ${text}`);
      }
  }
  expect(wrong).toEqual([]);
});

test('whatever controls refuse the parser refuses', () => {
  const wrong: string[] = [];
  let refusals = 0;
  for (const base of bases) {
    const composed = understood(base);
    for (const topic of topics.slice(2))
      for (const { kind } of kinds[topic]) {
        const word = wordOf(topic, { kind, fields: [] });
        if (word === '' || refused(topic, kind, composed) === null) continue;
        if (composed.parts[topic] === word) continue; // what it is already may be said
        if (topic === 'range' && composed.parts.symmetry === 'asym') continue; // read, and of no effect
        const text = replaced(base, topic, word);
        if (reads(text)) wrong.push(text);
        refusals++;
      }
  }
  expect(wrong).toEqual([]);
  expect(refusals).toBeGreaterThan(1000);
  for (const grid of gridNames)
    for (const { kind } of kinds.runtime) {
      if (kind === 'bitsandbytes' && grid === 'fp4') continue; // read as fp4-bnb: another grid
      const fits = ['', ' sym', ' asym'].some(symmetry => reads(`${kind} ${grid}${symmetry}`));
      const parts = { ...understood('int8').parts, grid };
      expect(refuseKind('runtime', kind, parts) === null, `${kind} ${grid}`).toBe(fits);
    }
});

/** The base with one topic's word in place of its own, nothing else dropped. */
function replaced(base: string, topic: Topic, word: string): string {
  if (topic === 'symmetry') return `${base.replace(/ a?sym/, '')} ${word}`;
  if (topic === 'granularity') return `${base.replace(' group=32', '')} ${word}`;
  return `${base} ${topic}=${word}`;
}

test('what a new word does not fit goes, what was chosen stays', () => {
  expect(change('int4 asym zero=free group=32', 'symmetry', 'sym')).toBe('int4 group=32');
  expect(change('int8 range=full', 'symmetry', 'asym')).toBe('int8 asym');
  expect(change('int4 asym group=64 calib=nv-mse', 'grid', 'nf4')).toBe('nf4 group=64');
  expect(change('gptq int4 group=128', 'grid', 'nf4')).toBe('nf4 group=128');
  expect(change('bitsandbytes nf4', 'runtime', '')).toBe('nf4 group=64');
  expect(change('int4 group=32 outliers=1%', 'grid', 'q4_k')).toBe('q4_k outliers=1%');
  expect(change('int4 asym group=64 calib=mse', 'calib', 'hqq')).toBe('hqq int4 group=64');
  expect(change('hqq int4 group=64', 'runtime', '')).toBe('int4 group=64');
});

test('a grid whose name is a preset’s stays the grid', () => {
  expect(change('nf4 outliers=1%', 'outliers', '')).toBe('nf4 channel');
  expect(change('int8', 'grid', 'ternary')).toBe('ternary channel');
});

test('numbers are kept as they are typed', () => {
  expect(choiceOf('granularity', 'group=')).toEqual({ kind: 'group', fields: [] });
  expect(choiceOf('calib', 'mse:100,0.')).toEqual({ kind: 'mse', fields: ['100', '0.'] });
  expect(wordOf('calib', { kind: 'mse', fields: ['100', '0.'] })).toBe('mse:100,0.,2.4');
  expect(wordOf('outliers', { kind: '%', fields: ['x'] })).toBe('x%');
});

test('a draft that is refused keeps its words, and controls show those that are known', () => {
  const draft = 'int8 grup=128 calib=mse:50';
  const { parts } = understood('int4 group=32');
  const shown = { ...parts, ...partsOfText(draft) };
  expect(shown).toMatchObject({ grid: 'int8', granularity: 'group=32', calib: 'mse:50' });
  expect(withWord({ text: draft, parts: shown }, 'round', 'up')).toBe(
    'int8 grup=128 calib=mse:50 round=up',
  );
  expect(partsOfText('')).toEqual({});
  expect(partsOfText('levels {0, 1} tensor')).toMatchObject({ grid: 'levels{0,1}' });
  expect(withWord({ text: '', parts }, 'calib', 'mse')).toBe('int4 calib=mse');
  expect(withWord({ text: 'int4-g128 roud=up calib=nv-mse', parts }, 'scale', 'f16')).toBe(
    'int4-g128 roud=up calib=nv-mse scale=f16',
  );
});
