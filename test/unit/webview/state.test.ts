import { describe, expect, test } from 'vitest';
import {
  canGroup,
  hostView,
  initialState,
  isAncestor,
  parseState,
  type SavedState,
} from '../../../webview/state';

const chosen: SavedState = {
  ...initialState,
  selected: 'a.b.weight',
  filter: '/conv/',
  sort: 'sqnr0',
  descending: true,
  collapsed: ['a', 'a.b'],
  hiddenSchemes: ['int8'],
  scrollTop: 4400,
};

test('what was stored comes back', () => {
  expect(parseState(structuredClone(chosen))).toEqual(chosen);
});

describe('anything else is dropped', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'state'],
    ['an older version', { ...chosen, v: 0 }],
    ['all fields missing', { v: 1 }],
  ])('%s', (_, stored) => {
    expect(parseState(stored)).toEqual(initialState);
  });
});

describe('what cannot be read is as at the start, and costs nothing else', () => {
  test.each<[string, keyof SavedState, unknown]>([
    ['an unknown sort', 'sort', 'colour'],
    ['a wrong type', 'collapsed', 'a'],
    ['a field missing', 'filter', undefined],
    ['a position that is none', 'scrollTop', Number.NaN],
    ['a position above the top', 'scrollTop', -1],
    ['far too many groups', 'collapsed', Array(6000).fill('a')],
    ['an endless filter', 'filter', 'x'.repeat(10_001)],
  ])('%s', (_, key, value) => {
    const expected = { ...chosen, [key]: initialState[key] };
    expect(parseState({ ...chosen, [key]: value })).toEqual(expected);
  });
});

test('only the orders of the model and of names have groups', () => {
  expect(hostView({ ...chosen, sort: 'name', grouped: true })).toMatchObject({
    grouped: true,
    collapsed: ['a', 'a.b'],
  });
  expect(hostView({ ...chosen, sort: 'bytes', grouped: true })).toEqual({
    filter: '/conv/',
    sort: 'bytes',
    descending: true,
    grouped: false,
    collapsed: [],
  });
  expect(canGroup('model')).toBe(true);
  expect(canGroup('sqnr1')).toBe(false);
});

test('nothing but the view is sent to the host', () => {
  expect(Object.keys(hostView(chosen)).sort()).toEqual(
    ['collapsed', 'descending', 'filter', 'grouped', 'sort'].sort(),
  );
});

test('a group contains what is below its dot', () => {
  expect(isAncestor('a.b', 'a.b.c')).toBe(true);
  expect(isAncestor('a.b', 'a.bc')).toBe(false);
  expect(isAncestor('a.b', 'a.b')).toBe(false);
});

test('a view’s choices that make no sense cost that view its choices only', () => {
  const overview = { colourBy: 'kind', hiddenKinds: ['q'], zoom: { from: 3, to: 9 } };
  const kept = parseState({ ...chosen, overview });
  expect(kept.overview).toEqual({ ...overview, axes: {}, chartsShare: null });
  for (const zoom of [{ from: 9, to: 3 }, { from: -1, to: 3 }, { from: 0 }]) {
    const parsed = parseState({ ...chosen, overview: { ...overview, zoom } });
    expect(parsed.overview).toEqual(initialState.overview);
    expect(parsed.filter).toBe(chosen.filter);
  }
});
