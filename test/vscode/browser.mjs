// @ts-check
// A browser and VS Code's workbench in it. All waits are for something to be seen, none for time to pass.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { node } from './commands.mjs';

/** @import { Browser, FrameLocator, Page } from 'playwright-core' */

/** Where browsers of the Chromium family are by habit. */
function wellKnown() {
  const { env } = process;
  const windows = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap(dir =>
    dir
      ? ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'].map(
          f => path.join(dir, f),
        )
      : [],
  );
  const mac = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
    n => `/Applications/${n}.app/Contents/MacOS/${n}`,
  );
  const linux = [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
  ].map(n => `/usr/bin/${n}`);
  return { win32: windows, darwin: mac }[/** @type {string} */ (process.platform)] ?? linux;
}

/** CHROMIUM_PATH, an installed browser, or undefined: then Playwright's own, if there is one. */
function installedBrowser() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen && !existsSync(chosen)) throw new Error(`CHROMIUM_PATH names no file: ${chosen}`);
  return chosen ?? wellKnown().find(file => existsSync(file));
}

const args = [
  '--no-sandbox', // only our own pages are opened, and containers often have no sandbox to give
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

const HELP =
  'no browser: install Chromium or Chrome (Debian: apt-get install chromium), or set CHROMIUM_PATH';

/**
 * Starts a browser without a window: the one CHROMIUM_PATH names, else an installed one, else Playwright's own,
 * which is fetched if need be.
 * @returns {Promise<Browser>}
 */
export async function launch() {
  const executablePath = installedBrowser();
  if (executablePath) return chromium.launch({ executablePath, args });
  try {
    return await chromium.launch({ args });
  } catch {
    // Not installed: the next lines do that, and the launch after them tells what else is wrong.
  }
  const code = await node('node_modules/playwright-core/cli.js', [
    'install',
    '--only-shell',
    'chromium',
  ]);
  if (code !== 0) throw new Error(HELP);
  return chromium.launch({ args });
}

/**
 * A new context which only reaches this machine: all else is refused at once, without a wait for a name server.
 * @param {Browser} browser
 */
export async function newContext(browser) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  });
  await context.route(
    url => !['127.0.0.1', 'localhost'].includes(url.hostname),
    route => route.abort(),
  );
  return context;
}

/**
 * The address that opens a folder in the served VS Code.
 * @param {string} base the server's address
 * @param {{ folder: string, development?: string, tests?: string }} what absolute paths; the last two only
 *   have an effect on a server with `smokeTestDriver`
 */
export function workbenchUrl(base, { folder, development, tests }) {
  const remote = (/** @type {string} */ file) =>
    `vscode-remote://${new URL(base).host}${encodeURI(file)}`;
  const payload = [['skipWelcome', 'true']];
  if (development) payload.push(['extensionDevelopmentPath', remote(development)]);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  return `${base}/?${new URLSearchParams({ folder, payload: JSON.stringify(payload) })}`;
}

/**
 * VS Code's own marks for "extensions are known" and "everything is started". One of them is not enough: a file
 * opened too early opens in the built-in editor for binary files and stays there.
 */
const READY_MARKS = ['code/didLoadExtensions', 'code/LifecyclePhase/Eventually'];

/** @param {Page} page */
export async function workbenchReady(page) {
  const timeout = 60_000;
  await page.locator('.monaco-workbench').waitFor({ timeout });
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout });
  await page.waitForFunction(
    marks => marks.every(mark => performance.getEntriesByName(mark).length > 0),
    READY_MARKS,
    { timeout },
  );
}

/**
 * The document of the visible webview: VS Code's frame, and our page in it.
 * @param {Page} page
 * @returns {FrameLocator}
 */
