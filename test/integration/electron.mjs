// @ts-check
// Runs the suites in desktop VS Code, which is downloaded: node test/integration/electron.mjs
// VSCODE_TEST_VERSION chooses the release ("1.100.0", "insiders"); default: the newest stable one.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root } from '../vscode/paths.mjs';
import { makeWorkspace } from '../vscode/workspace.mjs';
import { bundleSuites, testsEntry } from './bundle.mjs';
import { clearResults, reportResults, resultsFile } from './report.mjs';

/** On Windows the runner starts VS Code through a shell and quotes nothing. @param {string} text */
const quoted = text => (process.platform === 'win32' && text.includes(' ') ? `"${text}"` : text);

async function main() {
  clearResults();
  await bundleSuites();
  const workspace = makeWorkspace({ 'nested folder/notes.txt': 'here before VS Code watches' });
  // Short: VS Code makes a socket in its profile, and a socket's path may have 103 bytes on macOS.
  const profile = mkdtempSync(path.join(realpathSync(tmpdir()), 'qs-'));
  let code = 1;
  try {
    code = await runTests({
      version: process.env.VSCODE_TEST_VERSION ?? 'stable',
      extensionDevelopmentPath: quoted(root),
      extensionTestsPath: quoted(testsEntry),
      launchArgs: [
        quoted(workspace.folder),
        '--disable-extensions',
        `--user-data-dir=${quoted(profile)}`,
        `--extensions-dir=${quoted(path.join(profile, 'extensions'))}`,
      ],
      extensionTestsEnv: { EXTHOST_RESULTS: resultsFile },
    });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  } finally {
    workspace.remove();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  process.exitCode = reportResults() && code === 0 ? 0 : 1;
}

await main();
