// Builds dist/: host.js, worker.js, cli.js, the webview and kernels.wasm. `--watch` rebuilds all but the latter, `--dev`
// keeps names and adds source maps.
const { build, context } = require('esbuild');
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { copyFileSync, mkdirSync, rmSync } = fs;

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
    entryPoints: { webview: 'webview/page.ts', style: 'webview/styles/main.css' },
    outdir: 'dist',
    format: 'iife',
    target: 'es2023',
    external: ['*.ttf'],
  },
];

const compiler = 'node_modules/assemblyscript';
const kernelSources = 'src/kernels/assembly';
/** No allocator but a stub (nothing is allocated), and no check of indices: kernels work on addresses. */
const kernelOptions = [
  ...['--runtime', 'stub', '--enable', 'simd', '-O3', '--converge', '--noAssert'],
  // Address 0 stays unused: a kernel may take it for "none". 32 MiB, of which only what is touched becomes resident: growth,
  // which detaches views, is rare.
  ...['--memoryBase', '1024', '--initialMemory', '512'],
];

/** What the bytes of kernels.wasm depend on. */
function kernelHash() {
  const hash = createHash('sha256').update(kernelOptions.join(' '));
  hash.update(fs.readFileSync(path.join(__dirname, compiler, 'package.json')));
  for (const name of fs.readdirSync(path.join(__dirname, kernelSources)).sort())
    hash.update(name).update(fs.readFileSync(path.join(__dirname, kernelSources, name)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Compiles the kernels, unless that has been done for just these sources.
 * @returns {string} the path of the wasm file, under out/
 */
function buildKernels() {
  const built = path.join(__dirname, 'out', 'kernels', `${kernelHash()}.wasm`);
  if (fs.existsSync(built)) return built;
  mkdirSync(path.dirname(built), { recursive: true });
  // Others may be building the same: each has its own file until it is whole.
  const partial = `${built}.${process.pid}`;
  const asc = path.join(__dirname, compiler, 'bin', 'asc.js');
  const entry = `${kernelSources}/index.ts`;
  const relative = path.relative(__dirname, partial);
  execFileSync(process.execPath, [asc, entry, '--outFile', relative, ...kernelOptions], {
    cwd: __dirname,
    stdio: 'inherit',
  });
  fs.renameSync(partial, built);
  return built;
}

async function main() {
  rmSync('dist', { recursive: true, force: true });
  mkdirSync('dist');
  copyFileSync(require.resolve('@vscode/codicons/dist/codicon.css'), 'dist/codicon.css');
  copyFileSync(require.resolve('@vscode/codicons/dist/codicon.ttf'), 'dist/codicon.ttf');
  copyFileSync(buildKernels(), 'dist/kernels.wasm');
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

/** The four bundles, for the test that reads who imports whom; the kernels, for theirs. */
module.exports = { bundles, buildKernels };
