import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed, rowOf } from './lib/editor';
import { type ThemeKind, useSession } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const q = 'model.layers.1.self_attn.q_proj.weight';
const embedding = 'model.embed_tokens.weight';

/** What the command line says of a file of the workspace. */
const cli = (...args: string[]) =>
  JSON.parse(
    execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), ...args, '--json'], {
      cwd: session().folder,
      encoding: 'utf8',
    }),
  );

/** The figures of one tensor under a scheme, by the command line. */
const quantized = (tensor: string, scheme: string) => {
  const { tensors } = cli('quantize', model, '--scheme', scheme, '--tensor', tensor);
  return tensors[0] as { sqnrDb: number; mse: number; clippedFraction: number };
};

const openLayer = async (tensor: string) => {
  const page = await session().openEditor(model);
  await analysed(page, 39);
  await page.getByRole('tab', { name: 'Layer', exact: true }).click();
  const jump = page.getByRole('combobox', { name: 'Go to a layer by its name' });
  await jump.fill(tensor);
  await jump.press('Enter');
  await expect.poll(() => page.locator('.layer-name').innerText()).toBe(tensor);
  await settled(page);
  return page;
};

/** Waits until nothing of the view is being asked. */
const settled = (page: FrameLocator) =>
  expect.poll(() => page.locator('.layer [aria-busy]').count(), { timeout: 30_000 }).toBe(0);

/** All digits of one of the key figures. */
const exactFigure = async (page: FrameLocator, term: string) =>
  Number(
    await page.locator('.layer-figures div', { hasText: term }).locator('dd').getAttribute('title'),
  );

const schemeOf = (page: FrameLocator) => page.locator('.layer-scheme').innerText();

const section = (page: FrameLocator, name: string): Locator =>
  page.getByRole('region', { name, exact: true });

const press = (key: string) => session().page.keyboard.press(key);

test('first look', async () => {
  const page = await openLayer(q);
  await session().screenshot('layer first');
  await section(page, 'Map').evaluate(e => e.scrollIntoView());
  await session().screenshot('layer second');
});
