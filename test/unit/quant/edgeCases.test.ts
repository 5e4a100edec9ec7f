import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { gridNames, gridOfName } from '../../../src/quant/gridNames';
import { presets } from '../../../src/quant/presets';
import { parseScheme } from '../../../src/quant/schemeText';
import { type Outcome, runScheme } from './runScheme';

function refusalOf(text: string): string {
  try {
    parseScheme(text);
  } catch (e) {
    if (WeightError.is(e, 'unsupported')) return e.message;
    throw e;
  }
  throw new Error(`${text} was accepted`);
}

describe('bad schemes are refused, and the bad word is named', () => {
  test.each([
    // No grid, or none that there is.
    ['', /empty/],
    ['  \t', /empty/],
    ['int9', /unknown grid "int9"; did you mean "int8"\?/],
    ['int1', /unknown grid "int1"/],
    ['int16', /unknown grid "int16"/],
    ['fp8', /unknown grid "fp8"; did you mean "fp8-/],
    ['q4_k_m', /unknown grid "q4_k_m"; did you mean "q4_k"\?/],
    ['sym int8', /"sym" comes after a grid, as in "int8 sym"/],
    ['constructor', /unknown grid "constructor"/],
    ['__proto__', /unknown grid "__proto__"/],
    ['onnxruntime', /"onnxruntime" needs a grid after it/],
    ['ggml', /"ggml" needs a grid after it, as in "ggml q4_k"/],
    ['ggml int8', /ggml has no grid "int8"/],
    // Words that are none, with the nearest right one.
    ['int8 symm', /unknown word "symm"; did you mean "sym"\?/],
    ['int8 chanel', /unknown word "chanel"; did you mean "channel"\?/],
    ['int8 tensr', /unknown word "tensr"; did you mean "tensor"\?/],
    ['int8 rnge=full', /unknown word "rnge=full"; did you mean "range=/],
    ['int8 round=evn', /unknown [a-z]+ "(round=)?evn"; did you mean "round=even"\?/],
    ['int8 scale=fp16', /unknown [a-z]+ "(scale=)?fp16"; did you mean "scale=f16"\?/],
    ['int8 calib=minmx', /unknown [a-z]+ "(calib=)?minmx"; did you mean "calib=minmax"\?/],
    ['int8 calib=entropy:oort', /"calib=entropy:oort" needs the algorithm first/],
    ['int8 constructor', /unknown word "constructor"/],
    ['int8 int4', /"int4" is a second grid/],
    // Contradictions.
    ['int8 sym asym', /"asym" contradicts or repeats "sym"/],
    ['int8 tensor group=32', /"group=32" contradicts or repeats "tensor"/],
    ['int8 round=even round=even', /"round=even" contradicts or repeats "round=even"/],
    ['int4-g128 group=32 tensor', /"tensor" contradicts or repeats "group=32"/],
    ['int8 zero=free', /"zero=free" needs "asym"/],
    ['int8 asym range=full', /"range=full" needs "sym"/],
    // What a grid does not have.
    ['nf4 asym', /"asym" needs an integer grid: nf4 has no zero point/],
    ['fp8-e4m3 zero=free', /"zero=free" needs an integer grid/],
    ['levels{0,1} range=full', /"range=full" needs an integer grid/],
    ['bf16 tensor', /"tensor" does not fit: bf16 has no scale/],
    ['fp16 calib=mse', /"calib=mse" does not fit: fp16 has no scale/],
    ['mxfp4 group=7', /"group=7" does not fit: mxfp4 fixes its blocks and scales/],
    ['q4_0 round=down', /"round=down" does not fit: q4_0 fixes/],
    ['nf4 calib=hqq', /"calib=hqq" needs an integer grid/],
    ['nf4 tensor calib=nv-mse', /"calib=nv-mse" needs an integer grid/],
    ['int8 calib=absmean', /"calib=absmean" needs the grid "ternary" or "binary"/],
    // What a runtime does not have.
    ['gptq int4 group=7', /"group=7" does not fit: gptq packs .* a multiple of 8/],
    ['awq int4 asym group=12', /"group=12" does not fit: awq packs .* a multiple of 8/],
    ['gptq int3 group=8', /"group=8" does not fit: gptq packs .* a multiple of 32/],
    ['onnxruntime nf4', /onnxruntime has no grid "nf4"/],
    ['torch-eager q4_0', /torch-eager has no grid "q4_0"/],
    ['torch-eager int4', /torch-eager has no int4: use int8 or int7/],
    ['tflite int4', /TensorFlow Lite has no int4/],
    ['bitsandbytes int4', /LLM\.int8\(\).* int8/],
    ['bitsandbytes fp8-e4m3', /bitsandbytes has no grid "fp8-e4m3"/],
    ['gptq int4 asym zero=free', /"zero=free" does not fit: gptq/],
    ['gptq int4 calib=hqq', /"calib=hqq" does not fit "gptq"/],
    ['hqq int4 sym', /hqq .* never "sym"/],
    ['hqq int4 calib=mse', /hqq has no calibration "calib=mse"/],
    // Numbers.
    ['int8 group', /"group" needs a whole number/],
    ['int8 group=0', /"group=0" needs a whole number/],
    ['int8 group=-8', /"group=-8" needs a whole number/],
    ['int8 group=1.5', /"group=1.5" needs a whole number/],
    ['int8 group=0x10', /"group=0x10" needs a whole number/],
    ['int8 group=1e3', /"group=1e3" needs a whole number/],
    ['int8 group=99999999999999999999', /"group=9{20}" needs a whole number/],
    ['int8 channel=2', /"channel=2" needs an axis of 0/],
    ['int8 tensor=1', /"tensor=1" needs no value/],
    ['int8 block=128', /"block=128" needs rows and columns/],
    ['int8 block=0x8', /"block=0x8" needs rows and columns/],
    ['int8 block=8x', /"block=8x" needs rows and columns/],
    ['int8 calib=minmax:1', /"calib=minmax:1" needs no numbers/],
    ['int8 calib=percentile', /"calib=percentile" needs one percentile/],
    ['int8 calib=percentile:101', /"calib=percentile:101" needs one percentile/],
    ['int8 calib=percentile:-1', /"calib=percentile:-1" needs one percentile/],
    ['int8 calib=percentile:99,1', /"calib=percentile:99,1" needs one percentile/],
    ['int8 calib=percentile:nan', /"calib=percentile:nan" needs one percentile/],
    ['int8 calib=percentile:0x63', /"calib=percentile:0x63" needs one percentile/],
    ['int8 calib=ort-percentile:0', /"calib=ort-percentile:0" needs a number above 0/],
    ['int8 calib=entropy:ort,128,256', /needs at least as many bins as levels/],
    ['int8 calib=entropy:ort,1e9', /"calib=entropy:ort,1e9" needs whole numbers up to 65536/],
    ['int8 calib=entropy:nv,64', /128 bins or more/],
    ['int8 calib=mse:0', /"calib=mse:0" needs GRID of 1 to 10000/],
    ['int8 calib=mse:100,2', /"calib=mse:100,2" needs/],
    ['int8 calib=mse:100,0.8,infinity', /"calib=mse:100,0.8,infinity" needs/],
    ['int8 calib=range:1,-1', /"calib=range:1,-1" needs two numbers, the lower first/],
    ['int8 calib=range:1', /"calib=range:1" needs two numbers/],
    ['int8 calib=range:-1e39,1', /"calib=range:-1e39,1" needs two numbers/],
    ['int8 calib=scale:0', /"(calib=)?scale:0" needs a positive number/],
    ['int8 calib=scale:-1', /needs a positive number/],
    ['int8 calib=scale:1e-60', /needs a positive number/],
    ['int8 calib=scale:1e39', /needs a positive number/],
    ['int8 round=stochastic:-1', /"round=stochastic:-1" needs a whole number as its seed/],
    ['int8 round=stochastic:1e16', /"round=stochastic:1e16" needs a whole number/],
    ['int8 outliers=100%', /"outliers=100%" needs one of/],
    ['int8 outliers=0sigma', /"outliers=0sigma" needs one of/],
    ['int8 outliers=6', /"outliers=6" needs one of/],
    ['int8 outliers=abs:-1', /"outliers=abs:-1" needs one of/],
    ['int8 outliers=abs:1%', /"outliers=abs:1%" needs one of/],
    ['int8 outliers=nansigma', /"outliers=nansigma" needs one of/],
    // Levels.
    ['levels', /"levels" needs numbers between braces/],
    ['levels{}', /"levels\{\}" needs numbers between braces/],
    ['levels{0,}', /needs numbers between braces/],
    ['levels{1,nan}', /needs numbers between braces/],
    ['levels{1e39}', /needs numbers between braces/],
    ['levels{0x10,1}', /"levels\{0x10,1\}" needs numbers between braces/],
    ['levels{0,-0}', /"levels\{0,-0\}" needs a level that is not 0/],
    ['levels{1e-50}', /"levels\{1e-50\}" needs a level that is not 0/],
    [`levels{${Array.from({ length: 257 }, (_, i) => i).join(',')}}`, /257 levels.* at most 256/],
  ])('%j', (text, message) => {
    expect(refusalOf(text)).toMatch(message);
  });

  test('a very long word is cut in the message', () => {
    expect(refusalOf(`int8 ${'x'.repeat(100_000)}`).length).toBeLessThan(400);
  });
});

/** Tensors of 2 x 256 that are hardly any. */
const shape = [2, 256] as const;
const filled = (at: (i: number) => number) => Float32Array.from({ length: 512 }, (_, i) => at(i));
const tensors: Readonly<Record<string, Float32Array>> = {
  zeros: new Float32Array(512),
  'negative zeros': filled(() => -0),
  'a positive constant': filled(() => 0.7),
  'a negative constant': filled(() => -0.7),
  'all NaN': filled(() => Number.NaN),
  'NaN and infinities': filled(i => [Number.NaN, Infinity, -Infinity][i % 3]!),
  'infinities among values': filled(i => (i % 5 === 0 ? Infinity : Math.sin(i))),
  'a row of zeros, a row of values': filled(i => (i < 256 ? 0 : Math.sin(i))),
  subnormal: filled(i => (i % 7) * 2 ** -149),
  'subnormal, both signs': filled(i => Math.sin(i) * 2 ** -130),
  'hardly apart': filled(i => 1 + (i % 2) * 2 ** -23),
  'one value': filled(i => (i === 300 ? -3 : 0)),
  large: filled(i => (i % 2 === 0 ? 3e38 : -3e38)),
  'large and small': filled(i => [3e38, 1e-38, -3e38, 1, 0][i % 5]!),
};

const calibrations = [
  'minmax',
  'percentile:99.9',
  'percentile:10,90',
  'entropy:ort',
  'entropy:ort,256,64',
  'entropy:nv,256',
  'mse:8',
  'range:-1,1',
  'range:2,3',
  'scale:0.01',
  'torch-histogram',
  'ort-percentile',
  'nv-percentile',
  'nv-mse',
];

/** Every preset and grid; every calibration of each kind of grid; all else that has a rule of its own. */
const texts = [
  ...new Set([
    ...presets.map(p => p.scheme),
    ...gridNames,
    ...['int8 tensor', 'int4 asym', 'uint8 tensor', 'uint4 sym', 'uint4 zero=free'].flatMap(grid =>
      calibrations.map(c => `${grid} calib=${c}`),
    ),
    ...[
      'nf4 tensor',
      'fp8-e4m3',
      'fp4 tensor',
      'levels{1,2}',
      'levels{-3}',
      'binary tensor',
    ].flatMap(grid => calibrations.filter(c => c !== 'nv-mse').map(c => `${grid} calib=${c}`)),
    ...['f16', 'bf16', 'e8m0'].flatMap(s => [`int8 scale=${s}`, `fp4 scale=${s}`]),
    ...['away', 'up', 'down', 'toward-zero', 'stochastic'].flatMap(r => [
      `int8 round=${r}`,
      `fp4 round=${r}`,
    ]),
    ...['6sigma', 'abs:0.5', '10%', 'columns:0.5'].flatMap(o => [
      `int8 outliers=${o}`,
      `uint4 group=100 outliers=${o}`,
      `q4_k outliers=${o}`,
      `nvfp4 outliers=${o}`,
    ]),
    ...['onnxruntime', 'torch-eager', 'torch-fake-quant', 'tflite', 'gptq', 'bitsandbytes'].map(
      runtime => `${runtime} int8`,
    ),
    ...['onnxruntime', 'torch-eager', 'torch-fake-quant', 'tflite', 'gptq'].map(
      runtime => `${runtime} int8 asym tensor`,
    ),
    'int4 channel=1',
    'uint4 block=2x100',
    'hqq int4 channel=1',
    'hqq int8 tensor calib=minmax',
  ]),
];

/** Figures are numbers or null, scales positive numbers. */
function expectDefined({ report, channels, codes }: Outcome, values: Float32Array): void {
  const json = JSON.parse(JSON.stringify(report)) as typeof report;
  expect(json).toEqual(report);
  expect(JSON.parse(JSON.stringify(channels))).toEqual(channels);
  expect(codes.every(Number.isInteger)).toBe(true);
  expect(report.bitsPerWeight).toBeGreaterThanOrEqual(1);
  const none = !values.some(Number.isFinite);
  expect(report.mse === null && report.clippedFraction === null).toBe(none);
}

describe('tensors that are hardly any', () => {
  describe.each(Object.entries(tensors))('%s', (_, values) => {
    test.each(texts)('%s', text => {
      expectDefined(runScheme(text, values, shape), values);
    });
  });

  test.each(texts.filter(t => !/q\d_|iq4|tq/.test(t)))('one element: %s', text => {
    for (const x of [0.3, -3, 0, Number.NaN, Infinity, 3e38])
      expectDefined(runScheme(text, Float32Array.of(x), [1, 1]), Float32Array.of(x));
  });
});

describe('zeros', () => {
  const zeros = new Float32Array(512);
  const integers = gridNames.filter(name => gridOfName(name)?.kind === 'integer');
  const levels = gridNames.filter(name => gridOfName(name)?.kind === 'named');

  test.each([
    ...integers,
    ...integers.map(g => `${g} tensor`),
    ...integers.map(g => `${g} sym`),
    ...integers.map(g => `${g} asym group=64`),
  ])('%s: scale 1, the zero point of a symmetric grid, no error', text => {
    const { scales, zeroPoints, report } = runScheme(text, zeros, shape);
    const { grid, symmetric } = parseScheme(text);
    const middle = grid.kind === 'integer' && !grid.signed && symmetric ? 2 ** (grid.bits - 1) : 0;
    expect(new Set(scales)).toEqual(new Set([1]));
    expect(new Set(zeroPoints)).toEqual(new Set([middle]));
    expect(report).toMatchObject({ mse: 0, maxAbsError: 0, sqnrDb: null, cosine: null });
    expect(report).toMatchObject({ relativeFrobenius: null, clippedFraction: 0, codesUsed: 1 });
    expect(report.codeEntropy).toBe(0);
  });

  test.each(levels.filter(g => g !== 'binary').map(g => `${g} channel`))('%s', text => {
    const { scales, report } = runScheme(text, zeros, shape);
    expect(scales).toEqual([1, 1]);
    expect(report).toMatchObject({ mse: 0, maxAbsError: 0, sqnrDb: null });
  });

  test.each(['binary', 'levels{-2,1}'])('%s has no zero: scale 0, no error', text => {
    const { scales, results, report } = runScheme(`${text} tensor`, zeros, shape);
    expect(scales).toEqual([0]);
    expect(results.every(x => x === 0)).toBe(true);
    expect(report).toMatchObject({ mse: 0, maxAbsError: 0, sqnrDb: null });
  });

  test.each(gridNames.filter(name => !['integer', 'named'].includes(gridOfName(name)!.kind)))(
    '%s',
    name => {
      const { results, report } = runScheme(name, zeros, shape);
      expect(results.every(x => x === 0)).toBe(true);
      expect(report).toMatchObject({ mse: 0, maxAbsError: 0, sqnrDb: null });
    },
  );
});

describe('what is not finite', () => {
  const values = filled(i => [Number.NaN, Infinity, -Infinity, 0.5, -0.25][i % 5]!);

  test('is passed over by calibration and by the figures', () => {
    const { scales, report } = runScheme('int8 tensor', values, shape);
    const finite = values.filter(Number.isFinite);
    expect(scales).toEqual([Math.fround(0.5 / 127)]);
    const alone = runScheme('int8 tensor', finite, [1, finite.length]).report;
    expect({ ...report, bitsPerWeight: 0 }).toEqual({ ...alone, bitsPerWeight: 0 });
  });

  test('NaN becomes the zero point, infinities saturate', () => {
    const { codes, results } = runScheme('uint8 tensor', values, shape);
    expect(codes.slice(0, 3)).toEqual([85, 255, 0]);
    expect(results[0]).toBe(0);
  });
});
