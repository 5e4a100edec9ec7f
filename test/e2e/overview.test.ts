import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import {
  analysed,
  chartIds,
  detailName,
  layerPosition,
  pictureOf,
  rowOf,
  visibleNames,
} from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const layers = 39;
const scheme = 'int8';

const open = async () => {
  const page = await session().openEditor(model);
  await analysed(page, layers);
  return page;
};

interface Quantized {
  readonly name: string;
  readonly mse: number | null;
  readonly sqnrDb: number | null;
}

/** What the command line says, worst first. */
function quantized(under = scheme): (Quantized & { readonly share: number })[] {
  const cli = path.join(root, 'dist/cli.js');
  const file = path.join(session().folder, model);
  const args = [cli, 'quantize', file, '--scheme', under, '--json'];
  const { tensors } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as {
    tensors: Quantized[];
  };
  const elements = elementsByName(file);
  const error = ({ name, mse }: Quantized) => (mse ?? 0) * elements.get(name)!;
  const all = tensors.reduce((sum, tensor) => sum + error(tensor), 0);
  return tensors
    .map(tensor => ({ ...tensor, share: error(tensor) / all }))
    .filter(({ sqnrDb }) => sqnrDb !== null)
    .sort((a, b) => a.sqnrDb! - b.sqnrDb!);
}

/** Read from the file's own header. */
function elementsByName(file: string): Map<string, number> {
  const bytes = readFileSync(file);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  return new Map(
    Object.entries(header as Record<string, { shape?: number[] }>).map(([name, { shape }]) => [
      name,
      (shape ?? []).reduce((a, b) => a * b, 1),
    ]),
  );
}

const slider = (page: FrameLocator, chart: string) =>
  page.locator(`[data-chart="${chart}"] .plot-overlay`);
const marks = async (page: FrameLocator, chart: string) =>
  Number(await slider(page, chart).getAttribute('aria-valuemax'));
const range = (page: FrameLocator) => page.locator('.zoom-range');
const colourBy = (page: FrameLocator, by: string) => page.getByRole('radio', { name: by }).click();

/** Presses at one layer and lets go at another. */
async function sweep(page: FrameLocator, chart: string, from: number, to: number) {
  const { mouse } = session().page;
  const { overlay, position } = await layerPosition(page, { chart, layer: from, layers });
  const end = await layerPosition(page, { chart, layer: to, layers });
  const box = (await overlay.boundingBox())!;
  await mouse.move(box.x + position.x, box.y + position.y);
  await mouse.down();
  await mouse.move(box.x + (position.x + end.position.x) / 2, box.y + position.y);
  await mouse.move(box.x + end.position.x, box.y + position.y);
  await mouse.up();
}

async function reset(page: FrameLocator) {
  await page.getByRole('button', { name: 'Reset zoom' }).click();
  await expect.poll(() => marks(page, 'sqnr')).toBe(layers);
}

describe('kinds', () => {
  test('rows and details say what a tensor does', async () => {
    const page = await open();
    const q = 'model.layers.1.self_attn.q_proj.weight';
    await page.locator('.filter-input').fill('layers.1.');
    expect(await rowOf(page, q).getByRole('img', { name: 'Query' }).innerText()).toBe('Q');
    await rowOf(page, q).click();
    await expect.poll(() => page.locator('.details-head .facts').innerText()).toContain('Query');
    await page.locator('.filter-input').fill('');
    await expect.poll(async () => (await visibleNames(page)).length).toBeGreaterThan(3);
  });

  test('colour the charts, and the legend shows and hides them', async () => {
    const page = await open();
    const byScheme = await pictureOf(page, 'sqnr');
    await colourBy(page, 'Kind');
    const query = page.locator('.legend-item[data-kind="q"]');
    await query.waitFor();
    const label = page.locator('[data-chart="sqnr"] canvas[role="img"]');
    await expect.poll(() => label.getAttribute('aria-label')).toContain('Query: worst');
    await expect.poll(() => pictureOf(page, 'sqnr')).not.toBe(byScheme);
    const all = await pictureOf(page, 'sqnr');
    await session().screenshot('overview kinds 1280');
    await query.focus();
    await session().page.keyboard.press('Enter');
    await expect.poll(() => label.getAttribute('aria-label')).not.toContain('Query: worst');
    await expect.poll(() => pictureOf(page, 'sqnr')).not.toBe(all);

    await session().openFile('model.py');
    await session().openFile(model);
    const again = session().webview();
    const kept = again.locator('.legend-item[data-kind="q"]');
    await expect.poll(() => kept.getAttribute('aria-pressed')).toBe('false');
    await kept.click();
    await colourBy(again, 'Scheme');
    await expect.poll(() => pictureOf(again, 'sqnr')).toBe(byScheme);
  });
});

/** Name of the layer that the charts have selected, once the details are of it, too. */
async function selectedName(page: FrameLocator): Promise<string> {
  const said = async () => {
    const text = await slider(page, 'sqnr').getAttribute('aria-valuetext');
    return text?.startsWith(`${await detailName(page)}:`);
  };
  await expect.poll(said).toBe(true);
  return detailName(page);
}

