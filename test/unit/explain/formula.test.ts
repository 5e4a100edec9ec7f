import { describe, expect, test } from 'vitest';
import { type Coded, type Formula, formulaOf } from '../../../src/explain/formula';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';
import { normals } from '../quant/normals';
import { runScheme } from '../quant/runScheme';

/** The formulas of all values of a row. */
function formulas(text: string, values: readonly number[]): { formula: Formula; coded: Coded }[] {
  const scheme = parseScheme(text);
  const row = Float32Array.from(values);
  const matrix = { rows: 1, cols: row.length };
  const whole = runScheme(text, row, [1, row.length]);
  const run = new SchemeRun(scheme, matrix, false);
  return Array.from(row, (value, index) => {
    const { from, to } = run.together(index);
    const coded: Coded = {
      ...{ index, value, code: whole.codes[index]!, result: whole.results[index]! },
      isKept: whole.kept.includes(index),
      params: whole.settled[run.segmentOf(index)]!.params,
      together: to - from,
    };
    return { formula: formulaOf(scheme, coded), coded };
  });
}

const texts = (text: string, values: readonly number[], at: number) =>
  formulas(text, values)[at]!.formula.lines.map(({ kind, text }) => `${kind}: ${text}`);

/** From the worked examples: asymmetric uint8, half away from zero. */
test('the asymmetric example reads as it is told', () => {
  const found = texts('uint8 asym tensor round=away', [-2.5, -1, 0, 1, 3.5], 1);
  expect(found).toEqual([
    'quantize: round(-1 / 0.0235294) + 106 = 63',
    'dequantize: (63 - 106) * 0.0235294 = -1.01176',
    'error: -1 - (-1.01176) = 0.0117648',
  ]);
});

test('the symmetric example has no zero point', () => {
  expect(texts('int8 tensor', [-2.5, -1, 0, 1, 3.5], 0)).toEqual([
    'quantize: round(-2.5 / 0.0275591) = -91',
    'dequantize: -91 * 0.0275591 = -2.50787',
    'error: -2.5 - (-2.50787) = 0.00787401',
  ]);
});

test('a code beyond the ends is told before it saturates', () => {
  const [quantize, saturate] = texts('int8 tensor calib=scale:0.5', [1, 100], 1);
  expect([quantize, saturate]).toEqual([
    'quantize: round(100 / 0.5) = 200',
    'saturate: clamp(200, -127, 127) = 127',
  ]);
});

test('a free zero point may be negative', () => {
  const [quantize, dequantize] = texts('int8 asym tensor zero=free', [3, 5, 10], 0);
  expect(quantize).toMatch(/^quantize: round\(3 \/ [\d.]+\) - \d+ = -128$/);
  expect(dequantize).toMatch(/^dequantize: \(-128 \+ \d+\) \* [\d.]+ = /);
});

test('values that are kept apart, and casts', () => {
  expect(texts('int8 outliers=abs:8', [1, 9.003], 1)[0]).toBe('keep: fp16(9.003) = 9');
  expect(texts('int8 outliers=abs:8', [1, 1e5], 1)[0]).toBe('keep: fp32(100000) = 100000');
  expect(texts('fp16', [0.1], 0)[0]).toBe('cast: fp16(0.1) = 0x2E66 = 0.0999756');
});

/** The value of a formula's side, as JavaScript computes it. */
function evaluate(side: string): number {
  if (!/^[-+*/() \d.e]+$/.test(side)) throw new Error(`not arithmetic: ${side}`);
  return Number(new Function(`return ${side}`)());
}

const schemes = [
  ...['int8', 'uint4 asym group=32', 'int8 asym zero=free', 'uint8 asym tensor round=down'],
  ...['gptq int4 group=32', 'awq uint4 group=64', 'tflite int8', 'torch-fake-quant uint8 asym'],
  ...[
    'onnxruntime uint8 asym',
    'hqq uint4 group=64',
    'nf4 group=64',
    'bitsandbytes nf4',
    'ternary',
  ],
  ...[
    'fp8-e4m3 tensor',
    'mxfp4',
    'nvfp4',
    'nf4-double',
    'q4_0',
    'q5_1',
    'q8_0',
    'q4_k',
    'iq4_nl',
    'tq2_0',
  ],
];

describe.each(schemes)('%s', text => {
  const values = Array.from(normals(256, 3));

  test('every line comes out as it says', () => {
    for (const { formula, coded } of formulas(text, values)) {
      const back = formula.lines.find(l => l.kind === 'dequantize');
      const [left, right] = back!.exact.split(/ [=≈] /) as [string, string];
      expect(Number(right)).toBe(coded.result);
      const value = evaluate(left);
      // HQQ rounds what is in brackets, too; ggml computes in another order.
      const slack = back!.exact.includes('≈') || text.startsWith('hqq') ? 2e-5 : 2 ** -24;
      expect(Math.abs(value - coded.result)).toBeLessThanOrEqual(
        slack * Math.abs(coded.result) + slack * Math.abs(coded.params?.scale ?? 0) * 20,
      );
      const error = formula.lines.at(-1)!.exact.split(' = ');
      expect(evaluate(error[0]!)).toBe(Number(error[1]));
    }
  });

  test('the way to an integer code ends at the code', () => {
    if (parseScheme(text).grid.kind !== 'integer') return;
    for (const { formula, coded } of formulas(text, values)) {
      const last = formula.lines.findLast(l => l.kind === 'quantize' || l.kind === 'saturate')!;
      expect(Number(last.exact.split(' = ')[1])).toBe(coded.code);
    }
  });
});
