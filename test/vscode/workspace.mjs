// @ts-check
// A throw-away folder with small models, for tests to open and to break.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tinySize, writeSamples } from '../fixtures/make/sample.mjs';

/**
 * Makes the folder: the samples in their smallest size, and more files if wanted.
 * @param {Readonly<Record<string, string | Uint8Array>>} [files] contents by path in the folder
 * @returns {{ folder: string, remove: () => void }}
 */
export function makeWorkspace(files = {}) {
  const parent = mkdtempSync(path.join(realpathSync(tmpdir()), 'quantscope-workspace-'));
  const folder = path.join(parent, 'my models'); // people have spaces in their paths
  writeSamples(folder, { whole: tinySize, sharded: tinySize });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return { folder, remove: () => rmSync(parent, { recursive: true, force: true, maxRetries: 5 }) };
}
