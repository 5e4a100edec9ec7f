import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { pickRow } from '../vscode/browser.mjs';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { type ThemeKind, themes, useSession } from './lib/session';

const folder = path.join(root, 'test/fixtures/checkpoints/gptq-4bit-g128-sym');
const fixture = (name: string) => readFileSync(path.join(folder, name));

const session = useSession({
  files: {
    'pair/config.json': fixture('config.json'),
    'pair/packed.safetensors': fixture('model.safetensors'),
    'pair/original.safetensors': fixture('original.safetensors'),
  },
});

const compared = async () => {
  const page = session().webview();
  await page.locator('.compare').waitFor({ timeout: 30_000 });
  await expect
    .poll(() => page.locator('.status-text').innerText(), { timeout: 30_000 })
    .toMatch(/^Compared \d+ pairs?$/);
  return page;
};

describe('Compare With', () => {
  test('pairs a quantized model with its original, the worst first', async () => {
    await session().openEditor('original.safetensors');
    await session().command('Quantscope: Compare With');
    await pickRow(session().page, 'packed.safetensors');
    const page = await compared();
    expect(await page.locator('.summary').innerText()).toMatch(
      /original\.safetensors ↔ packed\.safetensors/,
    );
    const cells = page.locator('.table-body .row[data-pair] .cell.sqnr');
    const figures = (await cells.allInnerTexts()).map(text => (text === '∞' ? Infinity : +text));
    expect(figures.length).toBeGreaterThan(1);
    expect(figures[0]).toBeGreaterThan(0);
    expect(figures).toEqual(figures.toSorted((a, b) => a - b));
  });

  test('a pair that is selected by keyboard shows its values and where its errors are', async () => {
    const page = await compared();
    const { keyboard } = session().page;
    await page.locator('.table-body .row[tabindex="0"]').focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await page.locator('.row[aria-selected="true"]').waitFor();
    const plot = page.locator('.details canvas.histograms');
    await expect.poll(() => plot.getAttribute('aria-label')).toMatch(/^Histograms of both/);
    await expect
      .poll(() => page.locator('.details canvas.heat-map').getAttribute('aria-label'))
      .toMatch(/^Mean absolute error by place, .+ Largest at rows? /);
    expect(await page.locator('.details').innerText()).toMatch(/Worst block\s+\[0:32, /);
    await page.getByRole('button', { name: 'Show as table' }).press('Enter');
    await page.locator('.details .figures').nth(1).waitFor();
    await page.getByRole('button', { name: 'Show as table' }).press('Enter');
    await keyboard.press('Escape');
    await expect.poll(() => page.locator('.row[aria-selected="true"]').count()).toBe(0);
  });

  test.each(Object.keys(themes) as ThemeKind[])(
    '%s: nothing is inaccessible, wide and narrow',
    async theme => {
      await session().setTheme(theme);
      const page = await compared();
      await page.locator('.table-body .row[data-pair]').first().click();
      await page.locator('.details canvas.histograms').waitFor();
      for (const width of [1600, 700]) {
        await session().page.setViewportSize({ width, height: 900 });
        expect(await accessibilityProblems(page)).toEqual([]);
        session().takeErrors(); // axe tries what the policy refuses
      }
      await session().page.setViewportSize({ width: 1280, height: 900 });
    },
  );

  test('compares two files that are selected in the explorer', async () => {
    const { page } = session();
    await session().command('View: Close All Editors');
    const row = (name: string) =>
      page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
    await row('packed.safetensors').click();
    await row('original.safetensors').click({ modifiers: ['ControlOrMeta'] });
    await row('original.safetensors').click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Compare in Quantscope/ }).hover();
    await page.keyboard.press('Enter');
    await compared();
  });
});
