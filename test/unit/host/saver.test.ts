import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSaver } from '../../../src/host/editor/saver';

interface FakeUri {
  readonly scheme: string;
  readonly path: string;
  readonly fsPath: string;
  toString(): string;
}

const vscode = vi.hoisted(() => ({
  showSaveDialog: vi.fn(),
  writeFile: vi.fn(),
  executeCommand: vi.fn(),
  openExternal: vi.fn(async () => true),
  env: { uiKind: 2, remoteName: undefined as string | undefined },
}));

vi.mock('vscode', () => {
  const uri = (file: string) => ({
    ...{ scheme: 'file', path: file, fsPath: file },
    toString: () => `file://${file}`,
  });
  return {
    window: { showSaveDialog: vscode.showSaveDialog },
    workspace: { fs: { writeFile: vscode.writeFile, isWritableFileSystem: () => true } },
    commands: { executeCommand: vscode.executeCommand },
    env: Object.assign(vscode.env, { openExternal: vscode.openExternal }),
    UIKind: { Desktop: 1, Web: 2 },
    l10n: {
      t: (text: string, ...args: string[]) =>
        args.reduce((t, a, i) => t.replace(`{${i}}`, a), text),
    },
    Uri: {
      file: uri,
      joinPath: (base: FakeUri, ...parts: string[]) => uri(path.posix.join(base.path, ...parts)),
    },
  };
});

const { Uri } = await import('vscode');
let folder: string;
const at = (name: string) => path.join(folder, name);
const html = { name: 'net.quantscope', ending: 'html', bytes: Uint8Array.of(1, 2) } as const;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saver-'));
  writeFileSync(at('net.safetensors'), 'weights');
  writeFileSync(at('shard.safetensors'), 'more');
  vi.clearAllMocks();
  vscode.writeFile.mockImplementation(async ({ fsPath }: FakeUri, bytes: Uint8Array) =>
    writeFileSync(fsPath, bytes),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const saver = () => createSaver(Uri.file(at('net.safetensors')), () => [at('shard.safetensors')]);

test('the dialog begins beside the model, and the file is written where the user says', async () => {
  vscode.showSaveDialog.mockResolvedValue(Uri.file(at('mine.html')));
  await expect(saver().save(html)).resolves.toBe('mine.html');
  const [{ defaultUri, filters }] = vscode.showSaveDialog.mock.calls[0]!;
  expect(defaultUri.fsPath).toBe(at('net.quantscope.html'));
  expect(filters).toEqual({ HTML: ['html'] });
  expect([...readFileSync(at('mine.html'))]).toEqual([1, 2]);
});

test('nothing is written when the user gives no place', async () => {
  vscode.showSaveDialog.mockResolvedValue(undefined);
  await expect(saver().save(html)).resolves.toBeNull();
  expect(vscode.writeFile).not.toHaveBeenCalled();
});

test.each([
  ['the model', (name: string) => name],
  [
    'a link to it',
    (name: string) => {
      symlinkSync(at(name), at('link'));
      return 'link';
    },
  ],
  [
    'another name of it',
    (name: string) => {
      linkSync(at(name), at('same'));
      return 'same';
    },
  ],
])('%s is never written over, nor a shard', async (_, nameOf) => {
  for (const own of ['net.safetensors', 'shard.safetensors']) {
    vscode.showSaveDialog.mockResolvedValue(Uri.file(at(nameOf(own))));
    await expect(saver().save(html)).rejects.toMatchObject({
      message: expect.stringContaining('the model itself'),
    });
    for (const other of ['link', 'same']) rmSync(at(other), { force: true });
  }
  expect(readFileSync(at('net.safetensors'), 'utf8')).toBe('weights');
  expect(vscode.writeFile).not.toHaveBeenCalled();
});

test('a place that cannot be written is told with its name', async () => {
  vscode.showSaveDialog.mockResolvedValue(Uri.file(at('mine.html')));
  vscode.writeFile.mockRejectedValue(new Error('no permission'));
  await expect(saver().save(html)).rejects.toMatchObject({
    tag: 'io',
    message: 'mine.html cannot be written: no permission',
  });
});

test('what was saved last is opened: pages by the system where there is a desktop', async () => {
  const mine = saver();
  await mine.open();
  expect(vscode.executeCommand).not.toHaveBeenCalled();
  const uri = Uri.file(at('mine.html'));
  vscode.showSaveDialog.mockResolvedValue(uri);
  await mine.save(html);
  await mine.open();
  expect(vscode.executeCommand).toHaveBeenCalledWith('vscode.open', uri);
  vscode.env.uiKind = 1;
  await mine.open();
  expect(vscode.openExternal).toHaveBeenCalledWith(uri);
});
