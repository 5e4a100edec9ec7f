import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { safetensors } from '../fixtures/make/files.mjs';
import { root } from '../vscode/paths.mjs';
import { accessibilityProblems } from './lib/accessibility';
import { analysed, rowOf } from './lib/editor';
import { type ThemeKind, useSession, widthsOf } from './lib/session';

/** Weights that differ from row to row, with a few outliers: schemes give them different errors. */
function weights(rows: number, cols: number, seed: number): Uint8Array {
  let state = seed;
  const values = Float32Array.from({ length: rows * cols }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const value = (state / 2 ** 32 - 0.5) * (1 + Math.floor(i / cols));
    return i % 701 === 0 ? 9 * value : value;
  });
  return new Uint8Array(values.buffer);
}

const names = ['model.layers.0.self_attn.q_proj.weight', 'model.layers.0.mlp.down_proj.weight'];
const model = safetensors(
  names.map((name, i) => ({
    name,
    dtype: 'F32',
    shape: [16, 256],
    bytes: weights(16, 256, 7 + i),
  })),
);
const files = ['preset', 'text', 'controls', 'four', 'hide', 'reload', 'keys', 'narrow'];
const kinds = ['light', 'dark', 'high-contrast'] as const satisfies readonly ThemeKind[];
const session = useSession({
  files: Object.fromEntries([...files, ...kinds].map(name => [`${name}.safetensors`, model])),
});

const open = async (name: string) => {
  const page = await session().openEditor(`${name}.safetensors`);
  await analysed(page, names.length);
  return page;
};

/** The command line's SQNR of every tensor, in dB. */
function expectedSqnr(file: string, scheme: string): number[] {
  const cli = path.join(root, 'dist/cli.js');
  const model = path.join(session().folder, `${file}.safetensors`);
  const json = execFileSync(process.execPath, [
    cli,
    'quantize',
    model,
    '--scheme',
    scheme,
    '--json',
  ]);
  const { tensors } = JSON.parse(json.toString()) as {
    tensors: { name: string; sqnrDb: number }[];
  };
  return names.map(name => tensors.find(t => t.name === name)!.sqnrDb);
}

/** Waits until the column of a scheme shows what the command line says. */
async function expectFigures(page: FrameLocator, file: string, schemes: readonly string[]) {
  for (const [i, scheme] of schemes.entries()) {
    const expected = expectedSqnr(file, scheme).map(db => db.toFixed(1));
    const shown = () =>
      Promise.all(names.map(name => rowOf(page, name).locator(`.cell.sqnr${i}`).innerText()));
    await expect.poll(shown, { message: scheme, timeout: 10_000 }).toEqual(expected);
  }
}

const bar = (page: FrameLocator) => page.locator('.scheme-bar');
const chips = (page: FrameLocator) =>
  bar(page)
    .locator('.chip')
    .evaluateAll(all => all.map(chip => chip.getAttribute('data-scheme')));
const chip = (page: FrameLocator, scheme: string) =>
  bar(page).locator(`.chip[data-scheme="${scheme}"]`);
const add = (page: FrameLocator) =>
  bar(page).getByRole('button', { name: 'Compare with another scheme' });
const composer = (page: FrameLocator) => page.getByRole('dialog');
const text = (page: FrameLocator) => composer(page).getByLabel('Text', { exact: true });
const control = (page: FrameLocator, label: string) =>
  composer(page).getByLabel(label, { exact: true });
const isFocused = (element: Locator) => element.evaluate(e => e === document.activeElement);

const both = ['int8', 'int8 asym tensor'];

