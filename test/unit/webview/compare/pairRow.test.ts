import { expect, test } from 'vitest';
import type { PairFigures, PairRow } from '../../../../src/protocol/compare';
import { signsOf } from '../../../../webview/compare/pairRow';
import { figures } from '../../host/compare/fakes';

const row = (given: Partial<PairRow>): PairRow => ({
  ...{ pair: 0, name: 'a', otherName: null, shape: [2, 3], storedA: 'F32', storedB: 'F16' },
  ...{ status: 'done', figures: null, error: null, ...given },
});
const left = (nonFinite: number): PairFigures => figures({ nonFinite });

test('a pair that was compared whole, or not yet, has no sign', () => {
  expect(signsOf(row({ figures: left(0) }))).toEqual([]);
  expect(signsOf(row({ status: 'waiting' }))).toEqual([]);
});

test('values that the figures leave out are told in the table', () => {
  expect(signsOf(row({ figures: left(2) }))).toEqual([
    { icon: 'warning', text: '2 values are NaN or infinite in one of the two: left out' },
  ]);
  expect(signsOf(row({ figures: left(1) })).map(sign => sign.text)).toEqual([
    '1 value is NaN or infinite in one of the two: left out',
  ]);
});

test('a failure says why', () => {
  expect(signsOf(row({ status: 'failed', error: 'file: cut short' }))).toEqual([
    { icon: 'error', text: 'Not compared: file: cut short' },
  ]);
});
