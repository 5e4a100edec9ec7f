import { describe, expect, test } from 'vitest';
import { parseValues } from '../../../../webview/steps/parse';

test.each([
  ['3, 1, 2, 3', [3, 1, 2, 3]],
  ['3 1 2 3', [3, 1, 2, 3]],
  ['[-2.5, -1., 0, +1, 3.5]', [-2.5, -1, 0, 1, 3.5]],
  ['[[1 2]\n [3 4]]', [1, 2, 3, 4]],
  ['−2.5;1e-3,.5', [-2.5, 1e-3, 0.5]],
  ['1E+3', [1000]],
])('%s', (text, values) => {
  expect(parseValues(text)).toEqual({ isGood: true, values });
});

describe('what is wrong is said', () => {
  test.each([
    ['', /^Type up to 16 numbers/],
    [' , ', /^Type up to 16 numbers/],
    ['1 2 x3', /“x3” is not a number/],
    ['1 NaN', /“NaN” is not a number/],
    ['Infinity', /“Infinity” is not a number/],
    ['0x10', /“0x10” is not a number/],
    ['1.2.3', /“1.2.3” is not a number/],
    ['1e39', /“1e39” is too large for FP32/],
    [Array(17).fill('1').join(' '), /17 numbers are too many: at most 16/],
    ['a'.repeat(1000), /“a{20}…” is not a number/],
  ])('%s', (text, message) => {
    const typed = parseValues(text);
    expect(typed.isGood ? '' : typed.message).toMatch(message);
  });
});
