import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { rowOf } from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

const fixtures = path.join(root, 'test/fixtures');
const gptq = path.join(fixtures, 'checkpoints/gptq-4bit-g128-sym');

/** A .npy of format version 1. */
function npy(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  const length = Math.ceil((header.length + 11) / 64) * 64 - 10;
  const head = Buffer.alloc(10 + length, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  head.write(header, 10);
  head.write('\n', 9 + length);
  return Buffer.concat([head, data]);
}

/** Element (i, j, k, l) holds 1000 i + 100 j + 10 k + l. */
const box = Float32Array.from({ length: 3 * 4 * 5 * 6 }, (_, n) => {
  const [i, j, k, l] = [Math.floor(n / 120), Math.floor(n / 30) % 4, Math.floor(n / 6) % 5, n % 6];
  return 1000 * i + 100 * j + 10 * k + l;
});
const known = Float32Array.of(1e8, 1e-8, 0.203125, -1, 0.1, 6.5, 3, -2.5);
const words = BigInt64Array.of(9_007_199_254_740_993n, -7n, 0n);
const long = Float32Array.from({ length: 200_000 }, (_, i) => i / 1000);
const bytes = (a: Float32Array | BigInt64Array) => new Uint8Array(a.buffer);

const session = useSession({
  files: {
    'box.npy': npy('<f4', [3, 4, 5, 6], bytes(box)),
    'known.npy': npy('<f4', [2, 4], bytes(known)),
    'words.npy': npy('<i8', [3], bytes(words)),
    'long.npy': npy('<f4', [200_000], bytes(long)),
    'gptq/packed.safetensors': readFileSync(path.join(gptq, 'model.safetensors')),
    'gptq/config.json': readFileSync(path.join(gptq, 'config.json')),
  },
});

const tensor = 'model.layers.1.self_attn.q_proj.weight';

const openValues = async (file: string, name?: string) => {
  await session().page.setViewportSize({ width: 1280, height: 900 });
  const page = await session().openEditor(file);
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.locator('.filter-input').fill(name ?? '');
  const row = name ? rowOf(page, name) : page.locator('.table-body .row[data-tensor]').first();
  await row.click();
  await page.getByRole('tab', { name: 'Values' }).click();
  await page.locator('.values-cell:not(.pending)').first().waitFor();
  return page;
};

/** Exact values of the cells in sight, by row and column. */
function cells(page: FrameLocator): Promise<Record<string, string>> {
  return page.locator('.values-cell').evaluateAll(elements =>
    Object.fromEntries(
      elements
        .filter(e => (e as HTMLElement).offsetParent && !e.classList.contains('pending'))
        .map(e => {
          const row = Number(e.parentElement!.ariaRowIndex) - 2;
          return [`${row},${Number(e.ariaColIndex) - 2}`, (e as HTMLElement).title];
        }),
    ),
  );
}

const settled = (page: FrameLocator) =>
  expect.poll(() => page.locator('.values-cell.pending:visible').count()).toBe(0);

/** Runs the packaged command line. */
const cli = (...args: string[]) =>
  execFileSync(process.execPath, [path.join(root, 'dist/cli.js'), ...args], { encoding: 'utf8' });

/** The elements of a .npy of float32. */
function floatsOf(file: string): Float32Array {
  const data = readFileSync(file);
  const start = 10 + data.readUInt16LE(8);
  return new Float32Array(Uint8Array.from(data.subarray(start)).buffer);
}

/** A tensor of a .safetensors, as bytes, by the file's own header. */
function storedOf(file: string, name: string): { dtype: string; data: DataView } {
  const data = readFileSync(file);
  const length = Number(data.readBigUInt64LE(0));
  const header = JSON.parse(data.toString('utf8', 8, 8 + length));
  const [from, to] = header[name].data_offsets as [number, number];
  const own = Uint8Array.from(data.subarray(8 + length + from, 8 + length + to));
  return { dtype: header[name].dtype, data: new DataView(own.buffer) };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'quantscope-values-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const mode = (page: FrameLocator, name: string) =>
  page.locator('.segments').getByRole('button', { name, exact: true }).click();

const jump = async (page: FrameLocator, text: string) => {
  const input = page.locator('.values-jump');
  await input.fill(text);
  await input.press('Enter');
};

describe('the grid', () => {
  test('shows the values that dump writes, and the codes that quantize writes', async () => {
    const file = path.join(session().folder, 'model.safetensors');
    const page = await openValues('model.safetensors', tensor);
    await settled(page);
    const dumped = inFolder(folder => {
      cli('dump', file, '--tensor', tensor, '--out', path.join(folder, 'x.npy'));
      return floatsOf(path.join(folder, 'x.npy'));
    });
    const shown = Object.entries(await cells(page));
    expect(shown.length).toBeGreaterThan(60);
    for (const [at, text] of shown) {
      const [row, col] = at.split(',').map(Number) as [number, number];
      expect([at, Number(text)]).toEqual([at, dumped[64 * row + col]]);
    }

    await mode(page, 'Code');
    await settled(page);
    const scheme = await page.locator('.values-way > .note').first().innerText();
    const codes = inFolder(folder => {
      cli('quantize', file, '--tensor', tensor, '--scheme', scheme, '--out', folder, '--codes');
      return storedOf(path.join(folder, 'model.codes.safetensors'), `${tensor}.codes`);
    });
    for (const [at, text] of Object.entries(await cells(page))) {
      const [row, col] = at.split(',').map(Number) as [number, number];
      const index = 64 * row + col;
      const code = codes.dtype === 'I8' ? codes.data.getInt8(index) : codes.data.getUint8(index);
      expect([at, Number(text)]).toEqual([at, code]);
    }
    await session().screenshot('values-code');
    await mode(page, 'Error');
    await settled(page);
    await session().screenshot('values-error');
    await mode(page, 'Original');
  });

  test('goes by keyboard, and to an index', async () => {
    const page = await openValues('model.safetensors', 'model.embed_tokens.weight');
    const grid = page.getByRole('grid', { name: 'Values of model.embed_tokens.weight' });
    expect(await grid.getAttribute('aria-rowcount')).toBe('129');
    expect(await grid.getAttribute('aria-colcount')).toBe('65');
    await grid.focus();
    const place = page.locator('.values-place');
    await grid.press('Control+Home');
    await expect.poll(() => place.innerText()).toMatch(/^\[0, 0\]/);
    await grid.press('ArrowDown');
    await grid.press('ArrowRight');
    await expect.poll(() => place.innerText()).toMatch(/^\[1, 1\]/);
    await grid.press('End');
    await expect.poll(() => place.innerText()).toMatch(/^\[1, 63\]/);
    await grid.press('Control+End');
    await expect.poll(() => place.innerText()).toMatch(/^\[127, 63\]/);
    const active = await grid.getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).getAttribute('aria-colindex')).toBe('65');
    await grid.press('PageUp');
    await expect.poll(() => place.innerText()).not.toMatch(/^\[127/);

    await grid.press('g');
    await expect.poll(() => page.locator('.values-jump:focus').count()).toBe(1);
    await jump(page, '12, 34');
    await expect.poll(() => place.innerText()).toMatch(/^\[12, 34\]/);
    await jump(page, `#${64 * 100 + 7}`);
    await expect.poll(() => place.innerText()).toMatch(/^\[100, 7\]/);
    await jump(page, '500, 3');
    await expect.poll(() => page.locator('.values-problem').first().innerText()).toMatch(/128/);
  });

  test('shows any two axes of a tensor, the others fixed', async () => {
    const page = await openValues('box.npy');
    await settled(page);
    // Rows are the first axis, columns all others.
    expect((await cells(page))['2,3']).toBe('2003');
    await page.getByLabel('Rows').selectOption('3');
    await page.getByLabel('Columns').selectOption('1');
    await page.getByLabel('Index of axis 0, below 3').fill('2');
    await page.getByLabel('Index of axis 0, below 3').press('Enter');
    await page.getByLabel('Index of axis 2, below 5').fill('4');
    await page.getByLabel('Index of axis 2, below 5').press('Enter');
    await settled(page);
    await expect.poll(async () => (await cells(page))['5,3']).toBe('2345');
    expect(Object.keys(await cells(page))).toHaveLength(6 * 4);
    await jump(page, '1, 2, 3, 4');
    await expect
      .poll(() => page.locator('.values-pairs dd').first().getAttribute('title'))
      .toBe('1234');
    await session().screenshot('values-axes');
  });

  test('shows a vector in rows of 16, and integers with all digits', async () => {
    const page = await openValues('long.npy');
    await jump(page, '199999');
    await settled(page);
    await expect
      .poll(() => page.locator('.values-pairs dd').first().getAttribute('title'))
      .toBe(String(Math.fround(199.999)));
    const other = await openValues('words.npy');
    expect((await cells(other))['0,0']).toBe('9007199254740993');
    const code = other.locator('.segments').getByRole('button', { name: 'Code' });
    expect(await code.isDisabled()).toBe(true);
  });

  test('shows the decoded weight of a packed checkpoint', async () => {
    const name = 'model.layers.0.self_attn.q_proj.weight';
    const page = await openValues('packed.safetensors', name);
    await settled(page);
    const expected = storedOf(path.join(gptq, 'expected.safetensors'), name);
    const bits = expected.dtype === 'F32' ? 32 : 16;
    expect(bits).toBe(32);
    for (const [at, text] of Object.entries(await cells(page))) {
      const [row, col] = at.split(',').map(Number) as [number, number];
      expect([at, Number(text)]).toEqual([
        at,
        expected.data.getFloat32(4 * (256 * row + col), true),
      ]);
    }
  });

  test('copies what is selected', async () => {
    await session().page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await openValues('known.npy');
    const grid = page.getByRole('grid');
    await grid.focus();
    await grid.press('Control+Home');
    await grid.press('Shift+ArrowRight');
    await grid.press('Shift+ArrowDown');
    await grid.press('Control+c');
    const status = page.locator('.values-status-text');
    await expect.poll(() => status.innerText()).toBe('Copied 4 cells');
    const clipboard = () => session().page.evaluate(() => navigator.clipboard.readText());
    const tsv = [
      [known[0], known[1]],
      [known[4], known[5]],
    ];
    expect(await clipboard()).toBe(tsv.map(row => row.join('\t')).join('\n'));
    await page.getByRole('button', { name: 'Copy as NumPy' }).click();
    const list = tsv.map(row => `[${row.join(', ')}]`).join(',\n ');
    await expect.poll(clipboard).toBe(`np.array([${list}], dtype=np.float32)`);
  });
});

describe('the selected value', () => {
  test('is taken apart into its bits', async () => {
    const page = await openValues('known.npy');
    await jump(page, '0, 0');
    const format = (name: string) => page.locator(`.bits[data-format="${name}"]`);
    await expect
      .poll(() => format('fp16').locator('.bits-outcome').innerText())
      .toMatch(/overflow/);
    expect(await format('bf16').locator('.bits-value').getAttribute('title')).toBe('100139008');
    await jump(page, '0, 1');
    await expect
      .poll(() => format('fp16').locator('.bits-outcome').innerText())
      .toMatch(/underflow/);
    await jump(page, '0, 2');
    const digits = format('fp8-e4m3').locator('.bits-digits');
    await expect.poll(() => digits.allInnerTexts()).toEqual(['0', '0100', '101']);
    expect(await format('fp8-e4m3').locator('.bits-meaning').innerText()).toMatch(/2\^-3 × 1\.625/);
    await page.getByLabel('Value whose bits are shown').fill('-6');
    await expect
      .poll(() => format('fp4-e2m1').locator('.bits-digits').allInnerTexts())
      .toEqual(['1', '11', '1']);
    await page.getByRole('button', { name: 'Selected value' }).click();
    await expect
      .poll(() => page.getByLabel('Value whose bits are shown').inputValue())
      .toBe('0.203125');
    await session().screenshot('values-bits');
  });

  test('says how it comes to its code and back', async () => {
    const page = await openValues('known.npy');
    await mode(page, 'Dequantized');
    await jump(page, '1, 3');
    const line = page.locator('.values-formula code.dequantize');
    await expect.poll(() => line.innerText()).toMatch(/\* [\d.e-]+ = -[\d.]+$/);
    const text = await line.innerText();
    const [left, right] = text.replace(/−/g, '-').split(' = ') as [string, string];
    const value = new Function(`return ${left}`)() as number;
    expect(Math.abs(value - Number(right))).toBeLessThan(1e-5 * Math.abs(value));
    await mode(page, 'Original');
  });

  test('is the same after the tab was hidden', async () => {
    let page = await openValues('model.safetensors', tensor);
    await mode(page, 'Error');
    await jump(page, '40, 50');
    await settled(page);
    await session().openFile('model.py');
    page = await session().openEditor('model.safetensors');
    await expect.poll(() => page.locator('.values-place').innerText()).toMatch(/^\[40, 50\]/);
    const pressed = page.locator('.segment[aria-pressed="true"]');
    expect(await pressed.innerText()).toBe('Error');
    await mode(page, 'Original');
  });
});

describe('how it looks', () => {
  test.each(['light', 'dark', 'high-contrast'] satisfies ThemeKind[])(
    '%s',
    { timeout: 120_000 },
    async theme => {
      await session().setTheme(theme);
      const page = await openValues('model.safetensors', tensor);
      await mode(page, 'Error');
      await settled(page);
      for (const width of widthsOf(theme)) {
        await session().page.setViewportSize({ width, height: 800 });
        await settled(page);
        await session().screenshot(`values-${theme}-${width}`);
        expect(await accessibilityProblems(page)).toEqual([]);
        session().takeErrors(); // axe tries what the policy refuses
      }
      await session().page.setViewportSize({ width: 1280, height: 800 });
      await mode(page, 'Original');
    },
  );
});
