import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../../../src/base/float16';
import { gridNames, gridOfName } from '../../../src/quant/gridNames';
import { misfit } from '../../../src/quant/misfit';
import { presets } from '../../../src/quant/presets';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { runtimes } from '../../../src/quant/runtimes/all';
import type { Scheme } from '../../../src/quant/scheme';
import { parseScheme, printScheme } from '../../../src/quant/schemeText';
import { normals } from './normals';
import { runScheme } from './runScheme';

const settings = { seed: 20_250_801, numRuns: 100 };

/** Values of a size that is usual, or far from it; in float32 none of them overflows when ranges are added up. */
const finite = fc.oneof(
  { weight: 4, arbitrary: fc.float({ min: -10, max: 10, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ min: -(2 ** 100), max: 2 ** 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** -126, 2 ** -149) },
);
const vector = fc.array(finite, { minLength: 1, maxLength: 60 }).map(x => Float32Array.from(x));
/** Anything that can be a weight. */
const wild = fc.oneof(
  { weight: 3, arbitrary: finite },
  { weight: 1, arbitrary: fc.float() },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, 3e38, -3e38) },
);

/** The scheme of a text, if it is one; what refuses it is a reason for a person, never a slip of ours. */
function schemeOf(text: string): Scheme | undefined {
  try {
    return parseScheme(text);
  } catch (e) {
    expect(e).toMatchObject({ name: 'WeightError', tag: 'unsupported' });
    return undefined;
  }
}

const isAccepted = (text: string) => schemeOf(text) !== undefined;

/** Grids whose rule is ours, in every form that has a step. */
const stepped = [2, 3, 4, 5, 6, 7, 8].flatMap(bits => [
  `int${bits} tensor`,
  `int${bits} tensor range=full`,
  `int${bits} asym tensor`,
  `int${bits} asym tensor zero=free`,
  `uint${bits} tensor`,
  `uint${bits} sym tensor`,
]);

describe('min-max', () => {
  test('what is inside the range comes back within half a step', () => {
    fc.assert(
      fc.property(fc.constantFrom(...stepped), vector, (text, x) => {
        const { scales, zeroPoints, results, codes } = runScheme(text, x, [1, x.length]);
        const [scale, zeroPoint] = [scales[0]!, zeroPoints[0]!];
        // Half a step; of float32 the roundings of the scale (times the code), of x / s, of z and of x^. A scale that is
        // subnormal, or had to be replaced by 1, has no such precision.
        if (scale < 2 ** -120 || scale === 1) return;
        for (const [i, value] of x.entries()) {
          const distance = Math.abs(codes[i]! - zeroPoint) + 1;
          const slack = (4 * distance + Math.abs(zeroPoint)) * 2 ** -24;
          const shift = text.includes('asym') || text.startsWith('uint') ? 0.5 : 0;
          // Where z is rounded, the range moves by up to half a step, and its ends may saturate.
          expect(Math.abs(results[i]! - value) / scale).toBeLessThanOrEqual(0.5 + shift + slack);
        }
      }),
      settings,
    );
  });

  test('quantizing what came out with the same scale changes nothing', () => {
    const symmetric = stepped.filter(t => !/asym|uint\d tensor/.test(t));
    const levels = ['nf4', 'fp4', 'fp4-bnb', 'fp6-e2m3', 'fp6-e3m2', 'fp8-e4m3', 'fp8-e5m2'].map(
      grid => `${grid} tensor`,
    );
    fc.assert(
      fc.property(fc.constantFrom(...symmetric, ...levels), vector, (text, x) => {
        const first = runScheme(text, x, [1, x.length]);
        // A level of a subnormal scale is not exact.
        if (first.scales[0]! < 2 ** -100) return;
        const same = `${text} calib=scale:${first.scales[0]}`;
        const second = runScheme(same, first.results, [1, x.length]);
        // Where -0 comes out, 0 does: the same number.
        expect(second.results.map(v => v + 0)).toEqual(first.results.map(v => v + 0));
        expect(second.report.maxAbsError).toBe(0);
      }),
      settings,
    );
  });

  test('so for asymmetric grids, whose zero point the range gives', () => {
    const asymmetric = stepped.filter(t => /asym|uint\d tensor/.test(t));
    fc.assert(
      fc.property(fc.constantFrom(...asymmetric), vector, (text, x) => {
        const { settled, results, codes } = runScheme(text, x, [1, x.length]);
        const { lo, hi } = settled[0]!.range!;
        if (!(lo < hi) || settled[0]!.params!.scale < 2 ** -100) return;
        const second = runScheme(`${text} calib=range:${lo},${hi}`, results, [1, x.length]);
        expect(second.settled[0]!.params).toEqual(settled[0]!.params);
        expect(second.codes).toEqual(codes);
        expect(second.results).toEqual(results);
      }),
      settings,
    );
  });
});

