import { beforeEach, expect, test, vi } from 'vitest';
import { excludePatterns, readSettings } from '../../../src/host/settings';

const values = vi.hoisted(() => new Map<string, unknown>());
vi.mock('vscode', () => ({
  l10n: { t: (text: string) => text },
  workspace: {
    getConfiguration: () => ({
      get: (key: string, fallback?: unknown) => (values.has(key) ? values.get(key) : fallback),
    }),
  },
}));

beforeEach(() => values.clear());

test('nothing set gives the defaults', () => {
  expect(readSettings()).toMatchObject({ chunkBytes: 2 ** 20, cacheBytes: 256e6 });
});

test.each([
  [64, 65_536],
  [1024, 2 ** 20],
  [16_384, 2 ** 24],
  [1, 65_536],
  [1e9, 2 ** 24],
  [-5, 65_536],
  [67, 65_536],
  ['x', 2 ** 20],
  [Number.NaN, 2 ** 20],
  [null, 2 ** 20],
])('chunkSize %j KiB is %i bytes', (value, bytes) => {
  values.set('chunkSize', value);
  expect(readSettings().chunkBytes).toBe(bytes);
});

test.each([
  [0, 0],
  [0.5, 5e5],
  [256, 256e6],
  [-1, 0],
  [1e9, 1e10],
  ['1', 256e6],
  [undefined, 256e6],
])('cache.maxSize %j MB is %i bytes', (value, bytes) => {
  values.set('cache.maxSize', value);
  expect(readSettings().cacheBytes).toBe(bytes);
});

test.each([
  [
    ['**/a', 'b/*.npy'],
    ['**/a', 'b/*.npy'],
  ],
  [['**/{a,b}', 'a,b', ' ', '', 3, null, 'ok'], ['ok']],
  ['**/a', []],
  [null, []],
])('exclude %j is the patterns %j', (value, patterns) => {
  values.set('exclude', value);
  expect(excludePatterns()).toEqual(patterns);
});
