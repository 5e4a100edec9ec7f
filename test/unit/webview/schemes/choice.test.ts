import { expect, test } from 'vitest';
import type { DocumentView } from '../../../../src/protocol/editor';
import { createSchemeChoice } from '../../../../webview/schemes/choice';
import { withAdded } from '../../../../webview/schemes/schemeList';
import { parseState } from '../../../../webview/state';

const saved = parseState(undefined);
const doc = (...schemes: string[]) => ({ schemes, shownScheme: null }) as unknown as DocumentView;
const start = { schemes: ['int8'], activeScheme: 'int8', hiddenSchemes: [] };

test('a change that comes before an earlier one is shown begins there', () => {
  const choice = createSchemeChoice();
  expect(choice.wanted()).toBeNull();
  choice.want(withAdded(start, 'nf4'));
  const both = withAdded(choice.wanted()!, 'fp8-e4m3');
  expect(both.schemes).toEqual(['int8', 'nf4', 'fp8-e4m3']);
  choice.want(both);
  expect(choice.follow(doc('int8', 'nf4'), saved)).toBeNull(); // on the way
  expect(choice.wanted()).toBe(both);
  expect(choice.follow(doc(...both.schemes), saved)).toEqual({
    activeScheme: 'fp8-e4m3',
    hiddenSchemes: [],
  });
  expect(choice.wanted()).toBeNull();
});

test('what the host has refused, or another tab has changed, is no longer wanted', () => {
  const choice = createSchemeChoice();
  const next = withAdded(start, 'nf4');
  choice.want(next);
  expect(choice.follow(doc('int8'), saved)).toBeNull(); // news of something else
  expect(choice.wanted()).toBe(next);
  choice.settle(start); // an older one
  expect(choice.follow(doc('int8'), saved)).toBeNull();
  expect(choice.wanted()).toBe(next);
  choice.settle(next);
  expect(choice.follow(doc('int8', 'q4_0'), saved)).toBeNull();
  expect(choice.wanted()).toBeNull();
});
