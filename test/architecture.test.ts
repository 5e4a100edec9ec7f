import { createRequire } from 'node:module';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { root } from './vscode/paths.mjs';

/**
 * Layer -> what it may import besides itself, at run time: types are gone before this is read. Read downwards: nothing
 * points up. A name that is no layer is a package; a layer may also be given by one of its files.
 */
const may: Readonly<Record<string, readonly string[]>> = {
  'src/base': [],
  'src/formats': ['src/base', '@zip.js/zip.js'],
  'src/stats': ['src/base'],
  'src/quant': ['src/base', 'src/stats', 'fastest-levenshtein'],
  'src/checkpoints': ['src/base', 'src/formats', 'src/quant'],
  'src/explain': ['src/base', 'src/stats', 'src/quant'],
  'src/compare': ['src/base', 'src/formats', 'src/stats', 'src/quant'],
  'src/report': ['src/base'],
  'src/kernels': ['src/base', 'src/quant', 'src/stats'],
  'src/protocol': ['src/base'],
  'src/worker': [
    'src/base',
    'src/formats',
    'src/stats',
    'src/quant',
    'src/checkpoints',
    'src/compare',
    'src/explain',
    'src/report',
    'src/kernels',
    'src/protocol',
    'node:',
  ],
  'src/write': [
    'src/base',
    'src/formats',
    'src/stats',
    'src/quant',
    'src/checkpoints',
    'src/kernels',
    'node:',
  ],
  'src/cli': [
    'src/base',
    'src/formats',
    'src/stats',
    'src/quant',
    'src/checkpoints',
    'src/compare',
    'src/report',
    'src/kernels',
    'src/protocol',
    'src/worker',
    'src/write',
    'node:',
    'commander',
    'fastest-levenshtein',
  ],
  'src/host': [
    'src/base',
    'src/protocol',
    'src/report',
    'src/compare/names.ts',
    'src/formats/dtype.ts',
    'src/worker/pool.ts',
    'src/worker/sharing.ts',
    'node:',
    'vscode',
    'valibot',
    'ignore',
  ],
  webview: [
    'src/base',
    'src/protocol',
    'src/explain/bits.ts',
    'chart.js',
    '@tanstack/virtual-core',
    'valibot',
    '@vscode/codicons',
    '@vscode/l10n',
  ],
};

const { bundles } = createRequire(import.meta.url)('../esbuild.js') as { bundles: BuildOptions[] };
let inputs: Metafile['inputs'];

beforeAll(async () => {
  const built = await Promise.all(
    bundles.map(bundle => build({ ...bundle, absWorkingDir: root, write: false, metafile: true })),
  );
  inputs = Object.assign({}, ...built.map(result => result.metafile?.inputs)) as typeof inputs;
}, 60_000);

/** The layer of a file in the repository, or the package of one in node_modules. */
function ownerOf(path: string): string {
  const inModules = path.lastIndexOf('node_modules/');
  if (inModules >= 0) return packageOf(path.slice(inModules + 'node_modules/'.length));
  const layer = Object.keys(may).find(name => path.startsWith(`${name}/`));
  if (!layer) throw new Error(`${path} is in no layer of the table`);
  return layer;
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

interface Edge {
  readonly from: string;
  readonly to: string;
  /** Layer or package imported. */
  readonly target: string;
}

function edges(): Edge[] {
  return Object.entries(inputs)
    .filter(([from]) => !from.includes('node_modules/'))
    .flatMap(([from, { imports }]) =>
      imports
        .filter(({ kind }) => kind !== 'url-token')
        .map(({ path, external }) => ({
          from,
          to: path,
          target: external ? packageOf(path) : ownerOf(path),
        })),
    );
}

test('imports only point downwards, and only to the packages a layer may use', () => {
  const wrong = edges().filter(({ from, to, target }) => {
    const layer = ownerOf(from);
    const allowed = may[layer] ?? [];
    return target !== layer && !allowed.includes(target) && !allowed.includes(to);
  });
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('all four bundles are read', () => {
  for (const entry of [
    'src/host/extension.ts',
    'src/worker/main.ts',
    'src/cli/main.ts',
    'webview/main.ts',
  ]) {
    expect(Object.keys(inputs)).toContain(entry);
  }
});

test('the core needs neither Node nor VS Code', () => {
  const core =
    /^src\/(base|formats|stats|quant|checkpoints|explain|compare|report|kernels|protocol)\//;
  const wrong = edges().filter(
    ({ from, target }) => core.test(from) && (target === 'node:' || target === 'vscode'),
  );
  expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});
