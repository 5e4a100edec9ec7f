import { describe, expect, test } from 'vitest';
import type { ValuesPage } from '../../../../src/protocol/values';
import { readNumber } from '../../../../webview/values/bitsView';
import { cellText, kindOf } from '../../../../webview/values/cellText';
import { type CopyForm, copyText } from '../../../../webview/values/copyText';
import { cellTarget } from '../../../../webview/values/gridKeys';
import { readJump } from '../../../../webview/values/jump';
import { fitAxes, sliceOf } from '../../../../webview/values/slice';
import type { ValueMode } from '../../../../webview/values/state';
import { contrast, readable } from '../../../../webview/values/tint';

describe('cells', () => {
  const page: ValuesPage = {
    values: Float64Array.of(0.123456, -2, Number.NaN, -0, 9, 100),
    exact: null,
    quantized: {
      codes: Int32Array.of(12, -7, 0, 0, 127, 3),
      results: Float32Array.of(0.125, -2, 0, 0, 8, 100),
      marks: Uint8Array.of(0, 0, 0, 0, 1, 2),
    },
    misfit: null,
  };
  const texts = (mode: ValueMode) =>
    Array.from(page.values, (_, slot) => {
      const { sign, text } = cellText({ page, slot }, mode, 'float')!;
      return sign + text;
    });

  test('show values, codes, what they stand for and the error, with signs', () => {
    expect(texts('original')).toEqual(['0.1235', '−2', 'NaN', '−0', '9', '100']);
    expect(texts('code')).toEqual(['12', '−7', '0', '0', '▲127', '◆3']);
    expect(texts('dequantized')).toEqual(['0.1250', '−2', '0', '0', '▲8', '◆100']);
    expect(texts('error')).toEqual(['−0.001544', '0', 'NaN', '0', '▲1', '◆0']);
  });

  test('have all digits at hand', () => {
    expect(cellText({ page, slot: 0 }, 'original', 'float')?.exact).toBe('0.123456');
    const words = { ...page, exact: ['9007199254740993'], values: Float64Array.of(2 ** 53) };
    expect(cellText({ page: words, slot: 0 }, 'original', 'integer')?.text).toBe(
      '9007199254740993',
    );
  });

  test.each([
    ['BOOL', 'bool'],
    ['I64', 'integer'],
    ['U8', 'integer'],
    ['F16', 'float'],
    ['IQ4_NL', 'float'],
    ['Q4_K', 'float'],
  ])('of %s are %s', (dtype, kind) => expect(kindOf(dtype)).toBe(kind));
});

describe('an index', () => {
  const shape = [3, 4, 5];
  const axes = fitAxes(shape, { rowAxis: 1, colAxis: 2, fixed: [0, 0, 0] });
  const shown = { shape, axes, slice: sliceOf(shape, axes) };

  test.each([
    ['2, 3, 4', { axes: { ...axes, fixed: [2, 0, 0] }, place: { row: 3, col: 4 } }],
    ['[2,3,4]', { axes: { ...axes, fixed: [2, 0, 0] }, place: { row: 3, col: 4 } }],
    ['3 4', { axes, place: { row: 3, col: 4 } }],
    ['#59', { axes: { ...axes, fixed: [2, 0, 0] }, place: { row: 3, col: 4 } }],
  ])('%s leads somewhere', (text, target) => expect(readJump(text, shown)).toEqual(target));

  test.each(['', 'x', '1', '1,2,3,4', '3, 0, 0', '4, 0', '0, 5', '#60', '#', '1,,2', '-1, 2'])(
    '"%s" does not, and says why',
    text => expect(readJump(text, shown)).toEqual({ problem: expect.stringMatching(/./) }),
  );
});

describe('copying', () => {
  const slice = sliceOf([2, 100], { rowAxis: 0, colAxis: 'rest', fixed: [] });
  const pageWith = async ({ col }: { col: number }): Promise<ValuesPage> => {
    const first = col - (col % 64);
    const cols = Math.min(64, 100 - first);
    const values = Float64Array.from({ length: 2 * cols }, (_, i) =>
      i === 0 ? Number.NaN : 100 * Math.floor(i / cols) + first + (i % cols) + 0.5,
    );
    return { values, exact: null, quantized: null, misfit: null };
  };
  const window = { row: 0, rowEnd: 2, col: 63, colEnd: 66 };
  const copy = (form: CopyForm, dtype: string) =>
    copyText({ slice, window, mode: 'original', dtype }, form, pageWith);

  test('goes over pages, with all digits', async () => {
    expect(await copy('tsv', 'F32')).toBe('63.5\tNaN\t65.5\n163.5\t164.5\t165.5');
    expect(await copy('numpy', 'BF16')).toBe(
      'np.array([[63.5, np.nan, 65.5],\n [163.5, 164.5, 165.5]], dtype=np.float32)',
    );
  });

  test.each([
    ['F16', 'np.float16'],
    ['F64', 'np.float64'],
    ['I64', 'np.int64'],
    ['U8', 'np.uint8'],
    ['BOOL', 'np.bool_'],
    ['F8_E4M3', 'np.float32'],
    ['Q4_K', 'np.float32'],
  ])('%s becomes %s', async (dtype, name) => {
    expect(await copy('numpy', dtype)).toMatch(new RegExp(`dtype=${name}\\)$`));
  });
});

test('numbers are read as people and programs write them', () => {
  const read = ['0.1', '-1e-8', '−6', '.5', '1_000', 'inf', '-Infinity', '0x1F', '+3.'].map(
    readNumber,
  );
  expect(read).toEqual([0.1, -1e-8, -6, 0.5, 1000, Infinity, -Infinity, 31, 3]);
  expect(readNumber('nan')).toBeNaN();
  for (const text of ['', ' ', 'x', '1,5', '--1', '1e', '0x', '1 2'])
    expect(readNumber(text)).toBeNull();
});

test('keys lead from cell to cell', () => {
  const slice = sliceOf([50, 40], { rowAxis: 0, colAxis: 'rest', fixed: [] });
  const page = { rows: 10, cols: 5 };
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  const from = { row: 20, col: 20 };
  const to = (key: string, more = {}) => {
    const target = cellTarget({ ...plain, key, ...more }, from, { slice, page });
    return target && [target.row, target.col];
  };
  expect(['ArrowUp', 'ArrowRight', 'PageDown', 'Home', 'End', 'x'].map(key => to(key))).toEqual([
    [19, 20],
    [20, 21],
    [30, 20],
    [20, 0],
    [20, 39],
    null,
  ]);
  expect(to('Home', { ctrlKey: true })).toEqual([0, 0]);
  expect(to('End', { ctrlKey: true })).toEqual([49, 39]);
  expect(to('PageDown', { altKey: true })).toEqual([20, 25]);
});

test('text can be read on any background', () => {
  for (let gray = 0; gray < 256; gray++) {
    const background = [gray, gray, gray] as const;
    const color = readable(background, [[120, 120, 120]]);
    expect(contrast(background, color)).toBeGreaterThanOrEqual(4.5);
  }
});
