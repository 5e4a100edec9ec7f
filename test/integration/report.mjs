// @ts-check
// Prints what the tests in an extension host came to.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { out } from '../vscode/paths.mjs';

/** Where the extension host writes its results. */
export const resultsFile =
  process.env.EXTHOST_RESULTS ?? path.join(out, 'results', 'integration.json');

/** Removes the results of an earlier run: they must not pass for this one's. */
export function clearResults() {
  mkdirSync(path.dirname(resultsFile), { recursive: true });
  rmSync(resultsFile, { force: true });
}

/**
 * Prints every test with its result.
 * @returns {boolean} whether the tests ran to their end, there were some, and none failed
 */
export function reportResults() {
  if (!existsSync(resultsFile)) {
    console.error('The extension host wrote no results: it ended, or hung, before the tests did.');
    return false;
  }
  /** @type {{ title: string, state: string, milliseconds: number, error?: string }[]} */
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  for (const { title, state, milliseconds, error } of results) {
    console.log(`${state.padEnd(7)} ${title} (${milliseconds} ms)${error ? `\n${error}` : ''}`);
  }
  return results.length > 0 && results.every(result => result.state !== 'failed');
}
