import { describe, expect, test } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../src/base/float16';
import type { QuantParams } from '../../../src/quant/arithmetic';
import type { IntegerGrid } from '../../../src/quant/grids/integer';
import { integerCodec } from '../../../src/quant/grids/integerCodec';
import { runtimes } from '../../../src/quant/runtimes/all';
import {
  cols,
  expected,
  golden,
  rangeOf,
  reference,
  room,
  row,
  rows,
  safetensors,
} from './reference';

/** A grid from words such as `int8 sym`; `range=` is the runtime's own unless given. */
function gridOf(runtime: string, text: string): IntegerGrid {
  const [, kind, bits] = /^(u?int)(\d)/.exec(text)!;
  const written = /range=(\w+)/.exec(text)?.[1];
  const grid = { bits: Number(bits), signed: kind === 'int' };
  return {
    ...grid,
    symmetric: !text.includes('asym'),
    range: (written as IntegerGrid['range'] | undefined) ?? named(runtime).defaultRange(grid),
    zero: text.includes('zero=free') ? 'free' : 'in',
  };
}

function named(name: string) {
  return runtimes.find(r => r.name === name)!;
}

function params(name: string, text: string, range: { lo: number; hi: number }): QuantParams {
  return named(name).paramRule(gridOf(name, text))(range);
}

function codecOf(name: string, text: string) {
  const runtime = named(name);
  const grid = gridOf(name, text);
  return integerCodec({
    ...runtime.codeRange(grid),
    rounding: { kind: runtime.rounding },
    division: runtime.division(grid),
    zeroPoint: runtime.zeroPoint,
  });
}

function quantize(name: string, text: string, values: Float32Array, given?: QuantParams) {
  const out = room(values.length);
  const stretch = { values, from: 0, to: values.length, index: 0, stride: 1 };
  const used = given ?? params(name, text, rangeOf(values));
  codecOf(name, text).quantize(stretch, used, out);
  return { ...out, params: used };
}

const relative = (actual: number, wanted: number) => Math.abs(actual / wanted - 1);
const whole = rangeOf(reference);

describe('torch', () => {
  test.each([
    ['torch.MinMaxObserver.quint8_affine', 'uint8 asym'],
    ['torch.MinMaxObserver.qint8_affine', 'int8 asym'],
    ['torch.MinMaxObserver.qint8_sym', 'int8 sym'],
    ['torch.MinMaxObserver.quint8_sym', 'uint8 sym'],
    ['torch.MinMax.reduce_range.quint8_affine', 'uint7 asym'],
    ['torch.MinMax.reduce_range.qint8_affine', 'int7 asym'],
    ['torch.MinMax.reduce_range.qint8_sym', 'int7 sym'],
    ['torch.MinMax.qint8_sym[-127,127]', 'int8 sym range=narrow'],
  ])('%s', (key, text) => {
    const [scale, zeroPoint] = expected[key] as [number, number];
    for (const name of ['torch-eager', 'torch-fake-quant'])
      expect(params(name, text, whole)).toEqual({ scale, zeroPoint });
  });

  test.each([
    ['torch.PerChannel.qint8_sym.rows[0,3,40,50]', 'int8 sym'],
    ['torch.PerChannel.qint8_affine.rows[0,3,40,50]', 'int8 asym'],
  ])('%s', (key, text) => {
    const wanted = expected[key] as [number, number][];
    for (const [i, r] of [0, 3, 40, 50].entries()) {
      const [scale, zeroPoint] = wanted[i]!;
      expect(params('torch-eager', text, rangeOf(row(r)))).toEqual({ scale, zeroPoint });
    }
  });

  test('the reduced range limits the scale only: the largest weight gets code 64', () => {
    const { codes } = quantize('torch-eager', 'int7', Float32Array.of(1.25, -1.25));
    expect([...codes]).toEqual([64, -64]);
    const fake = quantize('torch-fake-quant', 'int7', Float32Array.of(1.25, -1.25));
    expect([...fake.codes]).toEqual([63, -64]);
  });

  test('fewer bits have the middle of their codes, rounded down', () => {
    const range = { lo: -1.5, hi: 0 };
    const scale = Math.fround(0.2);
    expect(params('torch-fake-quant', 'uint4 sym', range)).toEqual({ scale, zeroPoint: 7 });
    expect(params('torch-fake-quant', 'int4 sym', range)).toEqual({ scale, zeroPoint: 0 });
  });
});

