import { expect, test, vi } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import type { StoredView } from '../../../src/checkpoints/storedView';
import type { TensorDetail } from '../../../src/protocol/editor';
import { createStoredFigures } from '../../../webview/storedFigures';

const view = { scale: { count: 1 } } as StoredView;
const detail = (tensor: number, more: Partial<TensorDetail> = {}) =>
  ({ generation: 1, tensor, hasStoredParams: true, ...more }) as TensorDetail;

/** Answers are given by hand. */
function makeFigures() {
  const asked: {
    tensor: number;
    generation: number;
    signal: AbortSignal;
    answer(view: StoredView | null): void;
    fail(error: unknown): void;
  }[] = [];
  const onChange = vi.fn();
  const figures = createStoredFigures({
    ask: (ref, signal) =>
      new Promise((answer, fail) => void asked.push({ ...ref, signal, answer, fail })),
    onChange,
  });
  return { figures, asked, onChange };
}

test('asks once for a weight, however often its details come', async () => {
  const { figures, asked } = makeFigures();
  figures.want(detail(3));
  figures.want(detail(3));
  expect(asked).toHaveLength(1);
  expect(figures.state).toMatchObject({ tensor: 3, status: 'loading' });
  asked[0]!.answer(view);
  await vi.waitFor(() => expect(figures.state).toMatchObject({ tensor: 3, status: 'ready', view }));
  figures.want(detail(3));
  expect(asked).toHaveLength(1);
  figures.want(detail(3, { generation: 2 }));
  expect(asked.map(a => [a.generation, a.tensor])).toEqual([
    [1, 3],
    [2, 3],
  ]);
});

test('another weight cancels, and the late answer is dropped', async () => {
  const { figures, asked } = makeFigures();
  figures.want(detail(3));
  figures.want(detail(4));
  expect(asked.map(a => a.signal.aborted)).toEqual([true, false]);
  asked[1]!.answer(view);
  asked[0]!.answer({ scale: { count: 99 } } as StoredView);
  await vi.waitFor(() => expect(figures.state).toMatchObject({ status: 'ready' }));
  expect(figures.state).toMatchObject({ tensor: 4, view });
});

test('a tensor without stored parameters asks for nothing and drops what was there', () => {
  const { figures, asked, onChange } = makeFigures();
  figures.want(detail(3));
  figures.want(detail(5, { hasStoredParams: false }));
  expect(asked).toHaveLength(1);
  expect(asked[0]!.signal.aborted).toBe(true);
  expect(figures.state).toBeNull();
  onChange.mockClear();
  figures.clear();
  expect(onChange).not.toHaveBeenCalled();
});

test('a failure is kept and can be tried again; being cancelled is none', async () => {
  const { figures, asked } = makeFigures();
  figures.want(detail(3));
  asked[0]!.fail(new WeightError('malformed', 'scales are missing', {}));
  await vi.waitFor(() =>
    expect(figures.state).toMatchObject({ status: 'failed', message: 'scales are missing' }),
  );
  figures.retry();
  expect(asked.map(a => a.tensor)).toEqual([3, 3]);
  asked[1]!.fail(new WeightError('cancelled', 'cancelled', {}));
  await Promise.resolve();
  expect(figures.state).toMatchObject({ status: 'loading' });
});

test('where the host has nothing there is nothing, and it is not asked at each change', async () => {
  const { figures, asked } = makeFigures();
  figures.want(detail(3));
  asked[0]!.answer(null);
  await vi.waitFor(() => expect(figures.state).toBeNull());
  figures.want(detail(3));
  expect(asked).toHaveLength(1);
  figures.want(detail(3, { generation: 2 }));
  expect(asked).toHaveLength(2);
  figures.clear();
  figures.want(detail(3, { generation: 2 }));
  expect(asked).toHaveLength(3);
});
