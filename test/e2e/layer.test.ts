import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed } from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const tensors = 39;
const q = 'model.layers.1.self_attn.q_proj.weight';
const embedding = 'model.embed_tokens.weight';
/** Of the embedding: two rows of it share a cell of the map. */
const cols = 64;

/** What the command line says of a file of the workspace, by the plain functions that specify the figures. */
const cli = (...args: string[]): string =>
  execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), ...args], {
    cwd: session().folder,
    encoding: 'utf8',
    env: { ...process.env, QUANTSCOPE_KERNELS: 'off' },
  });

interface Figures {
  readonly sqnrDb: number;
  readonly mse: number;
  readonly clippedFraction: number;
}

/** The figures of one tensor under a scheme, by the command line. */
const quantized = (tensor: string, scheme: string): Figures =>
  JSON.parse(cli('quantize', model, '--tensor', tensor, '--scheme', scheme, '--json')).tensors[0];

/** All values of a tensor, by the command line. */
const dumped = (tensor: string): Float32Array => {
  const file = path.join(session().folder, 'dumped.npy');
  cli('dump', model, '--tensor', tensor, '--out', file);
  const bytes = readFileSync(file);
  const from = 10 + bytes.readUInt16LE(8);
  return new Float32Array(Uint8Array.from(bytes.subarray(from)).buffer);
};

const openTab = async () => {
  const page = await session().openEditor(model);
  await analysed(page, tensors);
  await page.getByRole('tab', { name: 'Layer', exact: true }).click();
  return page;
};

const openLayer = async (tensor: string) => {
  const page = await openTab();
  const jump = page.getByRole('combobox', { name: 'Go to a layer by its name' });
  await jump.fill(tensor);
  await jump.press('Enter');
  await expect.poll(() => page.locator('.layer-name').innerText()).toBe(tensor);
  await settled(page);
  return page;
};

/** Waits until nothing of the view is being asked. */
const settled = async (page: FrameLocator) => {
  await page.locator('.layer-figures dd').first().waitFor();
  await expect.poll(() => page.locator('.layer [aria-busy]').count(), { timeout: 30_000 }).toBe(0);
};

/** All digits of one of the key figures. */
const exactFigure = async (page: FrameLocator, term: string) => {
  const box = page.locator('.layer-figures > div', { has: page.getByText(term, { exact: true }) });
  return Number(await box.locator('dd').getAttribute('title'));
};

const sqnr = (page: FrameLocator) => exactFigure(page, 'SQNR');

/** What kernels promise of a sum of squares or of errors (src/kernels/sums.ts). */
const sumBound = 2 ** -18;
/** What becomes of it in the ratio of two sums, in dB. */
const ratioBound = 10 * Math.log10((1 + sumBound) / (1 - sumBound));

/** Waits until the view shows these figures: their text to the digit, their sums within what kernels promise. */
const expectFigures = async (page: FrameLocator, expected: Figures) => {
  await expect
    .poll(async () => Math.abs((await sqnr(page)) - expected.sqnrDb))
    .toBeLessThanOrEqual(ratioBound);
  const shown = await page.locator('.layer-figures dd').first().innerText();
  expect(shown).toBe(`${expected.sqnrDb.toFixed(1)} dB`);
  const mse = await exactFigure(page, 'MSE');
  expect(Math.abs(mse / expected.mse - 1)).toBeLessThanOrEqual(sumBound);
  expect(await exactFigure(page, 'Clipped')).toBe(expected.clippedFraction);
};

const schemeOf = (page: FrameLocator) => page.locator('.layer-scheme').innerText();

const section = (page: FrameLocator, name: string): Locator =>
  page.getByRole('region', { name, exact: true });

const press = (key: string) => session().page.keyboard.press(key);

const end = (page: FrameLocator, name: 'Low' | 'High') =>
  page.getByRole('slider', { name: `${name} end of the range` });

const showTable = (page: FrameLocator, name: string) =>
  section(page, name).getByRole('button', { name: `${name}: show as table` });

