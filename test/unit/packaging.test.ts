import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { type BuildOptions, build } from 'esbuild';
import { expect, test } from 'vitest';
import { root } from '../vscode/paths.mjs';

/** Everything that ships. A new file is added here on purpose, or it does not ship. */
const shipped = [
  'CHANGELOG.md',
  'LICENSE',
  'NOTICE.md',
  'README.md',
  'dist/cli.js',
  'dist/codicon.css',
  'dist/codicon.ttf',
  'dist/host.js',
  'dist/kernels.wasm',
  'dist/style.css',
  'dist/webview.js',
  'dist/worker.js',
  'l10n/bundle.l10n.json',
  'media/activity.svg',
  'media/icon.png',
  'package.json',
  'package.nls.json',
];

/** Most that a user downloads, unpacked. It goes over SSH to remote machines too. */
const MOST_BYTES = 2_000_000;

test('exactly the listed files ship, and they are small', async () => {
  const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
  expect(files.map(file => file.replaceAll(path.sep, '/')).sort()).toEqual([...shipped].sort());
  const sizes = files.map(file => statSync(path.join(root, file)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MOST_BYTES);
});

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

test('the editor is the default for formats that nothing else shows, and an option for the others', () => {
  const editors = manifest.contributes.customEditors.map(
    (e: { priority: string; selector: { filenamePattern: string }[] }) => [
      e.priority,
      e.selector.map(s => s.filenamePattern),
    ],
  );
  expect(Object.fromEntries(editors)).toEqual({
    default: ['*.safetensors', '*.gguf', '*.npy'],
    option: ['*.npz', '*.safetensors.index.json'],
  });
});

test('the built command line runs, and knows its version', () => {
  const args = [path.join(root, manifest.bin.quantscope), '--version'];
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stderr: '', stdout: `${manifest.version}\n` });
});

const { bundles } = createRequire(import.meta.url)('../../esbuild.js') as {
  bundles: BuildOptions[];
};

/** Packages whose code or files are in dist/. */
async function bundledPackages(): Promise<string[]> {
  const built = await Promise.all(
    bundles.map(bundle => build({ ...bundle, absWorkingDir: root, write: false, metafile: true })),
  );
  const files = built.flatMap(({ metafile }) =>
    Object.values(metafile?.outputs ?? {}).flatMap(output => Object.keys(output.inputs)),
  );
  const names = files.flatMap(
    file => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
  );
  return [...new Set([...names, '@vscode/codicons'])].sort(); // the icon font is copied
}

test('NOTICE.md names every package that is in dist/, with its licence, and no other', async () => {
  const notice = readFileSync(path.join(root, 'NOTICE.md'), 'utf8');
  const packages = await bundledPackages();
  const licenceOf = (name: string): string =>
    JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).license;
  const rows = [...notice.matchAll(/^\| (\S+) \| ([^|]+) \|/gm)].map(([, name, licence]) => [
    name,
    licence,
  ]);
  expect(rows.filter(([name]) => name !== 'Package' && name !== '---').sort()).toEqual(
    packages.map(name => [name, licenceOf(name)]),
  );
});
