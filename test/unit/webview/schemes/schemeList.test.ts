import { expect, test } from 'vitest';
import type { DocumentView } from '../../../../src/protocol/editor';
import { createSchemeChoice } from '../../../../webview/schemes/choice';
import { matchingPresets } from '../../../../webview/schemes/presetPicker';
import {
  splitText,
  withAdded,
  withRemoved,
  withReplaced,
} from '../../../../webview/schemes/schemeList';
import { initialState } from '../../../../webview/state';

const shown = { schemes: ['a', 'b', 'c'], activeScheme: 'b', hiddenSchemes: ['b', 'c'] };

test('a scheme that takes another’s place is active and hidden as that was', () => {
  expect(withReplaced(shown, 1, 'd')).toEqual({
    schemes: ['a', 'd', 'c'],
    activeScheme: 'd',
    hiddenSchemes: ['d', 'c'],
  });
  expect(withReplaced(shown, 0, 'd').activeScheme).toBe('b');
});

test('one that is added is active, one that is removed leaves that to its neighbour', () => {
  expect(withAdded(shown, 'd')).toMatchObject({ schemes: ['a', 'b', 'c', 'd'], activeScheme: 'd' });
  expect(withRemoved(shown, 1)).toEqual({
    schemes: ['a', 'c'],
    activeScheme: 'a',
    hiddenSchemes: ['c'],
  });
  expect(withRemoved({ ...shown, activeScheme: 'a' }, 0).activeScheme).toBe('b');
  expect(withRemoved(shown, 2).activeScheme).toBe('b');
});

test('what is wanted is chosen when the host shows it, not before', () => {
  const doc = (schemes: string[], shownScheme: number | null = null) =>
    ({ schemes, shownScheme }) as unknown as DocumentView;
  const choice = createSchemeChoice();
  expect(choice.follow(doc(['a']), initialState)).toBeNull();
  choice.want(withAdded({ schemes: ['a'], activeScheme: 'a', hiddenSchemes: [] }, 'b'));
  expect(choice.follow(doc(['a']), initialState)).toBeNull();
  const chosen = { activeScheme: 'b', hiddenSchemes: [] };
  expect(choice.follow(doc(['a', 'b']), initialState)).toEqual(chosen);
  expect(choice.follow(doc(['a', 'b']), initialState)).toBeNull();
  // Quantized by a command: shown alone, and the active one.
  const alone = { shownScheme: 'a', activeScheme: 'a', hiddenSchemes: ['b'] };
  expect(choice.follow(doc(['a', 'b'], 0), initialState)).toEqual(alone);
  expect(choice.follow(doc(['a', 'b'], 0), { ...initialState, ...alone })).toBeNull();
});

test('a long text is cut in its middle: the last word stays, or its last letters', () => {
  expect(splitText('int8')).toEqual({ head: 'int8', tail: '' });
  expect(splitText('int4 group=128 outliers=1%')).toEqual({
    head: 'int4 group=128',
    tail: ' outliers=1%',
  });
  expect(splitText('int8 calib=percentile:0.1,99.9').tail).toBe('0.1,99.9');
});

test('presets are found by any words of their name, text or source', () => {
  const preset = (name: string, scheme: string, source: string) => ({ name, scheme, source });
  const all = [
    preset('int4-g128', 'int4 group=128', 'onnx'),
    preset('nf4', 'bitsandbytes nf4', 'bitsandbytes functional.py'),
  ];
  expect(matchingPresets(all, '')).toEqual(all);
  expect(matchingPresets(all, 'GROUP onnx')).toEqual([all[0]]);
  expect(matchingPresets(all, 'functional')).toEqual([all[1]]);
  expect(matchingPresets(all, 'int9')).toEqual([]);
});
