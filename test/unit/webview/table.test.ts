import { expect, test } from 'vitest';
import type { Row, TensorRow } from '../../../src/protocol/editor';
import { nextMark } from '../../../webview/charts/nextMark';
import { makeColumns, nextSort } from '../../../webview/views/columns';
import { parentOf, rowTarget } from '../../../webview/views/tableKeys';

const columns = makeColumns(['int8', 'int8 asym tensor', 'third'], 6);
const column = (title: string) => columns.find(c => c.title === title)!;

const tensor: TensorRow = {
  kind: 'tensor',
  tensor: 4,
  name: 'a.b.weight',
  label: 'weight',
  depth: 2,
  dtype: 'BF16',
  shape: [4, 3],
  elements: 12,
  byteLength: 24,
  status: 'done',
  absMax: 0.00123,
  std: 0.1,
  outliers: 0.25,
  tensorKind: 'q',
  sqnrDb: [41.25, null],
  gaussianSqnrDb: [42, null],
  findings: 0,
};
const cells = (row: TensorRow) => columns.map(c => c.text(row));

test('a row as text', () => {
  expect(cells(tensor)).toEqual([
    'a.b.weight',
    'BF16',
    '[4, 3]',
    '12',
    '24 B',
    '0.00123',
    '25.0 %',
    '41.3',
    '–',
    '–',
  ]);
});

test('figures that are not there yet say why', () => {
  const empty = { ...tensor, absMax: null, outliers: null, sqnrDb: [null, null, null] };
  expect(cells({ ...empty, status: 'waiting' }).slice(5)).toEqual(['', '', '', '', '']);
  expect(column('|max|').text({ ...tensor, status: 'waiting' })).toBe('0.00123');
  expect(cells({ ...empty, status: 'running' }).slice(5)).toEqual(['…', '…', '…', '…', '…']);
  expect(cells({ ...empty, status: 'no-figures' }).slice(5)).toEqual(['–', '–', '–', '–', '–']);
  expect(column('|max|').text({ ...tensor, status: 'sampled' })).toBe('≈ 0.00123');
});

test('three clicks on a head: one direction, the other, the model’s order', () => {
  const model = { sort: 'model', descending: false } as const;
  const first = nextSort(model, column('Bytes'));
  expect(first).toEqual({ sort: 'bytes', descending: true });
  const second = nextSort(first, column('Bytes'));
  expect(second).toEqual({ sort: 'bytes', descending: false });
  expect(nextSort(second, column('Bytes'))).toEqual(model);
  expect(nextSort(first, column('Name'))).toEqual({ sort: 'name', descending: false });
});

test('the worst SQNR comes first, of whichever scheme', () => {
  const [one, two, three] = columns.filter(c => c.scheme !== undefined);
  expect(nextSort({ sort: 'model', descending: false }, one!)).toEqual({
    sort: 'sqnr0',
    descending: false,
  });
  expect(two!.sort).toBe('sqnr1');
  expect(three!.sort).toBe('sqnr2');
});

test('keys in the table', () => {
  expect(rowTarget('ArrowDown', 3, 10, 50)).toBe(4);
  expect(rowTarget('PageUp', 30, 10, 50)).toBe(20);
  expect(rowTarget('Home', 30, 10, 50)).toBe(0);
  expect(rowTarget('End', 30, 10, 50)).toBe(50);
  expect(rowTarget('x', 30, 10, 50)).toBeNull();
});

test('the group above a row', () => {
  const at = (depth: number) => ({ depth }) as Row;
  const rows = [at(0), at(1), at(2), at(2), at(1)];
  const parent = (i: number) => parentOf(i, index => rows[index]);
  expect(parent(3)).toBe(1);
  expect(parent(4)).toBe(0);
  expect(parent(0)).toBeNull();
  expect(parentOf(2, i => (i === 2 ? at(2) : undefined))).toBeNull();
});

test('keys over a chart', () => {
  expect(nextMark('ArrowRight', null, 15)).toBe(0);
  expect(nextMark('ArrowLeft', null, 15)).toBe(14);
  expect(nextMark('ArrowRight', 14, 15)).toBe(14);
  expect(nextMark('PageUp', 0, 200)).toBe(20);
  expect(nextMark('Home', 7, 15)).toBe(0);
  expect(nextMark('Tab', 7, 15)).toBeNull();
  expect(nextMark('ArrowRight', null, 0)).toBeNull();
});
