// One server, one browser and one page for a file of tests: a page takes seconds to load, a test on it one or two.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ConsoleMessage, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  launch,
  newContext,
  quickOpen,
  runCommand,
  webview,
  webviewHasFocus,
  workbenchReady,
  workbenchUrl,
} from '../../vscode/browser.mjs';
import { out, vsix } from '../../vscode/paths.mjs';
import { fullSettings, startServer } from '../../vscode/server.mjs';
import { makeWorkspace } from '../../vscode/workspace.mjs';

/** The four kinds of themes, with one of VS Code's own for each. */
export const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

/** Layout hangs on the width and colours on the theme: the dark one is looked at wide and narrow, the others wide. */
export const widthsOf = (kind: ThemeKind): readonly number[] =>
  kind === 'dark' ? [1280, 700] : [1280];

const SETTINGS_FILE = '.vscode/settings.json';

export type ThemeKind = keyof typeof themes;

export interface SessionOptions {
  /** Files beside the small samples that every workspace has, by their path in it. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Settings beside those of `testSettings`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Set for an editor as it is in use: with workspace trust, git and chat, in a repository whose files are committed. */
  readonly full?: boolean;
}

/** The real workbench, with the packaged extension installed as a user would. */
export interface Session {
  readonly page: Page;
  /** The throw-away folder that is open, to write to and delete from. */
  readonly folder: string;
  /** Opens a file of the workspace by name, and waits until our page in it has drawn. */
  openEditor(file: string): Promise<FrameLocator>;
  /** Opens a file of the workspace by name, in whatever editor is its default. */
  openFile(file: string): Promise<void>;
  /** Runs a command by its title in the palette. */
  command(title: string): Promise<void>;
  /** Our page in the visible tab. */
  webview(): FrameLocator;
  /** Changes a setting of the workspace, through its file: VS Code takes it up within a second. */
  setSetting(key: string, value: unknown): void;
  /** Changes the theme and waits until the workbench shows it. */
  setTheme(kind: ThemeKind): Promise<void>;
  /** Writes a picture to out/shots/NAME.png. */
  screenshot(name: string): Promise<void>;
  /** Reloads the window with "Developer: Reload Window", and waits until it is ready. */
  reload(): Promise<void>;
  /** Errors that our page has printed or thrown since the last call. */
  takeErrors(): string[];
}

interface Running extends Session {
  stop(): Promise<void>;
}

/**
 * Gives the tests of a file a session. After each test it asserts that our page had no errors; when a test fails it leaves a
 * picture in out/shots.
 */
export function useSession(options: SessionOptions = {}): () => Session {
  let session: Running | undefined;
  beforeAll(async () => {
    session = await startSession(options);
  });
  afterEach(async ({ task }) => {
    if (!session) return;
    if (task.result?.state === 'fail') await session.screenshot(`failed ${task.name}`);
    expect(session.takeErrors(), 'errors in our page').toEqual([]);
  });
  afterAll(async () => session?.stop());
  return () => {
    if (!session) throw new Error('the session starts in beforeAll: call this in a test');
    return session;
  };
}

async function startSession(options: SessionOptions): Promise<Running> {
  if (!existsSync(vsix)) throw new Error('no out/quantscope.vsix: run npm run package first');
  const workspace = makeWorkspace({
    ...options.files,
    // Not the user's settings: the served VS Code does not watch their file for long.
    [SETTINGS_FILE]: JSON.stringify({ 'workbench.colorTheme': themes.dark, ...options.settings }),
  });
  const closers: (() => unknown)[] = [workspace.remove];
  const stop = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    if (options.full) commitAll(workspace.folder);
    const full = options.full && { settings: fullSettings, trust: true };
    const server = await startServer({ vsix: [vsix], ...full });
    closers.push(server.stop);
    const browser = await launch();
    closers.push(() => browser.close());
    const page = await (await newContext(browser)).newPage();
    const session = makeSession({ page, folder: workspace.folder, stop });
    await page.goto(workbenchUrl(server.url, { folder: workspace.folder }));
    await workbenchReady(page);
    return session;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the folder a git repository with all its files in one commit. */
function commitAll(folder: string): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
  git('init', '--quiet');
  git('add', '--all');
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  git(...who, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'models');
}

interface Parts {
  readonly page: Page;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

function makeSession({ page, folder, stop }: Parts): Running {
  const errors = collectErrors(page);
  const setSetting = (key: string, value: unknown) =>
    changeSetting(path.join(folder, SETTINGS_FILE), key, value);
  const session: Running = {
    page,
    folder,
    stop,
    setSetting,
    openFile: file => quickOpen(page, file),
    command: title => runCommand(page, title),
    webview: () => webview(page),
    takeErrors: () => errors.splice(0),
    async openEditor(file) {
      await quickOpen(page, file);
      await webview(page).locator('body[data-state="ready"]').waitFor({ timeout: 30_000 });
      await webviewHasFocus(page);
      return webview(page);
    },
    async setTheme(kind) {
      setSetting('workbench.colorTheme', themes[kind]);
      await page.locator(`.monaco-workbench.${workbenchClass[kind]}`).waitFor();
    },
    async screenshot(name) {
      const file = `${name.replace(/[^\w.-]+/g, '-')}.png`;
      await page.screenshot({ path: path.join(out, 'shots', file) });
    },
    async reload() {
      // By its own command, so that VS Code writes down first what it keeps: a page's state among it.
      const loaded = page.waitForEvent('domcontentloaded');
      await runCommand(page, 'Developer: Reload Window');
      await loaded;
      await workbenchReady(page);
    },
  };
  return session;
}

/** Classes by which the workbench tells its theme. */
const workbenchClass: Record<ThemeKind, string> = {
  light: 'vs',
  dark: 'vs-dark',
  'high-contrast': 'hc-black',
  'high-contrast-light': 'hc-light',
};

function changeSetting(file: string, key: string, value: unknown): void {
  const settings: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...settings, [key]: value }, null, 2));
}

/** Collects what our own page prints as errors or throws; the workbench has errors of its own, which are not ours. */
function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error' && isOurs(message)) errors.push(message.text());
  });
  page.on('pageerror', error => {
    if (/quantscope|webview\.js/.test(error.stack ?? '')) errors.push(error.stack ?? error.message);
  });
  return errors;
}

/** Errors of our script, and what the page's content security policy refuses. */
function isOurs(message: ConsoleMessage): boolean {
  const { url } = message.location();
  return /\/quantscope[^/]*\/dist\//.test(url) || /Content Security Policy/.test(message.text());
}
