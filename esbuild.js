// Builds dist/: host.js, worker.js, cli.js and the webview. `--watch` rebuilds, `--dev` keeps names and adds source maps.
const { build, context } = require('esbuild');
const { copyFileSync, mkdirSync, rmSync } = require('node:fs');

const dev = process.argv.includes('--dev') || process.argv.includes('--watch');
const common = {
  bundle: true,
  minify: !dev,
  sourcemap: dev,
  legalComments: 'none',
  logLevel: 'warning',
};
const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };
const bundles = [
  { ...node, entryPoints: { host: 'src/host/extension.ts' }, outdir: 'dist', external: ['vscode'] },
  { ...node, entryPoints: { worker: 'src/worker/main.ts' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: { cli: 'src/cli/main.ts' },
    outdir: 'dist',
    banner: { js: '#!/usr/bin/env node' },
    define: { __version__: JSON.stringify(require('./package.json').version) },
  },
  {
    ...common,
    entryPoints: { webview: 'webview/main.ts', style: 'webview/styles/main.css' },
    outdir: 'dist',
    format: 'iife',
    target: 'es2023',
    external: ['*.ttf'],
  },
];

async function main() {
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  copyFileSync(require.resolve('@vscode/codicons/dist/codicon.css'), 'dist/codicon.css');
  copyFileSync(require.resolve('@vscode/codicons/dist/codicon.ttf'), 'dist/codicon.ttf');
  if (!process.argv.includes('--watch')) return Promise.all(bundles.map(b => build(b)));
  const contexts = await Promise.all(bundles.map(b => context(b)));
  return Promise.all(contexts.map(c => c.watch()));
}

if (require.main === module) {
  main().catch(error => {
    if (!error.errors) console.error(error); // else esbuild has printed what went wrong
    process.exit(1);
  });
}

/** The four bundles, for the test that reads who imports whom. */
module.exports = { bundles };
