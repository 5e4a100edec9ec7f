import { describe, expect, test } from 'vitest';
import {
  type HqqParams,
  type HqqValues,
  hqqErrors,
  hqqIterations,
  hqqParams,
  hqqStop,
} from '../../../../src/quant/calibration/hqq';
import { integerCodec } from '../../../../src/quant/grids/integerCodec';
import { expected, golden, reference, room, safetensors } from '../reference';

interface Entry {
  readonly mse: number;
  readonly mae: number;
  readonly scale0: number;
  readonly zero0: number;
}

/** Groups of 64: neighbours, or the columns of a matrix of 64 rows. */
function groupsOf(matrix: Float32Array, axis: number): HqqValues[] {
  if (axis === 1)
    return Array.from({ length: matrix.length / 64 }, (_, g) => ({
      values: matrix,
      from: g * 64,
      to: (g + 1) * 64,
    }));
  const count = matrix.length / 64;
  return Array.from({ length: count }, (_, c) => ({
    values: Float32Array.from({ length: 64 }, (_, r) => matrix[r * count + c]!),
    from: 0,
    to: 64,
  }));
}

/** How many iterations the library makes over these groups. */
function iterationsOf(
  groups: readonly HqqValues[],
  options: { bits: number; roundZero?: boolean },
): number {
  const sums = new Float64Array(hqqIterations);
  let count = 0;
  for (const group of groups) {
    const errors = hqqErrors(group, { ...options, iterations: hqqIterations });
    for (const [i, sum] of errors.sums.entries()) sums[i]! += sum;
    count += errors.count;
  }
  return hqqStop(sums, count);
}

/** Codes and x^ of a group: real zero point, added before rounding. */
function quantized({ values, from, to }: HqqValues, params: HqqParams, bits: number) {
  const codec = integerCodec({
    qmin: 0,
    qmax: 2 ** bits - 1,
    rounding: { kind: 'even' },
    division: 'reciprocal',
    zeroPoint: 'before',
  });
  const out = room(values.length);
  codec.quantize({ values, from, to, index: 0, stride: 1 }, params, out);
  return out;
}

function check(
  matrix: Float32Array,
  wanted: Entry,
  options: { bits: number; axis: number; optimised: boolean },
) {
  const { bits, axis, optimised } = options;
  const groups = groupsOf(matrix, axis);
  const iterations = optimised ? iterationsOf(groups, { bits }) : 0;
  let squares = 0;
  let magnitudes = 0;
  for (const [g, group] of groups.entries()) {
    const params = hqqParams(group, { bits, iterations });
    if (g === 0) {
      expect(relative(params.scale, wanted.scale0)).toBeLessThan(1e-6);
      expect(relative(params.zeroPoint, wanted.zero0)).toBeLessThan(1e-6);
    }
    const { results } = quantized(group, params, bits);
    for (let i = group.from; i < group.to; i++) {
      const e = group.values[i]! - results[i]!;
      squares += e * e;
      magnitudes += Math.abs(e);
    }
  }
  expect(relative(squares / matrix.length, wanted.mse)).toBeLessThan(1e-5);
  expect(relative(magnitudes / matrix.length, wanted.mae)).toBeLessThan(1e-5);
}

const relative = (actual: number, wanted: number) => Math.abs(actual / wanted - 1);
const cases = [2, 3, 4, 8].flatMap(bits => [0, 1].map(axis => [bits, axis] as const));

describe('the library', () => {
  test.each(cases)('hqq.%ib.g64.axis%i', (bits, axis) => {
    const key = `hqq.${bits}b.g64.axis${axis}`;
    check(reference, expected[`${key}.rtn`] as Entry, { bits, axis, optimised: false });
    check(reference, expected[`${key}.opt`] as Entry, { bits, axis, optimised: true });
  });

  test.each(cases)('hqq.%ib.g64.axis%i.opt.x16, where errors are shrunk', (bits, axis) => {
    const wanted = golden('reference-x16.hqq.json')[
      `hqq.${bits}b.g64.axis${axis}.opt.x16`
    ] as Entry;
    check(
      reference.map(x => x * 16),
      wanted,
      { bits, axis, optimised: true },
    );
  });
});

