import { expect, test } from 'vitest';
import { escapeControls, formatDecibel, formatFigure } from '../../../src/base/format';

// What the page shows is tested in unit/webview/format.test.ts; here is what is different for text that is pasted.
test.each([
  [-0.5, '-0.5000'],
  [-3.1e-12, '-3.100e-12'],
  [Number.NEGATIVE_INFINITY, '-∞'],
])('figure %d is %s, with a plain minus', (x, text) => expect(formatFigure(x)).toBe(text));

test('decibels with a plain minus', () => expect(formatDecibel(-1.25)).toBe('-1.3'));

test('control characters, line separators and bidirectional overrides are made visible', () => {
  expect(escapeControls('a\u001b[2J\nb\u2028c\u202ed é 漢')).toBe(
    'a\\u001b[2J\\u000ab\\u2028c\\u202ed é 漢',
  );
});