describe('the layer view', () => {
  test('without a layer says how to choose one, and suggests the worst', async () => {
    const page = await openTab();
    await page.getByRole('heading', { name: 'No layer is selected' }).waitFor();
    await session().screenshot('layer empty');
    const [first] = JSON.parse(cli('quantize', model, '--scheme', 'int8', '--json')).tensors.sort(
      (a: Figures, b: Figures) => a.sqnrDb - b.sqnrDb,
    );
    const worst = page.getByRole('button', { name: /^Worst: / });
    await expect.poll(() => worst.innerText()).toContain(`${first.sqnrDb.toFixed(1)} dB`);
    await worst.click();
    await settled(page);
    await expectFigures(page, first);
  });

  test('has the figures of the command line', async () => {
    const page = await openLayer(q);
    await expectFigures(page, quantized(q, await schemeOf(page)));
  });

  test('goes to the next layer and back', async () => {
    const page = await openLayer(q);
    await page.getByRole('button', { name: 'Next layer' }).click();
    await expect.poll(() => page.locator('.layer-name').innerText()).not.toBe(q);
    await settled(page);
    await page.getByRole('button', { name: 'Previous layer' }).click();
    await expect.poll(() => page.locator('.layer-name').innerText()).toBe(q);
  });

  test('an end of the range moved by keys quantizes anew', async () => {
    const page = await openLayer(q);
    const own = await sqnr(page);
    await end(page, 'High').focus();
    for (const key of ['PageDown', 'PageDown', 'PageDown', 'ArrowRight', 'ArrowLeft', 'ArrowDown'])
      await press(key);
    await settled(page);
    const scheme = await schemeOf(page);
    const [, lo, hi] = /^int8 tensor calib=range:(.+),(.+)$/.exec(scheme) ?? [];
    expect(Number(lo)).toBe(-Number(hi));
    expect(await end(page, 'High').getAttribute('aria-valuenow')).toBe(hi);
    expect(await end(page, 'Low').getAttribute('aria-valuenow')).toBe(lo);
    const expected = quantized(q, scheme);
    await expectFigures(page, expected);
    expect(expected.clippedFraction).toBeGreaterThan(0);
    await session().screenshot('layer range');

    await page.getByRole('button', { name: 'Reset', exact: true }).click();
    await expect.poll(() => sqnr(page)).toBe(own);
  });

  test('what helps is tried by one key', async () => {
    const page = await openLayer(q);
    const fixes = page.getByRole('region', { name: 'What would help' }).locator('tbody tr');
    const outliers = fixes.filter({ hasText: 'Outliers' });
    const scheme = await outliers.locator('code').innerText();
    const { sqnrDb } = quantized(q, scheme);
    expect(await outliers.locator('td').nth(1).innerText()).toBe(sqnrDb.toFixed(1));
    // What gains nothing is not offered.
    expect(await fixes.filter({ hasText: 'Clipping' }).getByRole('button').count()).toBe(0);
    await outliers.getByRole('button', { name: 'Try' }).focus();
    await press('Enter');
    await expect.poll(() => schemeOf(page)).toBe(scheme);
    await expectFigures(page, quantized(q, scheme));
    expect(await page.locator('.layer-name').evaluate(e => e === document.activeElement)).toBe(
      true,
    );
    const chip = page.locator(`.chip[data-scheme="${scheme}"]`);
    await chip.getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => schemeOf(page)).not.toBe(scheme);
    await page.locator('.chip[data-scheme="int8"] .chip-main').click();
    await expect.poll(() => schemeOf(page)).toBe('int8');
  });

  test('an end of the range is dragged, and kept as a scheme', async () => {
    const page = await openLayer(q);
    const { mouse } = session().page;
    const box = (await end(page, 'Low').boundingBox())!;
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + 60, box.y + 20, { steps: 5 });
    await mouse.up();
    await settled(page);
    const scheme = await schemeOf(page);
    expect(scheme).toMatch(/^int8 tensor calib=range:-/);
    await expectFigures(page, quantized(q, scheme));
    await page.getByRole('button', { name: 'Keep as scheme' }).click();
    await expect
      .poll(() => page.getByText('range set by hand', { exact: true }).isVisible())
      .toBe(false);
    await expect.poll(() => schemeOf(page)).toBe(scheme);
    await settled(page);
    await expectFigures(page, quantized(q, scheme));
  });
});

