// @ts-check
// Bundles the suites for the extension host into out/integration/index.js.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { out } from '../vscode/paths.mjs';

/** What `extensionTestsPath` names. */
export const testsEntry = path.join(out, 'integration', 'index.js');

/** @type {import('esbuild').Plugin} */
const suites = {
  name: 'suites',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^quantscope:suites$/ }, () => ({ path: 'suites', namespace: 'suites' }));
    onLoad({ filter: /.*/, namespace: 'suites' }, () => {
      const files = readdirSync(import.meta.dirname)
        .filter(name => name.endsWith('.suite.ts'))
        .sort();
      if (files.length === 0) throw new Error('no test/integration/*.suite.ts');
      return {
        contents: files.map(name => `import './${name}';`).join('\n'),
        resolveDir: import.meta.dirname,
      };
    });
  },
};

/** Bundles for Node 20, which the oldest supported VS Code runs. */
export async function bundleSuites() {
  await build({
    entryPoints: [path.join(import.meta.dirname, 'index.ts')],
    outfile: testsEntry,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    plugins: [suites],
    logLevel: 'warning',
  });
}
