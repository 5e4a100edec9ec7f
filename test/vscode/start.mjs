// @ts-check
// npm start: everything from a fresh clone to VS Code with a sample model open.
// Options: --no-open prepares and prints only; --served serves VS Code in the browser even where `code` is installed.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeSamples } from '../fixtures/make/sample.mjs';
import { ensureDependencies, node } from './commands.mjs';
import { ensureServedVsCode } from './install.mjs';
import { packageExtension } from './package.mjs';
import { root, servedExists, vsix } from './paths.mjs';

const samples = path.join(root, 'samples');
const opener = path.join(import.meta.dirname, 'opener');
const FRIENDLY_PORT = 8137;

const NO_VS_CODE = `No VS Code found to open the sample with.
Install it from https://code.visualstudio.com and put its command on the PATH (in VS Code, run
"Shell Command: Install 'code' command in PATH" from the Command Palette), then run npm start again.`;

/**
 * @param {string} name
 * @returns {string | undefined} the program on the PATH
 */
function onPath(name) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  return folders
    .flatMap(folder => endings.map(ending => path.join(folder, name + ending)))
    .find(file => existsSync(file) && statSync(file).isFile());
}

/** Desktop VS Code. Inside a remote window `code` is another program, which cannot load an extension from a folder. */
function desktopCode() {
  const remote = process.env.VSCODE_IPC_HOOK_CLI || process.env.WSL_DISTRO_NAME;
  return remote ? undefined : onPath('code');
}

/** @param {Promise<number>} running @param {string} what */
async function must(running, what) {
  if ((await running) !== 0) throw new Error(`${what} failed, see above`);
}

function makeSamples() {
  if (existsSync(path.join(samples, 'model.safetensors'))) return;
  console.log('Making sample models in samples/ ...');
  writeSamples(samples);
}

/**
 * @param {string} code
 * @param {boolean} open
 * @returns {Promise<number>} its exit code
 */
async function openDesktop(code, open) {
  const args = [
    '--new-window',
    `--extensionDevelopmentPath=${root}`,
    `--extensionDevelopmentPath=${opener}`,
    samples,
  ];
  const quoted = args.map(arg => (/[\s&^]/.test(arg) ? `"${arg}"` : arg));
  console.log(`code ${quoted.join(' ')}`);
  if (!open) return 0;
  const windows = process.platform === 'win32'; // `code` is a batch file there: only a shell can run it
  const child = windows
    ? spawn(`"${code}"`, quoted, { stdio: 'inherit', shell: true })
    : spawn(code, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', status => resolve(status ?? 1));
  });
}

/** @returns {Promise<number>} the port whose address people can keep, else 0: any */
function friendlyPort() {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(FRIENDLY_PORT, '127.0.0.1', () => probe.close(() => resolve(FRIENDLY_PORT)));
  });
}

/** Opens the user's browser, where there is a screen; the address is printed in any case. @param {string} url */
function openBrowser(url) {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.once('error', () => {}); // no xdg-open: the address is on the screen
  child.unref();
}

/** @param {boolean} open */
async function serve(open) {
  await must(packageExtension(), 'packaging');
  ensureServedVsCode();
  const { quietSettings, startServer } = await import('./server.mjs');
  const server = await startServer({
    settings: quietSettings,
    vsix: [vsix],
    folders: [opener],
    port: await friendlyPort(),
  });
  const url = `${server.url}/?${new URLSearchParams({ folder: samples })}`;
  console.log(`\nVS Code with Quantscope and the sample model:\n\n  ${url}\n\nCtrl-C ends it.`);
  if (open) openBrowser(url);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.once(signal, () => void server.stop());
  await server.exited;
}

async function main() {
  const { values } = parseArgs({
    options: { 'no-open': { type: 'boolean' }, served: { type: 'boolean' } },
  });
  const open = !values['no-open'];
  const code = values.served ? undefined : desktopCode();
  if (!code && !servedExists) throw new Error(NO_VS_CODE);
  ensureDependencies();
  makeSamples();
  if (!code) return serve(open);
  await must(node('esbuild.js'), 'the build');
  process.exitCode = await openDesktop(code, open);
}

main().catch(error => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
