import { describe, expect, test } from 'vitest';
import {
  exampleOf as computeExample,
  type Example,
  type ExampleId,
} from '../../../src/explain/examples';
import type { StepColumn, Steps } from '../../../src/explain/steps';
import { exampleIds } from '../../../src/protocol/steps';
import { figuresOf } from './figuresOf';

const made = new Map<ExampleId, Example>();

/** An example, computed once. */
function exampleOf(id: ExampleId): Example {
  const example = made.get(id) ?? computeExample(id);
  made.set(id, example);
  return example;
}

/** The steps of a part of an example. */
function partOf(example: ExampleId, part: string): Steps {
  const found = exampleOf(example).parts.find(p => p.id === part);
  if (!found) throw new Error(`${example} has no part ${part}`);
  return found.steps;
}

const columnOf = (steps: Steps, kind: StepColumn['kind']) => figuresOf(steps, kind)!;
const rounded = (values: readonly (number | null)[] | undefined, digits: number) =>
  values?.map(x => Number(x!.toFixed(digits)));

test.each(exampleIds)('%s can be watched', id => {
  const { parts, formats, rulers } = exampleOf(id);
  expect(parts.length > 0 ? rulers : formats).not.toBeNull();
  expect(new Set(parts.map(p => p.id)).size).toBe(parts.length);
});

describe('number formats', () => {
  const table = exampleOf('formats').formats!;
  const rowOf = (format: string) => table.rows.find(row => row.format === format)!;
  const become = (format: string, value: number) =>
    rowOf(format).results[table.values.indexOf(value)];

  test.each([
    ['fp32', 1, 8, 23, 3.4028234663852886e38],
    ['fp16', 1, 5, 10, 65504],
    ['bf16', 1, 8, 7, 3.3895313892515355e38],
    ['fp8-e4m3', 1, 4, 3, 448],
    ['fp8-e5m2', 1, 5, 2, 57344],
    ['fp8-e8m0', 0, 8, 0, 2 ** 127],
    ['fp4-e2m1', 1, 2, 1, 6],
  ])('%s', (format, sign, exponent, mantissa, largest) => {
    expect(rowOf(format)).toMatchObject({ sign, exponent, mantissa, largest });
  });

  test('FP16 overflows and underflows; its least subnormal is 2^-24', () => {
    expect(become('fp16', 10_000 * 10_000)).toBe(Infinity);
    expect(become('fp16', 1e-8)).toBe(0);
    expect(become('fp16', 2 ** -24)).toBe(2 ** -24);
    expect(rowOf('fp16').least.toPrecision(3)).toBe('5.96e-8');
    expect(become('fp16', 65504)).toBe(65504);
  });

  test('1e8 becomes 100 139 008 in BF16, and E4M3 has no infinity', () => {
    expect(become('bf16', 1e8)).toBe(100_139_008);
    expect(rowOf('fp8-e4m3').hasInfinity).toBe(false);
    expect(rowOf('fp8-e5m2').hasInfinity).toBe(true);
  });

  test('the bits of 1, field by field', () => {
    const bits = table.rows.map(({ cells }) => {
      const { sign, exponent, mantissa } = cells[table.values.indexOf(1)]!;
      return Number.parseInt(sign + exponent + mantissa, 2);
    });
    expect(bits).toEqual([0x3f800000, 0x3c00, 0x3f80, 0x38, 0x3c, 0b0010, 0x7f]);
  });

  test('what becomes of a value is told', () => {
    const outcomes = rowOf('fp16').cells.map(cell => cell.outcome);
    expect(outcomes).toEqual(['overflow', 'underflow', 'exact', 'exact', 'exact']);
  });
});

