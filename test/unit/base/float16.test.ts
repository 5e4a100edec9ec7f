import { expect, test } from 'vitest';
import { fromBFloat16, fromFloat16, toBFloat16, toFloat16 } from '../../../src/base/float16';
import { smallFloats, smallFloatTable } from '../../../src/base/smallFloat';

test('every float16 code has the value of its formula, and comes back', () => {
  const table = smallFloatTable(smallFloats.binary16);
  const isNaNCode = (code: number) => (code & 0x7fff) > 0x7c00;
  for (let code = 0; code < 65536; code++) {
    expect(Object.is(fromFloat16(code), table[code]), `code ${code}`).toBe(true);
    if (!isNaNCode(code)) expect(toFloat16(table[code]!), `code ${code}`).toBe(code);
  }
});

test.each([
  ['half way goes to the even code', 1 + 2 ** -11, 0x3c00],
  ['half way goes up to the even code', 1 + 3 * 2 ** -11, 0x3c02],
  ['just above half way goes up', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
  ['half of the smallest subnormal is 0', 2 ** -25, 0],
  ['more than half of it is it', 2 ** -25 * 1.5, 1],
  ['the largest subnormal rounds up to the smallest normal', 1023.75 * 2 ** -24, 0x400],
  ['below 65520 is 65504', 65519.99, 0x7bff],
  ['65520 is infinite', 65520, 0x7c00],
  ['-0 keeps its sign', -0, 0x8000],
  ['a NaN is one', Number.NaN, 0x7e00],
])('float16: %s', (_, x, code) => {
  expect(toFloat16(x)).toBe(code);
});

test('bfloat16 is the upper half of the float32, rounded half to even', () => {
  for (let code = 0; code < 65536; code++) {
    if ((code & 0x7fff) <= 0x7f80) expect(toBFloat16(fromBFloat16(code))).toBe(code);
  }
  expect(toBFloat16(1 + 2 ** -8)).toBe(0x3f80);
  expect(toBFloat16(1 + 3 * 2 ** -8)).toBe(0x3f82);
  expect(Number.isNaN(fromBFloat16(toBFloat16(Number.NaN)))).toBe(true);
});
