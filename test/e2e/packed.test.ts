import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed, detailName, rowOf, visibleCells, visibleNames } from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

const fixtures = path.join(root, 'test/fixtures/checkpoints');
const gptq = path.join(fixtures, 'gptq-4bit-g128-sym');
const mlx = path.join(fixtures, 'mlx-4bit-g64');
const bytes = readFileSync(path.join(gptq, 'model.safetensors'));

const session = useSession({
  files: {
    'gptq/packed.safetensors': bytes,
    'gptq/config.json': readFileSync(path.join(gptq, 'config.json')),
    'mlx/mlx.safetensors': readFileSync(path.join(mlx, 'model.safetensors')),
    'mlx/config.json': readFileSync(path.join(mlx, 'config.json')),
  },
});

const module = 'model.layers.0.self_attn.q_proj';
const weight = `${module}.weight`;
const weights = [weight, 'model.layers.1.mlp.down_proj.weight'];
const scheme = 'GPTQ 4-bit, group 128, symmetric';

/** A stored tensor's bytes, found by the file's own header. */
function storedBytes(name: string): DataView<ArrayBuffer> {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  const [from, to] = header[name].data_offsets as [number, number];
  return new DataView(
    Uint8Array.from(bytes.subarray(8 + headerLength + from, 8 + headerLength + to)).buffer,
  );
}

/** float16, normal and subnormal: scales are small. */
function halfs(view: DataView): number[] {
  return Array.from({ length: view.byteLength / 2 }, (_, i) => {
    const bits = view.getUint16(2 * i, true);
    const exponent = bits >> 10;
    const fraction = (bits & 1023) / 1024;
    return exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction);
  });
}

/** How often each four-bit code is in the packed words, in whatever order. */
function codeCounts(view: DataView): number[] {
  const counts = new Array<number>(16).fill(0);
  for (let i = 0; i < view.byteLength; i++)
    for (const code of [view.getUint8(i) & 15, view.getUint8(i) >> 4]) counts[code]!++;
  return counts;
}

const open = async () => {
  const page = await session().openEditor('packed.safetensors');
  await analysed(page, 3);
  return page;
};

const select = async (page: FrameLocator, name: string) => {
  await rowOf(page, name).click();
  await expect.poll(() => detailName(page)).toBe(name);
  await page.locator('.stored-plot').first().waitFor();
};

const toggle = (page: FrameLocator) =>
  page.locator('.toolbar').getByRole('button', { name: 'Stored tensors', exact: true });

const storedNames = (page: FrameLocator) =>
  expect.poll(async () => (await visibleNames(page)).filter(n => n.startsWith(module)).sort());

const asStored = ['bias', 'g_idx', 'qweight', 'qzeros', 'scales'].map(end => `${module}.${end}`);
const asWeights = [`${module}.bias`, weight];

