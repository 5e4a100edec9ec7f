import { describe, expect, test } from 'vitest';
import { codeBits, plainBitsPerWeight } from '../../../src/quant/bitsPerWeight';
import { gridNames } from '../../../src/quant/gridNames';
import { misfit } from '../../../src/quant/misfit';
import { methodOf, type Settled } from '../../../src/quant/run/method';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';
import { normals } from './normals';
import { cols, reference, room, rows } from './reference';
import { runScheme } from './runScheme';

describe('bits per weight', () => {
  const n = 10 * 300;
  const x = normals(n, 2);
  const matrix = { rows: 10, cols: 300 };

  test.each<[string, number]>([
    // Codes and scales of 32 bits for what shares them.
    ['int8', 8 + (32 * 10) / n],
    ['int8 tensor', 8 + 32 / n],
    ['int8 channel=1', 8 + (32 * 300) / n],
    ['int4 group=100', 4 + (32 * 30) / n],
    // A row of 300 has two groups of 128 and one of 44.
    ['int4 group=128', 4 + (32 * 30) / n],
    ['int4 group=1000', 4 + (32 * 10) / n],
    ['int4 group=1', 4 + 32],
    // 3 x 3 blocks: at the edges 2 rows are left, and 44 columns.
    ['int4 block=4x128', 4 + (32 * 9) / n],
    ['int4 block=1000x1000', 4 + 32 / n],
    // Asymmetric integers store a zero point of as many bits as a code.
    ['int4 asym group=100', 4 + ((32 + 4) * 30) / n],
    ['uint2 group=100', 2 + ((32 + 2) * 30) / n],
    ['uint8 sym', 8 + (32 * 10) / n],
    // Scales of another type.
    ['int4 group=100 scale=f16', 4 + (16 * 30) / n],
    ['int4 group=100 scale=bf16', 4 + (16 * 30) / n],
    ['int4 group=100 scale=e8m0', 4 + (8 * 30) / n],
    // HQQ's zero point is a float32.
    ['hqq int4 group=100', 4 + ((32 + 32) * 30) / n],
    ['hqq int4 group=100 scale=f16', 4 + ((16 + 32) * 30) / n],
    ['gptq int4 group=128', 4 + (32 * 30) / n],
    ['gptq int4 asym group=128', 4 + ((32 + 4) * 30) / n],
    // Levels.
    ['nf4 channel', 4 + (32 * 10) / n],
    ['fp4-bnb channel', 4 + (32 * 10) / n],
    ['fp4', 4 + (32 * 10) / n],
    ['fp6-e2m3', 6 + (32 * 10) / n],
    ['fp6-e3m2', 6 + (32 * 10) / n],
    ['fp8-e4m3', 8 + (32 * 10) / n],
    ['fp8-e5m2', 8 + (32 * 10) / n],
    ['ternary tensor', 2 + 32 / n],
    ['binary tensor', 1 + 32 / n],
    ['levels{0,2,4}', 2 + (32 * 10) / n],
    ['levels{0,1,2,3,4}', 3 + (32 * 10) / n],
    ['levels{1}', 1 + (32 * 10) / n],
    // bitsandbytes' blocks of 64 run through the rows: 46 whole ones and 56 weights.
    ['bitsandbytes nf4', 4 + (32 * 47) / n],
    ['bitsandbytes fp4', 4 + (32 * 47) / n],
    ['bitsandbytes int8', 8 + (32 * 10) / n],
    ['fp16', 16],
    ['bf16', 16],
    // MX: 10 blocks of 32 in a row, the last of 12, 8 bits each.
    ['mxfp4', 4 + (8 * 100) / n],
    ['mxfp6', 6 + (8 * 100) / n],
    ['mxfp6-e3m2', 6 + (8 * 100) / n],
    ['mxfp8', 8 + (8 * 100) / n],
    ['mxfp8-e5m2', 8 + (8 * 100) / n],
    // NVFP4: 19 blocks of 16 in a row, and a scale of 32 bits for the tensor.
    ['nvfp4', 4 + (8 * 190 + 32) / n],
    // NF4 double: blocks of 64 through the rows, 8 bits each; 32 for each 256 of them, 32 for the mean.
    ['nf4-double', 4 + (8 * 47 + 32 + 32) / n],
  ])('%s: %d', (text, expected) => {
    expect(runScheme(text, x, [10, 300]).report.bitsPerWeight).toBeCloseTo(expected, 12);
    expect(plainBitsPerWeight(parseScheme(text), matrix)).toBeCloseTo(expected, 12);
  });

  test('NF4 double stores one more scale where the 257th block begins', () => {
    const bitsOf = (weights: number) =>
      runScheme('nf4-double', normals(weights, 3), [1, weights]).report.bitsPerWeight;
    expect(bitsOf(256 * 64)).toBeCloseTo(4 + (8 * 256 + 32 + 32) / (256 * 64), 12);
    expect(bitsOf(256 * 64 + 1)).toBeCloseTo(4 + (8 * 257 + 64 + 32) / (256 * 64 + 1), 12);
  });

  // Bytes of a block by ggml's structs, src/ggml-common.h.
  test.each<[string, number, number]>([
    ['q4_0', 32, 18],
    ['q4_1', 32, 20],
    ['q5_0', 32, 22],
    ['q5_1', 32, 24],
    ['q8_0', 32, 34],
    ['q2_k', 256, 84],
    ['q3_k', 256, 110],
    ['q4_k', 256, 144],
    ['q5_k', 256, 176],
    ['q6_k', 256, 210],
    ['iq4_nl', 32, 18],
    ['iq4_xs', 256, 136],
    ['tq1_0', 256, 54],
    ['tq2_0', 256, 66],
  ])('%s: blocks of %d weights in %d bytes', (name, weights, bytes) => {
    const { report } = runScheme(name, reference, [rows, cols]);
    expect(report.bitsPerWeight).toBe((8 * bytes) / weights);
    expect(plainBitsPerWeight(parseScheme(name), { rows, cols })).toBe((8 * bytes) / weights);
    expect(misfit(parseScheme(name), { rows: 3, cols: 300 })).toBe(
      `${name} packs blocks of ${weights} weights, and its rows have 300`,
    );
  });

  test('only ggml demands whole blocks of a row', () => {
    const others = gridNames.filter(name => misfit(parseScheme(name), matrix) === null);
    expect(others).toContain('mxfp4');
    expect(gridNames.length - others.length).toBe(14);
  });

  test('every grid needs as many bits as its codes', () => {
    for (const name of gridNames) {
      const scheme = parseScheme(name);
      const { report } = runScheme(name, reference, [rows, cols]);
      expect(codeBits(scheme), name).toBe(Math.ceil(Math.log2(report.codesAvailable)));
      expect(report.codesUsed).toBeLessThanOrEqual(report.codesAvailable);
    }
  });
});