describe('order of operations', () => {
  const ties = Float32Array.of(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5);
  const at = (zeroPoint: number) => ({ scale: 1, zeroPoint });
  const values = (key: string) => (expected[key] as number[]).map(v => v + 0);

  test.each([
    ['round.torch.quantize_per_tensor(s=1,zp=0,qint8)', 'torch-eager', 'int8 asym', 0],
    ['round.torch.quantize_per_tensor(s=1,zp=3,qint8)', 'torch-eager', 'int8 asym', 3],
    ['round.ort.QuantizeLinear(s=1,zp=3)', 'onnxruntime', 'uint8 asym', 3],
    ['round.torch.round', 'gptq', 'int8', 0],
    ['round.numpy.round', 'bitsandbytes', 'int8', 0],
  ])('%s: codes', (key, name, text, zero) => {
    // GPTQ's codes have no negative ones.
    const wanted = values(key).map(v => (name === 'gptq' ? Math.max(v, 0) : v));
    expect([...quantize(name, text, ties, at(zero)).codes]).toEqual(wanted);
  });

  test('round.torch.fake_quantize(s=1,zp=3): values', () => {
    const { results } = quantize('torch-fake-quant', 'int8 asym', ties, at(3));
    expect([...results]).toEqual(values('round.torch.fake_quantize(s=1,zp=3)'));
  });

  test('TensorFlow Lite rounds ties away from zero', () => {
    const { codes } = quantize('tflite', 'int8', ties, at(0));
    expect([...codes]).toEqual([-3, -2, -1, 1, 2, 3, 4]);
  });
});

