import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from '../../vscode/commands.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quantscope-install-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Package {
  readonly version: string;
  readonly integrity: string;
  readonly optional?: boolean;
}

const one: Package = { version: '1.0.0', integrity: 'sha512-one' };
const two: Package = { version: '2.0.0', integrity: 'sha512-two' };

function lock(packages: Record<string, Package>): void {
  writeFileSync(
    path.join(folder, 'package-lock.json'),
    JSON.stringify({ packages: { '': { name: 'project' }, ...packages } }),
  );
}

function installed(packages: Record<string, Package>): void {
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  writeFileSync(
    path.join(folder, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages }),
  );
}

test('without node_modules nothing is installed', () => {
  lock({ 'node_modules/a': one });
  expect(isInstalled(folder)).toBe(false);
});

test('what the lock names is installed', () => {
  lock({ 'node_modules/a': one });
  installed({ 'node_modules/a': one });
  expect(isInstalled(folder)).toBe(true);
});

test.each([
  ['another version', { 'node_modules/a': two }],
  ['another hash', { 'node_modules/a': { ...one, integrity: 'sha512-other' } }],
  ['a missing package', {}],
  ['a package too many', { 'node_modules/a': one, 'node_modules/b': two }],
])('%s is to be installed again', (_, packages) => {
  lock({ 'node_modules/a': one });
  installed(packages as Record<string, Package>);
  expect(isInstalled(folder)).toBe(false);
});

test('an optional package of another system may be missing', () => {
  lock({ 'node_modules/a': one, 'node_modules/b': { ...two, optional: true } });
  installed({ 'node_modules/a': one });
  expect(isInstalled(folder)).toBe(true);
});