describe('which weights share a scale', () => {
  const [r, c] = [5, 7];
  // The value of a weight tells where it is, and grows along rows and columns.
  const x = Float32Array.from({ length: r * c }, (_, i) => i + 1);

  /** The largest value of what shares a scale, times 127. */
  const largest = (text: string) =>
    runScheme(`int8 ${text}`, x, [r, c]).scales.map(s => Math.round(s * 127));

  test.each<[string, [number, number], number[]]>([
    ['tensor', [1, 1], [35]],
    ['channel', [5, 1], [7, 14, 21, 28, 35]],
    ['channel=1', [1, 7], [29, 30, 31, 32, 33, 34, 35]],
    ['group=3', [5, 3], [3, 6, 7, 10, 13, 14, 17, 20, 21, 24, 27, 28, 31, 34, 35]],
    ['group=7', [5, 1], [7, 14, 21, 28, 35]],
    ['group=100', [5, 1], [7, 14, 21, 28, 35]],
    ['block=2x3', [3, 3], [10, 13, 14, 24, 27, 28, 31, 34, 35]],
    ['block=1x7', [5, 1], [7, 14, 21, 28, 35]],
    ['block=5x1', [1, 7], [29, 30, 31, 32, 33, 34, 35]],
    ['block=9x9', [1, 1], [35]],
  ])('%s', (text, shape, expected) => {
    expect(largest(text)).toEqual(expected);
    expect(runScheme(`int8 ${text}`, x, [r, c]).shape).toEqual(shape);
  });

  test('blocks of bitsandbytes run on through the rows', () => {
    const run = (cols: number) =>
      runScheme('bitsandbytes nf4 group=4', x.subarray(0, 3 * cols), [3, cols]);
    expect(run(7).scales).toEqual([4, 8, 12, 16, 20, 21]);
    expect(run(7).shape).toEqual([1, 6]);
    // Where they divide the rows they are shown row by row.
    expect(run(8).scales).toEqual([4, 8, 12, 16, 20, 24]);
    expect(run(8).shape).toEqual([3, 2]);
  });

  test('MX and NVFP4 begin anew with each row', () => {
    const y = normals(3 * 40, 4);
    expect(runScheme('mxfp8', y, [3, 40]).shape).toEqual([3, 2]);
    expect(runScheme('nvfp4', y, [3, 40]).shape).toEqual([3, 3]);
  });

  test('a vector has one row: its columns are single weights', () => {
    const { shape, results } = runScheme('int8 channel=1', x, [1, r * c]);
    expect(shape).toEqual([1, r * c]);
    for (const [i, value] of x.entries()) expect(results[i]).toBeCloseTo(value, 5);
  });
});

