import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hoverText, pickRow } from '../vscode/browser.mjs';
import { analysed, detailName, layersDrawn, rowOf } from './lib/editor';
import { useSession } from './lib/session';

const q = 'model.layers.0.self_attn.q_proj.weight';

const session = useSession({
  files: {
    'names.py': `weights = load_file("model.safetensors")\nq = weights["${q}"]\n`,
    'names.json': `{ "keep": ["${q}"] }\n`,
  },
});

const ready = async () => {
  const page = session().webview();
  await page.locator('body[data-state="ready"]').waitFor({ timeout: 30_000 });
  return page;
};

/** A model of one tensor that takes long to read and no room on the disk. */
function writeSparse(name: string, gigabytes: number): void {
  const cols = 4096;
  const rows = (gigabytes * 1e9) / 2 / cols;
  const header = JSON.stringify({
    'a.weight': {
      dtype: 'BF16',
      shape: [Math.floor(rows), cols],
      data_offsets: [0, Math.floor(rows) * cols * 2],
    },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(path.join(session().folder, name), 'w');
  writeSync(file, Buffer.concat([length, Buffer.from(header)]));
  ftruncateSync(file, 8 + header.length + Math.floor(rows) * cols * 2);
  closeSync(file);
}

describe('every format opens', () => {
  test('.npy by itself', async () => {
    const page = await session().openEditor('embedding.npy');
    await analysed(page, 1);
    await rowOf(page, 'embedding').waitFor();
    expect(await layersDrawn(page, 'scale', 1)).toEqual([true]);
  });

  test('.npz from the explorer', async () => {
    const { page } = session();
    await page
      .locator('.explorer-folders-view .monaco-list-row', { hasText: 'convnet.npz' })
      .click({ button: 'right' });
    // By key: VS Code takes a click that follows the opening of a menu too soon for a part of it.
    await page.getByRole('menuitem', { name: 'Open in Quantscope', exact: true }).hover();
    await page.keyboard.press('Enter');
    await page.locator('.tab.active[data-resource-name="convnet.npz"]').waitFor();
    const view = await ready();
    await expect.poll(() => view.locator('.summary').innerText()).toContain('npz');
    expect(await view.locator('.table-body .row[data-tensor]').count()).toBeGreaterThan(1);
  });

  test('a sharded model from the text of its index.json, as one', async () => {
    await session().openFile('model.safetensors.index.json');
    await session().page.getByRole('button', { name: 'Open in Quantscope' }).first().click();
    const page = await ready();
    await expect.poll(() => page.locator('.summary').innerText()).toContain('3 files');
    await rowOf(page, 'lm_head.weight').click();
    await expect
      .poll(() => page.locator('.details').innerText())
      .toMatch(/model-0000\d-of-00003\.safetensors/);
  });
});

describe('commands', () => {
  test('Quantize Tensor shows what the scheme does to the tensor that was picked', async () => {
    await session().openEditor('model.safetensors');
    await session().command('Quantscope: Quantize Tensor');
    const { page } = session();
    await page.locator('.quick-input-widget input.input').fill('layers.0.self_attn.q_proj');
    await pickRow(page, q);
    await pickRow(page, 'int8 asym tensor');
    const view = await ready();
    await expect.poll(() => detailName(view)).toBe(q);
    await expect
      .poll(() => view.locator('.details .schemes').innerText())
      .toMatch(/SQNR, dB\s+\d+\.\d\s+\d+\.\d/);
  });

  test('Quantize Model shows the scheme for every tensor', async () => {
    await session().openEditor('model.safetensors');
    await session().command('Quantscope: Quantize Model');
    await pickRow(session().page, 'one scale per output channel');
    const view = await ready();
    await analysed(view, 39);
    await expect.poll(() => view.locator('.chip.active').getAttribute('data-scheme')).toBe('int8');
  });

  test('Quantize Model takes any text, tells what is wrong with it, and keeps it over a reload', async () => {
    await session().openEditor('model.safetensors');
    await session().command('Quantscope: Quantize Model');
    const { page } = session();
    const input = page.locator('.quick-input-widget input.input');
    await input.fill('int4 grup=48');
    await page
      .locator('.quick-input-widget .monaco-list-row', { hasText: 'did you mean "group=48"?' })
      .waitFor();
    await session().screenshot('pick-scheme');
    await page.keyboard.press('Enter');
    // It stays open: there is nothing to quantize with.
    await input.fill('INT4 sym group=48');
    await pickRow(page, 'int4 group=48');
    const schemes = () => session().webview().locator('.scheme-bar').innerText();
    await analysed(await ready(), 39);
    await expect.poll(schemes).toContain('int4 group=48');
    await session().command('View: Close All Editors');
    await analysed(await session().openEditor('model.safetensors'), 39);
    await expect.poll(schemes).toContain('int4 group=48');
  });

  test('Open Beside shows the model in the other column, at the name under the cursor', async () => {
    const { page } = session();
    await session().command('View: Close All Editors');
    await session().openFile('names.py');
    const name = page.locator('.view-line', { hasText: 'q_proj' }).first();
    await name.click({ position: { x: 200, y: 8 } });
    await session().command('Quantscope: Open Beside');
    const view = await ready();
    await expect.poll(() => detailName(view)).toBe(q);
    const [left, right] = await Promise.all([
      page.locator('.editor-group-container .monaco-editor').first().boundingBox(),
      page.locator('iframe.webview.ready').boundingBox(),
    ]);
    expect(right!.x).toBeGreaterThanOrEqual(left!.x + left!.width);
    await session().screenshot('beside');
    await session().command('View: Close All Editors');
  });

  test('Show Log opens the log', async () => {
    const { page } = session();
    await session().command('Quantscope: Show Log');
    // The served VS Code writes no log files, so that only the choice of the log can be seen, not its lines.
    const channel = () =>
      page
        .locator('.part.panel select')
        .first()
        .evaluate(select => (select as HTMLSelectElement).selectedOptions[0]?.text);
    await expect.poll(channel).toBe('Quantscope');
    await session().command('View: Toggle Panel Visibility');
  });
});

describe('a hover on a full name', () => {
  test.each(['names.py', 'names.json'])(
    '%s: dtype, shape, range, outliers, scale, zero point, SQNR',
    async file => {
      const { page } = session();
      await session().openFile(file);
      await page.locator('.view-line', { hasText: 'q_proj' }).first().waitFor();
      const text = await hoverText(page, 'q_proj', 'SQNR');
      for (const fact of [
        'BF16',
        '[64, 64]',
        'Range',
        'Outliers',
        'Scale',
        'Zero point',
        'int8 asym tensor',
        'dB',
        'Open in Quantscope',
      ])
        expect(text).toContain(fact);
      await page.keyboard.press('Escape');
    },
  );
});

describe('a model that takes long', () => {
  test('shows progress, is cancelled by the button, and goes on where it was', async () => {
    writeSparse('long.safetensors', 1.9);
    const view = await session().openEditor('long.safetensors');
    const status = view.locator('.status-text');
    await expect.poll(() => status.innerText()).toMatch(/Analysing 1 of 1 · \d+ % · .*a\.weight/);
    await expect.poll(() => status.innerText(), { timeout: 20_000 }).toMatch(/ [1-9]\d* %/);
    await view.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => status.innerText()).toMatch(/Cancelled · 0 of 1/);
    await view.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => status.innerText()).toMatch(/Analysing/);
    await session().command('Quantscope: Cancel Analysis');
    await expect.poll(() => status.innerText()).toMatch(/Cancelled/);
  });

  test('above the limit nothing is read before the user says so; a sample is marked as one', async () => {
    writeSparse('offered.safetensors', 14);
    const view = await session().openEditor('offered.safetensors');
    await expect
      .poll(() => view.locator('.analysis').innerText())
      .toMatch(/Reads 14\.0 GB to analyse/);
    await view.getByRole('button', { name: /^Sample \(reads 4\.19 MB\)/ }).click();
    await expect
      .poll(() => view.locator('.status-text').innerText(), { timeout: 20_000 })
      .toMatch(/Analysed 1 tensor/);
    await rowOf(view, 'a.weight').click();
    await expect.poll(() => view.locator('.details').innerText()).toMatch(/sample/i);
  });
});