describe('codes are in range, whatever the values', () => {
  const ofRuntimes = runtimes.flatMap(({ name }) =>
    gridNames
      .filter(grid => gridOfName(grid)?.kind === 'integer')
      .flatMap(grid => [`${name} ${grid}`, `${name} ${grid} sym`, `${name} ${grid} asym`])
      .filter(isAccepted),
  );
  const ofHqq = [2, 3, 4, 5, 6, 7, 8].map(bits => `hqq int${bits}`);
  const [cols, rows] = [256, 2];

  test('every runtime has some grid', () => {
    for (const { name } of runtimes)
      expect(
        ofRuntimes.some(text => text.startsWith(`${name} `)),
        name,
      ).toBe(true);
  });

  test.each(['grids', 'runtimes'])('%s', which => {
    const texts = which === 'grids' ? gridNames : [...ofRuntimes, ...ofHqq];
    const weights = fc
      .array(wild, { minLength: 1, maxLength: 40 })
      .map(x => Float32Array.from({ length: rows * cols }, (_, i) => x[i % x.length]!));
    for (const text of texts)
      fc.assert(
        fc.property(weights, x => {
          const scheme = parseScheme(text);
          const { codes } = runScheme(text, x, [rows, cols]);
          const { first, count } = new SchemeRun(scheme, { rows, cols }, false).codes;
          for (const code of codes)
            if (!(code >= first && code < first + count))
              expect.fail(`${text}: code ${code} is not in [${first}, ${first + count})`);
        }),
        { ...settings, numRuns: 12 },
      );
  });
});

describe('scales are numbers of the type that stores them', () => {
  const stored: Readonly<Record<string, (scale: number) => number>> = {
    f32: Math.fround,
    f16: scale => fromFloat16(toFloat16(scale)),
    bf16: scale => fromBFloat16(toBFloat16(scale)),
    e8m0: scale => 2 ** Math.round(Math.log2(scale)),
  };
  const grids = ['int4', 'uint4', 'nf4', 'fp8-e4m3', 'levels{0,2,4}', 'ternary', 'hqq int4'];
  const ofRuntimes = runtimes.map(r => `${r.name} int8`);
  const x = normals(1024, 13);

  test.each([...grids, ...ofRuntimes, 'bitsandbytes nf4'])('%s', grid => {
    for (const [type, store] of Object.entries(stored))
      for (const calibration of ['', ' calib=mse:9'].filter(c => isAccepted(`${grid}${c}`))) {
        const text = `${grid} group=64 scale=${type}${calibration}`;
        if (!isAccepted(text)) continue;
        const { scales, zeroPoints, codes, results } = runScheme(text, x, [4, 256]);
        expect(scales, text).toEqual(scales.map(store));
        // And they are what is decoded with.
        if (parseScheme(text).grid.kind !== 'integer') continue;
        for (const [i, code] of codes.entries()) {
          const at = Math.floor(i / 64);
          const steps = Math.fround(code - zeroPoints[at]!);
          expect(results[i]! + 0, text).toBe(Math.fround(steps * scales[at]!) + 0);
        }
      }
  });
});