describe('onnxruntime', () => {
  interface Entry {
    readonly scale: number;
    readonly zp: number;
    readonly qmin: number;
    readonly qmax: number;
    readonly mse: number;
    readonly maxerr: number;
  }

  test.each([
    ['int8_sym', 'int8'],
    ['int8_asym', 'int8 asym'],
    ['uint8_asym', 'uint8 asym'],
    ['uint8_sym', 'uint8 sym'],
    ['int8_sym_reduce', 'int7'],
    ['int4_sym', 'int4'],
    ['int4_asym', 'int4 asym'],
    ['uint4_asym', 'uint4 asym'],
  ])('ort.quantize_data.%s', (key, text) => {
    const wanted = expected[`ort.quantize_data.${key}`] as Entry;
    const { codes, params: used } = quantize('onnxruntime', text, reference);
    expect(used).toEqual({ scale: wanted.scale, zeroPoint: wanted.zp });
    expect(Math.min(...codes)).toBe(wanted.qmin);
    expect(Math.max(...codes)).toBe(wanted.qmax);
    // Dequantized in float64, as the golden figures were.
    const errors = Array.from(codes, (q, i) => reference[i]! - (q - used.zeroPoint) * used.scale);
    const mse = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
    expect(relative(mse, wanted.mse)).toBeLessThan(1e-5);
    expect(relative(Math.max(...errors.map(Math.abs)), wanted.maxerr)).toBeLessThan(1e-5);
  });

  test('zeros, and scales below the normal numbers, have scale 1 and zero point 0, unsigned ones too', () => {
    for (const text of ['int8', 'int8 asym', 'uint8 sym', 'uint8 asym']) {
      expect(params('onnxruntime', text, { lo: 0, hi: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
      expect(params('onnxruntime', text, { lo: 0, hi: 1e-37 })).toEqual({ scale: 1, zeroPoint: 0 });
    }
  });

  type Input = readonly [values: readonly number[], range: readonly [number, number] | null];
  type Output = readonly [scale: number, zeroPoint: number, codes: readonly number[]];
  const { inputs, ...made } = golden('ortWeights.json') as { inputs: readonly Input[] } & Record<
    string,
    readonly Output[]
  >;

  test.each(Object.entries(made))(
    '%s: small arrays, and ranges narrower than they are',
    (text, outputs) => {
      for (const [i, [list, told]] of inputs.entries()) {
        const values = Float32Array.from(list);
        const [scale, zeroPoint, codes] = outputs[i]!;
        const range = told === null ? rangeOf(values) : { lo: told[0], hi: told[1] };
        const used = params('onnxruntime', text, range);
        expect(used).toEqual({ scale, zeroPoint });
        expect([...quantize('onnxruntime', text, values, used).codes]).toEqual(codes);
      }
    },
  );
});

describe('gptq', () => {
  interface Entry {
    readonly 'rows[0,3,40,50]': readonly (readonly [number, number])[];
    readonly mse: number;
    readonly 'l2.4': number;
  }

  test.each([
    ['4b.sym', 'int4'],
    ['4b.asym', 'uint4 asym'],
    ['8b.sym', 'uint8 sym'],
    ['8b.asym', 'int8 asym'],
  ])('gptq.find_params.%s.minmax', (key, text) => {
    const wanted = expected[`gptq.find_params.${key}.minmax`] as Entry;
    let squares = 0;
    let powers = 0;
    for (let r = 0; r < rows; r++) {
      const { results, params: used } = quantize('gptq', text, row(r));
      const place = [0, 3, 40, 50].indexOf(r);
      if (place >= 0) {
        const [scale, zeroPoint] = wanted['rows[0,3,40,50]'][place]!;
        expect(used).toEqual({ scale, zeroPoint });
      }
      for (const [i, x] of row(r).entries()) {
        const e = Math.abs(results[i]! - x);
        squares += e * e;
        powers += e ** 2.4;
      }
    }
    expect(relative(squares / (rows * cols), wanted.mse)).toBeLessThan(1e-5);
    expect(relative(powers, wanted['l2.4'])).toBeLessThan(1e-5);
  });

  test('a symmetric row without negative values keeps its range and saturates', () => {
    const { codes, params: used } = quantize('gptq', 'int4', Float32Array.of(0, 1, 7, 15));
    expect(used).toEqual({ scale: 1, zeroPoint: 8 });
    expect([...codes]).toEqual([8, 9, 15, 15]);
  });
});

describe('awq', () => {
  test('the plain range, and a zero point within the codes', () => {
    const all = params('awq', 'uint4 asym', { lo: -1, hi: 2 });
    expect(all).toEqual({ scale: Math.fround(0.2), zeroPoint: 5 });
    // Without negative values: width 15, and the zero point would be -30.
    expect(params('awq', 'uint4 asym', { lo: 30, hi: 45 })).toEqual({ scale: 1, zeroPoint: 0 });
    expect(params('awq', 'uint4 asym', { lo: -45, hi: -30 })).toEqual({ scale: 1, zeroPoint: 15 });
  });

  test('zeros have the smallest scale', () => {
    const smallest = Math.fround(1e-5);
    const asym = { scale: Math.fround(smallest / 15), zeroPoint: 0 };
    expect(params('awq', 'uint4 asym', { lo: 0, hi: 0 })).toEqual(asym);
    const sym = { scale: Math.fround(smallest / 7), zeroPoint: 0 };
    expect(params('awq', 'int4', { lo: 0, hi: 0 })).toEqual(sym);
  });
});

describe('tflite', () => {
  type Row = readonly [values: readonly number[], scale: number, codes: readonly number[]];
  type Ends = readonly [lo: number, hi: number, scale: number, zeroPoint: number];
  const made = golden('tfliteWeights.json') as { rows: readonly Row[]; ranges: readonly Ends[] };

  test('rows of weights that lie next to ties, tiny rows, zeros', () => {
    for (const [list, scale, codes] of made.rows) {
      const found = quantize('tflite', 'int8', Float32Array.from(list));
      expect(found.params).toEqual({ scale, zeroPoint: 0 });
      expect([...found.codes]).toEqual(codes);
    }
  });

  test('asymmetric ranges', () => {
    for (const [lo, hi, scale, zeroPoint] of made.ranges)
      expect(params('tflite', 'int8 asym', { lo, hi })).toEqual({ scale, zeroPoint });
    // At a tie the zero point is rounded away from zero: 0.5 is 1.
    const tie = { lo: -0.5, hi: 254.5 };
    expect(params('tflite', 'uint8 asym', tie)).toEqual({ scale: 1, zeroPoint: 1 });
    expect(params('tflite', 'int8 asym', { lo: 0, hi: 0 })).toEqual({ scale: 1, zeroPoint: -128 });
  });
});

describe('bitsandbytes', () => {
  test('max|x| is code 127, by a factor of its own', () => {
    for (const r of [0, 3, 40]) {
      const absMax = Math.max(...row(r).map(Math.abs));
      const { params: used, codes } = quantize('bitsandbytes', 'int8', row(r));
      expect(used).toEqual({
        scale: Math.fround(absMax / 127),
        zeroPoint: 0,
        inverse: Math.fround(127 * Math.fround(1 / absMax)),
      });
      expect(Math.max(...codes.map(Math.abs))).toBe(127);
    }
    const zeros = quantize('bitsandbytes', 'int8', row(50));
    expect(zeros.params).toEqual({ scale: 1, zeroPoint: 0 });
    expect(zeros.codes.every(q => q === 0)).toBe(true);
  });

  test('the factor is not always the reciprocal of the scale', () => {
    const { scale, inverse } = params('bitsandbytes', 'int8', { lo: -0.3, hi: 0.1 });
    const reciprocal = Math.fround(1 / scale);
    expect(inverse).not.toBe(reciprocal);
    expect(relative(inverse!, reciprocal)).toBeLessThan(2e-7);
  });
});

describe('checkpoints that the libraries wrote', () => {
  const tensors = safetensors('runtimes.safetensors');

  test("AutoAWQ's codes, zero points, and scales once they are float16", () => {
    const wanted = (part: string) => tensors.get(`awq-gemm-4bit-g128.${part}`)!;
    const weights = Float32Array.from(wanted('weight'));
    for (let g = 0; g < wanted('scale').length; g++) {
      const group = weights.subarray(g * 128, (g + 1) * 128);
      const { codes, params: used } = quantize('awq', 'uint4 asym', group);
      expect([...codes]).toEqual([...wanted('codes').subarray(g * 128, (g + 1) * 128)]);
      expect(used.zeroPoint).toBe(wanted('zero_point')[g]);
      expect(fromFloat16(toFloat16(used.scale))).toBe(wanted('scale')[g]);
    }
  });

  test("LLM.int8()'s codes", () => {
    const weights = Float32Array.from(tensors.get('bnb-int8.weight')!);
    const codes = tensors.get('bnb-int8.codes')!;
    for (let from = 0; from < weights.length; from += 128) {
      const made = quantize('bitsandbytes', 'int8', weights.subarray(from, from + 128));
      expect([...made.codes]).toEqual([...codes.subarray(from, from + 128)]);
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['onnxruntime', 'int6', 'onnxruntime has no int6: use int8 or int7 or int4 or int3'],
    [
      'onnxruntime',
      'int8 range=full',
      'onnxruntime has no "range=full" for a symmetric int8: leave it out',
    ],
    [
      'onnxruntime',
      'int8 asym zero=free',
      'onnxruntime always widens the range to hold 0: leave "zero=free" out',
    ],
    ['torch-eager', 'uint4 asym', 'torch-eager has no uint4: use uint8 or uint7'],
    [
      'torch-eager',
      'int7 range=narrow',
      `torch's reduced range has no "range=narrow": leave it out`,
    ],
    [
      'torch-eager',
      'uint8 sym range=narrow',
      `torch's observers need codes that hold 0: use "range=full"`,
    ],
    [
      'torch-fake-quant',
      'uint7 sym',
      'torch puts the zero point of a symmetric uint7 at 128, beyond its codes: use int7',
    ],
    [
      'tflite',
      'uint8 sym',
      'TensorFlow Lite has no symmetric unsigned grid: use int8, or uint8 asym',
    ],
    ['gptq', 'int4 range=narrow', 'GPTQ has no "range=narrow" for a symmetric int4: leave it out'],
    ['awq', 'int4 range=narrow', 'AWQ has no "range=narrow" for a symmetric int4: leave it out'],
    ['bitsandbytes', 'int8 asym', 'LLM.int8() has a symmetric signed grid only: use int8'],
  ])('%s %s', (name, text, reason) => {
    expect(named(name).supports(gridOf(name, text))).toBe(reason);
  });

  test.each([
    ['onnxruntime', 'int8', 'uint8 sym', 'int7', 'uint4 asym', 'int3'],
    ['torch-eager', 'int8', 'int8 range=narrow', 'uint8 sym', 'uint7 sym', 'int7 asym'],
    ['torch-fake-quant', 'int2', 'uint4 sym', 'int4 range=narrow', 'uint3 asym'],
    ['tflite', 'int8', 'uint8 asym', 'int8 asym'],
    ['gptq', 'int4', 'uint4 sym', 'uint3 asym', 'int2 asym'],
    ['awq', 'uint4 asym', 'uint4 asym zero=free', 'int4', 'int4 asym'],
    ['bitsandbytes', 'int8'],
  ])('%s has the others', (name, ...texts) => {
    for (const text of texts) expect(named(name).supports(gridOf(name, text))).toBeNull();
  });
});

test('parameters are defined for every runtime, grid and range', () => {
  const edges = [0, -0, 1e-45, -1e-45, 1e-38, 1, -1, 3.4e38, -3.4e38];
  for (const { name, supports, paramRule, codeRange } of runtimes)
    for (const bits of [2, 3, 4, 5, 6, 7, 8])
      for (const signed of [true, false])
        for (const symmetric of [true, false])
          for (const range of ['narrow', 'full'] as const) {
            const grid: IntegerGrid = { bits, signed, symmetric, range, zero: 'in' };
            if (supports(grid) !== null) continue;
            const { qmin, qmax } = codeRange(grid);
            for (const a of edges)
              for (const b of edges) {
                const { scale, zeroPoint } = paramRule(grid)({
                  lo: Math.min(a, b),
                  hi: Math.max(a, b),
                });
                expect(scale, name).toBeGreaterThan(0);
                expect(Object.is(zeroPoint, -0), name).toBe(false);
                expect(zeroPoint >= qmin && zeroPoint <= qmax, `${name} ${zeroPoint}`).toBe(true);
              }
          }
});