export function webview(page) {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

/**
 * Waits until the keyboard is in the visible webview. After a list is closed VS Code gives it back a moment later, and that
 * would close a list that was opened meanwhile.
 * @param {Page} page
 */
export async function webviewHasFocus(page) {
  await page.waitForFunction(() => document.activeElement?.matches('iframe.webview.ready'));
}

/**
 * Opens a list, types into it, and takes the row with exactly this label. Names that only begin or end like the wanted
 * one may come first, and rows move while results arrive: the row is looked up and clicked in one turn of the page.
 * @param {Page} page
 * @param {string} key what opens the list
 * @param {string} query
 * @param {RegExp} label whole label of the wanted row
 */
async function pick(page, key, query, label) {
  const input = page.locator('.quick-input-widget input.input');
  for (let attempt = 1; ; attempt++) {
    try {
      await page.keyboard.press(key);
      await input.waitFor({ timeout: 3000 });
      await input.fill(query);
      await page.waitForFunction(clickRow, { source: label.source }, { timeout: 5000 });
      return;
    } catch (error) {
      // The list closes when the workbench moves the focus while it starts an editor; that is VS Code's doing.
      if (attempt === 4) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/**
 * Runs in the page: clicks the row with a label, if it is there.
 * @param {{ source: string }} label
 */
function clickRow({ source }) {
  const rows = document.querySelectorAll('.quick-input-list .monaco-list-row');
  const label = new RegExp(source);
  for (const row of rows) {
    const name = row.querySelector('.quick-input-list-entry .label-name');
    if (!name || !label.test(name.textContent ?? '')) continue;
    for (const type of ['mousedown', 'mouseup', 'click'])
      name.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, detail: 1 }));
    return true;
  }
  return false;
}

/** @param {string} text @param {string} [after] what may follow */
const exactly = (text, after = '') =>
  new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${after}$`);

/**
 * Opens a file of the workspace by its name, and waits for its tab.
 * @param {Page} page @param {string} file
 */
export async function quickOpen(page, file) {
  const name = file.split('/').at(-1) ?? file;
  await pick(page, 'Control+P', file, exactly(name));
  await page.locator(`.tabs-container .tab.active[data-resource-name="${name}"]`).first().waitFor();
}

/**
 * Runs a command of the palette by its title, with or without the dots at its end.
 * @param {Page} page @param {string} title
 */
export async function runCommand(page, title) {
  await pick(page, 'F1', `>${title}`, exactly(title, '(\\.\\.\\.)?'));
}

/**
 * Accepts a row of a list that a command has opened (a quick pick).
 * @param {Page} page @param {string} label
 */
export async function pickRow(page, label) {
  const list = page.locator('.quick-input-widget .quick-input-list');
  await list.locator('.monaco-list-row', { hasText: label }).first().click();
}

/**
 * Waits for a notification, shown or collected behind the bell, and gives its text.
 * @param {Page} page @param {string | RegExp} text
 */
export async function notification(page, text) {
  const item = page.locator('.notification-list-item-message', { hasText: text }).first();
  await item.waitFor({ state: 'attached', timeout: 20_000 });
  return (await item.innerText()).trim();
}

/**
 * Hovers a word in the text editor until a hover with the text shows: a provider may not be registered yet.
 * @param {Page} page
 * @param {string} word
 * @param {string} containing
 * @returns {Promise<string>} the hover's text
 */
export async function hoverText(page, word, containing) {
  const hover = page
    .locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: containing })
    .first();
  for (let attempt = 1; ; attempt++) {
    const { x, y } = await wordCenter(page, word);
    await page.mouse.move(x, y + 250);
    await page.mouse.move(x - 2, y, { steps: 2 });
    await page.mouse.move(x, y);
    try {
      await hover.waitFor({ timeout: 1500 });
      return (await hover.innerText()).trim();
    } catch (error) {
      if (attempt === 15) throw error;
    }
  }
}

/**
 * Middle of a word on the screen. A line is made of styled spans, so it is looked up in the text nodes.
 * @param {Page} page @param {string} word
 */
function wordCenter(page, word) {
  return page.evaluate(wanted => {
    for (const line of document.querySelectorAll('.editor-instance .view-lines .view-line')) {
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const at = text.nodeValue?.indexOf(wanted) ?? -1;
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + wanted.length);
        const box = range.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      }
    }
    throw new Error(`not in the editor: ${wanted}`);
  }, word);
}
