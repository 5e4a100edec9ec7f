import { expect, test } from 'vitest';
import { colsText, groupsText, rowsText } from '../../../webview/places';

test('one is named, several are a range', () => {
  expect(rowsText(5, 6)).toBe('row 5');
  expect(rowsText(1000, 1010)).toBe('rows 1,000 … 1,009');
  expect(colsText(0, 2)).toBe('columns 0 … 1');
  expect(groupsText(2, 3)).toBe('group 2');
});