describe('a GPTQ checkpoint', () => {
  test('lists one weight a module, with the scheme it is stored in', async () => {
    const page = await open();
    expect((await visibleNames(page)).filter(n => n.endsWith('.weight')).sort()).toEqual(weights);
    await storedNames(page).toEqual(asWeights);
    expect(await visibleCells(page, 'dtype')).toContain(scheme);
    const cell = rowOf(page, weight).locator('.cell.dtype');
    expect(await cell.getAttribute('title')).toBe(scheme);
    expect(await rowOf(page, weight).locator('.cell.shape').innerText()).toBe('[64, 256]');
  });

  test('says how a weight is stored, and shows its scales and codes', async () => {
    const page = await open();
    await select(page, weight);
    const facts = await page.locator('.details-head .facts').innerText();
    expect(facts).toContain(scheme);
    // Codes, scales, zero points and group index: 8192 + 256 + 64 + 1024 bytes for 64 x 256 weights.
    expect(facts).toContain(`${Number(((8 * 9536) / 16384).toPrecision(4))} bits per weight`);
    const stored = page.locator('.stored-as tbody tr th');
    const names = await stored.evaluateAll(heads => heads.map(head => head.getAttribute('title')));
    expect(names.sort()).toEqual(asStored.filter(name => !name.endsWith('bias')));

    const scales = halfs(storedBytes(`${module}.scales`));
    const shown = page.locator('.stored-group').first().locator('.stored-facts dd');
    expect(await shown.nth(0).getAttribute('title')).toBe(String(Math.min(...scales)));
    expect(await shown.nth(2).getAttribute('title')).toBe(String(Math.max(...scales)));
    expect(await shown.nth(3).innerText()).toBe(String(scales.length));

    const map = page.locator('.heat-map[role="img"]').first();
    expect(await map.getAttribute('aria-label')).toMatch(/^Map of scales, 64 rows by 2 groups/);
    const box = (await map.boundingBox())!;
    // Row 63, group 0 is stored at [0, 63]: groups are the rows of the stored scales.
    await map.hover({ position: { x: 0.25 * box.width, y: box.height - 2 } });
    const tip = await page.locator('.stored .text-tooltip').innerText();
    const [place, value] = tip.split(': ');
    expect(place).toBe('row 63, group 0');
    expect(Math.abs(Number(value) / scales[63]! - 1)).toBeLessThan(5e-4);
  });

  test('the same as tables, by keyboard, and the choice is kept', async () => {
    const page = await open();
    await select(page, weight);
    const button = page.locator('.stored').getByRole('button', { name: 'Show as table' });
    await button.focus();
    await session().page.keyboard.press('Enter');
    const rows = page.getByRole('region', { name: 'Weights by code' }).locator('tbody tr');
    await rows.first().waitFor();
    const counts = codeCounts(storedBytes(`${module}.qweight`));
    const cells = await rows.evaluateAll(all =>
      all.map(row =>
        [...row.children].slice(0, 2).map(c => Number(c.textContent?.replace(',', ''))),
      ),
    );
    expect(cells).toEqual(counts.map((count, code) => [code, count]));
    expect(await page.locator('.stored-words').innerText()).toContain(
      `${counts.filter(Boolean).length} of 16 codes used`,
    );
    const map = page.getByRole('region', { name: /^Values of scales by row and group/ });
    expect(await map.locator('tbody tr').count()).toBe(64);
    await session().openFile('model.py');
    await session().openFile('packed.safetensors');
    const again = session().webview();
    await again.getByRole('region', { name: 'Weights by code' }).waitFor();
    await again.locator('.stored').getByRole('button', { name: 'Show as table' }).click();
    await again.locator('.stored-plot').first().waitFor();
  });

  test('the toggle shows the stored tensors and back, by keyboard', async () => {
    const page = await open();
    await toggle(page).focus();
    for (const [pressed, names] of [
      ['true', asStored],
      ['false', asWeights],
    ] as const) {
      await session().page.keyboard.press('Space');
      await storedNames(page).toEqual(names);
      await expect.poll(() => toggle(page).getAttribute('aria-pressed')).toBe(pressed);
      expect(await toggle(page).evaluate(e => e === document.activeElement)).toBe(true);
    }
  });

  test('from a weight to its stored tensors, and from one of them back to it', async () => {
    const page = await open();
    await select(page, weight);
    await page.getByRole('button', { name: 'Show stored tensors' }).click();
    await expect.poll(() => detailName(page)).toBe(`${module}.qweight`);
    expect(await page.locator('.stored-plot').count()).toBe(0);
    await rowOf(page, `${module}.scales`).click();
    await expect.poll(() => detailName(page)).toBe(`${module}.scales`);
    await toggle(page).click();
    await expect.poll(() => detailName(page)).toBe(weight);
    expect(await rowOf(page, weight).getAttribute('aria-selected')).toBe('true');
  });
});

test.each(['light', 'dark', 'high-contrast'] satisfies ThemeKind[])(
  '%s: nothing is inaccessible',
  async kind => {
    const page = await open();
    await session().setTheme(kind);
    await expect.poll(() => page.locator('body').getAttribute('class')).toContain(`vscode-${kind}`);
    await select(page, weight);
    for (const width of widthsOf(kind)) {
      await session().page.setViewportSize({ width, height: 900 });
      await page.locator('.details .stored').evaluate(e => e.scrollIntoView());
      await session().screenshot(`packed ${kind} ${width}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      session().takeErrors(); // axe tries what the policy refuses
    }
    await session().page.setViewportSize({ width: 1280, height: 900 });
  },
);
