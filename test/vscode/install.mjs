// @ts-check
// Installs the VS Code that is served in a browser (code-server) with its Node 24 into .vscode-test/,
// unless its lock is unchanged. No install scripts, nothing compiled. Run alone: node test/vscode/install.mjs
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './commands.mjs';
import { servedExists, servedHome } from './paths.mjs';

const lock = path.join(import.meta.dirname, 'package-lock.json');
const stamp = path.join(servedHome, '.installed');
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** Installs the served VS Code when it is missing or another one is pinned. */
export function ensureServedVsCode() {
  if (!servedExists) throw new Error('the served VS Code is only there for Linux on x64');
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing VS Code for the browser (about 800 MB, once) ...');
  rmSync(stamp, { force: true }); // an installation that is cut short must not pass for a whole one
  mkdirSync(servedHome, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(path.join(import.meta.dirname, name), path.join(servedHome, name));
  }
  npm(servedHome, 'ci', ...quiet);
  // `npm ci` refuses here, as the shrinkwrap lacks an optional package; `npm install` keeps its versions and hashes.
  npm(
    path.join(servedHome, 'node_modules', 'code-server', 'lib', 'vscode'),
    'install',
    '--omit=dev',
    ...quiet,
  );
  writeFileSync(stamp, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureServedVsCode();
