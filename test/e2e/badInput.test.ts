import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';
import { analysed, visibleNames } from './lib/editor';
import { useSession } from './lib/session';

const fixtures = path.join(root, 'test/fixtures/malformed');
/** What the editor opens by default; the damage of crc.npz and the like is the command line's test too. */
const opened = readdirSync(fixtures).filter(f => /\.(safetensors|npy)$/.test(f));

const session = useSession({
  files: Object.fromEntries(opened.map(f => [`bad/${f}`, readFileSync(path.join(fixtures, f))])),
});

const failed = async (file: string) => {
  await session().openFile(file);
  const page = session().webview();
  await page.locator('body[data-state="failed"]').waitFor({ timeout: 15_000 });
  return page;
};

const banner = (text: RegExp) =>
  expect
    .poll(() => session().webview().locator('.banner').innerText(), { timeout: 20_000 })
    .toMatch(text);

test('each malformed file is a readable message in its tab, and no notification', {
  timeout: 200_000, // a file takes seconds where two browsers share a processor
}, async () => {
  for (const file of opened) {
    const page = await failed(file);
    const message = await page.locator('.error-message').innerText();
    expect(message, file).toMatch(/^(safetensors|npy): .{10,}/);
    expect(await page.locator('h1').innerText(), file).toBe(`Cannot show ${file}`);
    expect(await page.locator('.actions').innerText(), file).toMatch(
      /Try again[\s\S]*Text Editor[\s\S]*Hex Editor/,
    );
    await session().command('View: Close All Editors');
  }
  expect(await session().page.locator('.notification-list-item-message').count()).toBe(0);
});

test('a bad file opens as text from the message', async () => {
  const page = await failed('not-json.safetensors');
  await session().screenshot('bad file');
  await page.getByRole('button', { name: 'Reopen with Text Editor' }).click();
  await session()
    .page.locator('.editor-instance', { hasText: /not json|binary or uses an unsupported/ })
    .first()
    .waitFor();
});

test('a Git LFS pointer is named as such, with the command that fetches the file', async () => {
  const pointer =
    'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n';
  writeFileSync(path.join(session().folder, 'pointer.safetensors'), pointer);
  const page = await failed('pointer.safetensors');
  expect(await page.locator('.error-message').innerText()).toMatch(/Git LFS.*git lfs pull/);
});

describe('a file that changes while it is open', () => {
  const tensors = 39;
  const place = (name: string) => path.join(session().folder, name);
  const open = async (name: string) => {
    copyFileSync(place('model.safetensors'), place(name));
    const page = await session().openEditor(name);
    await analysed(page, tensors);
    return page;
  };

  test('shrinks: the view stays, says so, and Reload shows the damage', async () => {
    const page = await open('shrinks.safetensors');
    truncateSync(place('shrinks.safetensors'), statSync(place('shrinks.safetensors')).size - 100);
    await banner(/changed on disk/i);
    expect((await visibleNames(page)).length).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('body[data-state="failed"]').waitFor();
    expect(await page.locator('.error-message').innerText()).toMatch(
      /past the end of the file|expected/,
    );
  });

  test('is deleted and comes back: the view stays, Reload shows it again', async () => {
    const page = await open('goes.safetensors');
    const kept = readFileSync(place('goes.safetensors'));
    rmSync(place('goes.safetensors'));
    await banner(/deleted|no longer/i);
    expect((await visibleNames(page)).length).toBeGreaterThan(5);
    writeFileSync(place('new.tmp'), kept);
    renameSync(place('new.tmp'), place('goes.safetensors'));
    await banner(/changed on disk/i);
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => page.locator('.banner').isVisible()).toBe(false);
    await analysed(page, tensors);
    expect(readFileSync(place('goes.safetensors')).equals(kept)).toBe(true);
  });

  test('is replaced by another model: Reload shows the other', async () => {
    const page = await open('other.safetensors');
    copyFileSync(place('sharded/model-00001-of-00003.safetensors'), place('new.tmp'));
    renameSync(place('new.tmp'), place('other.safetensors'));
    await banner(/changed on disk/i);
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect
      .poll(() => page.locator('.summary').innerText())
      .not.toContain(`${tensors} tensors`);
    await expect
      .poll(() => page.locator('.status-text').innerText())
      .toMatch(/^Analysed \d+ tensors$/);
  });
});
