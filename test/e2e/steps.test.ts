import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed, rowOf } from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const tensors = 39;
const q = 'model.layers.1.self_attn.q_proj.weight';

const open = async () => {
  const page = await session().openEditor(model);
  await analysed(page, tensors);
  await tab(page, 'steps').click();
  await page.locator('main.steps').waitFor();
  return page;
};

const tab = (page: FrameLocator, view: string) => page.locator(`.tab[data-view="${view}"]`);

/** Chooses what is watched, by its name in the menu, and waits until it is there. */
const watch = async (page: FrameLocator, name: string) => {
  await page.locator('.steps-menu').selectOption({ label: name });
  await page.locator('.steps-page:not(.old)').waitFor();
};

/** Selects the tensor in the overview, and comes back. */
const select = async (page: FrameLocator) => {
  await tab(page, 'overview').click();
  await page.locator('.filter-input').fill('layers.1.self_attn.q_proj');
  const row = rowOf(page, q);
  await row.waitFor();
  if ((await row.getAttribute('aria-selected')) !== 'true') await row.click();
  await tab(page, 'steps').click();
};

/** The section of a part, by its title. */
const part = (page: FrameLocator, title: string) =>
  page.locator('.steps-parts .steps-section', {
    has: page.locator('h2', { hasText: new RegExp(`^${title}`) }),
  });

/** Figures of one step, a value each, as they are shown. */
const column = async (section: Locator, step: string) => {
  const cells = await section.locator(`tbody [data-step="${step}"]`).allInnerTexts();
  return cells.map(text => text.trim().replace('−', '-'));
};

const numbers = async (section: Locator, step: string) => {
  await section.waitFor();
  return (await column(section, step)).map(Number);
};

const values = async (section: Locator) =>
  (await section.locator('tbody .steps-value').allInnerTexts()).map(text =>
    Number(text.trim().replace('−', '-')),
  );