describe('absmax onto the levels 0, 2, 4', () => {
  test.each([
    ['nearest', [4, 2, 2, 4], [3, 1.5, 1.5, 3], [null, null, null, null]],
    ['down', [4, 0, 2, 4], [3, 0, 1.5, 3], [null, 'lost', null, null]],
  ])('%s', (part, levels, results, fate) => {
    const steps = partOf('levels', part);
    expect([...steps.values]).toEqual([3, 1, 2, 3]);
    expect(columnOf(steps, 'normalize')).toEqual([1, 1 / 3, 2 / 3, 1].map(Math.fround));
    expect(rounded(columnOf(steps, 'target'), 2)).toEqual([4, 1.33, 2.67, 4]);
    expect(columnOf(steps, 'level')).toEqual(levels);
    expect(columnOf(steps, 'dequantize')).toEqual(results);
    expect(steps.fate).toEqual(fate);
  });

  test('down, to integers', () => {
    const steps = partOf('levels', 'integers');
    expect([...steps.values]).toEqual([3, 0, 1.5, 3]);
    expect(columnOf(steps, 'dequantize')).toEqual([3, 0, 2, 3]);
  });

  test('the second value went from 1 to 0: that is the error', () => {
    expect(columnOf(partOf('levels', 'down'), 'error')).toEqual([0, 1, 0.5, 0]);
  });
});

describe('one rule for all, or one for each vector', () => {
  test.each([
    ['away', [8, 3, 5, 8], [0, 1, 1, 0]],
    ['even', [8, 2, 5, 8], [0, 0, 0, 0]],
  ])('a divisor of 4 for both, half to %s', (part, a, b) => {
    const steps = partOf('vectors', part);
    expect([...steps.values]).toEqual([30, 10, 20, 30, 0, 2, 2, 0]);
    expect(steps.cols).toBe(4);
    expect(steps.segments).toMatchObject([{ scale: 4, zeroPoint: 0 }]);
    expect(columnOf(steps, 'divide')).toEqual([7.5, 2.5, 5, 7.5, 0, 0.5, 0.5, 0]);
    expect(columnOf(steps, 'round')).toEqual([...a, ...b]);
  });

  test('with a divisor for each B is exact', () => {
    expect(partOf('vectors', 'own-a').segments[0]!.scale).toBe(4);
    const b = partOf('vectors', 'own-b');
    expect(b.segments[0]!.scale).toBe(1);
    expect(columnOf(b, 'error')).toEqual([0, 0, 0, 0]);
  });
});

describe('affine 8-bit integers', () => {
  test('symmetric int8', () => {
    const steps = partOf('symmetric', 'symmetric');
    expect([...steps.values]).toEqual([-2.5, -1, 0, 1, 3.5]);
    expect(steps.segments).toMatchObject([{ scale: Math.fround(0.0275590551), zeroPoint: 0 }]);
    expect(columnOf(steps, 'saturate')).toEqual([-91, -36, 0, 36, 127]);
  });

  test.each([
    ['away', [-43, 43], [0, 63, 106, 149, 255]],
    ['even', [-42, 42], [0, 64, 106, 148, 255]],
  ])('asymmetric uint8, half to %s', (part, [minusOne, one], codes) => {
    const steps = partOf('asymmetric', part);
    expect(steps.segments).toMatchObject([{ scale: Math.fround(0.0235294118), zeroPoint: 106 }]);
    const quotients = columnOf(steps, 'divide')!;
    expect(quotients).toMatchObject([-106.25, -42.5, 0, 42.5, 148.75]);
    const whole = columnOf(steps, 'round')!;
    expect([whole[1], whole[3]]).toEqual([minusOne, one]);
    expect(columnOf(steps, 'add-zero')).toEqual(codes);
    expect(columnOf(steps, 'saturate')).toEqual(codes);
  });
});

test('the ruler: a free range puts the zero point at -109 and wastes no code', () => {
  const { rulers, parts } = exampleOf('ruler');
  expect(rulers!.range).toEqual({ lo: 3, hi: 10 });
  const [symmetric, asymmetric, free] = rulers!.rulers;
  expect(symmetric!.marks[0]).toBe(-10);
  expect(symmetric!.codes[symmetric!.first]).toBe(38);
  expect(asymmetric).toMatchObject({ zeroPoint: 0, first: 76, last: 255 });
  expect(free).toMatchObject({ zeroPoint: -109, first: 0, last: 255 });
  expect(free!.scale).toBe(Math.fround(7 / 255));
  expect(parts.map(p => p.steps.segments[0]!.zeroPoint)).toEqual([0, 0, -109]);
});

