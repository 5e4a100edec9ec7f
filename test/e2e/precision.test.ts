import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { visibleNames } from './lib/editor';
import { type ThemeKind, useSession } from './lib/session';

/** A .npy of numbers of 32 bits, format version 1. */
function npy(values: Float32Array | Int32Array): Uint8Array {
  const descr = values instanceof Float32Array ? '<f4' : '<i4';
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (2, ${values.length / 2}), }`;
  const head = Buffer.alloc(128, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(118, 8);
  head.write(header, 10);
  head.write('\n', 127);
  return Buffer.concat([head, new Uint8Array(values.buffer)]);
}

/** Under FP16: 1e5 overflows, 1e-8 becomes 0, 3e-6 is rounded to a subnormal, 2^-24 is one, 0.1 is rounded. */
const known = Float32Array.of(1e5, 1e-8, 3e-6, 2 ** -24, 1, 0.5, 0.1, 0);

const whole = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** Nothing is read unasked, as of a large model. */
const session = useSession({
  files: {
    'known.npy': npy(known),
    'unread.npy': npy(whole),
    'steps.npy': npy(Int32Array.of(1, 2)),
  },
  settings: { 'quantscope.analysis.autoStartLimit': 0 },
});
const model = 'model.safetensors';
const figures = ['changed', 'overflow', 'underflow', 'subnormal'] as const;

type Counts = Readonly<Record<(typeof figures)[number], number>>;

interface Stats {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly nonFinite: number;
  readonly detail: { readonly casts: readonly (Counts & { readonly format: string })[] };
}

/** What the command line says of the model, by the plain functions that specify the figures. */
const stats = (file: string): Stats[] =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [path.join(root, 'dist/cli.js'), 'stats', file, '--json', '--detail'],
      {
        cwd: session().folder,
        encoding: 'utf8',
        env: { ...process.env, QUANTSCOPE_KERNELS: 'off' },
      },
    ),
  ).tensors;

const floats = new Set(['F32', 'F16', 'BF16', 'F64']);
const layersOf = (file: string) => stats(file).filter(({ dtype }) => floats.has(dtype));

const castOf = ({ detail }: Stats, format: string) =>
  detail.casts.find(cast => cast.format === format)!;

const openTab = async (file: string) => {
  const page = await session().openEditor(file);
  await page.getByRole('tab', { name: 'Precision', exact: true }).click();
  await settled(page);
  return page;
};

/** Waits until every layer has its figures, asking for them where nobody has. */
const settled = async (page: FrameLocator) => {
  await page.locator('.precision .table-body .row[data-tensor]').first().waitFor();
  const start = page.getByRole('button', { name: /^Analyse casts/ });
  const missing = page.locator('.precision-status > :is(button, span):visible:not(:empty)');
  const counts = async () => {
    if (await start.isVisible()) await start.click();
    return missing.count();
  };
  await expect.poll(counts, { timeout: 30_000 }).toBe(0);
};

const numberOf = (text: string) => Number(text.replaceAll(',', ''));

/** Counts of each format over all layers, as the page shows them. */
const totalsOf = async (page: FrameLocator) => {
  const rows = page.locator('.precision-totals tbody tr');
  const cells = await rows.evaluateAll(elements =>
    elements.map(row =>
      [...row.querySelectorAll('td')].map(td => td.lastElementChild!.textContent),
    ),
  );
  return cells.map(row => row.map(text => numberOf(text ?? '')));
};

const formats = ['fp16', 'bf16', 'fp8-e4m3', 'fp8-e5m2'];

/** The same, by the command line. */
const summed = (layers: readonly Stats[]) =>
  formats.map(format =>
    figures.map(figure => layers.reduce((sum, layer) => sum + castOf(layer, format)[figure], 0)),
  );

/** Names of the layers in sight, sorted by a figure as the command line tells it. */
const firstByShare = (layers: readonly Stats[], format: string, figure: keyof Counts) => {
  const share = (l: Stats) => castOf(l, format)[figure] / (l.count - l.nonFinite);
  return Math.max(...layers.map(share));
};

const choose = (page: FrameLocator, group: string, option: string) =>
  page.getByRole('radiogroup', { name: group }).getByRole('radio', { name: option }).click();

/** Counts of a row in sight, by its tooltips. */
const countsOf = async (page: FrameLocator, row: number): Promise<number[]> => {
  const cells = page.locator(`.precision .row[aria-rowindex="${row + 2}"] .cell`);
  const titles = await cells.evaluateAll(elements =>
    elements.slice(-4).map(e => (e as HTMLElement).title),
  );
  return titles.map(title => numberOf(title.split(' ')[0]!));
};

describe('casts', () => {
  test('of values made for it are those that the format tells', async () => {
    const page = await openTab('known.npy');
    expect((await totalsOf(page))[0]).toEqual([4, 1, 1, 2]);
    expect(await page.locator('.precision-words').innerText()).toBe(
      'F32 → FP16: 4 of 8 values change (50.0 %). Overflow: 1 value, in 1 layer. Become 0: 1 value, in 1 layer. Become subnormal: 2 values, in 1 layer.',
    );
    expect(await page.locator('.precision-own').innerText()).toContain('beyond FP16’s largest');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test('of a model are those of the command line, of all layers and of each', async () => {
    const layers = layersOf(model);
    const page = await openTab(model);
    expect(await totalsOf(page)).toEqual(summed(layers));
    await choose(page, 'Cast to', 'FP8 E4M3');
    await page
      .getByRole('grid')
      .getByRole('columnheader', { name: 'Become 0' })
      .getByRole('button')
      .click();
    await expect
      .poll(async () => {
        const [name = ''] = await visibleNames(page);
        const layer = layers.find(l => l.name === name)!;
        const [, , underflow] = await countsOf(page, 0);
        const cast = castOf(layer, 'fp8-e4m3');
        return (
          underflow === cast.underflow &&
          underflow / (layer.count - layer.nonFinite) ===
            firstByShare(layers, 'fp8-e4m3', 'underflow')
        );
      })
      .toBe(true);
    const names = await visibleNames(page);
    for (const [row, name] of names.slice(0, 8).entries()) {
      const cast = castOf(layers.find(l => l.name === name)!, 'fp8-e4m3');
      expect(await countsOf(page, row), name).toEqual(figures.map(figure => cast[figure]));
    }
  });

  test('are sorted by count on demand; what was chosen outlasts the hidden tab', async () => {
    const layers = layersOf(model);
    const most = Math.max(...layers.map(l => castOf(l, 'fp8-e5m2').changed));
    let page = await openTab(model);
    await choose(page, 'Cast to', 'FP8 E5M2');
    await choose(page, 'Compare', 'Counts');
    const head = page.getByRole('grid').getByRole('columnheader', { name: 'Changed' });
    await head.getByRole('button').click();
    await expect.poll(async () => (await countsOf(page, 0))[0]).toBe(most);
    await session().openFile('model.py');
    await session().openFile(model);
    page = session().webview();
    await settled(page);
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending');
    await expect.poll(async () => (await countsOf(page, 0))[0]).toBe(most);
    const chosen = page.getByRole('radio', { name: 'FP8 E5M2' });
    expect(await chosen.getAttribute('aria-checked')).toBe('true');
  });

  test('lead from the chart to the row, and from the row to the layer', async () => {
    const page = await openTab(model);
    const plot = page.locator('.precision-chart .plot-overlay');
    await plot.focus();
    await plot.press('End');
    const selected = page.locator('.precision .row[aria-selected="true"]');
    await selected.waitFor();
    const name = await selected.locator('.cell').first().getAttribute('title');
    await expect.poll(() => plot.getAttribute('aria-valuetext')).toContain(name);
    await selected.focus();
    await selected.press('Enter');
    await expect.poll(() => page.locator('.layer-name').innerText()).toBe(name);
  });
});

describe('sizes', () => {
  test('are those that arithmetic gives', async () => {
    const tensors = stats(model);
    const isMatrix = ({ dtype, shape }: Stats) => floats.has(dtype) && shape.length >= 2;
    const width = (dtype: string) =>
      ({ F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1, U8: 1, BOOL: 1 })[dtype]!;
    const others = tensors
      .filter(t => !isMatrix(t))
      .reduce((sum, { dtype, count }) => sum + width(dtype) * count, 0);
    const sum = (bytes: (t: Stats) => number) =>
      tensors.filter(isMatrix).reduce((all, t) => all + bytes(t), others);
    const groups = ({ shape, count }: Stats) => shape[0]! * Math.ceil(count / shape[0]! / 128);
    const page = await openTab(model);
    const titles = await page
      .locator('.precision-sizes td.size')
      .evaluateAll(cells => cells.map(cell => (cell as HTMLElement).title));
    expect(titles.slice(0, 7).map(title => numberOf(title.split(' ')[0]!))).toEqual([
      sum(({ dtype, count }) => width(dtype) * count),
      sum(({ count }) => 4 * count),
      sum(({ count }) => 2 * count),
      sum(({ count }) => 2 * count),
      sum(({ count }) => count + 4),
      sum(({ count, shape }) => count + 4 * shape[0]!),
      sum(t => Math.ceil(t.count / 2) + 4 * groups(t)),
    ]);
    const trained = tensors.filter(({ dtype }) => floats.has(dtype));
    const parameters = trained.reduce((all, { count }) => all + count, 0);
    const row = page.locator('.precision-needs tbody tr').last();
    expect(await row.locator('th').innerText()).toContain(parameters.toLocaleString('en-US'));
    expect(await row.locator('td').first().innerText()).toBe(
      `${((16 * parameters) / 1e6).toPrecision(3)} MB`,
    );
  });

  test('are there before anything is read; casts are offered with what they cost', async () => {
    const page = await session().openEditor('unread.npy');
    await page.getByRole('tab', { name: 'Precision', exact: true }).click();
    const start = page.getByRole('button', { name: 'Analyse casts: reads 32 B' });
    await start.waitFor();
    expect(await page.locator('.precision-sizes td.size').first().innerText()).toBe('32 B');
    expect(await page.locator('.precision-status').innerText()).toContain('0 of 1 layer');
    expect(await accessibilityProblems(page)).toEqual([]);
    await start.click();
    await settled(page);
    expect((await totalsOf(page))[0]).toEqual([0, 0, 0, 0]);
    expect(await page.locator('.precision-words').innerText()).toContain('Nothing is lost.');
  });

  test('of a file without floating-point numbers stay as they are', async () => {
    const page = await session().openEditor('steps.npy');
    await page.getByRole('tab', { name: 'Precision', exact: true }).click();
    await page.getByText('There is nothing to cast').waitFor();
    expect(await page.locator('.precision-sizes .note').innerText()).toContain('Nothing would be');
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('everyone', () => {
  test.each(['dark', 'light', 'high-contrast'] as ThemeKind[])('reads it in %s', async theme => {
    await session().page.setViewportSize({ width: 1280, height: 900 });
    const page = await openTab(model);
    await session().setTheme(theme);
    await expect.poll(() => accessibilityProblems(page)).toEqual([]);
    await session().screenshot(`precision-${theme}`);
    await session().page.setViewportSize({ width: 700, height: 900 });
    await settled(page);
    await expect.poll(() => accessibilityProblems(page)).toEqual([]);
    const scrolled = page.locator('.precision');
    await scrolled.evaluate(element => element.scrollTo(0, 0));
    await session().screenshot(`precision-${theme}-700`);
    await scrolled.evaluate(element => element.scrollTo(0, 1e6));
    await session().screenshot(`precision-${theme}-700-end`);
    await session().page.setViewportSize({ width: 1280, height: 900 });
    await scrolled.evaluate(element => element.scrollTo(0, 1e6));
    await session().screenshot(`precision-${theme}-end`);
  });
});
