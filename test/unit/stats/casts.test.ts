import { describe, expect, test } from 'vitest';
import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../../../src/base/float16';
import { CastCounter } from '../../../src/stats/casts';
import type { Values } from '../../../src/stats/moments';
import type { CastFormat } from '../../../src/stats/profile';
import { random32 } from '../../fixtures/make/random.mjs';

function castTo(format: CastFormat, values: Values) {
  const counter = new CastCounter();
  counter.add(values);
  return counter.result.find(c => c.format === format)!;
}

/** Counts by a conversion that was written for another purpose. */
function countedBy(
  { to, from, mantissaBits }: Conversion,
  values: Float32Array,
): Omit<ReturnType<typeof castTo>, 'format'> {
  const counts = { overflow: 0, underflow: 0, subnormal: 0, changed: 0 };
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    const code = to(x) & 0x7fff;
    const result = from(code);
    if (result === Infinity) counts.overflow++;
    if (code === 0 && x !== 0) counts.underflow++;
    if (code > 0 && code < 2 ** mantissaBits) counts.subnormal++;
    if (result !== Math.abs(x)) counts.changed++;
  }
  return counts;
}

interface Conversion {
  readonly to: (x: number) => number;
  readonly from: (code: number) => number;
  readonly mantissaBits: number;
}

const conversions = {
  fp16: { to: toFloat16, from: fromFloat16, mantissaBits: 10 },
  bf16: { to: toBFloat16, from: fromBFloat16, mantissaBits: 7 },
} as const;

describe.each(['fp16', 'bf16'] as const)('%s', format => {
  const conversion = conversions[format];

  test('its own values stay as they are', () => {
    const own = Float32Array.from({ length: 2 ** 16 }, (_, code) => conversion.from(code));
    expect(castTo(format, own)).toEqual({
      format,
      overflow: 0,
      underflow: 0,
      subnormal: 2 * (2 ** conversion.mantissaBits - 1),
      changed: 0,
    });
  });

  test('random bits agree with the conversion of src/base', () => {
    const random = random32(5);
    const bits = Uint32Array.from({ length: 200_000 }, random);
    // A third has few bits of mantissa, so that ties and exact values occur.
    for (let i = 0; i < bits.length; i += 3) bits[i]! &= 0xfffff000;
    const values = new Float32Array(bits.buffer);
    expect(castTo(format, values)).toEqual({ format, ...countedBy(conversion, values) });
  });
});

test.each([
  ['fp16', 65520, 65519.99],
  ['fp8-e4m3', 464.0001, 464],
  ['fp8-e5m2', 61440, 61439.99],
] as const)('%s overflows from %d on', (format, from, below) => {
  expect(castTo(format, Float64Array.of(from, -from))).toMatchObject({ overflow: 2, changed: 2 });
  expect(castTo(format, Float64Array.of(below, -below))).toMatchObject({ overflow: 0, changed: 2 });
});
