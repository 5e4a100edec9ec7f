import { expect, test } from 'vitest';
import { whyEmpty, withoutCodes } from '../../../../webview/values/reasons';

test.each([
  [{ dtype: 'F32', shape: [2, 3] }, 'int8', null],
  [{ dtype: 'BF16', shape: [2, 3] }, null, 'There is no scheme'],
  [{ dtype: 'I64', shape: [2] }, 'int8', /floating-point tensors; this one is of I64/],
  [{ dtype: 'F32', shape: [0, 3] }, 'int8', /floating-point/],
  [{ dtype: 'C64', shape: [2] }, 'int8', /floating-point/],
])('why there are no codes: %o under %o', (tensor, scheme, reason) => {
  const text = withoutCodes(tensor, scheme);
  if (reason instanceof RegExp) expect(text).toMatch(reason);
  else expect(text).toBe(reason);
});

const open = { selected: 4, doc: { summary: { tensors: 9 } } } as unknown as Parameters<
  typeof whyEmpty
>[0];

test('why there is no grid', () => {
  const some = { dtype: 'F32', shape: [2, 3], elements: 6 };
  expect(whyEmpty(open, some)).toBeNull();
  expect(whyEmpty(open, null)).toBe('Loading …');
  expect(whyEmpty({ ...open, selected: null }, some)).toMatch(/^Select a tensor/);
  expect(whyEmpty({ selected: null, doc: null }, null)).toBe('');
  expect(whyEmpty(open, { ...some, shape: [0, 3], elements: 0 })).toMatch(/shape is \[0, 3\]/);
  expect(whyEmpty(open, { ...some, dtype: 'C64' })).toMatch(/^Complex numbers \(C64\)/);
  expect(whyEmpty(open, { ...some, dtype: 'unknown (F8_E5M3)' })).toMatch(/cannot be read/);
});
