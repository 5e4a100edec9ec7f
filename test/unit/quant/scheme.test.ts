import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { parseScheme, printScheme } from '../../../src/quant/scheme';

const messageOf = (text: string) => {
  try {
    parseScheme(text);
  } catch (e) {
    if (WeightError.is(e, 'unsupported')) return e.message;
    throw e;
  }
  throw new Error(`${text} was accepted`);
};

describe('scheme text', () => {
  test('defaults: int is symmetric, uint is not, a channel each', () => {
    expect(parseScheme('int8')).toEqual({
      bits: 8,
      signed: true,
      symmetric: true,
      granularity: { kind: 'channel' },
      range: 'narrow',
      zero: 'in',
    });
    expect(parseScheme('uint4').symmetric).toBe(false);
  });

  test.each([
    ['int8 sym channel', 'int8'],
    ['INT8   channel\tsym', 'int8'],
    ['int8 asym tensor', 'int8 asym tensor'],
    ['int8 tensor asym', 'int8 asym tensor'],
    ['uint4 asym group=128 calib=minmax round=even', 'uint4 group=128'],
    ['uint8 sym', 'uint8 sym'],
    ['int2 range=full', 'int2 range=full'],
    ['int8 asym zero=free scale=f32', 'int8 asym zero=free'],
  ])('%s prints as %s, which reads back the same', (text, shortest) => {
    const scheme = parseScheme(text);
    expect(printScheme(scheme)).toBe(shortest);
    expect(parseScheme(shortest)).toEqual(scheme);
  });

  test.each([
    ['', /empty/],
    ['int9', /unknown grid "int9"; did you mean "int8"\?/],
    ['int8 symm', /unknown word "symm"; did you mean "sym"\?/],
    ['int8 chanel', /did you mean "channel"\?/],
    ['int8 sym asym', /"asym" contradicts or repeats "sym"/],
    ['int8 group=0', /"group=0" needs a whole number/],
    ['int8 group=1.5', /needs a whole number/],
    ['int8 zero=free', /"zero=free" needs "asym"/],
    ['int8 asym range=full', /"range=full" needs "sym"/],
  ])('%j is refused', (text, message) => {
    expect(messageOf(text)).toMatch(message);
  });
});
