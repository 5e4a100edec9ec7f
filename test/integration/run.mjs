// @ts-check
// Runs the suites in the extension host of the served VS Code: node test/integration/run.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import { launch, newContext, workbenchUrl } from '../vscode/browser.mjs';
import { out, root } from '../vscode/paths.mjs';
import { startServer } from '../vscode/server.mjs';
import { makeWorkspace } from '../vscode/workspace.mjs';
import { bundleSuites, testsEntry } from './bundle.mjs';
import { clearResults, reportResults, resultsFile } from './report.mjs';

const LIMIT_MS = 300_000;

/**
 * Opens the workbench, whose extension host then runs the tests, and waits until it says that they ended.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 * @param {string[]} log takes what the workbench prints
 * @returns {Promise<string | undefined>} why it did not end by itself
 */
async function runInWorkbench(page, url, log) {
  /** @type {Promise<string | undefined>} */
  const ended = new Promise(resolve => {
    void page.exposeFunction(
      'codeAutomationLog',
      (/** @type {string} */ type, /** @type {unknown[]} */ args) =>
        log.push(`${type} ${format(...args)}`),
    );
    void page.exposeFunction('codeAutomationExit', () => resolve(undefined));
    page.once('crash', () => resolve('the page crashed'));
    setTimeout(() => resolve(`no end after ${LIMIT_MS / 1000} s`), LIMIT_MS).unref();
  });
  await page.goto(url);
  return ended;
}

/**
 * Starts all there is to start, runs the tests, and ends it all again.
 * @param {string[]} log
 * @returns {Promise<string | undefined>} what went wrong beside the tests
 */
async function runOnce(log) {
  /** @type {(() => unknown)[]} */
  const closers = [];
  try {
    const workspace = makeWorkspace({ 'nested folder/notes.txt': 'here before VS Code watches' });
    closers.push(workspace.remove);
    const server = await startServer({
      smokeTestDriver: true,
      env: { EXTHOST_RESULTS: resultsFile },
    });
    closers.push(server.stop);
    const browser = await launch();
    closers.push(() => browser.close());
    const page = await (await newContext(browser)).newPage();
    const url = workbenchUrl(server.url, {
      folder: workspace.folder,
      development: root,
      tests: testsEntry,
    });
    const wrong = await runInWorkbench(page, url, log);
    if (wrong) await page.screenshot({ path: path.join(out, 'shots', 'integration.png') });
    return wrong;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function main() {
  clearResults();
  await bundleSuites();
  /** @type {string[]} */
  const log = [];
  const wrong = await runOnce(log);
  const logFile = path.join(out, 'integration', 'workbench.log');
  mkdirSync(path.dirname(logFile), { recursive: true });
  writeFileSync(logFile, log.join('\n'));
  const good = reportResults();
  if (wrong) console.error(wrong);
  if (!good || wrong)
    console.error(`${log.slice(-20).join('\n')}\nThe whole log: ${path.relative(root, logFile)}`);
  process.exitCode = good && !wrong ? 0 : 1;
}

await main();