describe('calibration', () => {
  test('one outlier takes the whole range under min-max', () => {
    const steps = partOf('calibration', 'minmax');
    expect(steps.segments[0]!.range).toEqual({ lo: -5, hi: 5 });
    expect(columnOf(steps, 'saturate')).toEqual([3, 4, 5, 127]);
  });

  test('percentiles 1 and 99 as numpy interpolates them', () => {
    const steps = partOf('calibration', 'percentile');
    // numpy.percentile([0.1, 0.15, 0.2, 5.0], 99)
    expect(steps.segments[0]!.range!.hi).toBeCloseTo(4.856, 9);
    expect(steps.fate).toEqual([null, null, null, 'clipped']);
    expect(steps.figures.clippedFraction).toBe(0.25);
    expect(columnOf(steps, 'range')).toEqual([0, 0, 0, 1]);
  });

  test('clip(x, -0.2, 0.3), then quantized', () => {
    const steps = partOf('calibration', 'range');
    const results = columnOf(steps, 'dequantize')!;
    const scale = steps.segments[0]!.scale!;
    expect(scale).toBe(Math.fround(0.5 / 255));
    steps.values.forEach((x, i) => {
      const clipped = Math.min(Math.max(x, -0.2), 0.3);
      expect(Math.abs(results[i]! - clipped)).toBeLessThan(0.500001 * scale);
    });
    expect(steps.figures.clippedFraction).toBe(0.3);
    expect(columnOf(steps, 'range')).toEqual([-1, -1, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test.each(['entropy-ort', 'entropy-nv'])('%s keeps a threshold of the least divergence', part => {
    const { curve, segments } = partOf('calibration', part);
    expect(curve!.losses.length).toBeGreaterThan(900);
    expect(curve!.losses.length).toBeLessThanOrEqual(2000);
    expect(curve!.losses[curve!.chosen]).toBe(Math.min(...curve!.losses));
    expect(curve!.thresholds[curve!.chosen]).toBe(segments[0]!.range!.hi);
  });
});

describe('outliers apart', () => {
  test('error before and after, how many are kept, and what it costs', () => {
    const before = partOf('outliers', 'before');
    const after = partOf('outliers', 'after');
    expect(after.figures).toMatchObject({ kept: 1, bitsPerWeight: 28 });
    expect(before.figures).toMatchObject({ kept: 0, bitsPerWeight: 16 });
    expect(before.figures.maxAbsError!).toBeGreaterThan(0.018);
    expect(after.figures.maxAbsError!).toBeLessThan(0.0008);
    expect(columnOf(after, 'keep')).toEqual([null, null, null, 5]);
    expect(columnOf(after, 'divide')![3]).toBeNull();
    expect(after.segments[0]!.scale).toBe(Math.fround(Math.fround(0.2) / 127));
  });

  test('LLM.int8() takes out columns, and quantizes the rest vector-wise', () => {
    const steps = partOf('outliers', 'columns');
    expect(columnOf(steps, 'keep')).toEqual([null, 6, null, null, -0.5, null]);
    expect(steps.segments.map(s => s.scale)).toEqual([0.5, 1].map(x => Math.fround(x / 127)));
    expect(columnOf(steps, 'scale')![0]).toBe(Math.fround(0.5 / 127));
  });
});

test('sensitivity: the same rule serves one layer exactly, and loses the other', () => {
  const [even, uneven] = exampleOf('sensitivity').parts.map(p => p.steps);
  expect(even!.scheme).toBe(uneven!.scheme);
  expect(even!.figures.bitsPerWeight).toBe(uneven!.figures.bitsPerWeight);
  expect(even!.figures.maxAbsError).toBe(0);
  expect(uneven!.figures.sqnrDb!).toBeLessThan(30);
});
