import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PairDetail } from '../../../../src/protocol/compare';
import { createPairDetails } from '../../../../webview/compare/details';
import type { CompareSession, DetailState } from '../../../../webview/compare/session';
import { figures } from '../../host/compare/fakes';
import { FakeElement, fakeDocument } from '../fakeDom';

vi.mock('../../../../webview/charts/theme', () => ({
  onThemeChange: () => () => {},
  readTheme: () => ({}),
}));
vi.mock('../../../../webview/compare/pictures', () => ({ makePictures: () => [] }));

let page = fakeDocument();
beforeEach(() => {
  page = fakeDocument();
  vi.stubGlobal('document', page);
  vi.stubGlobal('HTMLElement', FakeElement);
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.stubGlobal('requestAnimationFrame', () => 0);
});
afterEach(() => vi.unstubAllGlobals());

const loading = (fraction: number): DetailState => ({ status: 'loading', fraction });
const ready: DetailState = {
  status: 'ready',
  pair: {
    ...{ pair: 3, name: 'a.weight', otherName: null, shape: [2, 3], storedA: 'F32' },
    ...{ storedB: 'F16', status: 'done', figures: figures(), error: null, generation: 1 },
    detail: null,
  } satisfies PairDetail,
};

/** The panel about a pair that is being compared, `show` to tell it what is known now. */
function openDetails() {
  const selected = { pair: 3, name: 'a.weight' };
  const state = { detail: loading(0), saved: { selected, asTable: false } };
  const onClose = vi.fn();
  const details = createPairDetails({ state } as unknown as CompareSession, onClose);
  const panel = details.element as unknown as FakeElement;
  page.body.append(panel);
  const show = (detail: DetailState) => {
    state.detail = detail;
    details.update();
  };
  show(loading(0));
  const find = (name: string, value: string) =>
    panel.all().find(e => e.getAttribute(name) === value);
  const close = () => find('aria-label', 'Close the details');
  return { panel, show, close, status: () => find('role', 'status'), onClose };
}

test('progress leaves the focused Close button and the live region as they are', () => {
  const { panel, show, close, status } = openDetails();
  const before = { close: close(), status: status(), said: status()?.textContent };
  before.close!.focus();
  show(loading(0.25));
  show(loading(0.509));
  expect(panel.textContent).toContain('50 %');
  expect(panel.textContent).not.toContain('25 %');
  expect(close()).toBe(before.close);
  expect(page.activeElement).toBe(before.close);
  expect(status()).toBe(before.status);
  expect(status()?.textContent).toBe(before.said);
});

test('the Close button keeps the keyboard when the figures are there', () => {
  const { panel, show, close, status } = openDetails();
  close()!.focus();
  show(ready);
  expect(status()).toBeUndefined();
  expect(panel.textContent).toContain('Difference');
  expect(page.activeElement).toBe(close());
});

test('the panel takes the keyboard from a control that vanished, and from nothing else', () => {
  const { panel, show } = openDetails();
  show({ status: 'failed', message: 'no' });
  panel
    .all()
    .find(e => e.textContent === 'Try again' && e.tag === 'button')!
    .focus();
  show(loading(0));
  expect(page.activeElement).toBe(panel);
  page.body.focus();
  show(ready);
  expect(page.activeElement).toBe(page.body);
});

test('closing is left to the page, which moves the keyboard', () => {
  const { close, onClose } = openDetails();
  close()!.click();
  expect(onClose).toHaveBeenCalledOnce();
});