describe('more bits, less error', () => {
  const x = normals(4096, 11);
  const ranks: readonly (readonly string[])[] = [
    ['int2', 'int3', 'int4', 'int5', 'int6', 'int7', 'int8'],
    ['uint2', 'uint3', 'uint4', 'uint5', 'uint6', 'uint7', 'uint8'],
    ['fp4', 'fp6-e2m3', 'fp8-e4m3'],
    ['fp4', 'fp6-e3m2', 'fp8-e4m3'],
    ['mxfp4', 'mxfp6', 'mxfp8'],
    ['fp8-e5m2', 'bf16', 'fp16'],
    ['q4_0', 'q5_0', 'q8_0'],
    ['q4_1', 'q5_1'],
    ['q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k'],
    ['tq1_0', 'q2_k'],
    ['binary', 'ternary', 'nf4'],
    ...runtimes
      .filter(r => isAccepted(`${r.name} int4 sym`) && isAccepted(`${r.name} int7 sym`))
      .map(r => [`${r.name} int4`, `${r.name} int7`, `${r.name} int8`]),
    ['hqq int2', 'hqq int3', 'hqq int4', 'hqq int8'],
  ];

  test.each(ranks)('%s, %s, ...', (...texts) => {
    const errors = texts.map(text => runScheme(text, x, [16, 256]).report.meanAbsError!);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(new Set(errors).size).toBe(errors.length);
  });
});

describe('text', () => {
  /** A number with few digits, as people write them. */
  const decimal = (min: number, max: number) =>
    fc
      .double({ min, max, noNaN: true, minExcluded: true })
      .map(x => Number(x.toPrecision(4)))
      .filter(x => x > min && x < max);
  const any = (...words: string[]) => fc.constantFrom(...words);
  const size = fc.integer({ min: 1, max: 4096 });
  const pair = fc.tuple(decimal(-5, 5), decimal(-5, 5)).filter(([a, b]) => a < b);

  const granularity = fc.oneof(
    any('tensor', 'channel', 'channel=0', 'channel=1'),
    size.map(n => `group=${n * 32}`),
    fc.tuple(size, size).map(([r, c]) => `block=${r}x${c}`),
  );
  const calibration = fc.oneof(
    any('minmax', 'absmean', 'entropy:ort', 'entropy:nv', 'mse', 'hqq', 'torch-histogram'),
    any('ort-percentile', 'nv-percentile', 'nv-mse', 'entropy'),
    decimal(50, 100).map(p => `percentile:${p}`),
    fc.tuple(decimal(0, 50), decimal(50, 100)).map(([lo, hi]) => `percentile:${lo},${hi}`),
    fc.tuple(size, size).map(([a, b]) => `entropy:ort,${Math.max(a, b) + 2},${Math.min(a, b) + 1}`),
    size.map(n => `entropy:nv,${n + 127}`),
    fc.tuple(size, decimal(0, 1), decimal(0, 10)).map(numbers => `mse:${numbers.join(',')}`),
    pair.map(([lo, hi]) => `range:${lo},${hi}`),
    decimal(0, 10).map(s => `scale:${s}`),
    decimal(0, 100).map(p => `ort-percentile:${p}`),
    decimal(0, 100).map(p => `nv-percentile:${p}`),
  );
  const rounding = fc.oneof(
    any('even', 'away', 'up', 'down', 'toward-zero', 'stochastic'),
    fc.maxSafeNat().map(seed => `stochastic:${seed}`),
  );
  const outliers = fc.oneof(
    decimal(0, 20).map(k => `${k}sigma`),
    decimal(0, 100).map(p => `${p}%`),
    decimal(0, 1e-5).map(t => `abs:${t}`),
    decimal(0, 10).map(t => `columns:${t}`),
  );
  const words: Readonly<Record<string, fc.Arbitrary<string>>> = {
    symmetry: any('sym', 'asym'),
    granularity,
    calib: calibration.map(c => `calib=${c}`),
    round: rounding.map(r => `round=${r}`),
    range: any('range=narrow', 'range=full'),
    zero: any('zero=in', 'zero=free'),
    scale: any('scale=f32', 'scale=f16', 'scale=bf16', 'scale=e8m0'),
    outliers: outliers.map(o => `outliers=${o}`),
  };
  const grid = fc.oneof(
    { weight: 3, arbitrary: any(...gridNames.filter(g => gridOfName(g)?.kind === 'integer')) },
    { weight: 2, arbitrary: any(...gridNames) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.oneof(decimal(-10, 10), fc.float({ noNaN: true, noDefaultInfinity: true })), {
          minLength: 1,
          maxLength: 6,
        })
        .map(levels => `levels{${levels.join(',')}}`),
    },
  );
  const runtime = fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: any(...runtimes.map(r => `${r.name} `), 'hqq ') },
  );
  /** A text of every kind of word, in any order; not all that come out fit together. */
  const text = fc
    .tuple(
      runtime,
      grid,
      fc
        .subarray(Object.keys(words), { maxLength: 4 })
        .chain(topics =>
          fc
            .tuple(...topics.map(t => words[t]!))
            .chain(chosen => fc.shuffledSubarray(chosen, { minLength: chosen.length })),
        ),
    )
    .map(([r, g, chosen]) => [`${r}${g}`, ...chosen].join(' '));

  test('what is printed reads back as the same scheme, prints the same, and has no word too many', () => {
    let accepted = 0;
    fc.assert(
      fc.property(text, written => {
        const scheme = schemeOf(written);
        if (!scheme) return;
        accepted++;
        const printed = printScheme(scheme);
        expect(parseScheme(printed)).toEqual(scheme);
        expect(printScheme(parseScheme(printed))).toBe(printed);
        const parts = printed.split(' ');
        for (let i = 1; i < parts.length; i++) {
          const shorter = parts.toSpliced(i, 1).join(' ');
          // "binary" is a preset, and stands for "binary tensor": a preset's name is never printed.
          if (presets.some(p => p.name === shorter)) continue;
          expect(schemeOf(shorter)).not.toEqual(scheme);
        }
      }),
      { ...settings, numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });
});

