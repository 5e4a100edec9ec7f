import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useStrings } from '../../../webview/l10n';
import { createTabs } from '../../../webview/views/tabs';
import { fakeDocument } from './fakeDom';

beforeEach(() => {
  vi.stubGlobal('document', fakeDocument());
});
afterEach(() => {
  useStrings({});
  vi.unstubAllGlobals();
});

const tabTexts = () => createTabs(() => {}).element.textContent;

test('what is drawn after the texts came is in the user’s language, English where a text is not known', () => {
  const english = tabTexts();
  expect(english).toMatch(/^OverviewLayer/);
  useStrings({ Overview: 'ÜBERSICHT' });
  expect(tabTexts()).toBe(english?.replace('Overview', 'ÜBERSICHT'));
});

test('without texts of another language everything stays English', () => {
  useStrings(null);
  expect(tabTexts()).toMatch(/^Overview/);
});
