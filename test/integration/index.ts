// What VS Code runs as `extensionTestsPath`: the same under the served VS Code and under @vscode/test-electron.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

interface Result {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'pending';
  readonly milliseconds: number;
  readonly error?: string;
}

/**
 * Runs all suites and writes their results to the file EXTHOST_RESULTS names. Only that file says that the tests ran
 * to their end: an extension host that dies looks to VS Code like one that finished.
 * @throws when a test failed
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: false, forbidOnly: true });
  mocha.suite.emit('pre-require', globalThis, 'suites', mocha); // defines describe and it, which the suites use
  await import('quantscope:suites');
  const results = await runMocha(mocha);
  const file = process.env.EXTHOST_RESULTS;
  if (file) writeFileSync(file, JSON.stringify(results, null, 2));
  const failed = results.filter(result => result.state === 'failed').length;
  if (failed > 0) throw new Error(`${failed} tests failed`);
}

function runMocha(mocha: Mocha): Promise<Result[]> {
  const results: Result[] = [];
  return new Promise(resolve => {
    const runner = mocha.run(() => resolve(results));
    const add = (test: Mocha.Runnable, state: Result['state'], error?: unknown) =>
      results.push({
        title: test.fullTitle(),
        state,
        milliseconds: test.duration ?? 0,
        ...(error === undefined ? {} : { error: textOf(error) }),
      });
    runner.on('pass', test => add(test, 'passed'));
    runner.on('pending', test => add(test, 'pending'));
    runner.on('fail', (test, error: unknown) => add(test, 'failed', error)); // hooks too
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
