// @ts-check
// Runs programs, on Windows too, and installs what the repository needs. Node's own modules only.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

/**
 * Variables of an outer `npm run` that would mislead an inner npm about where it is. What the user
 * configured (registry, cache, proxy) stays.
 */
const OUTER_NPM =
  /^npm_(lifecycle|package)_|^npm_config_(local_prefix|global|workspace|dry_run)$|^npm_command$/i;

/** This process's environment, fit for another npm. */
function innerEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !OUTER_NPM.test(key)));
}

/** @returns {[string, string[]]} how to start npm: its script with this Node where we know it, else from the PATH */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, [script]];
  return ['npm', []];
}

/**
 * Runs npm and waits; what it prints goes to the terminal.
 * @param {string} cwd
 * @param {...string} args none may need quoting: on Windows npm is a batch file
 */
export function npm(cwd, ...args) {
  const [command, first] = npmCommand();
  const shell = command === 'npm' && process.platform === 'win32';
  const done = spawnSync(command, [...first, ...args], {
    cwd,
    env: innerEnv(),
    stdio: 'inherit',
    shell,
  });
  if (done.error) throw done.error;
  if (done.status !== 0)
    throw new Error(`npm ${args.join(' ')} ended with ${done.status ?? done.signal}`);
}

/**
 * Runs a script with this Node in the repository, printing to the terminal.
 * @param {string} script path, or a path inside node_modules
 * @param {readonly string[]} [args]
 * @param {Record<string, string>} [env]
 * @returns {Promise<number>} exit code; 1 when it was ended by a signal
 */
export function node(script, args = [], env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.resolve(root, script), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('close', code => resolve(code ?? 1));
  });
}

/** @param {string} file @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean }>} */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/**
 * Whether a folder's node_modules is what its lock asks for. Compares names, versions and hashes, not
 * times: a checkout changes times without changing anything.
 * @param {string} dir
 */
export function isInstalled(dir) {
  const marker = path.join(dir, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const wanted = lockedPackages(path.join(dir, 'package-lock.json'));
  const present = lockedPackages(marker);
  const same = (/** @type {string} */ name) =>
    wanted[name]?.version === present[name]?.version &&
    wanted[name]?.integrity === present[name]?.integrity;
  return (
    Object.entries(wanted).every(
      ([name, { optional, devOptional }]) =>
        name === '' || ((optional || devOptional) && !present[name]) || same(name),
    ) && Object.keys(present).every(same)
  );
}

/** Installs the repository's own dependencies when they are missing or not what the lock says. */
export function ensureDependencies() {
  if (isInstalled(root)) return;
  console.log('Installing dependencies (npm ci) ...');
  // Nothing we use needs an install script; some optional ones would try to compile or download.
  npm(root, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
}
