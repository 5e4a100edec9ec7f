import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { launch, webviewHasFocus } from '../vscode/browser.mjs';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed, visibleNames } from './lib/editor';
import { type ThemeKind, themes, useSession } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const tensors = 39;
const layer = 'model.layers.0.self_attn.q_proj.weight';

const open = async () => {
  const page = await session().openEditor(model);
  await analysed(page, tensors);
  return page;
};

/** Picks a line of the export menu, or of a chart's. */
async function choose(page: FrameLocator, item: string, menu = '.summary .menu') {
  await page.locator(`${menu} > summary`).click();
  await page.locator(menu).getByRole('button', { name: item }).click();
}

/** Gives the dialog a name in the open folder, and waits until our page says that it was saved. */
async function saveAs(page: FrameLocator, name: string): Promise<string> {
  const file = path.join(session().folder, name);
  const input = session().page.locator('.quick-input-widget input.input');
  // The dialog puts its own name in when it is ready; what was typed before would be lost.
  await expect
    .poll(() => input.inputValue(), { timeout: 20_000 })
    .toMatch(new RegExp(`model\\.[^/]*\\${path.extname(name)}$`));
  await input.fill(file);
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' });
  await expect
    .poll(() => page.locator('.export-name').innerText(), { timeout: 20_000 })
    .toBe(`Saved ${name}`);
  await webviewHasFocus(session().page);
  return file;
}