/** Each calibration, on a grid that it is for. */
const calibrated = [
  'int8',
  'int8 calib=mse:10',
  'uint8 calib=percentile:99.9',
  'int8 calib=entropy:ort,512,128',
  'int8 calib=entropy:nv,512',
  'int8 calib=ort-percentile:99',
  'uint8 calib=ort-percentile:99',
  'int8 calib=nv-percentile:99',
  'int4 calib=nv-mse',
  'torch-eager uint8 calib=torch-histogram',
  'ternary channel',
  'uint8 calib=range:-1,2',
  'fp8-e4m3 calib=scale:0.01',
  'hqq int4',
  'hqq int4 calib=minmax',
];

const bare = (text: string) => text.replace(' channel', '');

/** More than are held at a time. */
const large = 2 ** 20 + 777;

describe('a segment that is too large to be held is calibrated in passes', () => {
  const x = normals(large, 5).map(v => v / 50);

  /** A scheme's method with all values at hand. */
  function inOnePiece(text: string) {
    const method = methodOf(parseScheme(text));
    const learner = method.prepare?.(make => {
      const calibrator = make();
      return {
        add: ({ values }) => calibrator.add(values, 0, values.length),
        finish: () => calibrator.finish() !== null,
      };
    });
    if (learner) {
      do learner.add({ values: x, index: 0 });
      while (!learner.finish());
    }
    const out = { ...room(large), scales: new Float32Array(large) };
    const stretch = { values: x, from: 0, to: large, index: 0, stride: 1 };
    const settled: Settled[] = [];
    method.quantize(stretch, out, (_, s) => settled.push(s));
    return { ...out, settled: settled[0]! };
  }

  test.each(calibrated)('%s: with the result of one piece', text => {
    const { codes, results, settled, report } = runScheme(text, x, [1, large], 2 ** 18 + 1);
    const expected = inOnePiece(text);
    expect(settled).toHaveLength(1);
    expect(settled[0]!.params).toEqual(expected.settled.params);
    expect(settled[0]!.range).toEqual(expected.settled.range);
    expect(report.scale.count).toBe(1);
    // Far faster than toEqual.
    expect(
      Buffer.from(Int32Array.from(codes).buffer).equals(Buffer.from(expected.codes.buffer)),
    ).toBe(true);
    expect(Buffer.from(results.buffer).equals(Buffer.from(expected.results.buffer))).toBe(true);
  });
});