describe('checkpoints that the library wrote', () => {
  const tensors = safetensors('runtimes.safetensors');

  test.each([
    ['hqq-4bit-g64-axis1', { bits: 4, axis: 1, roundZero: true }],
    ['hqq-3bit-g64-axis0', { bits: 3, axis: 0, roundZero: false }],
  ])('%s: all codes and scales, zero points to the last bits', (folder, { axis, ...options }) => {
    const wanted = (part: string) => tensors.get(`${folder}.${part}`)!;
    const groups = groupsOf(Float32Array.from(wanted('weight')), axis);
    // Groups of codes are taken apart just as those of weights.
    const codes = groupsOf(Float32Array.from(wanted('codes')), axis);
    const iterations = iterationsOf(groups, options);
    for (const [g, group] of groups.entries()) {
      const params = hqqParams(group, { ...options, iterations });
      expect(params.scale).toBe(wanted('scale')[g]);
      expect(Math.abs(params.zeroPoint - wanted('zero_point')[g]!)).toBeLessThan(2e-6);
      const made = quantized(group, params, options.bits).codes.subarray(group.from, group.to);
      expect([...made]).toEqual([...codes[g]!.values.subarray(codes[g]!.from, codes[g]!.to)]);
    }
  });
});

describe('one group', () => {
  const all = (values: Float32Array | Float64Array): HqqValues => ({
    values,
    from: 0,
    to: values.length,
  });

  test('a narrow range has scale 1', () => {
    const { scale, zeroPoint } = hqqParams(all(Float32Array.of(0.5, 0.50005)), {
      bits: 4,
      iterations: 0,
    });
    expect({ scale, zeroPoint }).toEqual({ scale: 1, zeroPoint: -0.5 });
  });

  test('the inverse is at most 20000', () => {
    const { inverse } = hqqParams(all(Float32Array.of(0, 0.001)), { bits: 8, iterations: 0 });
    expect(inverse).toBe(20000);
  });

  test('zeros stay zeros', () => {
    const { scale, zeroPoint } = hqqParams(all(new Float32Array(64)), { bits: 4, iterations: 20 });
    expect({ scale, zeroPoint }).toEqual({ scale: 1, zeroPoint: 0 });
  });

  test('NaN and infinities are passed over', () => {
    const clean = all(reference.subarray(0, 64));
    const dirty = all(Float64Array.of(NaN, ...reference.subarray(0, 64), Infinity, -Infinity));
    const options = { bits: 3, iterations: 5 };
    expect(hqqParams(dirty, options)).toEqual(hqqParams(clean, options));
    expect(hqqErrors(dirty, options)).toEqual(hqqErrors(clean, options));
  });

  test('without a finite value all is defined', () => {
    const none = all(Float32Array.of(NaN, Infinity));
    const options = { bits: 4, iterations: 3 };
    expect(hqqParams(none, options)).toEqual({
      scale: 1,
      zeroPoint: 0,
      inverse: 1,
      range: { lo: 0, hi: 15 },
    });
    expect(hqqErrors(none, options)).toEqual({ sums: new Float64Array(3), count: 0 });
  });

  test('the range is what the first and the last code stand for', () => {
    const { scale, zeroPoint, range } = hqqParams(all(Float32Array.of(-1, 2)), {
      bits: 2,
      iterations: 0,
    });
    expect({ scale, zeroPoint, range }).toEqual({
      scale: 1,
      zeroPoint: 1,
      range: { lo: -1, hi: 2 },
    });
  });
});

describe('when to stop', () => {
  test.each([
    [[4, 3, 2, 2, 1], 4],
    [[4, 3, 5, 1], 3],
    [[4, 4], 2],
    [[4, 3, 2], 3],
    [[NaN, 1], 1],
  ])('%j: %i iterations', (sums, iterations) => {
    expect(hqqStop(sums, 10)).toBe(iterations);
  });

  test('means are compared as float32', () => {
    expect(hqqStop([1, 1 - 2 ** -30, 0.5], 1)).toBe(2);
  });
});
