import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../../..');
/** The bundle that is tested. Test files run side by side: each worker has its own. */
export const outfile = path.join(root, `out/test-cli/cli-${process.env.VITEST_POOL_ID}.js`);

/** Bundles the command line from source, as esbuild.js does, so that no stale build is tested. */
export async function buildCli(): Promise<void> {
  await bundle('src/cli/main.ts', outfile);
}

/** Bundles a program that Node runs. */
export async function bundle(source: string, to: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, source)],
    outfile: to,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    define: { __version__: '"1.2.3"' },
  });
}

/** What one run of the command printed. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `quantscope ARGS` as a process of its own. */
export function quantscope(...args: string[]): Run {
  return runCli(outfile, args);
}

/** The same of another bundle. */
export function runCli(file: string, args: readonly string[]): Run {
  const run = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
    // Figures of each row are some megabytes.
    maxBuffer: 64 * 2 ** 20,
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** The same with standard output going to a file. */
export function quantscopeInto(file: string, ...args: string[]): Omit<Run, 'stdout'> {
  const out = openSync(file, 'w');
  const run = spawnSync(process.execPath, [outfile, ...args], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', out, 'pipe'],
  });
  closeSync(out);
  return { code: run.status, stderr: run.stderr };
}

/** Runs a command that must succeed, and parses what it printed. */
export function json<T>(...args: string[]): T {
  const { code, stdout, stderr } = quantscope(...args, '--json');
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
