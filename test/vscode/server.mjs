// @ts-check
// Starts a VS Code that is served in a browser, on 127.0.0.1, with throw-away settings and extensions.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { servedEntry, servedNode } from './paths.mjs';

/** Quiet, offline, the same on every machine. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'npm.autoDetect': 'off',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'window.restoreWindows': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Settings under which tests can tell what they see. */
export const testSettings = {
  ...quietSettings,
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'files.exclude': { '**/.vscode': true },
  'workbench.editor.enablePreview': false,
};

/** As an editor is in use: with workspace trust, which nobody has given yet, source control and chat. */
export const fullSettings = {
  ...testSettings,
  'chat.disableAIFeatures': false,
  'git.enabled': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};

/**
 * @typedef {object} ServerOptions
 * @property {Record<string, unknown>} [settings] user settings, default `testSettings`
 * @property {readonly string[]} [vsix] packages to install, as a user would
 * @property {readonly string[]} [folders] extensions to add as they lie there, unpacked
 * @property {boolean} [smokeTestDriver] without it the page ignores the folder of an extension under
 *   development and the path of its tests; with it VS Code shows no toasts
 * @property {boolean} [trust] with workspace trust: folders are untrusted until the user says otherwise
 * @property {number} [port] default: any free one
 * @property {Record<string, string>} [env] variables the extension host sees
 */

/**
 * @typedef {object} Server
 * @property {string} url without a slash at the end
 * @property {string} home the throw-away folder: user data, extensions, logs; gone after `stop`
 * @property {string} logFile what the server printed
 * @property {Promise<number>} exited resolves with the exit code, whoever ended it
 * @property {() => Promise<void>} stop ends every process of the server and removes its folder
 */

/** @param {string} home @param {Record<string, string>} extra */
function serverEnv(home, extra) {
  const own =
    /^(npm_|VSCODE_|CODE_SERVER_|NODE_OPTIONS$|NODE_ENV$|VITEST|PORT$|PASSWORD$|HASHED_PASSWORD$)/;
  const kept = Object.entries(process.env).filter(([key]) => !own.test(key));
  const xdg = ['CONFIG', 'DATA', 'STATE', 'CACHE'].map(n => [
    `XDG_${n}_HOME`,
    path.join(home, `xdg-${n.toLowerCase()}`),
  ]);
  return {
    ...Object.fromEntries([...kept, ...xdg]),
    HOME: home,
    TMPDIR: home,
    XDG_RUNTIME_DIR: home,
    ...extra,
  };
}

/** @param {Record<string, unknown>} settings */
function makeHome(settings) {
  // Short, as sockets are made inside, whose paths may have 107 bytes; resolved, as macOS links its /tmp.
  const home = mkdtempSync(path.join(realpathSync(tmpdir()), 'quantscope-'));
  const settingsFile = path.join(home, 'user', 'User', 'settings.json');
  mkdirSync(path.dirname(settingsFile), { recursive: true });
  mkdirSync(path.join(home, 'extensions'));
  writeFileSync(settingsFile, JSON.stringify(settings, null, 2));
  writeFileSync(path.join(home, 'config.yaml'), '{}\n');
  return home;
}

/** @param {string} home */
const profileArgs = home => [
  '--config',
  path.join(home, 'config.yaml'),
  '--user-data-dir',
  path.join(home, 'user'),
  '--extensions-dir',
  path.join(home, 'extensions'),
];

/**
 * VS Code takes up what it finds in a folder of extensions the first time it uses it.
 * @param {string} home
 * @param {readonly string[]} folders
 */
function copyExtensions(home, folders) {
  for (const folder of folders) {
    cpSync(folder, path.join(home, 'extensions', path.basename(folder)), { recursive: true });
  }
}

/** @param {string} home @param {Record<string, string>} env @param {readonly string[]} packages */
function installPackages(home, env, packages) {
  if (packages.length === 0) return;
  const args = packages.flatMap(file => ['--install-extension', path.resolve(file)]);
  const done = spawnSync(servedNode, [servedEntry, ...profileArgs(home), ...args], {
    env,
    encoding: 'utf8',
  });
  if (done.status !== 0)
    throw new Error(`cannot install ${packages.join(', ')}:\n${done.stdout}${done.stderr}`);
}

/** @param {ServerOptions} options @param {string} home @param {Record<string, string>} env */
function launchServer(options, home, env) {
  const driver = ['enable-smoke-test-driver', 'skip-welcome'].flatMap(o => ['--vscode-option', o]);
  const args = [
    servedEntry,
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${options.port ?? 0}`,
    ...profileArgs(home),
    '--disable-telemetry',
    '--disable-update-check',
    ...(options.trust ? [] : ['--disable-workspace-trust']),
    '--disable-getting-started-override',
    '--disable-proxy',
    ...(options.smokeTestDriver ? driver : []),
  ];
  const guard = path.join(import.meta.dirname, 'guard.mjs');
  // Its own process group, so that it can be ended with all its children at once.
  return spawn(process.execPath, [guard, home, servedNode, ...args], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/**
 * Waits for the line with the address; everything printed goes to the log file, for as long as it runs.
 * @param {import('node:child_process').ChildProcessWithoutNullStreams} child
 * @param {string} logFile
 * @returns {Promise<string>}
 */
function whenListening(child, logFile) {
  const log = createWriteStream(logFile);
  log.on('error', () => {}); // its folder may go while the last lines arrive
  /** @type {string[]} */
  const early = [];
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) => reject(new Error([why, ...early].join('\n')));
    const timer = setTimeout(() => fail('the served VS Code did not start within 60 s'), 60_000);
    child.once('close', code => {
      clearTimeout(timer);
      fail(`the served VS Code ended with ${code}`);
    });
    const onLine = (/** @type {string} */ line) => {
      log.write(`${line}\n`);
      if (early.length < 50) early.push(line);
      const address = /HTTP server listening on (http:\/\/[\d.]+:\d+)/.exec(line)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    };
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine);
  });
}

/**
 * @param {ServerOptions} [options]
 * @returns {Promise<Server>} once it listens
 */
export async function startServer(options = {}) {
  const home = makeHome(options.settings ?? testSettings);
  const env = serverEnv(home, options.env ?? {});
  try {
    copyExtensions(home, options.folders ?? []);
    installPackages(home, env, options.vsix ?? []);
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
  const child = launchServer(options, home, env);
  const exited = once(child, 'exit').then(([code]) => Number(code ?? 0));
  const stop = async () => {
    child.stdin.destroy(); // the guard ends the group and removes the folder
    await exited;
  };
  const logFile = path.join(home, 'server.log');
  try {
    const url = await whenListening(child, logFile);
    return { url, home, logFile, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
