import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { launch, newContext, webview } from '../vscode/browser.mjs';
import { root } from '../vscode/paths.mjs';

let child: ChildProcess | undefined;
let browser: Browser | undefined;

afterEach(async () => {
  await browser?.close();
  if (child?.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Starts what `npm start` starts, and gives the address it prints. */
async function start(): Promise<string> {
  const script = path.join(root, 'test/vscode/start.mjs');
  const args = [script, '--served', '--no-open'];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\S+/.exec(line)?.[0];
    if (url) return url;
  }
  throw new Error('npm start printed no address');
}

test('npm start ends up in the editor with the sample model, and Ctrl-C ends it', async () => {
  const url = await start();
  browser = await launch();
  const page = await (await newContext(browser)).newPage();
  await page.goto(url);
  const body = webview(page).locator('body[data-state="ready"]');
  await body.waitFor({ timeout: 60_000 });
  expect(await body.innerText()).toContain('lm_head.weight');
  const tabs = page.locator('.tabs-container .tab');
  expect(await tabs.count()).toBe(1);
  expect(await tabs.getAttribute('data-resource-name')).toBe('model.safetensors');

  child?.kill('SIGINT');
  await once(child as ChildProcess, 'exit');
  expect(child?.exitCode).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
}, 120_000);