describe('every example shows its digits', () => {
  test('number formats', async () => {
    const page = await open();
    await watch(page, 'Number formats');
    const tables = page.locator('.formats-table');
    await tables.first().waitFor();
    const facts = await tables.nth(0).locator('tbody tr').allInnerTexts();
    expect(facts.map(f => f.split('\t').slice(0, 5).join(' '))).toEqual([
      'FP32 1 8 23 3.40282e38',
      'FP16 1 5 10 65504',
      'BF16 1 8 7 3.38953e38',
      'FP8 E4M3 1 4 3 448',
      'FP8 E5M2 1 5 2 57344',
      'FP4 E2M1 1 2 1 6',
      'FP8 E8M0 0 8 0 1.70141e38',
    ]);
    const rows = tables.nth(1).locator('tbody tr');
    const cell = (row: number, col: number) => rows.nth(row).locator('td').nth(col);
    expect(await cell(1, 0).innerText()).toMatch(/∞\s+overflows/);
    expect(await cell(1, 1).innerText()).toMatch(/0\s+vanishes/);
    expect(await cell(2, 0).locator('.format-value').getAttribute('title')).toBe('100139008');
  });

  test('absmax onto levels, nearest and down', async () => {
    const page = await open();
    await watch(page, 'Absmax onto a set of levels');
    for (const [title, levels, results] of [
      ['To the nearest level', [4, 2, 2, 4], [3, 1.5, 1.5, 3]],
      ['Down to a level', [4, 0, 2, 4], [3, 0, 1.5, 3]],
    ] as const) {
      const section = part(page, title);
      expect(await values(section)).toEqual([3, 1, 2, 3]);
      expect(await numbers(section, 'normalize')).toEqual([1, 0.333333, 0.666667, 1]);
      expect(await numbers(section, 'target')).toEqual([4, 1.33333, 2.66667, 4]);
      expect(await numbers(section, 'level')).toEqual(levels);
      expect(await numbers(section, 'dequantize')).toEqual(results);
    }
    expect(await column(part(page, 'Down to a level'), 'fate')).toContain('lost: now 0');
    const integers = part(page, 'What was rounded down');
    expect(await numbers(integers, 'dequantize')).toEqual([3, 0, 2, 3]);
  });

  test('one rule for all, or one for each vector', async () => {
    const page = await open();
    await watch(page, 'One rule for all, or one for each vector');
    const away = part(page, 'A and B, one divisor of 4, half away');
    expect(await numbers(away, 'divide')).toEqual([7.5, 2.5, 5, 7.5, 0, 0.5, 0.5, 0]);
    expect(await numbers(away, 'round')).toEqual([8, 3, 5, 8, 0, 1, 1, 0]);
    const even = part(page, 'A and B, one divisor of 4, half to even');
    expect(await numbers(even, 'round')).toEqual([8, 2, 5, 8, 0, 0, 0, 0]);
    const own = part(page, 'B with its own divisor');
    expect(await numbers(own, 'dequantize')).toEqual([0, 2, 2, 0]);
    expect(await numbers(own, 'error')).toEqual([0, 0, 0, 0]);
  });

  test('symmetric int8 and asymmetric uint8', async () => {
    const page = await open();
    await watch(page, 'Symmetric int8');
    const symmetric = part(page, 'Symmetric');
    expect(await numbers(symmetric, 'saturate')).toEqual([-91, -36, 0, 36, 127]);
    expect(await symmetric.locator('.steps-params').innerText()).toContain(
      'Scale 0.0275591, zero point 0',
    );
    await watch(page, 'Asymmetric uint8');
    const away = part(page, 'Half away from zero');
    expect(await numbers(away, 'saturate')).toEqual([0, 63, 106, 149, 255]);
    expect(await away.locator('.steps-params').innerText()).toContain(
      'Scale 0.0235294, zero point 106',
    );
    const even = part(page, 'Half to even');
    expect(await numbers(even, 'saturate')).toEqual([0, 64, 106, 148, 255]);
  });

  test('the ruler', async () => {
    const page = await open();
    await watch(page, 'The ruler: data from 3 to 10');
    const finding = (kind: string) => page.locator(`[data-ruler="${kind}"] .ruler-finding`);
    await expect.poll(() => finding('free').innerText()).toContain('zero point −109, beyond');
    expect(await finding('symmetric').innerText()).toContain('165 of 255 codes are never used');
    expect(await finding('asymmetric').innerText()).toContain('76 of 256 codes are never used');
    expect(await finding('free').innerText()).toContain('all 256 codes are in the range');
    const picture = page.locator('[data-ruler="symmetric"] canvas[role="img"]');
    expect(await picture.getAttribute('aria-label')).toContain('165 of 255 codes');
  });

  test('calibration, with the curve', async () => {
    const page = await open();
    await watch(page, 'Calibration');
    const minmax = part(page, 'Smallest to largest');
    expect(await numbers(minmax, 'saturate')).toEqual([3, 4, 5, 127]);
    const percentile = part(page, 'Percentiles 1 and 99');
    expect(await column(percentile, 'range')).toEqual(['inside', 'inside', 'inside', 'above']);
    expect(await percentile.locator('.steps-params').innerText()).toContain('−4.856 … 4.856');
    const entropy = part(page, 'KL divergence, as onnxruntime searches');
    const label = await entropy.locator('.steps-curve canvas').getAttribute('aria-label');
    expect(label).toMatch(/^KL divergence of 961 thresholds; chosen: 0\.429688/);
    const clipped = part(page, 'Clipped to');
    expect(await clipped.locator('.steps-figures').innerText()).toMatch(/Clipped\s+30\.0 %/);
  });

  test('outliers and sensitivity', async () => {
    const page = await open();
    await watch(page, 'Outliers kept apart');
    const after = part(page, 'After');
    expect(await column(after, 'keep')).toEqual(['·', '·', '·', '5']);
    expect(await after.locator('.steps-figures').innerText()).toMatch(/Bits per weight\s+28/);
    expect(await part(page, 'Before').locator('.steps-figures').innerText()).toMatch(
      /Bits per weight\s+16/,
    );
    await watch(page, 'Layer sensitivity');
    const exact = part(page, 'A layer without outliers').locator('.steps-figures');
    await expect.poll(() => exact.innerText()).toMatch(/SQNR\s+exact/);
  });
});

test('values typed by hand follow the active scheme; what is wrong is said', async () => {
  const page = await open();
  await watch(page, 'Values typed by hand');
  const input = page.locator('.steps-input');
  await input.fill('-2.5, -1 0 1, 3.5');
  const section = page.locator('.steps-parts .steps-section');
  await expect.poll(() => values(section)).toEqual([-2.5, -1, 0, 1, 3.5]);
  // One scale for a row, and typed values are one row.
  expect(await section.locator('h2').innerText()).toBe('int8');
  expect(await numbers(section, 'saturate')).toEqual([-91, -36, 0, 36, 127]);
  await input.fill('1 2 x3');
  await expect.poll(() => page.locator('.steps-message').innerText()).toContain('“x3”');
  expect(await input.getAttribute('aria-invalid')).toBe('true');
  await input.fill('1 2 3');
  await expect.poll(() => values(section)).toEqual([1, 2, 3]);
  // What was typed is kept.
  await session().openFile('model.py');
  await session().openFile(model);
  const again = session().webview();
  await expect.poll(() => again.locator('.steps-input').inputValue()).toBe('1 2 3');
  await expect.poll(() => values(again.locator('.steps-parts .steps-section'))).toEqual([1, 2, 3]);
});