describe('zoom', () => {
  test('a sweep shows those layers in all charts, exactly; a button and a double click undo it', async () => {
    const page = await open();
    const first = await layerPosition(page, { chart: 'sqnr', layer: 5, layers });
    await first.overlay.click({ position: first.position });
    await expect.poll(() => slider(page, 'sqnr').getAttribute('aria-valuenow')).toBe('6');
    const name = await selectedName(page);

    await sweep(page, 'sqnr', 5, 14);
    await expect.poll(() => range(page).innerText()).toBe(`Layers 6–15 of ${layers}`);
    for (const chart of chartIds) expect(await marks(page, chart)).toBe(10);
    // The sweep selected nothing, and the layer that was selected is the first one now.
    expect(await detailName(page)).toBe(name);
    expect(await slider(page, 'mse').getAttribute('aria-valuenow')).toBe('1');
    await slider(page, 'mse').focus();
    await session().page.keyboard.press('End');
    await expect.poll(() => slider(page, 'mse').getAttribute('aria-valuenow')).toBe('10');

    await session().openFile('model.py');
    await session().openFile(model);
    const again = session().webview();
    await expect.poll(() => range(again).innerText()).toBe(`Layers 6–15 of ${layers}`);
    await reset(again);
    expect(await range(again).isVisible()).toBe(false);

    await sweep(again, 'scale', 30, 20); // leftwards
    await expect.poll(() => range(again).innerText()).toBe(`Layers 21–31 of ${layers}`);
    await slider(again, 'scale').dblclick();
    await expect.poll(() => marks(again, 'scale')).toBe(layers);
  });

  test('by keyboard: plus and minus around the selected layer, Escape for all, Enter to the layer', async () => {
    const page = await open();
    const { keyboard } = session().page;
    await slider(page, 'sqnr').focus();
    await keyboard.press('Home');
    await keyboard.press('PageUp');
    await expect.poll(() => slider(page, 'sqnr').getAttribute('aria-valuenow')).not.toBe('1');
    const name = await selectedName(page);
    await keyboard.press('+');
    await expect.poll(() => marks(page, 'sqnr')).toBe(20);
    await keyboard.press('+');
    await expect.poll(() => marks(page, 'sqnr')).toBe(10);
    expect(await slider(page, 'sqnr').getAttribute('aria-valuetext')).toContain(name);
    await keyboard.press('-');
    await expect.poll(() => marks(page, 'sqnr')).toBe(20);
    await keyboard.press('Escape');
    await expect.poll(() => marks(page, 'sqnr')).toBe(layers);
    expect(await detailName(page)).toBe(name); // the first Escape is the zoom's
    await keyboard.press('Enter');
    const tab = (view: string) => page.getByRole('tab', { name: view });
    await expect.poll(() => tab('Layer').getAttribute('aria-selected')).toBe('true');
    await tab('Overview').click();
    await rowOf(page, name).dblclick();
    await expect.poll(() => tab('Layer').getAttribute('aria-selected')).toBe('true');
    await tab('Overview').click();
    await page.getByRole('button', { name: 'Open layer' }).click();
    await expect.poll(() => tab('Layer').getAttribute('aria-selected')).toBe('true');
    await tab('Overview').click();
  });
});

test('an axis turns linear and back, and stays so', async () => {
  const page = await open();
  const log = (at: FrameLocator) => at.getByRole('button', { name: 'MSE: log axis' });
  const unit = page.locator('[data-chart="mse"] .chart-unit');
  expect(await unit.innerText()).toBe('weight², log');
  const before = await pictureOf(page, 'mse');
  await log(page).click();
  await expect.poll(() => unit.innerText()).toBe('weight²');
  await expect.poll(() => pictureOf(page, 'mse')).not.toBe(before);
  await session().openFile('model.py');
  await session().openFile(model);
  const again = session().webview();
  await expect.poll(() => log(again).getAttribute('aria-pressed')).toBe('false');
  await log(again).click();
  await expect.poll(() => log(again).getAttribute('aria-pressed')).toBe('true');
});