describe('the charts of the layer view', () => {
  test('the curve chooses what the command line finds', async () => {
    const page = await openLayer(q);
    await showTable(page, 'Calibration curve').click();
    const rows = page.getByRole('region', { name: /by threshold$/ }).locator('tbody tr');
    await rows.first().waitFor();
    const scheme = /Of (.+?)\. /.exec(
      await section(page, 'Calibration curve').locator('.note').last().innerText(),
    )![1]!;
    const { curve } = JSON.parse(
      cli('params', model, '--tensor', q, '--scheme', scheme, '--group', '0', '--json'),
    ) as { curve: [number, number][] };
    const best = curve.reduce((a, b) => (b[1] < a[1] ? b : a));
    const chosen = rows.filter({ hasText: 'chosen' });
    const threshold = Number(await chosen.locator('[title]').first().getAttribute('title'));
    const loss = Number(await chosen.locator('[title]').nth(1).getAttribute('title'));
    const segment = scheme.includes('tensor') ? dumped(q) : dumped(q).subarray(0, cols);
    const absMax = segment.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(threshold).toBe(best[0] * absMax);
    expect(loss).toBeCloseTo(best[1] / segment.length, 12);
    expect(await rows.count()).toBe(curve.length);
    await showTable(page, 'Calibration curve').click();
  });

  test('a point of the curve sets the range', async () => {
    const page = await openLayer(q);
    const cursor = page.getByRole('slider', { name: /^Threshold of the calibration curve/ });
    await cursor.focus();
    await press('End');
    await press('PageDown');
    const [, threshold] = /^threshold ([\d.]+)/.exec(
      (await cursor.getAttribute('aria-valuetext'))!,
    )!;
    await press('Enter');
    await settled(page);
    expect(await schemeOf(page)).toContain(`range:-${Number(threshold)},${Number(threshold)}`);
    await page.getByRole('button', { name: 'Reset', exact: true }).click();
  });

  test('zooming into the channels asks for their rows anew', async () => {
    const page = await openLayer(embedding);
    const channels = section(page, 'Output channels');
    expect(await channels.locator('.chart-unit').first().innerText()).toBe('rows 0 … 127');
    await channels.getByRole('slider', { name: /^SQNR by row/ }).focus();
    await press('+');
    await press('+');
    await press('+');
    await expect
      .poll(() => channels.locator('.chart-unit').first().innerText())
      .toBe('rows 56 … 71');
    await showTable(page, 'Output channels').click();
    const rows = channels.locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(16);
    const values = dumped(embedding).subarray(60 * cols, 61 * cols);
    const absMax = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const row = await rows.filter({ hasText: 'row 60' }).innerText();
    expect(row.split('\t')).toContain(absMax.toPrecision(4));
    await showTable(page, 'Output channels').click();
    await channels.getByRole('button', { name: 'Show all rows' }).click();
    await expect
      .poll(() => channels.locator('.chart-unit').first().innerText())
      .toBe('rows 0 … 127');
  });

  test('a cell of the map leads to a single weight, and to its values', async () => {
    const page = await openLayer(embedding);
    const map = section(page, 'Map');
    const cells = map.getByRole('application');
    await cells.focus();
    for (let i = 0; i < 10; i++) await press('ArrowDown');
    await press('ArrowRight');
    await press('Enter');
    await expect.poll(() => map.locator('.map-crumbs [aria-current]').innerText()).toMatch(/^\[/);
    await settled(page);
    await cells.focus();
    await press('ArrowDown');
    const said = await map.locator('.map-overlay [role="status"]').innerText();
    const [, row, col, exact] = /^row (\d+), column (\d+): \|weight\| \S+ \((\S+)\)$/.exec(said)!;
    expect(Number(exact)).toBe(Math.abs(dumped(embedding)[Number(row) * cols + Number(col)]!));
    await session().screenshot('layer map');
    await press('Escape');
    await expect.poll(() => map.locator('.map-crumbs [aria-current]').innerText()).toMatch(/^All/);
    await page
      .getByRole('button', { name: /^\[\d+, \d+\]$/ })
      .first()
      .click();
    await page.getByRole('tab', { name: 'Values', selected: true }).waitFor();
  });

  test('what is shown as a table stays so', async () => {
    const page = await openLayer(q);
    await showTable(page, 'Codes').focus();
    await press('Enter');
    await page.getByRole('region', { name: 'Weights by code' }).waitFor();
    await session().openFile('model.py');
    const again = await openTab();
    await again.getByRole('region', { name: 'Weights by code' }).waitFor();
    await showTable(again, 'Codes').click();
    await again.locator('.layer-codes canvas').waitFor();
  });

  test('the keyboard reaches every section', async () => {
    const page = await openLayer(q);
    await page.getByRole('combobox', { name: 'Go to a layer by its name' }).focus();
    const reached = new Set<string>();
    for (let i = 0; i < 90; i++) {
      await press('Tab');
      const at = await page.locator('body').evaluate(() => {
        const named = document.activeElement
          ?.closest('.layer-section')
          ?.getAttribute('aria-labelledby');
        return (named && document.getElementById(named)?.textContent) ?? '';
      });
      if (at) reached.add(at);
      else if (reached.size > 0) break;
    }
    expect([...reached]).toEqual([
      'Histogram',
      'Calibration curve',
      'Output channels',
      'Map',
      'Codes',
      'Largest weights',
      'Casts',
    ]);
  });
});

test.each(['light', 'dark', 'high-contrast'] satisfies ThemeKind[])(
  '%s: nothing is inaccessible',
  async kind => {
    const page = await openLayer(q);
    await session().setTheme(kind);
    await expect.poll(() => page.locator('body').getAttribute('class')).toContain(`vscode-${kind}`);
    for (const width of widthsOf(kind)) {
      await session().page.setViewportSize({ width, height: 900 });
      await settled(page);
      for (const [name, place] of [
        ['top', page.locator('.layer-head')],
        ['middle', section(page, 'Output channels')],
        ['end', section(page, 'Casts')],
      ] as const) {
        await place.evaluate(e => e.scrollIntoView());
        await session().screenshot(`layer ${kind} ${width} ${name}`);
      }
      expect(await accessibilityProblems(page)).toEqual([]);
      session().takeErrors(); // axe tries what the policy refuses
    }
    await session().page.setViewportSize({ width: 1280, height: 900 });
  },
);
