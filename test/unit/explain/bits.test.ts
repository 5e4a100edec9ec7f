import { describe, expect, test } from 'vitest';
import { toBFloat16, toFloat16 } from '../../../src/base/float16';
import { type BitFormat, bitFormats, bitsOf, patternOf } from '../../../src/explain/bits';

/** Straight from the tables of the standards: widths, bias, and what the highest exponent is for. */
const formats = {
  fp16: { width: 16, mantissa: 10, bias: 15, top: 'infinity' },
  bf16: { width: 16, mantissa: 7, bias: 127, top: 'infinity' },
  'fp8-e4m3': { width: 8, mantissa: 3, bias: 7, top: 'one NaN' },
  'fp8-e5m2': { width: 8, mantissa: 2, bias: 15, top: 'infinity' },
  'fp4-e2m1': { width: 4, mantissa: 1, bias: 1, top: 'numbers' },
} as const;
const names = Object.keys(formats) as (keyof typeof formats)[];

/** An independent decoding, by integer arithmetic. */
function decode(name: keyof typeof formats, code: number): number {
  const { width, mantissa, bias, top } = formats[name];
  const negative = code >= 2 ** (width - 1);
  const magnitude = negative ? code - 2 ** (width - 1) : code;
  const fraction = magnitude % 2 ** mantissa;
  const exponent = (magnitude - fraction) / 2 ** mantissa;
  const highest = 2 ** (width - 1 - mantissa) - 1;
  let value: number;
  if (exponent === 0) value = fraction * 2 ** (1 - bias - mantissa);
  else value = (2 ** mantissa + fraction) * 2 ** (exponent - bias - mantissa);
  if (exponent === highest && top === 'infinity') value = fraction ? Number.NaN : Infinity;
  if (exponent === highest && top === 'one NaN' && fraction === 2 ** mantissa - 1)
    value = Number.NaN;
  return negative ? -value : value;
}

const castOf = (name: BitFormat, x: number) => bitsOf(x).find(b => b.format === name)!;
const codeOf = (name: BitFormat, x: number) => {
  const { sign, exponent, mantissa } = castOf(name, x).pattern!;
  return Number.parseInt(sign + exponent + mantissa, 2);
};

describe.each(names)('%s', name => {
  const { width } = formats[name];
  const all = Array.from({ length: 2 ** width }, (_, code) => code);

  test('every pattern means what its fields say', () => {
    for (const code of all) {
      const { value, kind, power, significand } = patternOf(name, code);
      const wanted = decode(name, code);
      if (!Object.is(value, wanted)) expect([code, value]).toEqual([code, wanted]);
      if (kind === 'normal' || kind === 'subnormal')
        if (Math.abs(value) !== significand * 2 ** power) expect.unreachable(`${code}`);
    }
  });

  test('every value becomes its own pattern, exactly', () => {
    for (const code of all) {
      const value = decode(name, code);
      if (Number.isNaN(value)) continue;
      const { outcome, error } = castOf(name, value);
      const found = [codeOf(name, value), outcome, error];
      if (found.join() !== [code, 'exact', 0].join()) expect(found).toEqual([code, 'exact', 0]);
    }
  });

  test('what lies between two values goes to the nearest, a tie to the even pattern', () => {
    const half = all.slice(0, all.length / 2);
    for (const code of half) {
      const [low, high] = [decode(name, code), decode(name, code + 1)];
      if (!Number.isFinite(low) || !Number.isFinite(high) || code + 1 === half.length) continue;
      const middle = low + (high - low) / 2;
      const even = code % 2 === 0 ? code : code + 1;
      const wanted = [even, code, code + 1];
      const tiny = (high - low) * 2 ** -20;
      const found = [middle, middle - tiny, middle + tiny].map(x => codeOf(name, x));
      if (found.join() !== wanted.join()) expect([code, ...found]).toEqual([code, ...wanted]);
    }
  });
});

test('float16 and bfloat16 are those of the casts that schemes use', () => {
  let seed = 12345;
  for (let i = 0; i < 20_000; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const x = new Float32Array(Uint32Array.of(seed).buffer)[0]!;
    if (Number.isNaN(x)) continue;
    const found = [codeOf('fp16', x), codeOf('bf16', x)];
    const wanted = [toFloat16(x), toBFloat16(x)];
    if (found.join() !== wanted.join()) expect([x, ...found]).toEqual([x, ...wanted]);
  }
});

test('float32 is that of the machine, its subnormal numbers too', () => {
  for (const x of [0.1, -1 / 3, 1e-40, 2 ** -149, 2 ** -150, 1.5 * 2 ** -149, 3.4e38, 16_777_217]) {
    const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!;
    expect([x, codeOf('fp32', x)]).toEqual([x, bits]);
    expect(castOf('fp32', x).pattern?.value).toBe(Math.fround(x));
  }
});

/** From the worked examples: number formats. */
describe('known values', () => {
  test('10 000 x 10 000 overflows float16, and bfloat16 keeps two or three digits', () => {
    const fp16 = castOf('fp16', 1e8);
    expect([fp16.outcome, fp16.pattern!.value]).toEqual(['overflow', Infinity]);
    const bf16 = castOf('bf16', 1e8);
    expect([bf16.outcome, bf16.pattern!.value, bf16.error]).toEqual([
      'rounded',
      100_139_008,
      -139_008,
    ]);
  });

  test('a gradient of 1e-8 underflows float16', () => {
    expect(castOf('fp16', 1e-8)).toMatchObject({ outcome: 'underflow', error: 1e-8 });
    expect(castOf('fp16', 2 ** -24)).toMatchObject({
      outcome: 'exact',
      pattern: { kind: 'subnormal' },
    });
    expect(castOf('fp32', 1e-8).pattern?.kind).toBe('normal');
  });

  test.each([
    ['fp32', 3.4028234663852886e38, 'overflow'],
    ['fp16', 65504, 'overflow'],
    ['bf16', 3.3895313892515355e38, 'overflow'],
    ['fp8-e4m3', 448, 'saturated'],
    ['fp8-e5m2', 57344, 'overflow'],
    ['fp4-e2m1', 6, 'saturated'],
  ] as const)('%s ends at %d', (format, largest, beyond) => {
    expect(castOf(format, largest).outcome).toBe('exact');
    expect(castOf(format, largest * 1.5).outcome).toBe(beyond);
    expect(castOf(format, -Infinity).outcome).toBe(beyond === 'saturated' ? 'saturated' : 'exact');
  });

  test('0.203125 is 2^-3 times 1.625', () => {
    expect(castOf('fp8-e4m3', 0.203125)).toMatchObject({
      outcome: 'exact',
      pattern: { sign: '0', exponent: '0100', mantissa: '101', power: -3, significand: 1.625 },
    });
  });

  test('NaN has a pattern where the format has one', () => {
    const found = bitsOf(Number.NaN).map(b => [b.format, b.outcome, b.pattern?.kind]);
    expect(found).toEqual(
      bitFormats.map(f => (f === 'fp4-e2m1' ? [f, 'no-nan', undefined] : [f, 'exact', 'nan'])),
    );
  });

  test('zero keeps its sign', () => {
    for (const { pattern, outcome } of bitsOf(-0))
      expect([pattern?.sign, pattern?.kind, outcome]).toEqual(['1', 'zero', 'exact']);
  });

  test('float64 numbers below every format are lost in all of them', () => {
    for (const x of [5e-324, 2 ** -1023, -1e-310])
      expect(bitsOf(x).map(b => b.outcome)).toEqual(new Array(6).fill('underflow'));
  });
});
