import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SchemeDescription } from '../../../../src/protocol/schemes';
import { presets } from '../../../../src/quant/presets';
import { parseScheme, printScheme } from '../../../../src/quant/schemeText';
import { createDraft, type DraftOptions } from '../../../../webview/schemes/draft';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the host answers, by the real parser. */
function describeText(text: string): SchemeDescription {
  try {
    const scheme = parseScheme(text);
    const shortest = printScheme(scheme);
    const preset = presets.find(p => p.scheme === shortest)?.name ?? null;
    const facts = { meaning: '', bitsPerWeight: 8, byteLength: 1 };
    return { isGood: true, text: shortest, preset, scheme, facts };
  } catch (error) {
    return { isGood: false, message: (error as Error).message };
  }
}

function begin(options: Partial<DraftOptions> = {}) {
  const asked: string[] = [];
  const applied: string[] = [];
  const draft = createDraft({
    start: 'int8',
    taken: ['int8 asym tensor'],
    describe: async (text, signal) => {
      asked.push(text);
      await new Promise(resolve => setTimeout(resolve, 10));
      signal.throwIfAborted();
      return describeText(text);
    },
    apply: text => applied.push(text),
    revert: () => applied.push('reverted'),
    onChange: () => {},
    ...options,
  });
  return { draft, asked, applied, wait: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

test('what is typed is asked about after a pause, the last of it only, and applied after another', async () => {
  const { draft, asked, applied, wait } = begin();
  await wait(20);
  for (const text of ['i', 'in', 'int', 'int4']) {
    draft.type(text);
    await wait(50);
  }
  expect(asked).toEqual(['int8']);
  await wait(200);
  expect(asked).toEqual(['int8', 'int4']);
  expect(draft.state.parts.grid).toBe('int4');
  expect(applied).toEqual([]);
  await wait(300);
  expect(applied).toEqual(['int4']);
});

test('a text that is wrong is kept, told and not applied; one that is shown already too', async () => {
  const { draft, applied, wait } = begin();
  draft.type('int4 grup=32');
  await wait(1000);
  expect(draft.state).toMatchObject({ text: 'int4 grup=32', description: { isGood: false } });
  expect(draft.state.problem).toContain('group');
  expect(await draft.finish()).toBe(false);
  draft.type('int8 tensor asym');
  await wait(1000);
  expect(draft.state).toMatchObject({ isTaken: true, problem: null });
  expect(await draft.finish()).toBe(false);
  expect(applied).toEqual([]);
});

test('controls change the text; typing stays as typed until it is left', async () => {
  const { draft, applied, wait } = begin();
  await wait(20);
  draft.choose('granularity', 'group=32');
  expect(draft.state.text).toBe('int8 group=32');
  draft.choose('granularity', 'channel');
  await wait(20);
  expect(draft.state.text).toBe('int8');
  draft.type('INT4  sym');
  await wait(200);
  expect(draft.state.text).toBe('INT4  sym');
  draft.tidy();
  expect(draft.state.text).toBe('int4');
  draft.pick('gptq-int4-g128');
  await wait(400);
  expect(draft.state.text).toBe('gptq int4 group=128');
  expect(applied.at(-1)).toBe('gptq int4 group=128');
});

test('finishing reads and applies at once what was just typed', async () => {
  const { draft, applied, wait } = begin();
  await wait(20);
  draft.type('int4');
  const finished = draft.finish();
  await wait(20);
  expect(await finished).toBe(true);
  expect(applied).toEqual(['int4']);
  await wait(1000);
  expect(applied).toEqual(['int4']);
});

test('undo takes back what was applied, and only that', async () => {
  const { draft, applied, wait } = begin();
  await wait(20);
  draft.type('int4');
  draft.undo();
  await wait(1000);
  expect(applied).toEqual([]);
  draft.type('int4');
  await wait(1000);
  expect(draft.state.isChanged).toBe(true);
  draft.undo();
  await wait(1000);
  expect(applied).toEqual(['int4', 'reverted']);
  expect(draft.state).toMatchObject({ text: 'int8', isChanged: false });
});

test('a host that fails is told, and what is pending ends with the draft', async () => {
  const failing = begin({ describe: () => Promise.reject(new Error('gone')) });
  await failing.wait(20);
  expect(failing.draft.state.problem).toBe('gone');
  expect(await failing.draft.finish()).toBe(false);
  const { draft, applied, wait } = begin();
  await wait(20);
  draft.pick('int4');
  draft.dispose();
  await wait(1000);
  expect(applied).toEqual([]);
});