describe('segments that lie scattered', () => {
  const [r, c] = [60, 47];
  const x = normals(r * c, 6);

  function expectColumnsAsRows(text: string, x: Float32Array, [r, c]: readonly [number, number]) {
    const transposed = Float32Array.from(x, (_, i) => x[(i % r) * c + Math.floor(i / r)]!);
    const columns = runScheme(`${bare(text)} channel=1`, x, [r, c], 1234);
    const rowsOf = runScheme(text, transposed, [c, r]);
    expect(columns.scales).toEqual(rowsOf.scales);
    expect(columns.zeroPoints).toEqual(rowsOf.zeroPoints);
    expect(columns.settled.map(s => s.range)).toEqual(rowsOf.settled.map(s => s.range));
    const back = Array.from(x, (_, i) => rowsOf.codes[(i % c) * r + Math.floor(i / c)]!);
    expect(columns.codes).toEqual(back);
    return columns;
  }

  test.each(calibrated)('%s: columns are the rows of the transpose', text => {
    expectColumnsAsRows(text, x, [r, c]);
  });

  test('they are calibrated as many at a time as memory allows', () => {
    const wide = normals(12 * 1100, 7);
    // Three passes of a radix search for 819 columns, three for the others, and one that quantizes.
    const { passes } = expectColumnsAsRows('int8 calib=percentile:99', wide, [12, 1100]);
    expect(passes).toBe(7);
    expect(runScheme('int8 channel=1', wide, [12, 1100]).passes).toBe(2);
  });

  // How often HQQ iterates hangs on all the blocks together.
  test.each(calibrated.filter(t => t !== 'hqq int4'))(
    '%s: a block is a tensor of its own',
    text => {
      const [height, width] = [25, 20];
      const whole = runScheme(`${bare(text)} block=25x20`, x, [r, c], 999);
      expect(whole.shape).toEqual([3, 3]);
      for (let block = 0; block < 9; block++) {
        const [top, left] = [Math.floor(block / 3) * height, (block % 3) * width];
        const [bottom, right] = [Math.min(top + height, r), Math.min(left + width, c)];
        const at: number[] = [];
        for (let i = top; i < bottom; i++) for (let j = left; j < right; j++) at.push(i * c + j);
        const own = Float32Array.from(at, i => x[i]!);
        const { settled, codes } = runScheme(`${bare(text)} tensor`, own, [
          bottom - top,
          right - left,
        ]);
        expect(whole.settled[block]!.params).toEqual(settled[0]!.params);
        expect(at.map(i => whole.codes[i])).toEqual(codes);
      }
    },
  );
});

describe('a tensor that is read in parts', () => {
  const [r, c] = [8, 20];
  const x = Float32Array.from({ length: r * c }, (_, i) => i + 1);
  /** Rows 0 and 1, the middle of row 3, and the end of row 6. */
  const parts = [
    [0, 40],
    [65, 77],
    [135, 140],
  ] as const;

  function sampled(text: string) {
    const run = new SchemeRun(parseScheme(text), { rows: r, cols: c }, true);
    const scales: Record<number, number> = {};
    const seen: number[] = [];
    run.listen({
      piece: ({ index, values }) => seen.push(...Array.from(values, (_, i) => index + i)),
      settled: (segment, { params }) => {
        scales[segment] = Math.round(params!.scale * 127);
      },
    });
    do {
      for (const [from, to] of parts) run.add({ values: x.slice(from, to), index: from });
    } while (!run.finish());
    const shown = parts.flatMap(([from, to]) => [...Array(to).keys()].slice(from));
    expect(seen).toEqual(shown);
    return scales;
  }

  test.each<[string, Record<number, number>]>([
    ['tensor', { 0: 140 }],
    ['channel', { 0: 20, 1: 40, 3: 77, 6: 140 }],
    [
      'group=8',
      { 0: 8, 1: 16, 2: 20, 3: 28, 4: 36, 5: 40, 9: 68, 10: 76, 11: 77, 19: 136, 20: 140 },
    ],
    ['block=4x10', { 0: 70, 1: 77, 3: 140 }],
  ])('%s: what was read of a segment makes its scale', (text, expected) => {
    expect(sampled(`int8 ${text}`)).toEqual(expected);
  });
});