describe('the scheme bar', () => {
  test('says what each scheme costs, and adds one by a preset', async () => {
    const page = await open('preset');
    expect(await chips(page)).toEqual(both);
    // For each of two tensors 16 float32 scales, and 16 x 256 weights of 8 bits.
    const cost = chip(page, 'int8').locator('.chip-facts span');
    await expect.poll(() => cost.allInnerTexts()).toEqual(['8.125 bits', '8.32 KB']);
    const title = await chip(page, 'int8').locator('.chip-main').getAttribute('title');
    expect(title).toContain('8-bit integers, symmetric');

    await add(page).click();
    await expect.poll(() => isFocused(text(page))).toBe(true);
    expect(await text(page).inputValue()).toBe('int8');
    await expect.poll(() => composer(page).innerText()).toContain('shown already');
    const preset = control(page, 'Preset');
    await preset.fill('gptq g128');
    const option = composer(page).getByRole('option');
    expect(await option.first().innerText()).toContain('IST-DASLab/gptq');
    await option.filter({ hasText: 'gptq-int4-g128' }).click();
    await expect.poll(() => text(page).inputValue()).toBe('gptq int4 group=128');
    await expect.poll(() => preset.inputValue()).toBe('gptq-int4-g128');
    await expect.poll(() => control(page, 'Runtime').inputValue()).toBe('gptq');
    // Without another word it is shown in all views, while the panel is still open.
    await expect.poll(() => chips(page)).toEqual([...both, 'gptq int4 group=128']);
    await composer(page).getByRole('button', { name: 'Apply' }).click();
    await expect.poll(() => composer(page).count()).toBe(0);
    expect(await isFocused(add(page))).toBe(true);
    const active = chip(page, 'gptq int4 group=128').locator('.chip-main');
    await expect.poll(() => active.getAttribute('aria-pressed')).toBe('true');
    await expectFigures(page, 'preset', [...both, 'gptq int4 group=128']);
  });

  test('adds one by its text, and says first what is wrong with it', async () => {
    const page = await open('text');
    await add(page).click();
    await text(page).fill('int4 grup=128');
    const alert = composer(page).getByRole('alert');
    await expect.poll(() => alert.innerText()).toContain('did you mean "group=128"');
    expect(await text(page).getAttribute('aria-invalid')).toBe('true');
    expect(await composer(page).getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    // The controls show what they know of it, and change the text without losing the rest.
    await expect.poll(() => control(page, 'Grid').inputValue()).toBe('int4');
    await control(page, 'Rounding').selectOption('up');
    expect(await text(page).inputValue()).toBe('int4 grup=128 round=up');
    expect(await chips(page)).toEqual(both);
    await text(page).fill('INT4 group=128   sym');
    await expect.poll(() => alert.innerText()).toBe('');
    await expect.poll(() => control(page, 'Granularity').inputValue()).toBe('group');
    await expect.poll(() => chips(page)).toEqual([...both, 'int4 group=128']);
    expect(await text(page).inputValue()).toBe('INT4 group=128   sym');
    await session().page.keyboard.press('Enter');
    await expect.poll(() => composer(page).count()).toBe(0);
    await expectFigures(page, 'text', [...both, 'int4 group=128']);
  });

  test('changes one by controls, says which do not fit, and Escape takes it all back', async () => {
    const page = await open('controls');
    await chip(page, 'int8').getByRole('button', { name: 'Change int8' }).click();
    await control(page, 'Grid').selectOption('uint4');
    await expect.poll(() => text(page).inputValue()).toBe('uint4');
    await control(page, 'Granularity').selectOption('group');
    await composer(page).getByLabel('weights').fill('32');
    await expect.poll(() => text(page).inputValue()).toBe('uint4 group=32');
    await control(page, 'Calibration').selectOption('mse');
    await expect.poll(() => text(page).inputValue()).toBe('uint4 group=32 calib=mse');
    const facts = composer(page).getByRole('status');
    // A float32 scale and a zero point of 4 bits for 32 weights.
    await expect.poll(() => facts.innerText()).toContain('5.125 bits per weight');
    await expect.poll(() => facts.innerText()).toContain('asymmetric');
    await expectFigures(page, 'controls', ['uint4 group=32 calib=mse', 'int8 asym tensor']);

    const codes = composer(page).locator('[data-topic="range"]');
    expect(await codes.locator('select').isDisabled()).toBe(true);
    expect(await codes.getAttribute('title')).toBe('An asymmetric grid has every code');
    await control(page, 'Grid').selectOption('q4_k');
    await expect.poll(() => text(page).inputValue()).toBe('q4_k');
    for (const label of ['Symmetry', 'Granularity', 'Calibration', 'Rounding', 'Scale type'])
      expect(await control(page, label).isDisabled(), label).toBe(true);
    expect(await control(page, 'Outliers').isDisabled()).toBe(false);

    await session().page.keyboard.press('Escape');
    await expect.poll(() => composer(page).count()).toBe(0);
    await expect.poll(() => chips(page)).toEqual(both);
    const opener = chip(page, 'int8').getByRole('button', { name: 'Change int8' });
    await expect.poll(() => isFocused(opener)).toBe(true);
    await expectFigures(page, 'controls', both);
  });

  test('holds four at most and one at least', async () => {
    const page = await open('four');
    for (const scheme of ['nf4', 'fp8-e4m3 block=128x128']) {
      await add(page).click();
      await text(page).fill(scheme);
      await session().page.keyboard.press('Enter');
      await expect.poll(() => composer(page).count()).toBe(0);
    }
    const four = [...both, 'bitsandbytes nf4', 'fp8-e4m3 block=128x128'];
    await expect.poll(() => chips(page)).toEqual(four);
    const full = bar(page).getByRole('button', { name: 'At most 4 schemes are compared' });
    expect(await full.getAttribute('aria-disabled')).toBe('true');
    await full.click({ force: true });
    expect(await composer(page).count()).toBe(0);
    await expectFigures(page, 'four', four);
    await chip(page, 'int8').getByRole('button', { name: 'Remove' }).click();
    await expect.poll(() => chips(page)).toEqual(four.slice(1));
    for (const scheme of four.slice(1, 3)) {
      await chip(page, scheme).getByRole('button', { name: 'Remove' }).click();
      await expect.poll(() => chips(page)).not.toContain(scheme);
    }
    const last = bar(page).getByRole('button', { name: 'The last scheme stays' });
    expect(await last.getAttribute('aria-disabled')).toBe('true');
    await last.click({ force: true });
    expect(await chips(page)).toEqual(four.slice(3));
    await expectFigures(page, 'four', four.slice(3));
  });

  test('hides a scheme in the table and in the charts, and shows it again', async () => {
    const page = await open('hide');
    const eye = chip(page, 'int8').getByRole('button', { name: 'Show int8 in charts and table' });
    const column = page.locator('.head-row .sqnr0');
    expect(await eye.getAttribute('aria-pressed')).toBe('true');
    expect(await column.count()).toBe(1);
    await eye.click();
    await expect.poll(() => column.count()).toBe(0);
    expect(await page.locator('.head-row .sqnr1').count()).toBe(1);
    expect(await eye.getAttribute('aria-pressed')).toBe('false');
    await eye.click();
    await expectFigures(page, 'hide', both);
  });

  // A workbench that is loaded twice takes its time on a busy machine.
  test('is the same after the window was reloaded', { timeout: 120_000 }, async () => {
    const page = await open('reload');
    await add(page).click();
    await text(page).fill('int4-g32 outliers=1%');
    await session().page.keyboard.press('Enter');
    const three = [...both, 'int4 group=32 outliers=1%'];
    await expect.poll(() => chips(page)).toEqual(three);
    await chip(page, 'int8').getByRole('button', { name: 'Show int8' }).click();
    await chip(page, 'int8 asym tensor').locator('.chip-main').click();
    await session().reload();
    const again = session().webview();
    await again.locator('body[data-state="ready"]').waitFor({ timeout: 30_000 });
    await expect.poll(() => chips(again)).toEqual(three);
    const isPressed = (of: Locator) => of.getAttribute('aria-pressed');
    await expect
      .poll(() => isPressed(chip(again, 'int8 asym tensor').locator('.chip-main')))
      .toBe('true');
    expect(await isPressed(chip(again, 'int8').getByRole('button', { name: 'Show' }))).toBe(
      'false',
    );
  });

  test('by keyboard alone: choose, hide, compose, remove', async () => {
    const page = await open('keys');
    const { keyboard } = session().page;
    const press = async (...all: string[]) => {
      for (const key of all) await keyboard.press(key);
    };
    await chip(page, 'int8').locator('.chip-main').focus();
    await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter');
    const second = chip(page, 'int8 asym tensor');
    await expect.poll(() => second.locator('.chip-main').getAttribute('aria-pressed')).toBe('true');
    await press('ArrowRight', 'Space');
    await expect.poll(() => page.locator('.head-row .sqnr1').count()).toBe(0);
    await press('End', 'Enter');
    await expect.poll(() => isFocused(text(page))).toBe(true);
    await press('Shift+Tab', 'ArrowDown', 'ArrowDown');
    const picked = composer(page).locator('.preset.active .preset-name');
    const name = await picked.innerText();
    await press('Enter');
    await expect.poll(() => control(page, 'Preset').inputValue()).toBe(name);
    await expect.poll(() => chips(page)).toHaveLength(3);
    await press('Tab', 'Enter');
    await expect.poll(() => composer(page).count()).toBe(0);
    expect(await isFocused(add(page))).toBe(true);
    await press('ArrowLeft', 'Enter');
    await expect.poll(() => chips(page)).toEqual(both);
    await expect.poll(() => isFocused(second.locator('.chip-main'))).toBe(true);
  });
});

test('on a narrow page all above the charts has one line each, and nothing overlaps', async () => {
  const page = await open('narrow');
  await session().page.setViewportSize({ width: 700, height: 900 });
  await expect.poll(() => overlapping(page)).toEqual([]);
  for (const part of ['.summary', '.scheme-bar', '.tabs-row', '.toolbar', '.section-head'])
    expect((await page.locator(part).boundingBox())!.height, part).toBeLessThan(40);
  // What is cut off is in the tooltip.
  expect(await page.locator('.summary .facts').getAttribute('title')).toContain('safetensors');
  await session().page.setViewportSize({ width: 1280, height: 900 });
});

test.each(kinds)(
  '%s: nothing is inaccessible and nothing overlaps',
  { timeout: 120_000 }, // four passes of axe
  async kind => {
    const page = await open(kind);
    await session().setTheme(kind);
    await expect.poll(() => page.locator('body').getAttribute('class')).toContain(`vscode-${kind}`);
    for (const scheme of ['uint4 asym group=128 calib=mse outliers=0.5%', 'nf4']) {
      await add(page).click();
      await text(page).fill(scheme);
      await session().page.keyboard.press('Enter');
      await expect.poll(() => composer(page).count()).toBe(0);
    }
    await analysed(page, names.length);
    for (const width of widthsOf(kind)) {
      await session().page.setViewportSize({ width, height: 900 });
      await session().screenshot(`schemes ${kind} ${width}`);
      await chip(page, 'uint4 group=128 calib=mse outliers=0.5%')
        .getByRole('button', { name: 'Change' })
        .click();
      await expect.poll(() => composer(page).getByRole('status').innerText()).toContain('bits');
      await session().screenshot(`schemes composer ${kind} ${width}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      session().takeErrors(); // axe tries what the policy refuses
      await control(page, 'Preset').click();
      await text(page).fill('int4 grup');
      await expect.poll(() => composer(page).getByRole('alert').innerText()).toContain('did you');
      await control(page, 'Preset').click();
      await session().screenshot(`schemes presets ${kind} ${width}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      session().takeErrors();
      expect(await overlapping(page)).toEqual([]);
      await session().page.keyboard.press('Escape');
      await session().page.keyboard.press('Escape');
      await expect.poll(() => composer(page).count()).toBe(0);
    }
    await session().page.setViewportSize({ width: 1280, height: 900 });
  },
);

/** Parts of the bar at rest that lie over each other or beyond the page: tools lie over facts while they are wanted. */
function overlapping(page: FrameLocator): Promise<string[]> {
  return bar(page).evaluate(element => {
    const parts = element.querySelectorAll<HTMLElement>(
      '.swatch, .chip-text, .chip-facts, .scheme-add',
    );
    const boxes = [...parts].map(part => ({
      box: part.getBoundingClientRect(),
      of: part.className,
    }));
    return boxes.flatMap(({ box, of }, i) => {
      const beyond = box.left < 0 || box.right > window.innerWidth ? [of] : [];
      const over = boxes
        .slice(i + 1)
        .filter(
          ({ box: b }) =>
            box.left < b.right - 1 &&
            b.left < box.right - 1 &&
            box.top < b.bottom - 1 &&
            b.top < box.bottom - 1,
        );
      return [...beyond, ...over.map(o => `${of} / ${o.of}`)];
    });
  });
}