const cli = (...args: string[]) =>
  execFileSync(process.execPath, [path.join(root, 'dist', 'cli.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });

describe('what the editor shows, as files', () => {
  test('the table as CSV has the rows of the table, and the command line’s figures', async () => {
    const page = await open();
    await page.locator('.filter-input').fill('q_proj');
    await expect.poll(() => visibleNames(page)).toHaveLength(4);
    await page.locator('.table-head [role="columnheader"].sqnr0').first().click();
    await expect.poll(() => page.locator('.table-head [aria-sort="ascending"]').count()).toBe(1);
    await choose(page, 'Table as CSV');
    const file = await saveAs(page, 'table.csv');
    const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    expect(rows).toHaveLength(4);
    await expect.poll(() => visibleNames(page)).toEqual(rows.map(row => row.split(',')[0]));
    const titles = head!.match(/"[^"]*"|[^,]+/g)!;
    const scheme = /\((.*)\)/.exec(titles.find(t => t.startsWith('SQNR dB'))!)![1]!;
    const { tensors: lines } = JSON.parse(
      cli('quantize', path.join(session().folder, model), '--scheme', scheme, '--json'),
    ) as { tensors: { name: string; sqnrDb: number }[] };
    const at = titles.indexOf(`SQNR dB (${scheme})`);
    // Shapes are written with x, and names have no commas: cells are what is between commas.
    for (const row of rows) {
      const cells = row.split(',');
      expect(Number(cells[at])).toBe(lines.find(l => l.name === cells[0])!.sqnrDb);
    }
    await page.locator('.filter-input').fill('');
    await expect.poll(async () => (await visibleNames(page)).length).toBeGreaterThan(4);
  });

  test('JSON is what the command line prints, byte for byte', async () => {
    const page = await open();
    const file = path.join(session().folder, model);
    await page.locator('.summary .menu > summary').click();
    const items = await page.locator('.summary .menu button').allInnerTexts();
    await session().page.keyboard.press('Escape');
    const schemes = items.flatMap(item => /^Figures of (.*) as JSON…$/.exec(item)?.[1] ?? []);
    expect(schemes.length).toBeGreaterThan(0);
    for (const [i, scheme] of schemes.entries()) {
      await choose(page, `Figures of ${scheme} as JSON…`);
      const saved = readFileSync(await saveAs(page, `scheme-${i}.json`), 'utf8');
      expect(saved).toBe(cli('quantize', file, '--scheme', scheme, '--json'));
    }
    await choose(page, 'Statistics as JSON');
    const saved = readFileSync(await saveAs(page, 'stats.json'), 'utf8');
    expect(saved).toBe(cli('stats', file, '--json'));
  });

  test('a report as HTML opens by itself, with charts, and asks for nothing', async () => {
    const page = await open();
    await choose(page, 'Report as a web page');
    const file = await saveAs(page, 'report.html');
    const browser = await launch();
    try {
      for (const colorScheme of ['light', 'dark'] as const) {
        const tab = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
        const requests: string[] = [];
        const errors: string[] = [];
        tab.on('request', request => void requests.push(request.url()));
        tab.on('console', message => message.type() === 'error' && errors.push(message.text()));
        await tab.goto(pathToFileURL(file).href);
        expect(requests).toEqual([pathToFileURL(file).href]);
        expect(errors).toEqual([]);
        expect(await tab.locator('svg[role="img"]').count()).toBe(5);
        expect(await tab.locator('section').last().locator('tbody tr').count()).toBe(tensors);
        const svg = tab.locator('svg').first();
        expect((await svg.boundingBox())!.height).toBeGreaterThan(100);
        const filled = await svg
          .locator('path[fill^="var"]')
          .first()
          .evaluate(e => getComputedStyle(e).fill);
        expect(filled).toMatch(/^rgb/);
        expect(filled).not.toBe('rgb(0, 0, 0)');
        await tab.screenshot({
          path: path.join(root, 'out', 'shots', `report-${colorScheme}.png`),
          fullPage: false,
        });
        await tab.close();
      }
    } finally {
      await browser.close();
    }
    await choose(page, 'Report as Markdown');
    const markdown = readFileSync(await saveAs(page, 'report.md'), 'utf8');
    expect(markdown).toContain('# model\\.safetensors');
  });

  test('a chart as PNG is twice as large as it is shown, as SVG well-formed', async () => {
    const page = await open();
    const menu = '[data-chart="sqnr"] .chart-menu';
    const size = await page.locator('[data-chart="sqnr"] canvas').first().boundingBox();
    await choose(page, 'Save as PNG', menu);
    const png = readFileSync(await saveAs(page, 'chart.png'));
    writeFileSync(path.join(root, 'out', 'shots', 'export-chart.png'), png);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBeCloseTo(2 * (size!.width + 16), -1);
    expect(png.readUInt32BE(20)).toBeGreaterThan(2 * size!.height);

    await choose(page, 'Save as SVG', menu);
    const svg = readFileSync(await saveAs(page, 'chart.svg'), 'utf8');
    const found = await session().page.evaluate(text => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const errors = parsed.querySelectorAll('parsererror').length;
      return { errors, root: parsed.documentElement.tagName };
    }, svg);
    expect(found).toEqual({ errors: 0, root: 'svg' });
  });

  test('each chart of a layer as PNG, twice as large as it is shown', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'Layer', exact: true }).click();
    const jump = page.getByRole('combobox', { name: 'Go to a layer by its name' });
    await jump.fill(layer);
    await jump.press('Enter');
    await expect.poll(() => page.locator('.layer-name').innerText()).toBe(layer);
    await page.locator('.layer-figures dd').first().waitFor();
    await expect.poll(() => page.locator('.layer [aria-busy]').count()).toBe(0);
    const charts = {
      histogram: 'Histogram',
      curve: 'Calibration curve',
      codes: 'Codes',
      map: 'Map',
    };
    for (const [id, title] of Object.entries(charts)) {
      const chart = page.locator(`.layer-${id} canvas`).first();
      await chart.scrollIntoViewIfNeeded();
      const size = (await chart.boundingBox())!;
      await page.getByRole('button', { name: `${title}: save as PNG…` }).click();
      const png = readFileSync(await saveAs(page, `${id}.png`));
      writeFileSync(path.join(root, 'out', 'shots', `export-${id}.png`), png);
      expect(png.readUInt32BE(16)).toBeCloseTo(2 * (size.width + 16), -1);
      expect(png.readUInt32BE(20)).toBeGreaterThan(2 * size.height);
    }
    await page.getByRole('button', { name: 'Scale: save as PNG…' }).click();
    expect(
      readFileSync(await saveAs(page, 'channels.png'))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    const table = page.getByRole('button', { name: 'Histogram: show as table' });
    await table.click();
    expect(await page.getByRole('button', { name: 'Histogram: save as PNG…' }).count()).toBe(0);
    await table.click();
    await page.getByRole('tab', { name: 'Overview', exact: true }).click();
  });

  test('nothing happens when the dialog is closed', async () => {
    const page = await open();
    await choose(page, 'Statistics as JSON');
    const input = session().page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.press('Escape');
    await input.waitFor({ state: 'hidden' });
    expect(existsSync(path.join(session().folder, 'model.stats.json'))).toBe(false);
    expect(await page.locator('.banner:visible').count()).toBe(0);
  });

  test('the menus and the hint have nothing that axe-core finds, in any theme', async () => {
    const page = await open();
    await choose(page, 'Statistics as JSON');
    await saveAs(page, 'again.json');
    for (const kind of Object.keys(themes) as ThemeKind[]) {
      await session().setTheme(kind);
      for (const [name, menu] of [
        ['export', '.summary .menu'],
        ['chart', '[data-chart="scale"] .chart-menu'],
      ]) {
        await page.locator(`${menu} > summary`).click();
        await session().screenshot(`${name}-menu-${kind}`);
        expect(await accessibilityProblems(page), `${name} ${kind}`).toEqual([]);
        session().takeErrors(); // axe tries what the policy refuses
        await session().page.keyboard.press('Escape');
      }
    }
    await session().page.setViewportSize({ width: 700, height: 900 });
    await page.locator('.summary .menu > summary').click();
    await session().screenshot('export-menu-700');
    const body = (await page.locator('body').boundingBox())!;
    for (const part of ['.summary .menu .popover-panel', '.export-hint .button.icon']) {
      const box = (await page.locator(part).boundingBox())!;
      expect(box.x, part).toBeGreaterThanOrEqual(body.x);
      expect(box.x + box.width, part).toBeLessThanOrEqual(body.x + body.width);
    }
  });
});