/** One tensor of a file that the command line wrote. */
function readTensor(file: string, name: string): Int8Array {
  const bytes = readFileSync(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const [from, to] = header[name].data_offsets as [number, number];
  expect(header[name].dtype).toBe('I8');
  return new Int8Array(
    Uint8Array.from(bytes.subarray(8 + headerLength + from, 8 + headerLength + to)).buffer,
  );
}

test('a row of the model has the codes that the command line writes', async () => {
  const page = await open();
  await select(page);
  await watch(page, 'Values of the selected tensor');
  const section = page.locator('.steps-parts .steps-section');
  const row = page.locator('.steps-number').first();
  await row.fill('5');
  await row.press('Enter');
  await expect.poll(() => section.locator('.steps-params').innerText()).toMatch(/row 5/);
  const scheme = await section.locator('h2').innerText();
  const folder = mkdtempSync(path.join(tmpdir(), 'quantscope-steps-'));
  try {
    const file = path.join(session().folder, model);
    const args = ['quantize', file, '--scheme', scheme, '--out', folder, '--codes'];
    execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), ...args]);
    const codes = readTensor(path.join(folder, 'model.codes.safetensors'), `${q}.codes`);
    expect(await numbers(section, 'saturate')).toEqual([...codes.subarray(5 * 64, 5 * 64 + 16)]);
    await page.getByRole('button', { name: 'Next values' }).click();
    const next = [...codes.subarray(5 * 64 + 16, 5 * 64 + 32)];
    await expect.poll(() => numbers(section, 'saturate')).toEqual(next);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const ruler = page.locator('.ruler-section');
  await ruler.getByRole('button', { name: 'Whole tensor' }).click();
  await expect.poll(() => ruler.innerText()).toContain('over the whole tensor');
});

test('by keyboard: the menu, the codes of a ruler, the table', async () => {
  const page = await open();
  const { keyboard } = session().page;
  await watch(page, 'Symmetric int8');
  await page.locator('.steps-menu').focus();
  await keyboard.press('ArrowDown');
  await expect.poll(() => page.locator('.steps-menu').inputValue()).toBe('asymmetric');
  await part(page, 'Half to even').waitFor();
  const slider = page.locator('[data-ruler="asymmetric"]').getByRole('slider');
  await slider.focus();
  await keyboard.press('Home');
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe('code 0 is −2.49412');
  await keyboard.press('ArrowRight');
  await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/^code 1 is −2\.47/);
  await page.getByRole('button', { name: 'Ruler: show as table' }).focus();
  await keyboard.press('Enter');
  const rows = page.locator('[data-ruler="asymmetric"] tbody tr');
  await expect.poll(() => rows.count()).toBe(256);
  await keyboard.press('Enter');
  await page.locator('[data-ruler="asymmetric"] canvas').waitFor();
});

test('an example’s scheme is taken over', async () => {
  const page = await open();
  await watch(page, 'Asymmetric uint8');
  await part(page, 'Half away').getByRole('button', { name: 'Use this scheme' }).click();
  await watch(page, 'Values typed by hand');
  const section = page.locator('.steps-parts .steps-section');
  await expect.poll(() => section.locator('h2').innerText()).toBe('uint8 tensor round=away');
});

test.each(['light', 'dark', 'high-contrast'] satisfies ThemeKind[])(
  '%s: nothing is inaccessible',
  async kind => {
    const page = await open();
    await select(page);
    await session().setTheme(kind);
    await expect.poll(() => page.locator('body').getAttribute('class')).toContain(`vscode-${kind}`);
    for (const [name, label] of [
      ['formats', 'Number formats'],
      ['levels', 'Absmax onto a set of levels'],
      ['ruler', 'The ruler: data from 3 to 10'],
      ['calibration', 'Calibration'],
      ['tensor', 'Values of the selected tensor'],
    ] as const) {
      await watch(page, label);
      for (const width of widthsOf(kind)) {
        await session().page.setViewportSize({ width, height: 900 });
        await page.locator('main.steps').evaluate(e => e.scrollTo(0, 0));
        await session().screenshot(`steps ${name} ${kind} ${width}`);
        expect(await accessibilityProblems(page)).toEqual([]);
        session().takeErrors(); // axe tries what the policy refuses
      }
      await session().page.setViewportSize({ width: 1280, height: 900 });
    }
  },
);
