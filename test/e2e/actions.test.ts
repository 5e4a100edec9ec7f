import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { analysed, detailName } from './lib/editor';
import { useSession } from './lib/session';

const session = useSession();
const model = 'model.safetensors';
const tensors = 39;

const open = async () => {
  const page = await session().openEditor(model);
  await analysed(page, tensors);
  return page;
};

const quickInput = () => session().page.locator('.quick-input-widget');
const rows = () => quickInput().locator('.quick-input-list .monaco-list-row');
const labels = () => rows().locator('.label-name').allInnerTexts();

/** What the command line tells of every tensor. */
function told<T>(...args: string[]): readonly T[] {
  const file = path.join(session().folder, model);
  const cli = path.join(root, 'dist', 'cli.js');
  const json = execFileSync(process.execPath, [cli, ...args, file, '--json'], { encoding: 'utf8' });
  return (JSON.parse(json) as { tensors: readonly T[] }).tensors;
}

describe('actions of the palette', () => {
  test('Rank Layers by Sensitivity lists the lowest SQNR first, and selects what is picked', async () => {
    const page = await open();
    await session().command('Quantscope: Rank Layers by Sensitivity');
    const known = told<{ name: string; sqnrDb: number | null }>('quantize', '--scheme', 'int8')
      .flatMap(({ name, sqnrDb }) => (sqnrDb === null ? [] : [{ name, sqnrDb }]))
      .sort((a, b) => a.sqnrDb - b.sqnrDb);
    const first = known.slice(0, 5).map(t => t.name);
    await expect.poll(async () => (await labels()).slice(0, 5)).toEqual(first);
    expect(await rows().first().innerText()).toContain(`${known[0]!.sqnrDb.toFixed(1)} dB`);
    await session().screenshot('actions rank');
    await session().page.keyboard.press('ArrowDown');
    await session().page.keyboard.press('Enter');
    await expect.poll(() => detailName(page)).toBe(first[1]);
  });

  test('Find Outliers lists the largest share first', async () => {
    const page = await open();
    await session().command('Quantscope: Find Outliers');
    type Told = { name: string; count: number; outliers: { count: number } };
    const known = told<Told>('stats')
      .map(({ name, count, outliers }) => ({ name, share: outliers.count / count }))
      .sort((a, b) => b.share - a.share);
    await expect.poll(() => labels()).toContain(known[0]!.name);
    const listed = await labels();
    const shares = listed.map(name => known.find(t => t.name === name)!.share);
    expect(shares[0]).toBe(known[0]!.share);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    await session().page.keyboard.press('Enter');
    await expect.poll(() => detailName(page)).toBe(listed[0]);
  });

  test('Compare Schemes ticks those that are shown, and shows what is ticked', async () => {
    const page = await open();
    await session().command('Quantscope: Compare Schemes...');
    const box = (name: string) =>
      rows()
        .filter({ has: session().page.getByText(name, { exact: true }) })
        .first();
    await expect.poll(() => box('int8').getAttribute('aria-checked')).toBe('true');
    await quickInput().locator('input.input').fill('nf4');
    await rows().filter({ hasText: 'nf4' }).first().click();
    await session().screenshot('actions compare schemes');
    await session().page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.scheme-bar .chip-main').allInnerTexts()).toHaveLength(3);
  });

  test('Export Report asks for the format and writes it', async () => {
    await open();
    await session().command('Quantscope: Export Report...');
    await rows().filter({ hasText: 'Markdown' }).click();
    const input = quickInput().locator('input.input');
    await expect.poll(() => input.inputValue()).toMatch(/model\.quantscope\.md$/);
    await input.press('Enter');
    await session().page.getByText('Saved model.quantscope.md').first().waitFor();
    const text = readFileSync(path.join(session().folder, 'model.quantscope.md'), 'utf8');
    expect(text).toContain('# model\\.safetensors');
  });

  test('Clear Cache says how much it freed', async () => {
    await open();
    await session().command('Quantscope: Clear Cache');
    await session()
      .page.getByText(/The cache is empty: .* freed/)
      .first()
      .waitFor();
    expect(readdirSync(session().folder)).toContain(model);
  });
});
