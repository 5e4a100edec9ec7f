import { expect, test } from 'vitest';
import { escapeControls, formatBytes, formatFigure } from '../../../src/base/format';

test.each([
  [null, '–'],
  [0, '0'],
  [-0.5, '-0.5000'],
  [127, '127'],
  [1234567, '1.235e6'],
  [0.0275590551, '0.02756'],
  [0.00034216, '3.422e-4'],
  [-3.1e-12, '-3.100e-12'],
  [1e21, '1.000e21'],
])('figure %d is %s', (x, text) => expect(formatFigure(x)).toBe(text));

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [1_238_532, '1.24 MB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [14.2e9, '14.2 GB'],
])('%d bytes are %s', (n, text) => expect(formatBytes(n)).toBe(text));

test('control characters, line separators and bidirectional overrides are made visible', () => {
  expect(escapeControls('a\u001b[2J\nb\u2028c\u202ed é 漢')).toBe(
    'a\\u001b[2J\\u000ab\\u2028c\\u202ed é 漢',
  );
});
