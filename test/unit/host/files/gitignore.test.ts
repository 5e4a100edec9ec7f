import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIgnored } from '../../../../src/host/files/gitignore';

const files = [
  { folder: '', text: '# weights\n*.bin\n/top.npy\nbuild/\n!keep.bin\nruns/*\n!runs/best\n' },
  { folder: 'sub', text: '!mine.bin\n*.npy\n' },
  { folder: 'build', text: '!again.npy\n' },
];

const paths = [
  ...['a.bin', 'keep.bin', 'top.npy', 'deep/top.npy', 'deep/a.bin', 'a.gguf'],
  ...['build/x.npy', 'build/again.npy', 'deep/build/x.gguf', 'rebuild/x.npy'],
  ...['sub/mine.bin', 'sub/other.bin', 'sub/x.npy', 'sub/deeper/mine.bin', 'sub/x.gguf'],
  ...['runs/1/x.gguf', 'runs/best/x.gguf', 'runs/x.gguf', 'with space/ä.bin'],
];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'quantscope-ignore-'));
  execFileSync('git', ['init', '-q', folder]);
  for (const file of files) {
    mkdirSync(path.join(folder, file.folder), { recursive: true });
    writeFileSync(path.join(folder, file.folder, '.gitignore'), file.text);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what is ignored is what Git ignores', () => {
  const git = spawnSync('git', ['-C', folder, 'check-ignore', '-z', '--stdin'], {
    input: paths.join('\0'),
    encoding: 'utf8',
  });
  const expected = git.stdout.split('\0').filter(Boolean);
  expect(expected.length).toBeGreaterThan(5);
  expect(paths.filter(createIgnored(files))).toEqual(expected);
});

test('without files nothing is ignored', () => {
  expect(paths.filter(createIgnored([]))).toEqual([]);
});
