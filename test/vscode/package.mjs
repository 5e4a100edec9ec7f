// @ts-check
// Packages the extension into out/quantscope.vsix. vsce builds dist/ first (script vscode:prepublish).
import { mkdirSync } from 'node:fs';
import { node } from './commands.mjs';
import { out, vsix } from './paths.mjs';

/** @returns {Promise<number>} exit code of vsce */
export function packageExtension() {
  mkdirSync(out, { recursive: true });
  // The dependencies are bundled. Relative links in README.md stay: there is no public repository to point at yet.
  const args = [
    '--no-dependencies',
    '--allow-missing-repository',
    '--no-rewrite-relative-links',
    '-o',
    vsix,
  ];
  return node('node_modules/@vscode/vsce/vsce', ['package', ...args]);
}
