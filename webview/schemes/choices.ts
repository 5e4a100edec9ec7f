// What the words of a scheme's text may be, as far as controls offer them. The host reads the text: this is no second parser, and a
// test holds both to the same words.

/** What a word of a scheme is about. */
export type Topic = (typeof topics)[number];

/** In the order of the text. */
export const topics = [
  ...(['runtime', 'grid', 'symmetry', 'granularity', 'calib', 'round', 'range', 'zero'] as const),
  ...(['scale', 'outliers'] as const),
] as const;

/** A kind of word, and the numbers that stand in it. */
export interface Kind {
  /** Without its numbers: `group`, `mse`, `entropy:ort`. */
  readonly kind: string;
  /** What each of its numbers is, and what it begins with. */
  readonly fields: readonly Field[];
}

/** A number in a word. */
export interface Field {
  readonly name: FieldName;
  readonly start: string;
}

export type FieldName =
  | 'levels'
  | 'size'
  | 'rows'
  | 'columns'
  | 'from'
  | 'to'
  | 'percent'
  | 'bins'
  | 'merged'
  | 'steps'
  | 'shrink'
  | 'norm'
  | 'scale'
  | 'seed'
  | 'sigmas'
  | 'threshold';

const plain = (...kinds: string[]): Kind[] => kinds.map(kind => ({ kind, fields: [] }));
const kind = (name: string, ...fields: (readonly [FieldName, string])[]): Kind => ({
  kind: name,
  fields: fields.map(([name, start]) => ({ name, start })),
});

/** Grids in the groups in which they are offered. */
export const gridGroups = {
  integer: [8, 7, 6, 5, 4, 3, 2].flatMap(bits => [`int${bits}`, `uint${bits}`]),
  table: ['nf4', 'fp4', 'fp4-bnb', 'ternary', 'binary', 'levels'],
  float: ['fp8-e4m3', 'fp8-e5m2', 'fp6-e2m3', 'fp6-e3m2'],
  cast: ['fp16', 'bf16'],
  format: ['mxfp4', 'mxfp6', 'mxfp6-e3m2', 'mxfp8', 'mxfp8-e5m2', 'nvfp4', 'nf4-double'],
  ggml: [
    ...['q4_0', 'q4_1', 'q5_0', 'q5_1', 'q8_0', 'q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k'],
    ...['iq4_nl', 'iq4_xs', 'tq1_0', 'tq2_0'],
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Every kind of word by topic, in the order in which they are offered. The empty kind is no word: none. */
export const kinds: Readonly<Record<Topic, readonly Kind[]>> = {
  runtime: plain(
    ...['', 'onnxruntime', 'torch-eager', 'torch-fake-quant', 'tflite', 'gptq', 'awq', 'hqq'],
    'bitsandbytes',
  ),
  grid: Object.values(gridGroups)
    .flat()
    .map(name => (name === 'levels' ? kind(name, ['levels', '-1,0,1']) : kind(name))),
  symmetry: plain('sym', 'asym'),
  granularity: [
    ...plain('tensor', 'channel', 'channel=1'),
    kind('group', ['size', '128']),
    kind('block', ['rows', '128'], ['columns', '128']),
  ],
  calib: [
    ...plain('minmax', 'absmean'),
    kind('percentile', ['from', '0.1'], ['to', '99.9']),
    kind('mse', ['steps', '100'], ['shrink', '0.8'], ['norm', '2.4']),
    kind('entropy:ort', ['bins', '2048'], ['merged', '128']),
    kind('entropy:nv', ['bins', '2048']),
    kind('hqq'),
    kind('range', ['from', '-1'], ['to', '1']),
    kind('scale', ['scale', '0.01']),
    kind('torch-histogram'),
    kind('ort-percentile', ['percent', '99.999']),
    kind('nv-percentile', ['percent', '99.99']),
    kind('nv-mse'),
  ],
  round: [...plain('even', 'away', 'up', 'down', 'toward-zero'), kind('stochastic', ['seed', '0'])],
  range: plain('narrow', 'full'),
  zero: plain('in', 'free'),
  scale: plain('f32', 'f16', 'bf16', 'e8m0'),
  outliers: [
    kind(''),
    kind('sigma', ['sigmas', '6']),
    kind('abs', ['threshold', '0.5']),
    kind('%', ['percent', '0.5']),
    kind('columns', ['threshold', '6']),
  ],
};

/** A word, taken apart. */
export interface Choice {
  readonly kind: string;
  /** As written: a half-typed number is kept as it is. */
  readonly fields: readonly string[];
}

/** Takes a word apart: `mse:100,0.8` is of kind `mse`, with two of its three numbers. Of no kind where it is none. */
export function choiceOf(topic: Topic, word: string): Choice {
  if (topic === 'outliers') return outlierChoice(word);
  const [name, list] = cutWord(topic, word);
  const known = kinds[topic].some(k => k.kind === name);
  const separator = topic === 'granularity' ? 'x' : ',';
  const fields = topic === 'grid' ? [list] : list.split(separator); // levels are one field, with all their numbers
  return { kind: known ? name : '', fields: list ? fields : [] };
}

/** The name of a word's kind, and its numbers as written. */
function cutWord(topic: Topic, word: string): readonly [string, string] {
  if (topic === 'grid') {
    const list = /^levels\{(.*?)\}?$/.exec(word)?.[1];
    return list === undefined ? [word, ''] : ['levels', list];
  }
  if (topic === 'granularity') {
    const [, name = word, numbers = ''] = /^(group|block)=(.*)$/.exec(word) ?? [];
    return [name, numbers];
  }
  const [, name = word, numbers = ''] = /^(entropy:\w+|[^:]+)[:,](.*)$/.exec(word) ?? [];
  return [name, numbers];
}

function outlierChoice(word: string): Choice {
  const [, number, unit] = /^(.*?)(sigma|%)$/.exec(word) ?? [];
  if (unit !== undefined) return { kind: unit, fields: [number ?? ''] };
  const [, rule = '', threshold] = /^(abs|columns):(.*)$/.exec(word) ?? [];
  return { kind: rule, fields: threshold === undefined ? [] : [threshold] };
}

/** The word of a choice; numbers that are not given begin as they are offered. */
export function wordOf(topic: Topic, { kind: name, fields }: Choice): string {
  const all = kinds[topic].find(k => k.kind === name)?.fields ?? [];
  const numbers = all.map((field, i) => fields[i] ?? field.start);
  if (all.length === 0) return name;
  switch (topic) {
    case 'grid':
      return `levels{${numbers}}`;
    case 'granularity':
      return `${name}=${numbers.join('x')}`;
    case 'outliers':
      return name === 'sigma' || name === '%' ? `${numbers}${name}` : `${name}:${numbers}`;
    default:
      return `${name}${name.startsWith('entropy') ? ',' : ':'}${numbers}`;
  }
}