test('the ranking has the command line’s worst layers, with their share of the error, and leads to them', async () => {
  const page = await open();
  const expected = quantized();
  const entries = page.locator('.worst button');
  await expect.poll(() => entries.count()).toBeGreaterThanOrEqual(3);
  const shown = await entries.evaluateAll(all =>
    all.map(entry => ({
      name: (entry.getAttribute('title') ?? '').split('\n')[0],
      share: entry.querySelector('.share')?.textContent,
      sqnr: entry.querySelector('.value')?.textContent,
    })),
  );
  shown.forEach(({ name, share, sqnr }, i) => {
    const { [i]: worst } = expected;
    expect(name).toBe(worst!.name);
    expect(sqnr).toBe(worst!.sqnrDb!.toFixed(1));
    expect(Number.parseFloat(share!) / (100 * worst!.share)).toBeCloseTo(1, 1);
  });
  await entries.nth(1).focus();
  await session().page.keyboard.press('Enter');
  await expect.poll(() => detailName(page)).toBe(expected[1]!.name);
  await page.getByRole('button', { name: 'All, worst first' }).click();
  await expect
    .poll(async () => (await visibleNames(page)).slice(0, 3))
    .toEqual(expected.slice(0, 3).map(({ name }) => name));
  // It follows the active scheme, and is one stop of the Tab key.
  const activate = (of: string) => page.locator(`.chip[data-scheme="${of}"] .chip-main`).click();
  const other = 'int8 asym tensor';
  await activate(other);
  const first = () => entries.first().getAttribute('title');
  await expect.poll(first).toContain(`${quantized(other)[0]!.name}\n`);
  expect(await page.locator('.worst-box .chart-unit').innerText()).toContain(other);
  await activate(scheme);
  await expect.poll(first).toContain(`${expected[0]!.name}\n`);
  expect(await page.locator('.worst button[tabindex="0"]').count()).toBe(1);
});

test('the table has the command line’s figures, the lower the stronger coloured', async () => {
  const page = await open();
  const expected = quantized();
  const names = await visibleNames(page);
  const color = (name: string) =>
    rowOf(page, name)
      .locator('.cell.sqnr0')
      .evaluate(cell => getComputedStyle(cell).backgroundColor);
  expect(names.length).toBeGreaterThan(3);
  for (const name of names.slice(0, 4)) {
    const text = await rowOf(page, name).locator('.cell.sqnr0').innerText();
    expect(text).toBe(expected.find(tensor => tensor.name === name)!.sqnrDb!.toFixed(1));
  }
  await page.getByRole('button', { name: 'Close the details' }).click();
  const { keyboard } = session().page;
  const best = expected.at(-1)!.name;
  const strongest = await color(names[0]!);
  await page.locator('.table-body [tabindex="0"]').first().focus();
  await keyboard.press('Home');
  await page.getByRole('columnheader', { name: /SQNR of int8, in dB/ }).click();
  await rowOf(page, best).waitFor();
  expect(await color(best)).not.toBe(strongest);
  await page.getByRole('columnheader', { name: /SQNR of int8, in dB/ }).click();
});

test('following the pointer draws no chart anew', async () => {
  const page = await open();
  const { overlay, position } = await layerPosition(page, { chart: 'sqnr', layer: 1, layers });
  await page.locator('body').evaluate(() => {
    const { prototype } = CanvasRenderingContext2D;
    const { clearRect } = prototype;
    const counted = globalThis as unknown as { cleared: number };
    counted.cleared = 0;
    prototype.clearRect = function (...box) {
      counted.cleared++; // what chart.js does first when it draws
      clearRect.apply(this, box);
    };
  });
  const box = (await overlay.boundingBox())!;
  for (let layer = 1; layer < layers; layer += 2) {
    const x = box.x + ((layer + 0.5) * box.width) / layers;
    await session().page.mouse.move(x, box.y + position.y);
  }
  await expect.poll(() => page.locator('.tooltip').isVisible()).toBe(true);
  const cleared = await page
    .locator('body')
    .evaluate(() => (globalThis as unknown as { cleared: number }).cleared);
  expect(cleared).toBe(0);
});

test('the splitter gives the charts more room, by keyboard and by mouse, and it is kept', async () => {
  const page = await open();
  const height = async (at: FrameLocator) =>
    (await at.locator('[data-chart="sqnr"] canvas').boundingBox())!.height;
  const before = await height(page);
  const splitter = page.getByRole('separator', { name: 'Height of the charts' });
  await splitter.focus();
  for (let i = 0; i < 3; i++) await session().page.keyboard.press('ArrowDown');
  await expect.poll(() => height(page)).toBeGreaterThan(before);
  const after = await height(page);
  await session().openFile('model.py');
  await session().openFile(model);
  const again = session().webview();
  await expect.poll(() => height(again)).toBe(after);
  await again.getByRole('separator', { name: 'Height of the charts' }).dblclick();
  await expect.poll(() => height(again)).toBe(before);
});

test.each(['light', 'dark', 'high-contrast'] satisfies ThemeKind[])(
  '%s: nothing is inaccessible by kind and zoomed',
  async kind => {
    const page = await open();
    await session().setTheme(kind);
    await expect.poll(() => page.locator('body').getAttribute('class')).toContain(`vscode-${kind}`);
    await colourBy(page, 'Kind');
    await sweep(page, 'sqnr', 4, 25);
    await range(page).waitFor();
    for (const width of widthsOf(kind)) {
      await session().page.setViewportSize({ width, height: 900 });
      await session().screenshot(`overview ${kind} ${width}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      session().takeErrors(); // axe tries what the policy refuses
    }
    await session().page.setViewportSize({ width: 1280, height: 900 });
    await reset(page);
    await colourBy(page, 'Scheme');
  },
);