describe('results do not hang on how a tensor is cut into chunks', () => {
  const texts = [
    'int8',
    'int4 asym tensor',
    'int4 group=7',
    'int4 group=7 calib=mse:20',
    'uint4 channel=1',
    'uint4 channel=1 calib=percentile:98',
    'int8 block=3x5',
    'int8 block=4x4 calib=entropy:ort,256,64',
    'int8 tensor calib=percentile:1,99',
    'int8 tensor calib=nv-percentile:99',
    'torch-eager uint8 calib=torch-histogram',
    'int4 group=5 round=stochastic:9',
    'int4 channel=1 round=stochastic:9',
    'fp4 block=4x4 round=stochastic:9',
    'int8 outliers=2sigma',
    'int4 group=7 outliers=5%',
    'int8 channel=1 outliers=columns:2.5',
    'int8 tensor outliers=abs:2 calib=percentile:90',
    'ternary channel=1',
    'binary tensor',
    'hqq int4 group=7',
    'hqq int4 channel=1',
    'gptq int4 asym block=5x5 calib=mse:10',
    'bitsandbytes nf4',
    'nf4-double',
    'nf4-double outliers=1%',
    'nvfp4',
    'mxfp6',
    'q8_0',
    'q4_1 outliers=2sigma',
    'fp16',
    'fp8-e4m3 block=128x128',
  ];

  test.each(texts)('%s', text => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.constantFrom(1, 3, 13, 32, 37, 64),
        fc.integer({ min: 1, max: 700 }),
        fc.boolean(),
        (rows, cols, chunk, isDouble) => {
          if (misfit(parseScheme(text), { rows, cols })) return;
          const weights = normals(rows * cols, 12);
          const x = isDouble ? Float64Array.from(weights, v => v * (1 + 2 ** -30)) : weights;
          const whole = runScheme(text, x, [rows, cols]);
          const cut = runScheme(text, x, [rows, cols], chunk);
          expect(cut.codes).toEqual(whole.codes);
          expect(cut.results).toEqual(whole.results);
          expect(cut.kept).toEqual(whole.kept);
          expect(cut.scales).toEqual(whole.scales);
          expect(cut.zeroPoints).toEqual(whole.zeroPoints);
          expect(cut.report.scale).toEqual(whole.report.scale);
          expect(cut.report.codeEntropy).toBe(whole.report.codeEntropy);
          expect(cut.channels.codesUsed).toEqual(whole.channels.codesUsed);
          expect(cut.report.maxAbsError).toBe(whole.report.maxAbsError);
          // Sums of pieces, in another order.
          const slack = 1e-12 * whole.report.mse!;
          expect(Math.abs(cut.report.mse! - whole.report.mse!)).toBeLessThanOrEqual(slack);
        },
      ),
      { ...settings, numRuns: 40 },
    );
  });
});
